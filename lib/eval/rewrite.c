/*
 * rewrite.c - the captions of a shard in a model's words
 */
#include "eval/rewrite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "data/doc.h"
#include "data/shard.h"

#define MAX_LINE ((size_t)1 << 26)
#define HOLE "%s"

struct rewriting {
    struct mm_speaker *w;
    const char *template;
    struct mm_buf journal; /* its path; empty: there is none */
    struct mm_buf head;    /* its first line */
    struct mm_map said;    /* key to a place in texts, plus 1 */
    struct mm_buf texts;
    struct mm_shard_writer *out;
    struct mm_rewrite_counts n;
};

int mm_rewrite_check(const char *template, struct mm_err *err)
{
    const char *hole = strstr(template, HOLE);
    const char *image = strstr(template, MM_TOKEN_IMAGE);

    if ((!hole && !image) || (hole && strstr(hole + 1, HOLE)) ||
        (image && strstr(image + 1, MM_TOKEN_IMAGE)))
        return mm_fail(err, MM_EUSAGE, "--rewrite '%.200s' wants %%s, which "
                                       "stands for the caption, <image>, or "
                                       "both, each once",
                       template);
    return 0;
}

/* ---- the journal ---- */

/* A line of what was said before; a cut one is of a run that was killed. */
static int take_line(struct rewriting *r, const struct mm_buf *line,
                     struct mm_err *err)
{
    struct mm_json_doc doc;
    struct mm_err ignored;
    const struct mm_json *key, *text;
    int result = 0;

    if (mm_json_parse(&doc, line->data, line->len, &ignored) < 0)
        return 0;
    key = mm_json_get(doc.root, "key");
    text = mm_json_get(doc.root, "text");
    if (key && text && key->type == MM_JSON_STRING &&
        text->type == MM_JSON_STRING) {
        result = mm_map_put(&r->said, key->str, key->len,
                            (int64_t)r->texts.len + 1, err);
        mm_buf_add(&r->texts, text->str, text->len);
        mm_buf_addc(&r->texts, 0);
    }
    mm_json_release(&doc);
    return result;
}

static int read_journal(struct rewriting *r, struct mm_err *err)
{
    struct mm_in *in = mm_in_open(r->journal.data, err);
    struct mm_buf line = { 0 };
    int more = in ? mm_in_line(in, &line, MAX_LINE, err) : -1;
    int same = more > 0 && line.len == r->head.len &&
               memcmp(line.data, r->head.data, line.len) == 0;

    while (same && (more = mm_in_line(in, &line, MAX_LINE, err)) > 0)
        if (take_line(r, &line, err) < 0)
            more = -1;
    mm_buf_release(&line);
    mm_in_close(in);
    if (more < 0)
        return -1;
    if (!same)
        mm_io.unlink(r->journal.data);
    return same;
}

static int note(struct rewriting *r, struct mm_buf *line, struct mm_err *err)
{
    mm_buf_addc(line, '\n');
    if (mm_buf_check(line, err) < 0)
        return -1;
    return mm_append_file(r->journal.data, line->data, line->len, err);
}

/* What the answers depend on, beside the documents. */
static int open_journal(struct rewriting *r, const char *input,
                        const char *output, struct mm_err *err)
{
    const struct mm_decode *d = &r->w->decode;
    struct stat st;
    struct mm_jw w;
    int found = 0;

    if (strcmp(output, "-") == 0)
        return 0;
    mm_buf_addf(&r->journal, "%s.journal", output);
    mm_buf_addf(&r->head, "{\"model\":\"%016" PRIx64 "\",\"sampling\":"
                          "[%.17g,%zu,%.17g,%" PRIu64 ",%zu],\"ask\":",
                mm_bundle_hash(r->w->replier.bundle), d->sampling.temperature,
                d->sampling.top_k, d->sampling.top_p, d->sampling.seed,
                d->max_tokens);
    mm_jw_begin(&w, &r->head);
    mm_jw_open(&w, '[');
    mm_jw_str(&w, r->template);
    mm_jw_str(&w, mm_chat_name(r->w->chat));
    mm_jw_str(&w, r->w->system);
    mm_jw_str(&w, input);
    for (size_t i = 0; i < d->n_stops; i++)
        mm_jw_str(&w, d->stops[i]);
    mm_jw_close(&w, ']');
    mm_buf_addc(&r->head, '}');
    if (mm_buf_check(&r->head, err) < 0 || mm_buf_check(&r->journal, err) < 0)
        return -1;
    if (mm_stat(r->journal.data, &st) == 0)
        found = read_journal(r, err);
    return found != 0 ? (found < 0 ? -1 : 0) : note(r, &r->head, err);
}

static int remember(struct rewriting *r, const char *key, const char *text,
                    size_t n, struct mm_err *err)
{
    struct mm_buf line = { 0 };
    struct mm_jw w;
    int result;

    if (r->journal.len == 0)
        return 0;
    mm_jw_begin(&w, &line);
    mm_jw_open(&w, '{');
    mm_jw_key(&w, "key");
    mm_jw_str(&w, key);
    mm_jw_key(&w, "text");
    mm_jw_strn(&w, text, n);
    mm_jw_close(&w, '}');
    result = note(r, &line, err);
    mm_buf_release(&line);
    return result;
}

/* ---- asking ---- */

/* A piece of the template, with the caption in the hole. */
static int say_piece(const struct rewriting *r, struct mm_talk *talk,
                     const char *piece, size_t n, const char *caption,
                     struct mm_err *err)
{
    const char *role = r->w->answers ? "user" : NULL;
    const char *hole = strstr(piece, HOLE);
    struct mm_buf text = { 0 };
    int result;

    if (hole && hole < piece + n) {
        size_t before = (size_t)(hole - piece), end = before + strlen(HOLE);

        mm_buf_add(&text, piece, before);
        mm_buf_adds(&text, caption);
        mm_buf_add(&text, piece + end, n - end);
    } else {
        mm_buf_add(&text, piece, n);
    }
    result = mm_buf_check(&text, err);
    if (result == 0 && text.len)
        result = mm_talk_add(talk, role, text.data, text.len, err);
    mm_buf_release(&text);
    return result;
}

static int ask(const struct rewriting *r, const struct mm_buf *picture,
               const char *caption, struct mm_talk *talk, struct mm_err *err)
{
    const char *role = r->w->answers ? "user" : NULL, *rest = r->template;
    const char *image = strstr(rest, MM_TOKEN_IMAGE);

    if (r->w->system && mm_talk_add(talk, "system", r->w->system,
                                    strlen(r->w->system), err) < 0)
        return -1;
    if (image) {
        if (say_piece(r, talk, rest, (size_t)(image - rest), caption,
                      err) < 0 ||
            mm_talk_show(talk, role, "its picture", picture, err) < 0)
            return -1;
        rest = image + strlen(MM_TOKEN_IMAGE);
    }
    return say_piece(r, talk, rest, strlen(rest), caption, err);
}

/* The model's words for a document, into text. */
static int find_words(struct rewriting *r, const struct mm_sample *s,
                      const struct mm_buf *picture, const char *caption,
                      struct mm_buf *text, struct mm_err *err)
{
    const int64_t *at = mm_map_get(&r->said, s->key, strlen(s->key));
    struct mm_talk talk = { 0 };
    struct mm_reply_stats stats;
    int result;

    if (at) {
        r->n.known++;
        mm_buf_adds(text, r->texts.data + (*at - 1));
        return mm_buf_check(text, err);
    }
    r->w->decode.sampling.stream =
        (uint32_t)mm_hash64(s->key, strlen(s->key));
    result = ask(r, picture, caption, &talk, err);
    if (result == 0)
        result = mm_speak_reply(r->w, &talk, text, &stats, err);
    mm_talk_release(&talk);
    return result < 0 ? -1 : remember(r, s->key, text->data, text->len, err);
}

/* ---- documents ---- */

/* The document with its new text, and the old one as "original". */
static int replace(struct mm_doc *d, struct mm_doc_part *part,
                   const struct mm_buf *text, struct mm_buf *json,
                   struct mm_err *err)
{
    const char *old = part->text;
    size_t n = part->text_len;
    struct mm_jw w;

    part->text = text->data;
    part->text_len = text->len;
    mm_buf_clear(json);
    if (mm_doc_print(d, json, err) < 0)
        return -1;
    if (mm_json_get(d->json.root, "original"))
        return 0; /* of an earlier rewriting */
    json->len--;
    mm_buf_addc(json, ',');
    mm_jw_begin(&w, json);
    mm_jw_key(&w, "original");
    mm_jw_strn(&w, old, n);
    mm_buf_addc(json, '}');
    return mm_buf_check(json, err);
}

static int rewrite_pair(struct rewriting *r, struct mm_sample *s,
                        struct mm_doc *d, struct mm_err *err)
{
    struct mm_doc_part *part = &d->parts[d->parts[0].text == NULL];
    const char *image = d->parts[d->parts[0].text != NULL].image;
    struct mm_buf text = { 0 };
    int result = find_words(r, s, &mm_sample_find(s, image)->data, part->text,
                            &text, err);

    if (result == 0 && text.len == 0)
        r->n.silent++;
    else if (result == 0) {
        r->n.rewritten++;
        result = replace(d, part, &text,
                         &mm_sample_find(s, "json")->data, err);
    }
    mm_buf_release(&text);
    return result;
}

static int rewrite_sample(struct rewriting *r, struct mm_sample *s,
                          struct mm_err *err)
{
    struct mm_doc d;
    int result = mm_doc_from_sample(&d, s, err);

    if (result < 0)
        return -1;
    if (mm_doc_kind(&d) == MM_DOC_PAIR)
        result = rewrite_pair(r, s, &d, err);
    else
        r->n.unchanged++;
    mm_doc_release(&d);
    if (result < 0)
        return mm_fail_in(err, "sample '%s'", s->key);
    mm_progress("%" PRIu64 " captions", r->n.rewritten);
    return mm_shard_put(r->out, s, err);
}

/* ---- the whole ---- */

static int open_output(struct rewriting *r, const struct mm_shard *in,
                       const char *output, struct mm_err *err)
{
    const struct mm_shard_header *h = mm_shard_header(in);

    if (strcmp(h->kind, MM_KIND_DOCUMENTS) != 0)
        return mm_fail(err, MM_EDATA, "'%s' holds %s, not documents",
                       mm_shard_name(in), h->kind);
    r->out = mm_shard_create(output, MM_KIND_DOCUMENTS, h->meta, h->history,
                             err);
    return r->out ? 0 : -1;
}

static int commit(struct rewriting *r, struct mm_err *err)
{
    struct mm_shard_writer *out = r->out;
    struct mm_buf counts = { 0 };
    int result;

    r->out = NULL;
    mm_buf_addf(&counts,
                "{\"rewritten\":%" PRIu64 ",\"unchanged\":%" PRIu64
                ",\"silent\":%" PRIu64 "}",
                r->n.rewritten, r->n.unchanged, r->n.silent);
    result = mm_buf_check(&counts, err);
    if (result == 0)
        result = mm_shard_commit(out, counts.data, err);
    else
        mm_shard_discard(out);
    mm_buf_release(&counts);
    if (result == 0 && r->journal.len)
        mm_io.unlink(r->journal.data);
    return result;
}

static int run(struct rewriting *r, const char *input, const char *output,
               struct mm_err *err)
{
    struct mm_shard *in = mm_shard_open(input, err);
    struct mm_sample s = { 0 };
    int more = -1;

    if (in && open_output(r, in, output, err) == 0 &&
        open_journal(r, input, output, err) == 0)
        while ((more = mm_shard_next(in, &s, err)) > 0)
            if (rewrite_sample(r, &s, err) < 0) {
                more = mm_fail_in(err, "'%s'", mm_shard_name(in));
                break;
            }
    mm_sample_release(&s);
    mm_shard_close(in);
    return more < 0 ? -1 : commit(r, err);
}

int mm_rewrite_shard(struct mm_speaker *w, const char *input,
                     const char *output, const char *template,
                     struct mm_rewrite_counts *counts, struct mm_err *err)
{
    struct rewriting r = { .w = w, .template = template };
    int result = mm_rewrite_check(template, err);

    w->decode.on_text = NULL;
    w->decode.ctx = NULL;
    if (result == 0)
        result = run(&r, input, output, err);
    *counts = r.n;
    mm_shard_discard(r.out);
    mm_buf_release(&r.journal);
    mm_buf_release(&r.head);
    mm_buf_release(&r.texts);
    mm_map_release(&r.said);
    return result;
}
