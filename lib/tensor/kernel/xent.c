/*
 * xent.c - softmax and loss of blocks of logits
 */
#include <assert.h>
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/simd.h"

#define GRAIN 16384 /* numbers of one piece of work */

/* Rows of D numbers that make a piece of work */
static size_t rows_grain(size_t D)
{
    return D < GRAIN ? GRAIN / (D ? D : 1) : 1;
}

size_t MM_K(xent_select)(int32_t *row, const int32_t *target, size_t N,
                         size_t V)
{
    size_t n = 0;

    for (size_t i = 0; i < N; i++) {
        if (target[i] < 0)
            continue;
        assert((size_t)target[i] < V);
        row[n++] = (int32_t)i;
    }
    (void)V;
    return n;
}

struct rows {
    float *to;
    const float *from, *scale;
    const int32_t *row;
    size_t D;
};

static void gather_rows(void *ctx, size_t begin, size_t end)
{
    const struct rows *r = ctx;

    for (size_t i = begin; i < end; i++)
        memcpy(r->to + i * r->D, r->from + (size_t)r->row[i] * r->D,
               r->D * sizeof(float));
}

void MM_K(xent_gather)(float *y, const float *x, const int32_t *row, size_t n,
                       size_t D)
{
    struct rows r = { y, x, NULL, row, D };

    mm_par_range(n, rows_grain(D), gather_rows, &r);
}

static void add_to_rows(void *ctx, size_t begin, size_t end)
{
    const struct rows *r = ctx;
    float scale = *r->scale;

    for (size_t i = begin; i < end; i++) {
        float *to = r->to + (size_t)r->row[i] * r->D;
        const float *from = r->from + i * r->D;

        for (size_t d = 0; d < r->D; d++)
            to[d] = mm_fmaf(scale, from[d], to[d]);
    }
}

void MM_K(xent_add_rows)(float *dx, const float *dy, const int32_t *row,
                         const float *scale, size_t n, size_t D)
{
    struct rows r = { dx, dy, scale, row, D };

    mm_par_range(n, rows_grain(D), add_to_rows, &r);
}

static void add_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *r = ctx;
    float scale = *r->scale;

    for (size_t i = begin; i < end; i++)
        r->to[i] = mm_fmaf(scale, r->from[i], r->to[i]);
}

void MM_K(add_scaled)(float *y, const float *x, const float *scale, size_t n)
{
    struct rows r = { y, x, scale, NULL, 0 };

    mm_par_range(n, GRAIN, add_range, &r);
}

struct logits {
    float *z, *nll, *lse;
    const int32_t *target, *row;
    size_t V;
    float z_loss;
    int grad;
};

static float largest(const float *z, size_t V)
{
    mm_vec x = mm_vset(z[0]);
    size_t v = 0;
    float m;

    for (; v + MM_VL <= V; v += MM_VL)
        x = mm_vmax(x, mm_vload(z + v));
    m = mm_vhighest(x);
    for (; v < V; v++)
        m = z[v] > m ? z[v] : m;
    return m;
}

/* z <- e^(z - m); their sum */
static float exponentials(float *z, size_t V, float m)
{
    float s = 0;

    MM_SIMD_SUM(s)
    for (size_t v = 0; v < V; v++) {
        float e = mm_expf(z[v] - m);

        z[v] = e;
        s += e;
    }
    return s;
}

static void one_row(const struct logits *x, float *z, size_t n)
{
    size_t target = (size_t)x->target[n];
    float zt = z[target], m = largest(z, x->V);
    float s = exponentials(z, x->V, m), lse = m + mm_logf(s), scale;

    x->nll[n] = lse - zt;
    x->lse[n] = lse;
    if (!x->grad)
        return;
    scale = mm_fmaf(2 * x->z_loss, lse, 1) / s;
    for (size_t v = 0; v < x->V; v++)
        z[v] *= scale;
    z[target] -= 1;
}

static void logits_rows(void *ctx, size_t begin, size_t end)
{
    const struct logits *x = ctx;

    for (size_t i = begin; i < end; i++)
        one_row(x, x->z + i * x->V, (size_t)x->row[i]);
}

void MM_K(xent_rows)(float *z, float *nll, float *lse, const int32_t *target,
                     const int32_t *row, size_t n, size_t V, float z_loss,
                     int grad)
{
    struct logits x = { z, nll, lse, target, row, V, z_loss, grad };

    mm_par_range(n, rows_grain(V), logits_rows, &x);
}

void MM_K(xent_total)(float *loss, const float *nll, const float *lse,
                      const int32_t *row, size_t n, float z_loss)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double l = lse[row[i]];

        sum += (double)nll[row[i]] + (double)z_loss * l * l;
    }
    *loss = (float)sum;
}
