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
#include "data/doc.h"
#include "data/shard.h"
#include "eval/chorus.h"
#include "eval/notes.h"

#define HOLE "%s"

#define VOICES 32 /* documents in hand */

/* A document in hand */
struct leaf {
    struct mm_sample sample;
    struct mm_doc doc;
    struct mm_buf note;     /* what its words are noted by */
    const char *known;      /* its words, or NULL */
    struct mm_verse *verse; /* or who says them; neither: it stays */
};

struct rewriting {
    struct mm_speaker *w;
    struct mm_chorus chorus;
    struct leaf leaves[VOICES];
    struct mm_verse verses[VOICES];
    size_t n_leaves, n_verses;
    const char *template;
    struct mm_notes notes;
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

/* The text part of a pair, and the picture's member. */
static struct mm_doc_part *words_of(const struct leaf *f)
{
    return &f->doc.parts[f->doc.parts[0].text == NULL];
}

static const struct mm_buf *picture_of(struct leaf *f)
{
    const struct mm_doc *d = &f->doc;

    return &mm_sample_find(&f->sample,
                           d->parts[d->parts[0].text != NULL].image)
                ->data;
}

/* Words are of the pair with its key, its caption and its picture. */
static int name_pair(struct leaf *f, struct mm_err *err)
{
    const struct mm_doc_part *caption = words_of(f);
    const struct mm_buf *picture = picture_of(f);
    uint64_t n = caption->text_len;
    struct mm_hash h;

    if (mm_hash_init(&h) < 0)
        return mm_fail(err, MM_ESYS, "out of memory");
    mm_hash_add(&h, &n, sizeof n);
    mm_hash_add(&h, caption->text, caption->text_len);
    mm_hash_add(&h, picture->data, picture->len);
    mm_buf_clear(&f->note);
    mm_buf_addf(&f->note, "%s:%016" PRIx64, f->sample.key, mm_hash_value(&h));
    mm_hash_release(&h);
    return mm_buf_check(&f->note, err);
}

/* Somebody is to say the words of a pair, unless they are known. */
static int find_words(struct rewriting *r, struct leaf *f, struct mm_err *err)
{
    const char *key = f->sample.key;

    if (name_pair(f, err) < 0)
        return -1;
    if ((f->known = mm_notes_find(&r->notes, f->note.data)) != NULL) {
        r->n.known++;
        return 0;
    }
    f->verse = &r->verses[r->n_verses];
    f->verse->decode = r->w->decode;
    f->verse->decode.sampling.stream = (uint32_t)mm_hash64(key, strlen(key));
    mm_talk_release(&f->verse->talk);
    if (ask(r, picture_of(f), words_of(f)->text, &f->verse->talk, err) < 0)
        return -1;
    r->n_verses++;
    return 0;
}

/* The words of a pair, which were found, into text. */
static int take_words(struct rewriting *r, const struct leaf *f,
                      struct mm_buf *text, struct mm_err *err)
{
    if (f->known) {
        mm_buf_adds(text, f->known);
        return mm_buf_check(text, err);
    }
    if (f->verse->failed) {
        *err = f->verse->err;
        return -1;
    }
    if (mm_speak_tidy(r->w, &f->verse->text, text, err) < 0)
        return -1;
    return mm_notes_add(&r->notes, f->note.data, text->data, text->len, err);
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

static int rewrite_pair(struct rewriting *r, struct leaf *f,
                        struct mm_err *err)
{
    struct mm_buf text = { 0 };
    int result = take_words(r, f, &text, err);

    if (result == 0 && text.len == 0)
        r->n.silent++;
    else if (result == 0) {
        r->n.rewritten++;
        result = replace(&f->doc, words_of(f), &text,
                         &mm_sample_find(&f->sample, "json")->data, err);
    }
    mm_buf_release(&text);
    return result;
}

static int write_leaf(struct rewriting *r, struct leaf *f, struct mm_err *err)
{
    int result = 0;

    if (f->known || f->verse)
        result = rewrite_pair(r, f, err);
    else
        r->n.unchanged++;
    if (result < 0)
        return mm_fail_in(err, "sample '%s'", f->sample.key);
    mm_progress("%" PRIu64 " captions", r->n.rewritten);
    return mm_shard_put(r->out, &f->sample, err);
}

static int read_leaf(struct rewriting *r, struct leaf *f, struct mm_err *err)
{
    int result;

    f->known = NULL;
    f->verse = NULL;
    if (mm_doc_from_sample(&f->doc, &f->sample, err) < 0)
        return -1;
    result = mm_doc_kind(&f->doc) == MM_DOC_PAIR ? find_words(r, f, err) : 0;
    if (result < 0) {
        mm_doc_release(&f->doc);
        return mm_fail_in(err, "sample '%s'", f->sample.key);
    }
    r->n_leaves++;
    return 0;
}

/* Take documents in hand: 1, 0 these are the last, -1 after them. */
static int read_leaves(struct rewriting *r, struct mm_shard *in,
                       struct mm_err *err)
{
    int more = 1;

    r->n_leaves = r->n_verses = 0;
    while (more > 0 && r->n_leaves < VOICES) {
        struct leaf *f = &r->leaves[r->n_leaves];

        more = mm_shard_next(in, &f->sample, err);
        if (more > 0 && read_leaf(r, f, err) < 0)
            more = mm_fail_in(err, "'%s'", mm_shard_name(in));
    }
    return more;
}

static int write_leaves(struct rewriting *r, struct mm_shard *in,
                        struct mm_err *err)
{
    int result = 0;

    if (r->n_verses)
        result = mm_chorus_answer(&r->chorus, r->verses, r->n_verses, err);
    for (size_t i = 0; i < r->n_leaves; i++) {
        if (result == 0 && write_leaf(r, &r->leaves[i], err) < 0)
            result = mm_fail_in(err, "'%s'", mm_shard_name(in));
        mm_doc_release(&r->leaves[i].doc);
    }
    return result;
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
    if (result == 0)
        mm_notes_drop(&r->notes);
    return result;
}

/* What was read before a document that is bad is written all the same. */
static int rewrite_all(struct rewriting *r, struct mm_shard *in,
                       struct mm_err *err)
{
    struct mm_err why;
    int more = 1;

    while (more > 0) {
        more = read_leaves(r, in, &why);
        if (write_leaves(r, in, err) < 0)
            return -1;
    }
    if (more < 0)
        *err = why;
    return more;
}

static int run(struct rewriting *r, const char *input, const char *output,
               struct mm_err *err)
{
    struct mm_shard *in = mm_shard_open(input, err);
    int result = -1;

    if (in && open_output(r, in, output, err) == 0 &&
        mm_notes_open(&r->notes, r->w, r->template, input, output, err) == 0 &&
        mm_chorus_open(&r->chorus, r->w->replier.bundle, r->w->chat, VOICES,
                       err) == 0)
        result = rewrite_all(r, in, err);
    mm_shard_close(in);
    return result < 0 ? -1 : commit(r, err);
}

static void release(struct rewriting *r)
{
    mm_shard_discard(r->out);
    mm_chorus_close(&r->chorus);
    for (size_t i = 0; i < VOICES; i++) {
        mm_sample_release(&r->leaves[i].sample);
        mm_buf_release(&r->leaves[i].note);
        mm_verse_release(&r->verses[i]);
    }
    mm_notes_release(&r->notes);
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
    release(&r);
    return result;
}
