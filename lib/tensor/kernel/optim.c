/*
 * optim.c - loops over blocks of parameters
 */
#include <math.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/vecmath.h"

#define GRAIN 32768 /* floats of a task: 128 KiB of each array */

struct adamw {
    const struct mm_adamw_args *a;
    float *p, *m, *v;
    const float *g;
};

static void adamw_range(void *ctx, size_t begin, size_t end)
{
    const struct adamw *x = ctx;
    const struct mm_adamw_args a = *x->a;
    float *restrict p = x->p, *restrict m = x->m, *restrict v = x->v;
    const float *restrict g = x->g;

    MM_SIMD
    for (size_t i = begin; i < end; i++) {
        float h = a.scale * g[i];
        float mi = mm_fmaf(a.beta1, m[i], a.rest1 * h);
        float vi = mm_fmaf(a.beta2, v[i], a.rest2 * h * h);
        float by = mi / mm_fmaf(sqrtf(vi), a.root, a.eps);

        m[i] = mi;
        v[i] = vi;
        p[i] = mm_fmaf(-a.rate, by, a.keep * p[i]);
    }
}

void MM_K(adamw)(const struct mm_adamw_args *a, float *p, float *m, float *v,
                 const float *g, size_t n)
{
    struct adamw x = { a, p, m, v, g };

    mm_par_range(n, GRAIN, adamw_range, &x);
}

/* Partial sums over equal pieces, added in their order */
#define PIECES 256

struct squares {
    const float *x;
    size_t n, piece;
    double sum[PIECES];
};

static void squares_of_piece(void *ctx, size_t i)
{
    struct squares *s = ctx;
    size_t begin = i * s->piece, end = begin + s->piece;
    const float *x = s->x;
    double sum = 0;

    end = end < s->n ? end : s->n;
    MM_SIMD_SUM(sum)
    for (size_t j = begin; j < end; j++)
        sum += (double)x[j] * (double)x[j];
    s->sum[i] = sum;
}

double MM_K(sum_squares)(const float *x, size_t n)
{
    struct squares s = { .x = x, .n = n };
    size_t pieces = (n + GRAIN - 1) / GRAIN;
    double sum = 0;

    pieces = pieces < PIECES ? pieces : PIECES;
    if (pieces == 0)
        return 0;
    s.piece = (n + pieces - 1) / pieces;
    pieces = (n + s.piece - 1) / s.piece;
    mm_par_for(pieces, squares_of_piece, &s);
    for (size_t i = 0; i < pieces; i++)
        sum += s.sum[i];
    return sum;
}

void MM_K(clamp)(float *x, size_t n, float low, float high)
{
    for (size_t i = 0; i < n; i++)
        x[i] = fminf(fmaxf(x[i], low), high);
}
