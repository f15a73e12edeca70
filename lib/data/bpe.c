/*
 * bpe.c - the table of pairs, short words, and remembered words
 */
#include "data/bpe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/bpe_long.h"

enum {
    SHORT_BYTES = 96, /* up to here looking at all pairs is the fastest */
    CACHE_BITS = 14,  /* sets of two words, a cache line each: 1 MiB a thread */
    CACHE_BYTES = 16, /* of a remembered word */
    CACHE_IDS = 3
};

/* ---- the table of pairs ---- */

static void put(struct mm_bpe *b, size_t rank)
{
    const struct mm_merge *m = &b->merge[rank];
    uint64_t pair = (uint64_t)(uint32_t)m->a << 32 | (uint32_t)m->b;
    size_t mask = (size_t)(UINT64_MAX >> b->shift);
    size_t i = (size_t)(pair * 0x9E3779B97F4A7C15u >> b->shift);

    while (b->slot[i].pair != UINT64_MAX && b->slot[i].pair != pair)
        i = (i + 1) & mask;
    b->slot[i].pair = pair;
    b->slot[i].rank = (int32_t)rank;
}

int mm_bpe_init(struct mm_bpe *b, const int32_t byte[256],
                struct mm_merge *merge, size_t n_merges, uint32_t *length,
                struct mm_err *err)
{
    unsigned bits = 8;

    assert(n_merges < INT32_MAX);
    while ((size_t)1 << bits < n_merges * 2)
        bits++;
    memcpy(b->byte, byte, sizeof b->byte);
    b->merge = merge;
    b->n_merges = n_merges;
    b->length = length;
    b->shift = 64 - bits;
    b->slot = mm_alloc((size_t)1 << bits, sizeof *b->slot, err);
    if (b->slot == NULL)
        return -1;
    for (size_t i = 0; i < (size_t)1 << bits; i++)
        b->slot[i].pair = UINT64_MAX;
    for (size_t r = 0; r < n_merges; r++)
        put(b, r);
    return 0;
}

void mm_bpe_release(struct mm_bpe *b)
{
    free(b->merge);
    free(b->length);
    free(b->slot);
    memset(b, 0, sizeof *b);
}

/* ---- remembered words ---- */

struct cached {
    _Alignas(32) uint64_t key[2]; /* the word, zeros after it */
    uint8_t bytes;                /* of the word; 0: free */
    uint8_t n;
    int32_t ids[CACHE_IDS];
};

struct mm_bpe_scratch {
    struct cached *cache; /* pairs: the newer word first */
    struct mm_bpe_long large;
};

struct mm_bpe_scratch *mm_bpe_scratch_create(struct mm_err *err)
{
    struct mm_bpe_scratch *s = mm_alloc(1, sizeof *s, err);

    if (s == NULL)
        return NULL;
    s->cache = mm_alloc((size_t)2 << CACHE_BITS, sizeof *s->cache, err);
    if (s->cache == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void mm_bpe_scratch_free(struct mm_bpe_scratch *s)
{
    if (s == NULL)
        return;
    mm_bpe_long_release(&s->large);
    free(s->cache);
    free(s);
}

static struct cached *cache_set(struct mm_bpe_scratch *s,
                                const uint64_t key[2])
{
    uint64_t h = key[0] * 0x9E3779B97F4A7C15u;

    h = (h ^ h >> 32 ^ key[1]) * 0xD6E8FEB86659FD93u;
    return &s->cache[(h >> (64 - CACHE_BITS)) * 2];
}

static int is_cached(const struct cached *c, const uint64_t key[2], size_t n)
{
    return c->bytes == n && c->key[0] == key[0] && c->key[1] == key[1];
}

static void remember(struct cached *set, const uint64_t key[2], size_t bytes,
                     const int32_t *ids, size_t n)
{
    if (n > CACHE_IDS)
        return;
    set[1] = set[0];
    set->key[0] = key[0];
    set->key[1] = key[1];
    set->bytes = (uint8_t)bytes;
    set->n = (uint8_t)n;
    memcpy(set->ids, ids, n * sizeof *ids);
}

/* ---- short words ---- */

/* Ranks compare as unsigned, so that none (-1) is the highest. */
static size_t lowest(const uint32_t *rank, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (rank[i] < rank[best])
            best = i;
    return best;
}

static size_t short_word(const struct mm_bpe *b, const char *word, size_t n,
                         int32_t *id)
{
    uint32_t rank[SHORT_BYTES]; /* of id[i] id[i + 1] */

    for (size_t i = 0; i < n; i++)
        id[i] = b->byte[(unsigned char)word[i]];
    for (size_t i = 0; i + 1 < n; i++)
        rank[i] = (uint32_t)mm_bpe_rank(b, id[i], id[i + 1]);
    while (n > 1) {
        size_t i = lowest(rank, n - 1);

        if (rank[i] == UINT32_MAX)
            break;
        id[i] = b->merge[rank[i]].id;
        n--;
        memmove(id + i + 1, id + i + 2, (n - i - 1) * sizeof *id);
        memmove(rank + i, rank + i + 1, (n - i - 1) * sizeof *rank);
        if (i + 1 < n)
            rank[i] = (uint32_t)mm_bpe_rank(b, id[i], id[i + 1]);
        if (i > 0)
            rank[i - 1] = (uint32_t)mm_bpe_rank(b, id[i - 1], id[i]);
    }
    return n;
}

ssize_t mm_bpe_word(const struct mm_bpe *b, struct mm_bpe_scratch *s,
                    const char *word, size_t n, int32_t *out,
                    struct mm_err *err)
{
    uint64_t key[2] = { 0, 0 };
    struct cached *set;
    size_t n_ids;

    assert(n > 0 && n <= INT32_MAX);
    if (n > SHORT_BYTES)
        return mm_bpe_long_word(b, &s->large, word, n, out, err);
    if (n > CACHE_BYTES)
        return (ssize_t)short_word(b, word, n, out);
    memcpy(key, word, n);
    set = cache_set(s, key);
    for (int i = 0; i < 2; i++)
        if (is_cached(&set[i], key, n)) {
            memcpy(out, set[i].ids, set[i].n * sizeof *out);
            return set[i].n;
        }
    n_ids = short_word(b, word, n, out);
    remember(set, key, n, out, n_ids);
    return (ssize_t)n_ids;
}
