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
    size_t *index; /* in a */
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

        if (isnan(c->a->items[i]))
            continue;
        if (at && !isnan(c->b->items[*at]))
            add_pair(c, p, i, c->a->items[i], c->b->items[*at]);
        else
            c->only_a++;
    }
    c->only_b = c->b->n - p->n;
    c->n = p->n;
}

static void finish(struct mm_comparison *c, const struct mm_interval *d)
{
    double n = (double)c->n, mean = (c->mean_b - c->mean_a) / n;
    double tail = fmin(d->below, d->above);
    double variance = d->error * d->error * n; /* of one item's share */

    c->difference = c->scale * mean;
    c->mean_a *= c->scale / n;
    c->mean_b *= c->scale / n;
    c->error = c->scale * d->error;
    c->low = c->scale * d->low;
    c->high = c->scale * d->high;
    c->p = fmin(1, 2 * (tail * REPLICATES + 1) / (REPLICATES + 1));
    c->needed = mean != 0 ? ceil(variance * POWER * POWER / (mean * mean))
                          : INFINITY;
    c->resolved = c->scale * POWER * d->error;
    c->mcnemar = c->binary ? mm_mcnemar(c->lost, c->won) : NAN;
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
    result = mm_bootstrap(&interval, p->difference, clusters.of, p->n,
                          clusters.n, REPLICATES, seed, err);
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
    if (strcmp(a->metric, b->metric) != 0 ||
        strcmp(a->flavour, b->flavour) != 0)
        return mm_fail(err, MM_EDATA,
                       "'%s' is scored by %s:%s and '%s' by %s:%s; give "
                       "--metric",
                       a->predictions->path, a->metric, a->flavour,
                       b->predictions->path, b->metric, b->flavour);
    c->scale = a->scale > 0 ? a->scale : 100;
    p.difference = mm_alloc(a->predictions->n, sizeof *p.difference, err);
    p.index = mm_alloc(a->predictions->n, sizeof *p.index, err);
    if (p.difference && p.index) {
        pair_up(c, &p);
        result = measure(c, &p, seed, err);
    }
    free(p.difference);
    free(p.index);
    return result;
}
