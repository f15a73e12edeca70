/*
 * bpe_pairs.h - pairs with their counts and places, the most frequent first
 *
 * What the trainer keeps about adjacent ids.  A count changes at once, its
 * place in the queue only when it comes up (as in the trainer it follows, so
 * that ties fall the same way): the queue holds pairs with the count they had,
 * each with a list of words in which it was seen since the last flush.
 */
#ifndef MM_DATA_BPE_PAIRS_H
#define MM_DATA_BPE_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MM_NO_WORDS UINT32_MAX

struct mm_pair_place { /* of a list of words */
    uint32_t word, next;
};

struct mm_pair {
    uint64_t key; /* left << 32 | right; all ones: a free slot */
    int64_t count;
    uint32_t fresh; /* words since the last flush */
};

struct mm_pair_queued {
    int64_t count;
    uint64_t key;
    uint32_t words;
};

/* All zero is empty. */
struct mm_pairs {
    struct mm_pair *slot; /* hash of the pairs, a power of two */
    size_t n, cap;
    struct mm_pair_place *place;
    size_t n_places, places_cap;
    uint32_t unused; /* list of places, when has_unused */
    int has_unused;
    struct mm_pair_queued *queue; /* heap */
    size_t n_queued, queue_cap;
    uint64_t *touched; /* pairs with fresh words */
    size_t n_touched, touched_cap;
};

static inline uint64_t mm_pair_key(int32_t left, int32_t right)
{
    return (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
}

/*
 * Add n to the count of a pair.  n > 0 says that the pair is in that word;
 * equal words come one after the other.
 */
int mm_pairs_add(struct mm_pairs *p, int32_t left, int32_t right, int64_t n,
                 uint32_t word, struct mm_err *err);

/* Queue the pairs that were seen in words since the last flush. */
int mm_pairs_flush(struct mm_pairs *p, struct mm_err *err);

/*
 * Take the pair with the highest count, the smallest of equals: 1, or 0 when
 * there is none.  Its words are for the caller to walk and to give back.
 */
int mm_pairs_pop(struct mm_pairs *p, struct mm_pair_queued *top);
void mm_pairs_give_back(struct mm_pairs *p, uint32_t words);
void mm_pairs_release(struct mm_pairs *p);

#endif
