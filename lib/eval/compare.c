/*
 * compare.c - is one run better than another?
 */
#include "eval/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/bootstrap.h"
#include "eval/cluster.h"

#define REPLICATES 10000
#define EXACT 1000
#define POWER 2.8015852181129 /* normal quantiles of 0.975 and of 0.8, added */

/* 2 P(X <= least) for X binomial (n, 1/2) */
static double exact_p(size_t least, size_t n)
{
    double sum = 0, all = (double)n * log(2);

    for (size_t k = 0; k <= least; k++)
        sum += exp(lgamma((double)n + 1) - lgamma((double)k + 1) -
                   lgamma((double)(n - k) + 1) - all);
    return fmin(1, 2 * sum);
}

double mm_mcnemar(size_t lost, size_t won)
{
    size_t n = lost + won, least = lost < won ? lost : won;
    double off;

    if (n == 0)
        return 1;
    if (n <= EXACT)
        return exact_p(least, n);
    off = fmax(0, (double)(n - 2 * least) - 1); /* corrected for continuity */
    return erfc(off / sqrt(2 * (double)n));
}

struct pairs {
    double *difference;
    size_t *index, *other; /* in a, in b */
    size_t n;
};

static int is_binary(double x)
{
    return x == 0 || x == 1;
}

static void add_pair(struct mm_comparison *c, struct pairs *p, size_t i,
                     double a, double b)
{
    p->difference[p->n] = b - a;
    p->index[p->n++] = i;
    c->mean_a += a;
    c->mean_b += b;
    c->binary &= is_binary(a) && is_binary(b);
    c->lost += a == 1 && b == 0;
    c->won += a == 0 && b == 1;
}

static void pair_up(struct mm_comparison *c, struct pairs *p)
{
    const struct mm_records *a = &c->a->predictions->records;
    const struct mm_records *b = &c->b->predictions->records;

    c->binary = 1;
    for (size_t i = 0; i < a->n; i++) {
        const char *id = a->v[i].id;
        const int64_t *at = mm_map_get(&b->ids, id, strlen(id));

        if (!mm_score_has(c->a, i))
            continue;
        if (at && mm_score_has(c->b, (size_t)*at)) {
            p->other[p->n] = (size_t)*at;
            add_pair(c, p, i, c->a->items[i], c->b->items[*at]);
        } else {
            c->only_a++;
        }
    }
    c->only_b = c->b->n - p->n;
    c->n = p->n;
}

/* mean_a and mean_b are means here, or values of the whole sets */
static void finish(struct mm_comparison *c, const struct mm_interval *d)
{
    double n = (double)c->n, mean = c->mean_b - c->mean_a;
    double tail = fmin(d->below, d->above);
    double variance = d->error * d->error * n; /* of one item's share */

    c->difference = c->scale * mean;
    c->mean_a *= c->scale;
    c->mean_b *= c->scale;
    c->error = c->scale * d->error;
    c->low = c->scale * d->low;
    c->high = c->scale * d->high;
    c->p = fmin(1, 2 * (tail * REPLICATES + 1) / (REPLICATES + 1));
    c->needed = INFINITY;
    if (mean != 0)
        c->needed = fmax(1, ceil(variance * POWER * POWER / (mean * mean)));
    c->resolved = c->scale * POWER * d->error;
    c->mcnemar = c->binary ? mm_mcnemar(c->lost, c->won) : NAN;
    if (!(d->error > 1e-12) || c->clusters < 2) {
        c->needed = INFINITY;
        c->resolved = NAN;
    }
    if (c->clusters < 2)
        c->error = c->low = c->high = c->p = c->mcnemar = NAN;
}

/* ---- metrics of a whole set: both sums of a pair stand in one row ---- */

static double difference_of_sums(const double *sums, const void *ctx)
{
    const struct mm_metric_sums *of = ctx;

    return of->value(sums + of->width, of->which) -
           of->value(sums, of->which);
}

static double *rows_of(const struct mm_comparison *c, const struct pairs *p,
                       struct mm_err *err)
{
    const struct mm_metric_sums *a = &c->a->result.sums;
    const struct mm_metric_sums *b = &c->b->result.sums;
    size_t width = a->width;
    double *rows = mm_alloc((p->n + 1) * 2 * width, sizeof *rows, err);

    for (size_t i = 0; rows && i < p->n; i++) {
        double *row = rows + i * 2 * width, *all = rows + p->n * 2 * width;

        memcpy(row, a->v + p->index[i] * width, width * sizeof *row);
        memcpy(row + width, b->v + p->other[i] * width, width * sizeof *row);
        for (size_t k = 0; k < 2 * width; k++)
            all[k] += row[k];
    }
    return rows;
}

static int measure_sums(struct mm_comparison *c, struct mm_interval *interval,
                        const struct pairs *p,
                        const struct mm_clusters *clusters, uint64_t seed,
                        struct mm_err *err)
{
    const struct mm_metric_sums *of = &c->a->result.sums;
    double *rows = rows_of(c, p, err);
    const double *all = rows ? rows + p->n * 2 * of->width : NULL;
    struct mm_bootstrap_sums how = { rows, 2 * of->width, difference_of_sums,
                                     of };
    int result;

    if (!rows)
        return -1;
    c->mean_a = of->value(all, of->which);
    c->mean_b = of->value(all + of->width, of->which);
    result = mm_bootstrap_sums(interval, &how, clusters->of, p->n, clusters->n,
                               REPLICATES, seed, err);
    free(rows);
    return result;
}

static int measure_means(struct mm_comparison *c, struct mm_interval *interval,
                         const struct pairs *p,
                         const struct mm_clusters *clusters, uint64_t seed,
                         struct mm_err *err)
{
    c->mean_a /= (double)p->n;
    c->mean_b /= (double)p->n;
    return mm_bootstrap(interval, p->difference, clusters->of, p->n,
                        clusters->n, REPLICATES, seed, err);
}

static int measure(struct mm_comparison *c, const struct pairs *p,
                   uint64_t seed, struct mm_err *err)
{
    struct mm_clusters clusters;
    struct mm_interval interval;
    int result;

    if (p->n == 0)
        return mm_fail(err, MM_EDATA, "'%s' and '%s' have no item in common",
                       c->a->predictions->path, c->b->predictions->path);
    if (mm_clusters_find(&clusters, c->a->predictions, p->index, p->n, err) <
        0)
        return -1;
    c->clusters = clusters.n;
    result = (c->whole ? measure_sums : measure_means)(c, &interval, p,
                                                       &clusters, seed, err);
    mm_clusters_release(&clusters);
    if (result == 0)
        finish(c, &interval);
    return result;
}

int mm_compare(struct mm_comparison *c, const struct mm_score *a,
               const struct mm_score *b, uint64_t seed, struct mm_err *err)
{
    struct pairs p = { 0 };
    int result = -1;

    *c = (struct mm_comparison){ .a = a, .b = b };
    c->name_a = a->label;
    c->name_b = b->label;
    if (strcmp(a->label, b->label) == 0) {
        c->name_a = a->predictions->path;
        c->name_b = b->predictions->path;
    }
    if (strcmp(a->metric, b->metric) != 0 ||
        strcmp(a->flavour, b->flavour) != 0)
        return mm_fail(err, MM_EDATA,
                       "'%s' is scored by %s:%s and '%s' by %s:%s; give "
                       "--metric",
                       a->predictions->path, a->metric, a->flavour,
                       b->predictions->path, b->metric, b->flavour);
    c->whole = a->sums_scale > 0 && a->sums_scale == b->sums_scale;
    c->scale = c->whole ? a->sums_scale : a->scale > 0 ? a->scale
                                                       : 100;
    p.difference = mm_alloc(a->predictions->n, sizeof *p.difference, err);
    p.index = mm_alloc(a->predictions->n, sizeof *p.index, err);
    p.other = mm_alloc(a->predictions->n, sizeof *p.other, err);
    if (p.difference && p.index && p.other) {
        pair_up(c, &p);
        result = measure(c, &p, seed, err);
    }
    free(p.difference);
    free(p.index);
    free(p.other);
    return result;
}
