/*
 * mersenne.h - random numbers as Python's random module draws them
 *
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), seeded by an
 * array of one word.  For scores that are defined by them; our own come from
 * base/rng.h.
 */
#ifndef MM_EVAL_MERSENNE_H
#define MM_EVAL_MERSENNE_H

#include <stdint.h>

#define MM_MERSENNE_WORDS 624

struct mm_mersenne {
    uint32_t word[MM_MERSENNE_WORDS];
    int next;
};

/* random.Random(seed), of a seed below 2^32 */
void mm_mersenne_seed(struct mm_mersenne *m, uint32_t seed);

/* random.random(): [0, 1) with 53 bits */
double mm_mersenne_uniform(struct mm_mersenne *m);

/* The index that random.choice() takes of n > 0 */
uint32_t mm_mersenne_below(struct mm_mersenne *m, uint32_t n);

#endif
