/*
 * tokenizer_inspect.c - show how a text is cut
 */
#include "data/tokenizer_inspect.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "data/npy.h"
#include "data/shard.h"
#include "data/tokenizer_lines.h"
#include "data/tokenizer_text.h"

static int show_token(const struct mm_tokenizer *t, int32_t id,
                      struct mm_buf *bytes, struct mm_buf *out,
                      struct mm_err *err)
{
    struct mm_jw w;

    mm_buf_clear(bytes);
    if (mm_tokenizer_decode(t, &id, 1, 1, bytes, err) < 0)
        return -1;
    mm_buf_addf(out, "%ld:", (long)id);
    mm_jw_begin(&w, out);
    mm_jw_strn(&w, bytes->len > 0 ? bytes->data : "", bytes->len);
    return 0;
}

/* Append the tokens of ids[0..n); loss may be NULL. */
static int inspect_ids(const struct mm_tokenizer *t, const int32_t *ids,
                       const unsigned char *loss, size_t n, struct mm_buf *out,
                       struct mm_err *err)
{
    struct mm_buf bytes = { 0 };
    int result = 0, open = 0;

    for (size_t i = 0; result == 0 && i < n; i++) {
        int target = loss != NULL && loss[i];

        if (i > 0)
            mm_buf_addc(out, ' ');
        if (target && !open)
            mm_buf_adds(out, "[ ");
        result = show_token(t, ids[i], &bytes, out, err);
        open = target && i + 1 < n && loss[i + 1];
        if (target && !open)
            mm_buf_adds(out, " ]");
    }
    mm_buf_release(&bytes);
    return result < 0 ? -1 : mm_buf_check(out, err);
}

struct job {
    const struct mm_tokenizer *t;
    const struct mm_chat *chat;
    int special;
    struct mm_encoded e;
    struct mm_buf line; /* of output */
    struct mm_out *out;
};

static int show(struct job *j, const char *key, struct mm_err *err)
{
    mm_buf_clear(&j->line);
    if (key != NULL)
        mm_buf_addf(&j->line, "%s: ", key);
    if (inspect_ids(j->t, j->e.ids.v,
                    (const unsigned char *)j->e.loss.data, j->e.ids.n,
                    &j->line, err) < 0)
        return -1;
    mm_buf_addc(&j->line, '\n');
    if (mm_buf_check(&j->line, err) < 0)
        return -1;
    return mm_out_write(j->out, j->line.data, j->line.len, err);
}

static int show_document(struct job *j, const char *key, const char *json,
                         size_t n, struct mm_err *err)
{
    struct mm_doc d = { 0 };
    int result = -1;

    if (mm_doc_parse(&d, json, n, err) == 0 &&
        mm_chat_encode(j->chat, j->t, &d, &j->e, err) == 0)
        result = show(j, key, err);
    mm_doc_release(&d);
    return result;
}

static int show_line(struct job *j, const char *p, size_t n,
                     struct mm_err *err)
{
    if (j->chat != NULL)
        return show_document(j, NULL, p, n, err);
    mm_encoded_clear(&j->e);
    mm_buf_release(&j->e.loss); /* no mask: no brackets */
    if (mm_tokenizer_encode(j->t, p, n, j->special, &j->e.ids, err) < 0)
        return -1;
    return show(j, NULL, err);
}

static int show_batch(struct job *j, const struct mm_buf *batch,
                      const char *name, size_t *line, size_t limit,
                      struct mm_err *err)
{
    for (size_t i = 0, n; i < batch->len; i += n) {
        const char *p = batch->data + i;

        if (limit > 0 && *line == limit)
            return 0;
        ++*line;
        n = mm_line_length(p, batch->len - i);
        if (show_line(j, p, n - (p[n - 1] == '\n'), err) < 0)
            return mm_fail_in(err, "'%s': line %zu", name, *line);
    }
    return 1;
}

static int close_job(struct job *j, int result, struct mm_err *err)
{
    mm_encoded_release(&j->e);
    mm_buf_release(&j->line);
    if (result >= 0)
        return j->out == NULL ? -1 : mm_out_commit(j->out, err);
    mm_out_discard(j->out);
    return -1;
}

int mm_inspect_lines(const struct mm_tokenizer *t, const struct mm_chat *c,
                     const char *in, int special, size_t limit,
                     struct mm_err *err)
{
    struct job j = { .t = t, .chat = c, .special = special };
    struct mm_buf batch = { 0 };
    struct mm_lines lines;
    size_t line = 0;
    int more;

    if (mm_lines_open(&lines, in, err) < 0)
        return -1;
    j.out = mm_out_open("-", err);
    more = j.out == NULL ? -1 : 1;
    while (more > 0 && (more = mm_lines_next(&lines, &batch, err)) > 0)
        more = show_batch(&j, &batch, mm_in_name(lines.in), &line, limit,
                          err);
    mm_buf_release(&batch);
    mm_lines_close(&lines);
    return close_job(&j, more, err);
}

/* ---- shards ---- */

/* The mask as bytes; a sample without one has no targets. */
static int take_mask(struct job *j, const struct mm_sample *s, size_t n,
                     struct mm_err *err)
{
    const struct mm_member *m = mm_sample_find(s, "loss.npy");
    struct mm_npy a;

    if (m == NULL)
        return 0;
    if (mm_npy_parse(&a, m->data.data, m->data.len, err) < 0)
        return -1;
    if (a.type != MM_NPY_U1 || a.count != n)
        return mm_fail(err, MM_EDATA, "loss.npy does not fit tokens.npy");
    mm_buf_add(&j->e.loss, a.data, n);
    return mm_buf_check(&j->e.loss, err);
}

static int show_tokens(struct job *j, const struct mm_sample *s,
                       const struct mm_member *m, struct mm_err *err)
{
    int32_t *ids = NULL;
    size_t n;

    if (mm_npy_ints(&ids, &n, m->data.data, m->data.len, err) < 0)
        return -1;
    mm_encoded_release(&j->e);
    j->e.ids = (struct mm_ids){ ids, n, n };
    if (take_mask(j, s, n, err) < 0)
        return -1;
    return show(j, s->key, err);
}

static int show_sample(struct job *j, const struct mm_sample *s,
                       struct mm_err *err)
{
    const struct mm_member *tokens = mm_sample_find(s, "tokens.npy");
    const struct mm_member *json = mm_sample_find(s, "json");

    if (tokens != NULL)
        return show_tokens(j, s, tokens, err);
    if (json == NULL)
        return mm_fail(err, MM_EDATA, "neither tokens nor a document");
    return show_document(j, s->key, json->data.data, json->data.len, err);
}

int mm_inspect_shard(const struct mm_tokenizer *t, const struct mm_chat *c,
                     const char *in, size_t limit, struct mm_err *err)
{
    struct job j = { .t = t, .chat = c };
    struct mm_shard *shard = mm_shard_open(in, err);
    struct mm_sample s = { 0 };
    int more;

    if (shard == NULL)
        return -1;
    more = mm_tokenizer_check(t, shard, err) < 0 ? -1 : 1;
    if (more > 0 && (j.out = mm_out_open("-", err)) == NULL)
        more = -1;
    for (size_t n = 0; more > 0 && (limit == 0 || n < limit); n++) {
        more = mm_shard_next(shard, &s, err);
        if (more > 0 && show_sample(&j, &s, err) < 0)
            more = mm_fail_in(err, "'%s': sample '%s'", mm_shard_name(shard),
                              s.key);
    }
    mm_sample_release(&s);
    mm_shard_close(shard);
    return close_job(&j, more, err);
}
