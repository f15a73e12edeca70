/*
 * bootstrap.h - how sure a mean is
 */
#ifndef MM_EVAL_BOOTSTRAP_H
#define MM_EVAL_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Of the mean of scores over all resamples. */
struct mm_interval {
    double low, high; /* percentiles 2.5 and 97.5 (Efron 1979) */
    double error;     /* standard deviation */
    double below;     /* share of resamples whose mean is <= 0 */
    double above;     /* >= 0 */
};

/*
 * Items that belong together (questions about one picture) are drawn together:
 * cluster[i] < n_clusters names what item i belongs to; NULL: each its own.
 * Resample r draws the clusters mm_rng_below(seed, MM_RNG_BOOTSTRAP + r, i,
 * n_clusters), i < n_clusters; its mean is the sum of their scores divided by
 * the number of their items.  So the interval is a function of the seed, at
 * any number of threads.
 */
int mm_bootstrap(struct mm_interval *out, const double *scores,
                 const size_t *cluster, size_t n, size_t n_clusters,
                 size_t replicates, uint64_t seed, struct mm_err *err);

/*
 * The same for a value of the whole: rows of width numbers, whose sums over a
 * resample give it.
 */
struct mm_bootstrap_sums {
    const double *rows; /* [n][width] */
    size_t width;
    double (*value)(const double *sums, const void *ctx);
    const void *ctx;
};

int mm_bootstrap_sums(struct mm_interval *out,
                      const struct mm_bootstrap_sums *of,
                      const size_t *cluster, size_t n, size_t n_clusters,
                      size_t replicates, uint64_t seed, struct mm_err *err);

#endif
