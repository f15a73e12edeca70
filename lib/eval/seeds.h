/*
 * seeds.h - scores of runs that differ only in their seed
 */
#ifndef MM_EVAL_SEEDS_H
#define MM_EVAL_SEEDS_H

#include <stddef.h>

#include "eval/score.h"

/* The scores like scores[i], with that one: mean, and deviation of a sample. */
struct mm_seeds {
    size_t n, first; /* first: of the scores the first of these */
    double mean, sd;
    size_t items, expected; /* of the run with the fewest scored */
    int partial;            /* one of them is */
};

struct mm_seeds mm_seeds_of(const struct mm_score *scores, size_t n, size_t i);

#endif
