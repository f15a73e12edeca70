/*
 * bootstrap.c - how sure a mean is
 */
#include "eval/bootstrap.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "base/rng.h"

struct resample {
    const double *scores;
    size_t n;
    uint64_t seed;
    double *means;
};

static void draw(void *ctx, size_t r)
{
    const struct resample *s = ctx;
    double sum = 0;

    for (size_t i = 0; i < s->n; i++)
        sum += s->scores[mm_rng_below(s->seed, MM_RNG_BOOTSTRAP + r, i, s->n)];
    s->means[r] = sum / (double)s->n;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int mm_bootstrap_mean(double *low, double *high, const double *scores,
                      size_t n, size_t replicates, uint64_t seed,
                      struct mm_err *err)
{
    struct resample s = { scores, n, seed, NULL };

    *low = *high = 0;
    if (n == 0 || replicates == 0)
        return 0;
    s.means = mm_alloc(replicates, sizeof *s.means, err);
    if (!s.means)
        return -1;
    mm_par_for(replicates, draw, &s);
    qsort(s.means, replicates, sizeof *s.means, by_value);
    *low = s.means[(size_t)(0.025 * (double)(replicates - 1) + 0.5)];
    *high = s.means[(size_t)(0.975 * (double)(replicates - 1) + 0.5)];
    free(s.means);
    return 0;
}
