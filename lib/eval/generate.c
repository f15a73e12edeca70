/*
 * generate.c - let a model continue a prompt until it should stop
 */
#include "eval/generate.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* The first stop string in the text, or -1. */
static long find_stop(const struct mm_writing *w)
{
    const char *text = w->out->data + w->begin;
    long first = -1;

    for (size_t i = 0; i < w->d->n_stops; i++) {
        const char *at = strstr(text, w->d->stops[i]);

        if (at && *w->d->stops[i] && (first < 0 || at - text < first))
            first = at - text;
    }
    return first;
}

/* Bytes at the end of text that could be the beginning of a stop string. */
static size_t pending_stop(const struct mm_writing *w, const char *text,
                           size_t n)
{
    size_t most = 0;

    for (size_t i = 0; i < w->d->n_stops; i++) {
        size_t len = strlen(w->d->stops[i]);

        for (size_t k = len ? len - 1 : 0; k > most; k--)
            if (k <= n && memcmp(text + n - k, w->d->stops[i], k) == 0)
                most = k;
    }
    return most;
}

/* Bytes at the end of text that are the beginning of a character. */
static size_t pending_char(const char *text, size_t n)
{
    for (size_t k = 1; k <= 3 && k <= n; k++) {
        unsigned char c = (unsigned char)text[n - k];
        size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3
                                  : c >= 0xc0   ? 2
                                                : 1;

        if (c >= 0x80 && c < 0xc0)
            continue;
        return want > k ? k : 0;
    }
    return 0;
}

/* Hand on what is certain; at the end everything. */
static int tell(struct mm_writing *w, int end, struct mm_err *err)
{
    const char *text = w->out->data + w->begin;
    size_t n = w->out->len - w->begin, held;

    if (!w->d->on_text)
        return 0;
    if (!end) {
        held = pending_stop(w, text, n);
        n -= held > pending_char(text, n) ? held : pending_char(text, n);
    }
    if (n <= w->told)
        return 0;
    text += w->told;
    n -= w->told;
    w->told += n;
    return w->d->on_text(w->d->ctx, text, n, err);
}

static int add_token(struct mm_writing *w, int32_t id, struct mm_err *err)
{
    w->n_ids++;
    if (mm_tokenizer_decode(w->b->tokenizer, &id, 1, 0, w->out, err) < 0)
        return -1;
    return mm_buf_check(w->out, err);
}

/* 1 when the text is to end here. */
static int reached_stop(struct mm_writing *w)
{
    long at = find_stop(w);

    if (at < 0)
        return 0;
    w->out->len = w->begin + (size_t)at;
    w->out->data[w->out->len] = '\0';
    return 1;
}

/* The end of the text, or of a turn in a chat that has such a mark */
static int is_end(const struct mm_tokenizer *t, int32_t id)
{
    return id == mm_tokenizer_eos(t) || id == mm_tokenizer_id(t, "<|end|>");
}

int mm_writing_begin(struct mm_writing *w, const struct mm_bundle *b,
                     const struct mm_decode *d, size_t length,
                     struct mm_buf *out, struct mm_err *err)
{
    *w = (struct mm_writing){ .b = b, .d = d, .out = out, .begin = out->len };
    w->room = b->model->config.text.context - length;
    w->finish = MM_FINISH_LENGTH;
    mm_buf_add(out, "", 0);
    return mm_buf_check(out, err);
}

/* 1 or 0 as above, before what is certain is handed on */
static int add_next(struct mm_writing *w, const float *logits,
                    struct mm_err *err)
{
    size_t ids = mm_tokenizer_size(w->b->tokenizer); /* the model may have
                                                      * more, for padding */
    const struct mm_config *c = &w->b->model->config;
    struct mm_sampling how = w->d->sampling;

    how.barred = &c->text.image; /* a place where a picture is to be read */
    how.n_barred = c->vision.layers > 0;
    w->id = mm_sample_token(&how, logits, ids, w->n_ids, err);
    if (w->id < 0)
        return -1;
    if (is_end(w->b->tokenizer, w->id)) {
        w->finish = MM_FINISH_EOS;
        return 0;
    }
    if (add_token(w, w->id, err) < 0)
        return -1;
    if (reached_stop(w)) {
        w->finish = MM_FINISH_STOP;
        return 0;
    }
    return w->n_ids < w->d->max_tokens && w->n_ids < w->room;
}

int mm_writing_go_on(struct mm_writing *w, const float *logits,
                     struct mm_err *err)
{
    int more = w->d->max_tokens ? add_next(w, logits, err) : 0;

    if (more < 0 || tell(w, !more, err) < 0)
        return -1;
    return more;
}

/* ---- in a session ---- */

int mm_generate(struct mm_session *s, struct mm_writing *w, int32_t last,
                struct mm_err *err)
{
    const struct mm_preprocess *pre = &w->b->preprocess;
    struct mm_feed next = { .tokens = &last,
                            .n = 1,
                            .mean = pre->mean,
                            .std = pre->std };
    float *logits = mm_alloc(w->b->model->config.text.vocab, sizeof *logits,
                             err);
    int more = logits ? mm_session_read(s, &next, logits, err) : -1;

    next.tokens = &w->id;
    while (more >= 0 && (more = mm_writing_go_on(w, logits, err)) > 0)
        more = mm_session_read(s, &next, logits, err);
    free(logits);
    return more;
}
