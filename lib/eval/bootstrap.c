/*
 * bootstrap.c - how sure a mean is
 */
#include "eval/bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "base/rng.h"

struct group {
    double sum, n;
};

struct resample {
    const struct group *groups;
    size_t n;
    uint64_t seed;
    double *means;
};

static void draw(void *ctx, size_t r)
{
    const struct resample *s = ctx;
    double sum = 0, n = 0;

    for (size_t i = 0; i < s->n; i++) {
        const struct group *g = &s->groups[mm_rng_below(
            s->seed, MM_RNG_BOOTSTRAP + r, i, s->n)];

        sum += g->sum;
        n += g->n;
    }
    s->means[r] = n > 0 ? sum / n : 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void summarise(struct mm_interval *out, double *means, size_t n)
{
    double sum = 0, square = 0, mean;

    for (size_t i = 0; i < n; i++) {
        sum += means[i];
        out->below += means[i] <= 0;
        out->above += means[i] >= 0;
    }
    mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (means[i] - mean) * (means[i] - mean);
    out->error = n > 1 ? sqrt(square / (double)(n - 1)) : 0;
    out->below /= (double)n;
    out->above /= (double)n;
    qsort(means, n, sizeof *means, by_value);
    out->low = means[(size_t)(0.025 * (double)(n - 1) + 0.5)];
    out->high = means[(size_t)(0.975 * (double)(n - 1) + 0.5)];
}

int mm_bootstrap(struct mm_interval *out, const double *scores,
                 const size_t *cluster, size_t n, size_t n_clusters,
                 size_t replicates, uint64_t seed, struct mm_err *err)
{
    size_t n_groups = cluster ? n_clusters : n;
    struct group *groups;
    struct resample s = { .n = n_groups, .seed = seed };

    *out = (struct mm_interval){ 0 };
    if (n == 0 || replicates == 0)
        return 0;
    s.groups = groups = mm_alloc(n_groups, sizeof *groups, err);
    s.means = groups ? mm_alloc(replicates, sizeof *s.means, err) : NULL;
    if (s.means) {
        for (size_t i = 0; i < n; i++) {
            groups[cluster ? cluster[i] : i].sum += scores[i];
            groups[cluster ? cluster[i] : i].n++;
        }
        mm_par_for(replicates, draw, &s);
        summarise(out, s.means, replicates);
    }
    free(groups);
    if (!s.means)
        return -1;
    free(s.means);
    return 0;
}

/* ---- of sums ---- */

struct resample_sums {
    const struct mm_bootstrap_sums *of;
    const double *groups; /* [n][width] */
    size_t n;
    uint64_t seed;
    double *scratch; /* [replicates][width] */
    double *values;
};

static void draw_sums(void *ctx, size_t r)
{
    const struct resample_sums *s = ctx;
    size_t width = s->of->width;
    double *sums = s->scratch + r * width;

    for (size_t i = 0; i < s->n; i++) {
        size_t from = mm_rng_below(s->seed, MM_RNG_BOOTSTRAP + r, i, s->n);

        for (size_t k = 0; k < width; k++)
            sums[k] += s->groups[from * width + k];
    }
    s->values[r] = s->of->value(sums, s->of->ctx);
}

static double *add_groups(const struct mm_bootstrap_sums *of,
                          const size_t *cluster, size_t n, size_t n_groups,
                          struct mm_err *err)
{
    double *groups = mm_alloc(n_groups * of->width, sizeof *groups, err);

    for (size_t i = 0; groups && i < n; i++) {
        double *to = groups + (cluster ? cluster[i] : i) * of->width;

        for (size_t k = 0; k < of->width; k++)
            to[k] += of->rows[i * of->width + k];
    }
    return groups;
}

int mm_bootstrap_sums(struct mm_interval *out,
                      const struct mm_bootstrap_sums *of,
                      const size_t *cluster, size_t n, size_t n_clusters,
                      size_t replicates, uint64_t seed, struct mm_err *err)
{
    struct resample_sums s = { .of = of, .seed = seed };
    double *groups;

    *out = (struct mm_interval){ 0 };
    if (n == 0 || replicates == 0)
        return 0;
    s.n = cluster ? n_clusters : n;
    s.groups = groups = add_groups(of, cluster, n, s.n, err);
    s.scratch = mm_alloc(replicates * of->width, sizeof *s.scratch, err);
    s.values = mm_alloc(replicates, sizeof *s.values, err);
    if (groups && s.scratch && s.values) {
        mm_par_for(replicates, draw_sums, &s);
        summarise(out, s.values, replicates);
    }
    n = groups && s.scratch && s.values;
    free(groups);
    free(s.scratch);
    free(s.values);
    return n ? 0 : -1;
}
