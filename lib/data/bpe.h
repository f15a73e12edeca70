/*
 * bpe.h - merge the bytes of a word by rank
 *
 * A word starts as the ids of its bytes.  Again and again the adjacent pair of
 * the lowest rank, the leftmost of equals, becomes one id, until no pair has a
 * rank (Sennrich et al., arXiv 1508.07909; tie rule of Hugging Face's
 * tokenizers).  Short words are merged by looking at all pairs, long ones in
 * time linear in their length (bpe_long.c), and the ids of short words are
 * remembered, since a text is made of few words.
 */
#ifndef MM_DATA_BPE_H
#define MM_DATA_BPE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* a b -> id; its rank is its place in the list. */
struct mm_merge {
    int32_t a, b, id;
};

struct mm_bpe_slot {
    uint64_t pair; /* a << 32 | b; all ones: empty */
    int32_t rank;
};

/* Read-only once made; may be shared by threads. */
struct mm_bpe {
    int32_t byte[256];      /* id of each byte */
    struct mm_merge *merge; /* by rank */
    size_t n_merges;
    uint32_t *length;         /* [ids]: bytes of each */
    struct mm_bpe_slot *slot; /* hash of the pairs */
    unsigned shift;           /* 64 - log2 of the slots */
};

/*
 * Takes merge and length (from mm_alloc) over in any case.  Of equal pairs the
 * last counts.  length[id] of a merge is the sum of its parts'.
 */
int mm_bpe_init(struct mm_bpe *b, const int32_t byte[256],
                struct mm_merge *merge, size_t n_merges, uint32_t *length,
                struct mm_err *err);
void mm_bpe_release(struct mm_bpe *b);

/* The rank of a pair, or -1. */
static inline int32_t mm_bpe_rank(const struct mm_bpe *b, int32_t left,
                                  int32_t right)
{
    uint64_t pair = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    size_t mask = (size_t)(UINT64_MAX >> b->shift);
    size_t i = (size_t)(pair * 0x9E3779B97F4A7C15u >> b->shift);

    while (b->slot[i].pair != pair) {
        if (b->slot[i].pair == UINT64_MAX)
            return -1;
        i = (i + 1) & mask;
    }
    return b->slot[i].rank;
}

/* What one thread needs while it merges: remembered words, work space. */
struct mm_bpe_scratch;
struct mm_bpe_scratch *mm_bpe_scratch_create(struct mm_err *err);
void mm_bpe_scratch_free(struct mm_bpe_scratch *s);

/*
 * The ids of word[0..n), 1 <= n <= INT32_MAX, into out, which has room for n.
 * Returns how many, or -1 when memory is out; then s is of no further use.
 * A scratch may be used with one struct mm_bpe only.
 */
ssize_t mm_bpe_word(const struct mm_bpe *b, struct mm_bpe_scratch *s,
                    const char *word, size_t n, int32_t *out,
                    struct mm_err *err);

#endif
