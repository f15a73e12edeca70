/*
 * mix_source.c - one source of a mixture: its samples in shuffled order
 */
#include "data/mix_source.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "data/shard_header.h"
#include "data/shard_set.h"

#define WINDOW_MAX 1000000
#define EPOCHS_MAX 65536 /* keys: source << 16 + epoch */

struct mm_mix_source {
    char **paths;
    size_t n_paths;
    struct mm_shuffle shuffle;
    uint64_t seed;
    size_t number, epoch;

    struct mm_sample *slots; /* the window */
    size_t n, cap, next;

    struct mm_shard_set set; /* by frames */
    size_t frame;            /* how many of the permutation are done */
    uint64_t window;

    struct mm_shard *r; /* in order: the file being read */
    size_t path;        /* its number, or n_paths at the end */
    struct mm_shard_header header;
    uint64_t drawn;

    struct mm_buf hashes; /* of those that were read once */
};

/* ---- how to shuffle ---- */

static int parse_count(const char *text, size_t *out, struct mm_err *err)
{
    char *end;
    long v;

    errno = 0;
    v = strtol(text, &end, 10);
    if (errno || end == text || *end || v < 1 || v > WINDOW_MAX)
        return mm_fail(err, MM_EUSAGE, "--shuffle: '%s' is not a number from "
                                       "1 to %d",
                       text, WINDOW_MAX);
    *out = (size_t)v;
    return 0;
}

int mm_shuffle_parse(struct mm_shuffle *s, const char *text,
                     struct mm_err *err)
{
    s->n = 1;
    if (strcmp(text, "none") == 0) {
        s->kind = MM_SHUFFLE_NONE;
        return 0;
    }
    if (strncmp(text, "window=", 7) == 0) {
        s->kind = MM_SHUFFLE_WINDOW;
        return parse_count(text + 7, &s->n, err);
    }
    if (strncmp(text, "frames=", 7) == 0) {
        s->kind = MM_SHUFFLE_FRAMES;
        return parse_count(text + 7, &s->n, err);
    }
    return mm_fail(err, MM_EUSAGE, "--shuffle: '%s' is not frames=W, window=K "
                                   "or none",
                   text);
}

static uint64_t key(const struct mm_mix_source *s, uint64_t stream)
{
    return stream + ((uint64_t)s->number << 16) + s->epoch;
}

/* ---- the window ---- */

static int slots_grow(struct mm_mix_source *s, size_t want, struct mm_err *err)
{
    size_t before = s->cap;

    if (want <= s->cap)
        return 0;
    if (mm_grow(&s->slots, &s->cap, want, sizeof(*s->slots), err) != 0)
        return -1;
    memset(s->slots + before, 0, (s->cap - before) * sizeof(*s->slots));
    return 0;
}

/* ---- by frames ---- */

struct piece {
    size_t frame, slot; /* a frame, and where its samples go */
};

static int by_frame(const void *a, const void *b)
{
    size_t x = ((const struct piece *)a)->frame;
    size_t y = ((const struct piece *)b)->frame;

    return (x > y) - (x < y);
}

static size_t frame_size(const struct mm_mix_source *s, size_t f)
{
    return s->set.frame_begin[f + 1] - s->set.frame_begin[f];
}

/* The frames of the next window in order of reading; slots in that of the
 * permutation, so that the order does not depend on how files are read. */
static size_t plan_window(struct mm_mix_source *s, struct piece *p, size_t n)
{
    size_t slot = 0;

    for (size_t i = 0; i < n; i++) {
        p[i].frame = mm_rng_permute(s->seed, key(s, MM_RNG_SHUFFLE_FRAMES),
                                    s->frame + i, s->set.n_frames);
        p[i].slot = slot;
        slot += frame_size(s, p[i].frame);
    }
    qsort(p, n, sizeof(*p), by_frame);
    return slot;
}

static int load_frame(struct mm_mix_source *s, const struct piece *p,
                      uint64_t stream, struct mm_err *err)
{
    size_t begin = s->set.frame_begin[p->frame];

    for (size_t i = 0; i < frame_size(s, p->frame); i++) {
        size_t to = mm_rng_permute(s->seed, stream, p->slot + i, s->n);

        if (mm_shard_set_get(&s->set, begin + i, &s->slots[to], err) != 0)
            return -1;
    }
    return 0;
}

/* 1, 0 when the epoch is at its end, -1. */
static int load_window(struct mm_mix_source *s, struct mm_err *err)
{
    size_t left = s->set.n_frames - s->frame;
    size_t n = s->shuffle.n < left ? s->shuffle.n : left;
    uint64_t stream = key(s, MM_RNG_SHUFFLE_WINDOW) + (s->window << 40);
    struct piece *p;
    int result = 1;

    s->next = s->n = 0;
    if (n == 0)
        return 0;
    p = mm_alloc(n, sizeof(*p), err);
    if (!p)
        return -1;
    s->n = plan_window(s, p, n);
    if (slots_grow(s, s->n, err) != 0)
        result = -1;
    for (size_t i = 0; result > 0 && i < n; i++)
        if (load_frame(s, &p[i], stream, err) != 0)
            result = -1;
    free(p);
    s->frame += n;
    s->window++;
    return result;
}

static int next_by_frames(struct mm_mix_source *s, struct mm_sample *sample,
                          struct mm_err *err)
{
    if (s->next == s->n) {
        int more = load_window(s, err);

        if (more <= 0)
            return more;
    }
    mm_sample_swap(sample, &s->slots[s->next++]);
    return 1;
}

/* ---- in order ---- */

static int open_next(struct mm_mix_source *s, struct mm_err *err)
{
    const struct mm_shard_header *h;

    mm_shard_close(s->r);
    s->r = mm_shard_open(s->paths[s->path], err);
    if (!s->r)
        return -1;
    h = mm_shard_header(s->r);
    if (!s->header.kind)
        return mm_shard_header_copy(&s->header, h, err);
    return mm_shard_header_agree(&s->header, s->paths[0], h,
                                 s->paths[s->path],
                                 "make both in the same way", err);
}

/* The next sample of all files: 1, 0, -1. */
static int read_one(struct mm_mix_source *s, struct mm_sample *sample,
                    struct mm_err *err)
{
    while (s->path < s->n_paths) {
        int got;

        if (!s->r && open_next(s, err) != 0)
            return -1;
        got = mm_shard_next(s->r, sample, err);
        if (got != 0)
            return got;
        if (s->epoch == 0)
            mm_shard_hashes_add(&s->hashes, mm_shard_trailer(s->r));
        mm_shard_close(s->r);
        s->r = NULL;
        s->path++;
    }
    return 0;
}

static int next_in_order(struct mm_mix_source *s, struct mm_sample *sample,
                         struct mm_err *err)
{
    size_t i;

    while (s->n < s->shuffle.n) {
        int got;

        if (slots_grow(s, s->n + 1, err) != 0)
            return -1;
        got = read_one(s, &s->slots[s->n], err);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        s->n++;
    }
    if (s->n == 0)
        return 0;
    i = mm_rng_below(s->seed, key(s, MM_RNG_SHUFFLE_WINDOW), s->drawn++, s->n);
    s->n--;
    mm_sample_swap(sample, &s->slots[i]);
    mm_sample_swap(&s->slots[i], &s->slots[s->n]);
    return 1;
}

/* ---- the whole ---- */

static int copy_paths(struct mm_mix_source *s, const char *const *paths,
                      size_t n, struct mm_err *err)
{
    s->paths = mm_alloc(n, sizeof(*s->paths), err);
    if (!s->paths)
        return -1;
    for (; s->n_paths < n; s->n_paths++) {
        s->paths[s->n_paths] = mm_strdup(paths[s->n_paths], err);
        if (!s->paths[s->n_paths])
            return -1;
    }
    return 0;
}

static int start(struct mm_mix_source *s, struct mm_err *err)
{
    const char *const *paths = (const char *const *)s->paths;

    if (s->shuffle.kind != MM_SHUFFLE_FRAMES)
        return open_next(s, err);
    for (size_t i = 0; i < s->n_paths; i++)
        if (strcmp(s->paths[i], "-") == 0)
            return mm_fail(err, MM_EUSAGE,
                           "a pipe cannot be shuffled by frames; use "
                           "--shuffle window=1024");
    return mm_shard_set_open(&s->set, paths, s->n_paths, err);
}

struct mm_mix_source *mm_mix_source_open(const char *const *paths, size_t n,
                                         struct mm_shuffle shuffle,
                                         uint64_t seed, size_t number,
                                         struct mm_err *err)
{
    struct mm_mix_source *s = mm_alloc(1, sizeof(*s), err);

    assert(n > 0 && number < 65536);
    if (!s)
        return NULL;
    s->shuffle = shuffle;
    s->seed = seed;
    s->number = number;
    if (copy_paths(s, paths, n, err) != 0 || start(s, err) != 0) {
        mm_mix_source_close(s);
        return NULL;
    }
    return s;
}

void mm_mix_source_close(struct mm_mix_source *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_paths; i++)
        free(s->paths[i]);
    free(s->paths);
    for (size_t i = 0; i < s->cap; i++)
        mm_sample_release(&s->slots[i]);
    free(s->slots);
    mm_shard_set_release(&s->set);
    mm_shard_close(s->r);
    mm_shard_header_release(&s->header);
    mm_buf_release(&s->hashes);
    free(s);
}

const struct mm_shard_header *
mm_mix_source_header(const struct mm_mix_source *s)
{
    return s->shuffle.kind == MM_SHUFFLE_FRAMES ? &s->set.header : &s->header;
}

int mm_mix_source_next(struct mm_mix_source *s, struct mm_sample *sample,
                       struct mm_err *err)
{
    return s->shuffle.kind == MM_SHUFFLE_FRAMES
               ? next_by_frames(s, sample, err)
               : next_in_order(s, sample, err);
}

int mm_mix_source_can_repeat(const struct mm_mix_source *s)
{
    for (size_t i = 0; i < s->n_paths; i++)
        if (strcmp(s->paths[i], "-") == 0)
            return 0;
    return 1;
}

int mm_mix_source_again(struct mm_mix_source *s, struct mm_err *err)
{
    if (!mm_mix_source_can_repeat(s))
        return mm_fail(err, MM_EDATA,
                       "standard input ended and cannot be read again; "
                       "give a file, or fewer --sequences");
    if (s->epoch + 1 == EPOCHS_MAX)
        return mm_fail(err, MM_EDATA, "'%s' would be read over %d times; it "
                                      "is too small for this mixture",
                       s->paths[0], EPOCHS_MAX);
    s->epoch++;
    s->frame = s->n = s->next = 0;
    s->window = s->drawn = 0;
    s->path = 0;
    return 0;
}

size_t mm_mix_source_count(const struct mm_mix_source *s)
{
    return s->shuffle.kind == MM_SHUFFLE_FRAMES ? mm_shard_set_count(&s->set)
                                                : 0;
}

size_t mm_mix_source_epoch(const struct mm_mix_source *s)
{
    return s->epoch;
}

void mm_mix_source_hashes(const struct mm_mix_source *s, struct mm_jw *w)
{
    const struct mm_buf *b =
        s->shuffle.kind == MM_SHUFFLE_FRAMES ? &s->set.hashes : &s->hashes;

    mm_jw_open(w, '[');
    if (b->len)
        mm_jw_raw(w, b->data, b->len);
    mm_jw_close(w, ']');
}
