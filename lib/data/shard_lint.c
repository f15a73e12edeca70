/*
 * shard_lint.c - is what a shard holds what its kind promises?
 */
#include "data/shard_lint.h"

#include <string.h>

#include "base/map.h"
#include "data/doc.h"
#include "data/npy.h"
#include "data/pack_doc.h"
#include "data/packed_seq.h"
#include "data/shard.h"

struct lint {
    const struct mm_shard_header *header;
    struct mm_packed_info info; /* ids; of packed shards also the packing */
    int has_ids;
    struct mm_map keys;
    struct mm_pack_doc doc;
    struct mm_packed_seq seq;
};

static int bad(struct mm_err *err, const char *what)
{
    return mm_fail(err, MM_ECHECK, "%s", what);
}

/* ---- documents ---- */

static int is_picture(const struct mm_member *m)
{
    const struct mm_buf *b = &m->data;

    return (b->len > 3 && memcmp(b->data, "\xff\xd8\xff", 3) == 0) ||
           (b->len > 8 && memcmp(b->data, "\x89PNG\r\n\x1a\n", 8) == 0) ||
           (b->len > 6 && memcmp(b->data, "\x93NUMPY", 6) == 0);
}

static int is_blank(const struct mm_doc_part *p)
{
    for (size_t i = 0; i < p->text_len; i++)
        if (!strchr(" \t\r\n", p->text[i]))
            return 0;
    return 1;
}

static int check_part(const struct mm_sample *s, const struct mm_doc_part *p,
                      struct mm_err *err)
{
    if (p->text && is_blank(p))
        return bad(err, "a text is empty");
    if (p->image && !is_picture(mm_sample_find(s, p->image)))
        return mm_fail(err, MM_ECHECK, "'%.200s' is neither JPEG, PNG nor an "
                                       "array",
                       p->image);
    return 0;
}

static int check_document(const struct mm_sample *s, struct mm_err *err)
{
    struct mm_doc d;
    int result = 0;

    if (mm_doc_from_sample(&d, s, err) != 0)
        return -1;
    if (d.n == 0)
        result = bad(err, "its document is empty");
    for (size_t i = 0; result == 0 && i < d.n; i++)
        result = check_part(s, &d.parts[i], err);
    mm_doc_release(&d);
    return result;
}

/* ---- tokens ---- */

static int check_tokens(struct lint *l, const struct mm_sample *s,
                        struct mm_err *err)
{
    struct mm_pack_config c = { .bos = l->info.bos,
                                .eos = l->info.eos,
                                .image = l->info.image,
                                .vocab_size = l->info.vocab_size };
    const struct mm_pack_doc *d = &l->doc;
    const uint8_t *loss;

    if (!l->has_ids)
        return bad(err, "the shard's meta has no tokenizer");
    if (mm_pack_doc_parse(&l->doc, s, &c, err) != 0)
        return -1;
    loss = d->loss.data;
    if (d->tokens[d->n - 1] != c.eos)
        return bad(err, "its tokens do not end with EOS");
    for (size_t i = 0; i < d->n; i++)
        if (loss[i] > 1 ||
            (loss[i] && (i == 0 || d->tokens[i] == c.image)))
            return bad(err, "its loss mask is not 0 on BOS and pictures, and "
                            "0 or 1 elsewhere");
    return 0;
}

/* ---- the whole ---- */

static int check_key(struct lint *l, const struct mm_sample *s,
                     struct mm_err *err)
{
    int64_t *seen = mm_map_at(&l->keys, s->key, strlen(s->key), err);

    if (!seen)
        return -1;
    return (*seen)++ ? bad(err, "its key stands there before") : 0;
}

static int check(struct lint *l, const struct mm_sample *s,
                 struct mm_err *err)
{
    const char *kind = l->header->kind;

    if (check_key(l, s, err) != 0)
        return -1;
    if (strcmp(kind, MM_KIND_PACKED) == 0)
        return l->has_ids ? mm_packed_seq_parse(&l->seq, s, &l->info, err)
                          : bad(err, "the shard's meta is not complete");
    if (check_document(s, err) != 0)
        return -1;
    if (strcmp(kind, MM_KIND_TOKENS) == 0 || strcmp(kind, MM_KIND_PIXELS) == 0)
        return check_tokens(l, s, err);
    return 0;
}

/* The problem without "sample 'key': " in front, which say() knows. */
static const char *without_key(const char *problem, const char *key)
{
    size_t n = strlen(key);

    if (strncmp(problem, "sample '", 8) == 0 &&
        strncmp(problem + 8, key, n) == 0 &&
        strncmp(problem + 8 + n, "': ", 3) == 0)
        return problem + 8 + n + 3;
    return problem;
}

static int lint_all(struct mm_shard *r,
                    void (*say)(void *ctx, const char *key, const char *text),
                    void *ctx, size_t *n, struct mm_err *err)
{
    struct lint l = { .header = mm_shard_header(r) };
    struct mm_sample s = { 0 };
    struct mm_err ignored;
    int got;

    l.has_ids = mm_packed_info_parse(&l.info, l.header, &ignored) == 0;
    while ((got = mm_shard_next(r, &s, err)) > 0) {
        struct mm_err problem;

        if (check(&l, &s, &problem) == 0)
            continue;
        if (problem.code == MM_ESYS) {
            *err = problem;
            got = -1;
            break;
        }
        say(ctx, s.key, without_key(problem.msg, s.key));
        ++*n;
    }
    mm_sample_release(&s);
    mm_map_release(&l.keys);
    mm_pack_doc_release(&l.doc);
    mm_packed_seq_release(&l.seq);
    return got;
}

int mm_shard_lint(const char *path,
                  void (*say)(void *ctx, const char *key, const char *problem),
                  void *ctx, size_t *n_problems, struct mm_err *err)
{
    struct mm_shard *r = mm_shard_open(path, err);
    int result;

    *n_problems = 0;
    if (!r)
        return -1;
    result = lint_all(r, say, ctx, n_problems, err);
    mm_shard_close(r);
    return result;
}
