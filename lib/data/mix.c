/*
 * mix.c - which source comes next
 */
#include "data/mix.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DECIMALS 1e6

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t t = a % b;

        a = b;
        b = t;
    }
    return a;
}

/* Whole numbers in the ratio of the weights, if they are short decimals. */
static int exact(struct mm_mix *m, const double *w)
{
    int64_t g = 0, sum = 0;

    for (size_t i = 0; i < m->n; i++) {
        double v = round(w[i] * DECIMALS);

        if (v < 1 || v > 1e15 || fabs(v - w[i] * DECIMALS) > 1e-9 * v)
            return 0;
        m->weight[i] = (int64_t)v;
        g = gcd(m->weight[i], g);
    }
    for (size_t i = 0; i < m->n; i++) {
        m->weight[i] /= g;
        sum += m->weight[i];
        if (sum > MM_MIX_PERIOD_MAX)
            return 0;
    }
    m->period = sum;
    return 1;
}

/* The source that is furthest below its share; ties go to the first. */
static size_t most_short(const struct mm_mix *m, const double *w, double sum)
{
    size_t best = 0;
    double most = -INFINITY;

    for (size_t i = 0; i < m->n; i++) {
        double lack = w[i] / sum * (double)m->period - (double)m->weight[i];

        if (lack > most) {
            most = lack;
            best = i;
        }
    }
    return best;
}

/* Largest remainder over the longest period; everybody gets something. */
static void quantise(struct mm_mix *m, const double *w)
{
    int64_t given = 0;
    double sum = 0;

    m->period = MM_MIX_PERIOD_MAX;
    for (size_t i = 0; i < m->n; i++)
        sum += w[i];
    for (size_t i = 0; i < m->n; i++) {
        m->weight[i] = (int64_t)(w[i] / sum * (double)m->period);
        if (m->weight[i] == 0)
            m->weight[i] = 1;
        given += m->weight[i];
    }
    for (; given < m->period; given++)
        m->weight[most_short(m, w, sum)]++;
    m->period = given;
}

int mm_mix_init(struct mm_mix *m, const double *weights, size_t n,
                struct mm_err *err)
{
    assert(n > 0 && n <= MM_MIX_SOURCES_MAX);
    memset(m, 0, sizeof(*m));
    m->n = n;
    m->weight = mm_alloc(n, sizeof(*m->weight), err);
    m->taken = mm_alloc(n, sizeof(*m->taken), err);
    if (!m->weight || !m->taken) {
        mm_mix_release(m);
        return -1;
    }
    if (!exact(m, weights))
        quantise(m, weights);
    return 0;
}

void mm_mix_release(struct mm_mix *m)
{
    free(m->weight);
    free(m->taken);
    memset(m, 0, sizeof(*m));
}

/*
 * With k = 2n - 2 and shares w/P, those sources may come at step t whose
 * lead, share * t - taken, is at least 1/k; of them comes first whose lead
 * will reach 1 - 1/k soonest: the least (1 - 1/k - lead) / share.  All is
 * multiplied by P k (and the order by w of the rival), so it stays whole:
 * with P <= 2^16 and n <= 2^8 no product passes 2^58.
 */
size_t mm_mix_next(struct mm_mix *m)
{
    int64_t k = 2 * (int64_t)m->n - 2, P = m->period, best_slack = 0;
    size_t best = m->n;

    if (m->n == 1)
        return 0;
    m->at++;
    for (size_t i = 0; i < m->n; i++) {
        int64_t lead = k * (m->weight[i] * m->at - P * m->taken[i]);
        int64_t slack = P * k - P - lead;

        if (lead < P)
            continue;
        if (best == m->n ||
            slack * m->weight[best] < best_slack * m->weight[i]) {
            best = i;
            best_slack = slack;
        }
    }
    assert(best < m->n);
    m->taken[best]++;
    if (m->at == P) {
        m->at = 0;
        memset(m->taken, 0, m->n * sizeof(*m->taken));
    }
    return best;
}
