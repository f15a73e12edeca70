/*
 * contrast.c - losses over all pairs: blocks of rows of their products
 */
#include <math.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/vecmath.h"

#define GRAIN 16384 /* numbers of one piece of work */

static size_t grain(size_t per)
{
    return per < GRAIN ? GRAIN / (per ? per : 1) : 1;
}

/* ---- InfoNCE ---- */

/* z <- e^scale z of rows; logsumexp of each */
static void scan_rows(void *ctx, size_t begin, size_t end)
{
    const struct mm_contrast_args *a = ctx;
    float scale = mm_expf(*a->scale);

    for (size_t i = begin; i < end; i++) {
        float *z = a->z + i * a->N, most = -INFINITY, s = 0;

        for (size_t j = 0; j < a->N; j++) {
            z[j] *= scale;
            most = z[j] > most ? z[j] : most;
        }
        MM_SIMD_SUM(s)
        for (size_t j = 0; j < a->N; j++)
            s += mm_expf(z[j] - most);
        a->row_lse[a->at + i] = most + mm_logf(s);
    }
}

/* The rows of a block, one after the other, join the sums of columns. */
static void scan_columns(void *ctx, size_t begin, size_t end)
{
    const struct mm_contrast_args *a = ctx;
    float *most = a->col_max, *sum = a->col_sum;

    for (size_t j = begin; a->at == 0 && j < end; j++) {
        most[j] = -INFINITY;
        sum[j] = 0;
    }
    for (size_t i = 0; i < a->n; i++) {
        const float *z = a->z + i * a->N;

        MM_SIMD
        for (size_t j = begin; j < end; j++) {
            float m = z[j] > most[j] ? z[j] : most[j];

            sum[j] = mm_fmaf(sum[j], mm_expf(most[j] - m), mm_expf(z[j] - m));
            most[j] = m;
        }
    }
}

void MM_K(contrast_scan)(struct mm_contrast_args *a)
{
    mm_par_range(a->n, grain(a->N), scan_rows, a);
    mm_par_range(a->N, grain(a->n), scan_columns, a);
}

static void softmax_rows(void *ctx, size_t begin, size_t end)
{
    const struct mm_contrast_args *a = ctx;
    float scale = mm_expf(*a->scale);
    /* scan left a lone block scaled; several were made again */
    float again = a->n < a->N ? scale : 1;

    for (size_t i = begin; i < end; i++) {
        size_t row = a->at + i;
        float *z = a->z + i * a->N, own = z[row] * again, s = 0;
        float lse = a->row_lse[row];

        a->loss[row] = 0.5f * (lse + a->col_max[row] +
                               mm_logf(a->col_sum[row])) -
                       own;
        if (!a->grad)
            continue;
        MM_SIMD_SUM(s)
        for (size_t j = 0; j < a->N; j++) {
            float x = z[j] * again;
            float p = 0.5f * (mm_expf(x - lse) +
                              mm_expf(x - a->col_max[j]) / a->col_sum[j]);

            s += p * x;
            z[j] = p * scale;
        }
        z[row] -= scale;
        a->dscale[row] = s - own;
    }
}

void MM_K(contrast_softmax)(struct mm_contrast_args *a)
{
    mm_par_range(a->n, grain(a->N), softmax_rows, a);
}

/* ---- sigmoid ---- */

/* log(1 + e^x), which is x + log(1 + e^-x) where x > 0 */
static float softplus(float x)
{
    return (x > 0 ? x : 0) + mm_logf(1 + mm_expf(-fabsf(x)));
}

static void sigmoid_row(const struct mm_contrast_args *a, size_t i)
{
    size_t row = a->at + i;
    float *z = a->z + i * a->N, scale = mm_expf(*a->scale), bias = *a->bias;
    float own = z[row] * scale, loss = 0, s = 0, t = 0;

    MM_SIMD_SUM(loss)
    for (size_t j = 0; j < a->N; j++)
        loss += softplus(mm_fmaf(z[j], scale, bias));
    /* the pair itself: softplus(-x) = softplus(x) - x */
    a->loss[row] = loss - (own + bias);
    if (!a->grad)
        return;
    MM_SIMD_SUM(s)
    for (size_t j = 0; j < a->N; j++)
        s += mm_sigmoidf(mm_fmaf(z[j], scale, bias)) * z[j];
    MM_SIMD_SUM(t)
    for (size_t j = 0; j < a->N; j++) {
        float q = mm_sigmoidf(mm_fmaf(z[j], scale, bias));

        z[j] = q * scale;
        t += q;
    }
    z[row] -= scale;
    a->dscale[row] = s * scale - own;
    a->dbias[row] = t - 1;
}

static void sigmoid_rows(void *ctx, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        sigmoid_row(ctx, i);
}

void MM_K(contrast_sigmoid)(struct mm_contrast_args *a)
{
    mm_par_range(a->n, grain(a->N), sigmoid_rows, a);
}
