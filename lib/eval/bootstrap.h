/*
 * bootstrap.h - how sure a mean is
 */
#ifndef MM_EVAL_BOOTSTRAP_H
#define MM_EVAL_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Percentile interval of the mean of scores [n] over replicates resamples
 * (Efron 1979), at 95 %.  Resample r draws index mm_rng_below(seed,
 * MM_RNG_BOOTSTRAP + r, i, n), so that the interval is a function of the seed.
 */
int mm_bootstrap_mean(double *low, double *high, const double *scores,
                      size_t n, size_t replicates, uint64_t seed,
                      struct mm_err *err);

#endif
