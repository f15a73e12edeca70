/*
 * speak_batch.c - answers to JSON lines
 *
 * Lines are taken in hand as long as there are more without waiting, so that a
 * program that waits for an answer before it writes the next line gets it, and
 * are answered side by side.  One that stands alone is answered in the session,
 * which remembers what the one before began with.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "eval/chorus.h"
#include "eval/notes.h"
#include "eval/speak.h"

#define MAX_LINE ((size_t)1 << 26)
#define VOICES 32 /* lines in hand */
#define NAMED 10  /* bad lines that the log names */
#define KEY 48

struct batch {
    struct mm_speaker *w;
    struct mm_in *in;
    struct mm_chorus chorus; /* opened when there are several */
    struct mm_buf line;
    size_t number; /* of the last line that was read */
    struct mm_notes notes;
    struct mm_batch_counts *counts;
    /* Answers that nobody has to give, of the line behind those in hand */
    struct mm_buf settled;
    /* Those in hand, and the first of the next */
    struct request {
        struct mm_json_doc json;
        size_t number;
        char key[KEY]; /* number and hash, see name_line() */
    } v[VOICES + 1];
    struct mm_verse verse[VOICES + 1];
    size_t n, next; /* next: 0 or 1 */
    int alike;      /* they are about the same pictures */
};

/* ---- requests ---- */

static const struct mm_json *images_of(const struct request *q)
{
    const struct mm_json *v = mm_json_get(q->json.root, "images");

    return v && v->type == MM_JSON_ARRAY && v->n ? v : NULL;
}

static int say_request(struct mm_speaker *w, const struct request *q,
                       struct mm_talk *talk, struct mm_err *err)
{
    const struct mm_json *prompt = mm_json_get(q->json.root, "prompt");
    const struct mm_json *images = images_of(q);
    size_t n = images ? images->n : 0, i = 0;
    const char **files = mm_alloc(n, sizeof *files, err);
    int r = -1;

    if (!files)
        return -1;
    for (const struct mm_json *v = n ? images->child : NULL; v; v = v->next)
        files[i++] = mm_json_str(v, "");
    mm_talk_release(talk);
    if (!prompt || prompt->type != MM_JSON_STRING)
        mm_fail(err, MM_EDATA, "it has no \"prompt\" that is a string");
    else
        r = mm_speak_talk(w, talk, prompt->str, prompt->len, files, n, err);
    free(files);
    return r;
}

/*
 * A line that cannot be answered, and why: the line that says so goes to out.
 * 0, or -1 where the fault is not the line's.
 */
static int complain(struct batch *b, const struct request *q,
                    struct mm_err *why, struct mm_buf *out, struct mm_err *err)
{
    const struct mm_json *id = mm_json_get(q->json.root, "id");
    struct mm_jw j;

    mm_jw_begin(&j, out);
    mm_jw_open(&j, '{');
    if (id) {
        mm_jw_key(&j, "id");
        mm_jw_value(&j, id);
    }
    mm_jw_put_size(&j, "line", q->number);
    mm_jw_put_str(&j, "error", why->msg);
    mm_jw_close(&j, '}');
    mm_buf_addc(out, '\n');
    mm_fail_in(why, "'%s', line %zu", mm_in_name(b->in), q->number);
    if (why->code == MM_ESYS || why->code == MM_EINTERNAL) {
        *err = *why;
        return -1;
    }
    if (b->counts->bad++ == 0)
        memcpy(b->counts->why, why->msg, sizeof b->counts->why);
    if (b->counts->bad <= NAMED)
        mm_log(MM_LOG_WARN, "%s", why->msg);
    return mm_buf_check(out, err);
}

/* An answer is of the line with its number, its words and its pictures. */
static int name_line(const struct batch *b, const struct mm_talk *talk,
                     struct request *q, struct mm_err *err)
{
    struct mm_hash h;

    if (mm_hash_init(&h) < 0)
        return mm_fail(err, MM_ESYS, "out of memory");
    mm_hash_add(&h, b->line.data, b->line.len);
    for (size_t i = 0; i < talk->n_pictures; i++) {
        const struct mm_buf *p = &talk->pictures[i];
        uint64_t n = p->len;

        mm_hash_add(&h, &n, sizeof n);
        mm_hash_add(&h, p->data, p->len);
    }
    snprintf(q->key, sizeof q->key, "%zu:%016" PRIx64, q->number,
             mm_hash_value(&h));
    mm_hash_release(&h);
    return 0;
}

/* Another run has answered it: its answer is settled. */
static int recall(struct batch *b, const struct request *q, struct mm_err *err)
{
    const char *known = mm_notes_find(&b->notes, q->key);

    if (!known)
        return 0;
    b->counts->known++;
    mm_buf_adds(&b->settled, known);
    mm_buf_addc(&b->settled, '\n');
    return mm_buf_check(&b->settled, err) < 0 ? -1 : 1;
}

enum { END,
       TAKEN,
       SETTLED };

/* It becomes number i of those in hand, or is settled; or -1. */
static int take_line(struct batch *b, size_t i, struct mm_err *err)
{
    struct request *q = &b->v[i];
    struct mm_verse *v = &b->verse[i];
    struct mm_err why;
    int known;

    mm_json_release(&q->json);
    q->number = b->number;
    if (mm_json_parse(&q->json, b->line.data, b->line.len, &why) < 0 ||
        say_request(b->w, q, &v->talk, &why) < 0)
        return complain(b, q, &why, &b->settled, err) < 0 ? -1 : SETTLED;
    if (name_line(b, &v->talk, q, err) < 0)
        return -1;
    if ((known = recall(b, q, err)) != 0)
        return known < 0 ? -1 : SETTLED;
    v->decode = b->w->decode;
    v->decode.sampling.stream = b->number;
    return TAKEN;
}

/* The next line that is not empty: END, or as above */
static int read_request(struct batch *b, size_t i, struct mm_err *err)
{
    int r;

    do {
        r = mm_in_line(b->in, &b->line, MAX_LINE, err);
        b->number += r > 0;
    } while (r > 0 && b->line.len == 0);
    if (r <= 0)
        return r;
    b->counts->lines++;
    return take_line(b, i, err);
}

static int are_alike(const struct request *x, const struct request *y)
{
    const struct mm_json *a = images_of(x), *b = images_of(y);

    if (!a || !b || a->n != b->n)
        return 0;
    a = a->child;
    b = b->child;
    while (a && strcmp(mm_json_str(a, ""), mm_json_str(b, "")) == 0) {
        a = a->next;
        b = b->next;
    }
    return !a;
}

/*
 * Lines about the same pictures are taken together, and so are those that all
 * have their own: what all of them begin with is then the most.  A line that is
 * settled stands behind them.  As read.
 */
static int fill(struct batch *b, struct mm_err *err)
{
    int r = 1;

    b->n = b->next;
    b->next = 0;
    while (r > 0 && !b->next && b->n < VOICES &&
           (b->n == 0 || mm_in_ready(b->in))) {
        const struct request *q = &b->v[b->n];

        r = read_request(b, b->n, err);
        if (r != TAKEN)
            break;
        if (b->n == 1)
            b->alike = are_alike(q - 1, q);
        b->next = b->n > 1 && are_alike(q - 1, q) != b->alike;
        b->n += !b->next;
    }
    return r;
}

/* ---- answers ---- */

static int put(struct batch *b, const struct mm_buf *line, struct mm_err *err)
{
    struct mm_out *out = b->w->out;

    return mm_out_write(out, line->data, line->len, err) < 0
               ? -1
               : mm_out_flush(out, err);
}

/* "id" is handed through, so that answers can be told apart. */
static int print_answer(const struct mm_speaker *w, const struct mm_json *id,
                        const struct mm_buf *text, const struct mm_verse *v,
                        struct mm_buf *line, struct mm_err *err)
{
    static const char *const why[] = { "eos", "stop", "length" };
    struct mm_jw j;

    mm_jw_begin(&j, line);
    mm_jw_open(&j, '{');
    if (id) {
        mm_jw_key(&j, "id");
        mm_jw_value(&j, id);
    }
    mm_jw_key(&j, "text");
    mm_jw_strn(&j, text->data ? text->data : "", text->len);
    if (w->thought.len) {
        mm_jw_put_str(&j, "thought", w->thought.data);
    }
    mm_jw_put_str(&j, "finish", why[v->writing.finish]);
    mm_jw_put_size(&j, "tokens", v->writing.n_ids);
    mm_jw_close(&j, '}');
    return mm_buf_check(line, err);
}

/* What the model said, as a line, which is noted */
static int answer_request(struct batch *b, const struct request *q,
                          struct mm_verse *v, struct mm_buf *line,
                          struct mm_err *err)
{
    struct mm_buf text = { 0 };
    int r = mm_speak_tidy(b->w, &v->text, &text, err);

    if (r == 0)
        r = print_answer(b->w, mm_json_get(q->json.root, "id"), &text, v, line,
                         err);
    if (r == 0)
        r = mm_notes_add(&b->notes, q->key, line->data, line->len, err);
    mm_buf_addc(line, '\n');
    mm_buf_release(&text);
    return r < 0 ? -1 : mm_buf_check(line, err);
}

static int write_request(struct batch *b, size_t i, struct mm_err *err)
{
    const struct request *q = &b->v[i];
    struct mm_verse *v = &b->verse[i];
    struct mm_buf line = { 0 };
    int r = v->failed ? complain(b, q, &v->err, &line, err)
                      : answer_request(b, q, v, &line, err);

    if (r == 0)
        r = put(b, &line, err);
    mm_buf_release(&line);
    mm_progress("%zu prompts", q->number);
    return r;
}

/* In the session, into the verse. */
static int answer_alone(struct batch *b, struct mm_verse *v)
{
    struct mm_reply_stats stats = { 0 };

    mm_buf_clear(&v->text);
    v->failed = mm_reply(&b->w->replier, &v->talk, b->w->chat, &v->decode,
                         &v->text, &stats, &v->err) < 0;
    v->writing.finish = stats.finish;
    v->writing.n_ids = stats.new_tokens;
    if (!v->failed)
        mm_speak_report(&stats);
    return 0;
}

static int answer_all(struct batch *b, struct mm_err *err)
{
    if (b->n == 1)
        return answer_alone(b, b->verse);
    if (!b->chorus.lanes &&
        mm_chorus_open(&b->chorus, b->w->replier.bundle, b->w->chat, VOICES,
                       err) < 0)
        return -1;
    return mm_chorus_answer(&b->chorus, b->verse, b->n, err);
}

static int answer(struct batch *b, struct mm_err *err)
{
    struct request first = b->v[0];
    struct mm_verse its;

    if (b->n && answer_all(b, err) < 0)
        return -1;
    for (size_t i = 0; i < b->n; i++)
        if (write_request(b, i, err) < 0)
            return -1;
    if (b->settled.len && put(b, &b->settled, err) < 0)
        return -1;
    mm_buf_clear(&b->settled);
    if (b->next) { /* it becomes the first */
        b->v[0] = b->v[b->n];
        b->v[b->n] = first;
        its = b->verse[0];
        b->verse[0] = b->verse[b->n];
        b->verse[b->n] = its;
    }
    return 0;
}

/* ---- the whole ---- */

/* What was read before the input failed is answered all the same. */
static int answer_batch(struct batch *b, struct mm_err *err)
{
    struct mm_err why;
    int more = 1;

    while (more > 0) {
        more = fill(b, &why);
        if (answer(b, err) < 0)
            return -1;
    }
    if (more < 0) {
        *err = why;
        return -1;
    }
    if (b->counts->bad == 0 || b->counts->bad < b->counts->lines)
        return 0;
    if (b->notes.texts.len == 0) /* answers of a run before are kept */
        mm_notes_drop(&b->notes);
    return mm_fail(err, MM_EDATA, "no line could be answered: %s",
                   b->counts->why);
}

/* The output gets its name, and then there is no need of notes. */
static int commit(struct batch *b, struct mm_err *err)
{
    struct mm_out *out = b->w->out;

    b->w->out = NULL;
    if (mm_out_commit(out, err) < 0)
        return -1;
    if (b->counts->bad == 0)
        mm_notes_drop(&b->notes);
    return 0;
}

int mm_speak_batch(struct mm_speaker *w, struct mm_in *in, const char *output,
                   struct mm_batch_counts *counts, struct mm_err *err)
{
    struct batch *b = mm_alloc(1, sizeof *b, err);
    int r;

    *counts = (struct mm_batch_counts){ 0 };
    if (!b)
        return -1;
    b->w = w;
    b->in = in;
    b->counts = counts;
    w->decode.on_text = NULL;
    w->decode.ctx = NULL;
    r = mm_notes_open(&b->notes, w, NULL, mm_in_name(in), output, err);
    if (r == 0)
        r = answer_batch(b, err);
    if (r == 0)
        r = commit(b, err);
    for (size_t i = 0; i <= VOICES; i++) {
        mm_json_release(&b->v[i].json);
        mm_verse_release(&b->verse[i]);
    }
    mm_chorus_close(&b->chorus);
    mm_buf_release(&b->line);
    mm_buf_release(&b->settled);
    mm_notes_release(&b->notes);
    free(b);
    return r;
}
