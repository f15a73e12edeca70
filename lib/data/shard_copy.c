/*
 * shard_copy.c - samples from shards to shards: join, select, split
 */
#include "data/shard_copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "data/shard_header.h"
#include "data/split.h"

/* ---- reading ---- */

struct walk {
    const struct mm_select *select;
    struct mm_shard_header header; /* of the first shard */
    struct mm_sample sample;
    uint64_t seen, passed;
    int (*fn)(void *ctx, struct mm_sample *s, struct mm_err *err);
    void *ctx;
};

static int is_selected(const struct walk *w)
{
    const char *key = w->sample.key;

    if (w->select->keys.n)
        return mm_map_get(&w->select->keys, key, strlen(key)) != NULL;
    return 1;
}

static int is_enough(const struct walk *w)
{
    return w->select->limit && w->passed == w->select->limit;
}

static int walk_shard(struct walk *w, struct mm_shard *r, struct mm_err *err)
{
    int got;

    while (!is_enough(w) && (got = mm_shard_next(r, &w->sample, err)) != 0) {
        if (got < 0)
            return -1;
        if (!is_selected(w) || w->seen++ < w->select->offset)
            continue;
        w->passed++;
        if (w->fn(w->ctx, &w->sample, err) != 0)
            return -1;
        mm_progress("%" PRIu64 " samples", w->passed);
    }
    return 0;
}

static int agree(struct walk *w, const struct mm_shard *r, const char *first,
                 struct mm_err *err)
{
    return mm_shard_header_agree(&w->header, first, mm_shard_header(r),
                                 mm_shard_name(r), "they cannot be joined",
                                 err);
}

/* The histories of the files, each stamp once. */
static int gather_history(struct mm_shard_header *h, const char *const *paths,
                          size_t n, struct mm_err *err)
{
    for (size_t i = 1; i < n; i++) {
        struct mm_shard *r;
        struct stat st;
        int result;

        /* a pipe can be opened once only, and that is for its samples */
        if (mm_stat(paths[i], &st) != 0 || !S_ISREG(st.st_mode))
            continue;
        r = mm_shard_open(paths[i], err);
        result = r ? mm_shard_history_join(h, mm_shard_header(r), err) : -1;
        mm_shard_close(r);
        if (result != 0)
            return -1;
    }
    return 0;
}

static int walk_all(struct walk *w, const char *const *paths, size_t n,
                    int (*first)(void *ctx, const struct mm_shard_header *h,
                                 struct mm_err *err),
                    struct mm_err *err)
{
    for (size_t i = 0; i < n && !is_enough(w); i++) {
        struct mm_shard *r = mm_shard_open(paths[i], err);
        int result = r ? 0 : -1;

        if (r && i == 0) {
            result = mm_shard_header_copy(&w->header, mm_shard_header(r), err);
            if (result == 0)
                result = gather_history(&w->header, paths, n, err);
            if (result == 0)
                result = first(w->ctx, &w->header, err);
        } else if (r) {
            result = agree(w, r, paths[0], err);
        }
        if (result == 0)
            result = walk_shard(w, r, err);
        mm_shard_close(r);
        if (result != 0)
            return -1;
    }
    return 0;
}

int mm_shard_each(const char *const *paths, size_t n,
                  const struct mm_select *select,
                  int (*first)(void *ctx, const struct mm_shard_header *h,
                               struct mm_err *err),
                  int (*fn)(void *ctx, struct mm_sample *s,
                            struct mm_err *err),
                  void *ctx, struct mm_err *err)
{
    static const struct mm_select all;
    struct walk w = { .select = select ? select : &all, .fn = fn, .ctx = ctx };
    int result = walk_all(&w, paths, n, first, err);

    mm_shard_header_release(&w.header);
    mm_sample_release(&w.sample);
    return result;
}

/* ---- one shard ---- */

struct copy {
    const char *out;
    struct mm_shard_writer *w;
};

static int copy_first(void *ctx, const struct mm_shard_header *h,
                      struct mm_err *err)
{
    struct copy *c = ctx;

    c->w = mm_shard_create(c->out, h->kind, h->meta, h->history, err);
    return c->w ? 0 : -1;
}

static int copy_sample(void *ctx, struct mm_sample *s, struct mm_err *err)
{
    struct copy *c = ctx;

    return mm_shard_put(c->w, s, err);
}

int mm_shard_copy(const char *const *paths, size_t n,
                  const struct mm_select *select, const char *out,
                  struct mm_err *err)
{
    struct copy c = { .out = out };

    if (mm_shard_each(paths, n, select, copy_first, copy_sample, &c, err) !=
        0) {
        mm_shard_discard(c.w);
        return -1;
    }
    return mm_shard_commit(c.w, NULL, err);
}

/* ---- two shards ---- */

struct split {
    const char *out[2];
    struct mm_shard_writer *w[2];
    int held_out;
    uint64_t *counts;
};

static int split_first(void *ctx, const struct mm_shard_header *h,
                       struct mm_err *err)
{
    struct split *p = ctx;

    if (strcmp(h->kind, MM_KIND_DOCUMENTS) != 0)
        return mm_fail(err, MM_EDATA, "the shard holds %s; documents are "
                                      "split, before they are tokenized",
                       h->kind);
    for (int i = 0; i < 2; i++) {
        p->w[i] = mm_shard_create(p->out[i], h->kind, h->meta, h->history,
                                  err);
        if (!p->w[i])
            return -1;
    }
    return 0;
}

static int split_sample(void *ctx, struct mm_sample *s, struct mm_err *err)
{
    struct split *p = ctx;
    int bucket = mm_split_bucket(s, err);
    int to = bucket < p->held_out;

    if (bucket < 0)
        return -1;
    p->counts[to]++;
    return mm_shard_put(p->w[to], s, err);
}

static int split_commit(struct split *p, struct mm_err *err)
{
    static const char *const counts[] = { "{\"part\":\"train\"}",
                                          "{\"part\":\"held-out\"}" };
    struct mm_shard_writer *const w[] = { p->w[0], p->w[1] };

    p->w[0] = p->w[1] = NULL;
    return mm_shard_commit_both(w, counts, err);
}

int mm_shard_split(const char *const *paths, size_t n, int held_out,
                   const char *train, const char *held, uint64_t counts[2],
                   struct mm_err *err)
{
    struct split p = { .out = { train, held },
                       .held_out = held_out,
                       .counts = counts };

    counts[0] = counts[1] = 0;
    if (mm_shard_each(paths, n, NULL, split_first, split_sample, &p, err) ==
            0 &&
        split_commit(&p, err) == 0)
        return 0;
    mm_shard_discard(p.w[0]);
    mm_shard_discard(p.w[1]);
    return -1;
}
