/*
 * route.c - each token's two experts, and each expert's rows
 *
 * Softmax and choice run in parallel, by token.  What follows counts in the
 * order of the tokens, on one thread: a few additions a token.
 */
#include <assert.h>
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/vecmath.h"
#include "tensor/route.h"

#define NOBODY (-1)
#define WEIGHT_EPS 1e-9f

static int is_live(const struct mm_route_args *a, size_t n)
{
    return !a->segment || a->segment[n] != 0;
}

/* ---- choice ---- */

/* p = softmax(z); logsumexp(z) */
static float softmax(float *p, const float *z, size_t E)
{
    float most = z[0], s = 0;

    for (size_t e = 1; e < E; e++)
        most = z[e] > most ? z[e] : most;
    for (size_t e = 0; e < E; e++) {
        p[e] = mm_expf(z[e] - most);
        s += p[e];
    }
    for (size_t e = 0; e < E; e++)
        p[e] /= s;
    return most + mm_logf(s);
}

/* The largest of z, but `other`.  NaN is never larger. */
static int32_t choose(const float *z, size_t E, int32_t other)
{
    int32_t best = other == 0;

    for (size_t e = 0; e < E; e++)
        if ((int32_t)e != other && z[e] > z[best])
            best = (int32_t)e;
    return best;
}

static void choose_rows(void *ctx, size_t begin, size_t end)
{
    const struct mm_route_args *a = ctx;
    size_t E = a->E;

    for (size_t n = begin; n < end; n++) {
        const float *z = a->logits + n * E;
        float *p = a->p + n * E, *w = a->weight + 2 * n, s;
        int32_t *e = a->expert + 2 * n;

        e[0] = e[1] = NOBODY;
        w[0] = w[1] = 0;
        if (!is_live(a, n))
            continue;
        a->lse[n] = softmax(p, z, E);
        e[0] = choose(z, E, NOBODY);
        e[1] = choose(z, E, e[0]);
        s = p[e[0]] + p[e[1]] + WEIGHT_EPS;
        w[0] = p[e[0]] / s;
        w[1] = p[e[1]] / s;
    }
}

/* ---- room ---- */

static size_t live_tokens(const struct mm_route_args *a, size_t b)
{
    size_t T = a->N / a->B, n = 0;

    for (size_t t = b * T; t < (b + 1) * T; t++)
        n += is_live(a, t);
    return n;
}

/* Rows that an expert takes of a group; SIZE_MAX: any number */
static size_t room_of(const struct mm_route_args *a, size_t live)
{
    double room = (double)a->capacity * (double)live / (double)a->E;

    if (a->capacity == 0 || room >= (double)(2 * live))
        return SIZE_MAX;
    return room < 1 ? 1 : (size_t)room;
}

/*
 * slot[n,j] = 0 where choice j of token n is kept, NOBODY where not; first
 * choices of the whole group before any second one.
 */
static void keep_choices(const struct mm_route_args *a, size_t b, size_t room)
{
    size_t T = a->N / a->B, taken[MM_MAX_GROUPS] = { 0 };

    for (int j = 0; j < 2; j++)
        for (size_t n = b * T; n < (b + 1) * T; n++) {
            int32_t e = a->expert[2 * n + j];

            a->slot[2 * n + j] = NOBODY;
            if (e == NOBODY)
                continue;
            a->stats[MM_ROUTE_LOAD + e]++;
            if (taken[e] < room) {
                taken[e]++;
                a->slot[2 * n + j] = 0;
            } else {
                a->stats[MM_ROUTE_DROPPED]++;
            }
        }
}

/* Slots by expert, those of one in the order of the tokens */
static void number_slots(const struct mm_route_args *a)
{
    int32_t next[MM_MAX_GROUPS] = { 0 }, at = 0;

    for (size_t i = 0; i < 2 * a->N; i++)
        if (a->slot[i] != NOBODY)
            next[a->expert[i]]++;
    for (size_t e = 0; e < a->E; e++) {
        int32_t n = next[e];

        a->begin[e] = next[e] = at;
        at += n;
    }
    a->begin[a->E] = at;
    assert((size_t)at <= a->S);
    for (size_t i = 0; i < 2 * a->N; i++)
        if (a->slot[i] != NOBODY) {
            a->slot[i] = next[a->expert[i]]++;
            a->token[a->slot[i]] = (int32_t)(i / 2);
        }
}

/* ---- losses ---- */

/* share[b,e] of first choices; the group's balance times its live tokens */
static double group_balance(const struct mm_route_args *a, size_t b,
                            size_t live)
{
    size_t T = a->N / a->B, E = a->E;
    float *share = a->share + b * E;
    double mean[MM_MAX_GROUPS] = { 0 }, sum = 0;

    memset(share, 0, E * sizeof *share);
    for (size_t n = b * T; n < (b + 1) * T; n++) {
        if (!is_live(a, n))
            continue;
        share[a->expert[2 * n]]++;
        for (size_t e = 0; e < E; e++)
            mean[e] += a->p[n * E + e];
    }
    for (size_t e = 0; live && e < E; e++) {
        share[e] /= (float)live;
        sum += (double)share[e] * mean[e];
    }
    return (double)E * sum;
}

static double entropy(const float *p, size_t E)
{
    double s = 0;

    for (size_t e = 0; e < E; e++)
        if (p[e] > 1e-30f)
            s -= (double)(p[e] * mm_logf(p[e]));
    return s;
}

static void sum_rows(const struct mm_route_args *a)
{
    double z = 0, h = 0;

    for (size_t n = 0; n < a->N; n++)
        if (is_live(a, n)) {
            z += (double)a->lse[n] * (double)a->lse[n];
            h += entropy(a->p + n * a->E, a->E);
        }
    a->stats[MM_ROUTE_Z] = (float)z;
    a->stats[MM_ROUTE_ENTROPY] = (float)h;
}

void MM_K(route_forward)(const struct mm_route_args *a)
{
    double balance = 0;
    size_t tokens = 0;

    mm_par_range(a->N, mm_row_grain(8 * a->E), choose_rows, (void *)a);
    memset(a->stats, 0, (MM_ROUTE_LOAD + a->E) * sizeof *a->stats);
    for (size_t b = 0; b < a->B; b++) {
        size_t live = live_tokens(a, b);

        keep_choices(a, b, room_of(a, live));
        balance += group_balance(a, b, live);
        tokens += live;
    }
    number_slots(a);
    sum_rows(a);
    a->stats[MM_ROUTE_TOKENS] = (float)tokens;
    a->stats[MM_ROUTE_BALANCE] = (float)balance;
}

/* ---- backward ---- */

/*
 * With s = p1 + p2 + eps: d w1 / d p1 = 1/s - p1/s^2, d w1 / d p2 = -p1/s^2.
 * The losses add balance E f[e] to d p[e] and 2 z_loss lse p[e] to d z[e].
 */
static void backward_row(const struct mm_route_args *a, size_t n,
                         float *restrict dz)
{
    size_t E = a->E;
    const float *p = a->p + n * E, *dw = a->dweight + 2 * n;
    const float *share = a->share + n / (a->N / a->B) * E;
    const int32_t *e = a->expert + 2 * n;
    float s = p[e[0]] + p[e[1]] + WEIGHT_EPS;
    float both = (dw[0] * p[e[0]] + dw[1] * p[e[1]]) / s;
    float d0 = (dw[0] - both) / s, d1 = (dw[1] - both) / s;
    float even = a->balance * (float)E, mean;

    mean = d0 * p[e[0]] + d1 * p[e[1]];
    for (size_t i = 0; i < E; i++)
        mean += even * share[i] * p[i];
    mean -= 2 * a->z_loss * a->lse[n];
    for (size_t i = 0; i < E; i++)
        dz[i] += p[i] * (even * share[i] - mean);
    dz[e[0]] += p[e[0]] * d0;
    dz[e[1]] += p[e[1]] * d1;
}

static void backward_rows(void *ctx, size_t begin, size_t end)
{
    const struct mm_route_args *a = ctx;

    for (size_t n = begin; n < end; n++)
        if (is_live(a, n))
            backward_row(a, n, a->dlogits + n * a->E);
}

void MM_K(route_backward)(const struct mm_route_args *a)
{
    mm_par_range(a->N, mm_row_grain(8 * a->E), backward_rows, (void *)a);
}
