/*
 * ngram.h - texts as counted n-grams of words, n = 1..4
 *
 * Words and n-grams are numbers, given as they come.  A text is four sorted
 * runs of (n-gram, count), so that two texts are compared by a merge.
 */
#ifndef MM_EVAL_NGRAM_H
#define MM_EVAL_NGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"

#define MM_NGRAM_ORDERS 4

struct mm_gram {
    uint32_t id, count;
};

/* begin[n] .. begin[n + 1]: the n-grams of order n + 1 in the pool */
struct mm_gram_text {
    size_t begin[MM_NGRAM_ORDERS + 1];
    size_t words;
};

struct mm_gram_slot {
    uint64_t key; /* the n-gram but for its last word, and that word */
    uint32_t id;  /* and 1; 0: empty */
};

/* All zero: no texts yet. */
struct mm_ngrams {
    struct mm_map words;
    struct mm_gram_slot *slots;
    size_t n_grams, n_slots;
    struct mm_gram *pool;
    size_t n_pool, pool_cap;
    struct mm_gram_text *texts;
    size_t n_texts, texts_cap;
    uint32_t *ids; /* of the text in hand */
    size_t ids_cap;
};

/* Words are cut at Unicode white space, as Python's str.split() does. */
int mm_ngrams_add(struct mm_ngrams *g, const char *s, struct mm_err *err);
void mm_ngrams_clear(struct mm_ngrams *g); /* texts go, numbers stay */
void mm_ngrams_release(struct mm_ngrams *g);

#endif
