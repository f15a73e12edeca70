/*
 * sampling.h - choosing the next token
 */
#ifndef MM_MODEL_SAMPLING_H
#define MM_MODEL_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Logits are divided by the temperature; of the tokens, the most probable
 * first, the first top_k are kept, and of those as many as it takes to reach
 * the probability top_p; one of these is drawn.
 */
struct mm_sampling {
    double temperature; /* 0: the most probable, the lowest id on a tie */
    size_t top_k;       /* 0: all */
    double top_p;       /* 1: all */
    uint64_t seed, stream;
    const int32_t *barred; /* [n_barred] tokens that are never chosen */
    size_t n_barred;
};

/*
 * index: which draw this is, so that a text is a function of the seed.
 * MM_EDIVERGE when the logits are not numbers; -1.
 */
int32_t mm_sample_token(const struct mm_sampling *s, const float *logits,
                        size_t vocab, uint64_t index, struct mm_err *err);

#endif
