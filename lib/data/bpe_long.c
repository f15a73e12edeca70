/*
 * bpe_long.c - merge a word of any length in linear time
 *
 * The word is a row of symbols.  tag[p] of a symbol's first byte is its id;
 * of its last byte, when that is another one, ~id; what stands between is
 * negative and means nothing.  So a symbol knows its right neighbour by its
 * length and its left one by the tag before it, as blocks of a heap do.
 *
 * A pair waits in the list of its rank.  Ranks are taken in ascending order;
 * the entries of one are sorted by place, and each is merged when the pair is
 * still there.  A new pair has nearly always a higher rank than the one that
 * made it, since tokens are made before they are used; where a vocabulary
 * has two ways to make a token that need not hold, and such a late pair goes
 * to a heap that is looked at before each entry.  So each step merges the
 * leftmost pair of the lowest rank, in O(1) but for the heap's entries.
 */
#include "data/bpe_long.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NONE UINT32_MAX

struct word {
    const struct mm_bpe *bpe;
    struct mm_bpe_long *w;
    size_t n;
    int64_t rank; /* being taken; -1 at first */
    struct mm_err *err;
};

void mm_bpe_long_release(struct mm_bpe_long *w)
{
    free(w->tag);
    free(w->head);
    free(w->waiting);
    free(w->entry);
    free(w->at);
    free(w->late);
    memset(w, 0, sizeof *w);
}

/* ---- late pairs: a heap of rank << 32 | place ---- */

static int late_push(struct word *x, uint64_t key)
{
    struct mm_bpe_long *w = x->w;
    size_t i;

    if (mm_grow(&w->late, &w->late_cap, w->n_late + 1, sizeof *w->late,
                x->err) < 0)
        return -1;
    for (i = w->n_late++; i > 0 && w->late[(i - 1) / 2] > key; i = (i - 1) / 2)
        w->late[i] = w->late[(i - 1) / 2];
    w->late[i] = key;
    return 0;
}

static uint64_t late_pop(struct mm_bpe_long *w)
{
    uint64_t top = w->late[0], key = w->late[--w->n_late];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < w->n_late) {
        if (child + 1 < w->n_late && w->late[child + 1] < w->late[child])
            child++;
        if (key <= w->late[child])
            break;
        w->late[i] = w->late[child];
        i = child;
    }
    w->late[i] = key;
    return top;
}

/* ---- lists of pairs that wait ---- */

static int list_push(struct word *x, uint32_t rank, uint32_t at)
{
    struct mm_bpe_long *w = x->w;
    uint32_t e = w->unused;

    if (e != NONE) {
        w->unused = w->entry[e].next;
    } else {
        if (mm_grow(&w->entry, &w->entry_cap, w->n_entries + 1,
                    sizeof *w->entry, x->err) < 0)
            return -1;
        e = (uint32_t)w->n_entries++;
    }
    w->entry[e].at = at;
    w->entry[e].next = w->head[rank];
    w->head[rank] = e;
    w->waiting[rank / 64] |= (uint64_t)1 << rank % 64;
    return 0;
}

/*
 * The pairs of one rank came up in one sweep of the word, from left to right;
 * only late pairs can make neighbours change places.  So this takes one step
 * an entry.
 */
static void insertion_sort(uint32_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t x = v[i];
        size_t j = i;

        for (; j > 0 && v[j - 1] > x; j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
}

/* Empty the list of a rank into w->at, sorted.  Returns how many, or -1. */
static ssize_t list_take(struct word *x, uint32_t rank)
{
    struct mm_bpe_long *w = x->w;
    size_t n = 0, i;
    uint32_t e, next;

    for (e = w->head[rank]; e != NONE; e = w->entry[e].next)
        n++;
    if (mm_grow(&w->at, &w->at_cap, n, sizeof *w->at, x->err) < 0)
        return -1;
    /* Filled from its end: the last pushed stands first in the list. */
    for (e = w->head[rank], i = n; e != NONE; e = next) {
        w->at[--i] = w->entry[e].at;
        next = w->entry[e].next;
        w->entry[e].next = w->unused;
        w->unused = e;
    }
    w->head[rank] = NONE;
    w->waiting[rank / 64] &= ~((uint64_t)1 << rank % 64);
    insertion_sort(w->at, n);
    return (ssize_t)n;
}

/* ---- merging ---- */

/* The rank of the symbol at p with the one after it, or -1. */
static int32_t rank_at(const struct word *x, size_t p)
{
    const int32_t *tag = x->w->tag;
    size_t q = p + x->bpe->length[tag[p]];

    return q < x->n ? mm_bpe_rank(x->bpe, tag[p], tag[q]) : -1;
}

static int wait_at(struct word *x, size_t p)
{
    int32_t rank = rank_at(x, p);

    if (rank < 0)
        return 0;
    if (rank <= x->rank)
        return late_push(x, (uint64_t)rank << 32 | p);
    return list_push(x, (uint32_t)rank, (uint32_t)p);
}

/* Merge the pair at p if it still has that rank. */
static int merge_at(struct word *x, int32_t rank, size_t p)
{
    const struct mm_bpe *b = x->bpe;
    int32_t *tag = x->w->tag, id;

    if (tag[p] < 0 || rank_at(x, p) != rank)
        return 0;
    id = b->merge[rank].id;
    tag[p + b->length[tag[p]]] = INT32_MIN;
    tag[p] = id;
    tag[p + b->length[id] - 1] = ~id;
    if (wait_at(x, p) < 0)
        return -1;
    if (p == 0)
        return 0;
    id = tag[p - 1] < 0 ? ~tag[p - 1] : tag[p - 1];
    return wait_at(x, p - b->length[id]);
}

/* All late pairs that come before key. */
static int merge_late(struct word *x, uint64_t key)
{
    while (x->w->n_late > 0 && x->w->late[0] < key) {
        uint64_t k = late_pop(x->w);

        if (merge_at(x, (int32_t)(k >> 32), (size_t)(k & UINT32_MAX)) < 0)
            return -1;
    }
    return 0;
}

static int merge_rank(struct word *x, uint32_t rank)
{
    ssize_t n = list_take(x, rank);

    x->rank = rank;
    for (ssize_t i = 0; i < n; i++) {
        uint32_t p = x->w->at[i];

        if (merge_late(x, (uint64_t)rank << 32 | p) < 0 ||
            merge_at(x, (int32_t)rank, p) < 0)
            return -1;
    }
    return n < 0 ? -1 : merge_late(x, UINT64_MAX);
}

static int merge_all(struct word *x)
{
    size_t words = (x->w->n_ranks + 63) / 64;

    for (size_t i = 0; i < words; i++)
        while (x->w->waiting[i] != 0) {
            uint32_t bit = (uint32_t)__builtin_ctzll(x->w->waiting[i]);

            if (merge_rank(x, (uint32_t)i * 64 + bit) < 0)
                return -1;
        }
    return 0;
}

/* Lists for all ranks, once, and tags for n bytes. */
static int prepare(struct word *x)
{
    struct mm_bpe_long *w = x->w;

    if (w->head == NULL) {
        w->n_ranks = x->bpe->n_merges;
        w->head = mm_alloc(w->n_ranks, sizeof *w->head, x->err);
        w->waiting = mm_alloc(w->n_ranks / 64 + 1, sizeof *w->waiting, x->err);
        if (w->head == NULL || w->waiting == NULL)
            return -1;
        memset(w->head, 0xFF, w->n_ranks * sizeof *w->head);
    }
    assert(w->n_ranks == x->bpe->n_merges);
    w->n_entries = 0;
    w->unused = NONE;
    return mm_grow(&w->tag, &w->tag_cap, x->n, sizeof *w->tag, x->err);
}

ssize_t mm_bpe_long_word(const struct mm_bpe *b, struct mm_bpe_long *w,
                         const char *word, size_t n, int32_t *out,
                         struct mm_err *err)
{
    struct word x = { b, w, n, -1, err };
    size_t k = 0;

    if (prepare(&x) < 0)
        return -1;
    for (size_t p = 0; p < n; p++)
        w->tag[p] = b->byte[(unsigned char)word[p]];
    for (size_t p = 0; p + 1 < n; p++)
        if (wait_at(&x, p) < 0)
            return -1;
    if (merge_all(&x) < 0)
        return -1;
    for (size_t p = 0; p < n; p += b->length[w->tag[p]])
        out[k++] = w->tag[p];
    return (ssize_t)k;
}
