/*
 * norm.c - layer and root-mean-square normalisation
 *
 * One code for both: root-mean-square normalisation is the other with a mean
 * of 0 (and no b).  stat[n] = { mean, r } is what backward needs of a row.
 */
#include <math.h>
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"

struct norm {
    float *y, *stat;
    const float *x, *w, *b;
    size_t N, D;
    float eps;
    int centre;
    const float *dy;
    float *dx, *dw, *db, *sums;
};

static float mean_of(const float *x, size_t D)
{
    float s = 0;

    MM_SIMD_SUM(s)
    for (size_t d = 0; d < D; d++)
        s += x[d];
    return s / (float)D;
}

static float mean_square(const float *x, float mean, size_t D)
{
    float s = 0;

    MM_SIMD_SUM(s)
    for (size_t d = 0; d < D; d++)
        s += (x[d] - mean) * (x[d] - mean);
    return s / (float)D;
}

static void forward_row(const struct norm *a, size_t n)
{
    const float *x = a->x + n * a->D, *w = a->w, *b = a->b;
    float *y = a->y + n * a->D;
    float mean = a->centre ? mean_of(x, a->D) : 0;
    float r = 1 / sqrtf(mean_square(x, mean, a->D) + a->eps);

    if (b) {
        MM_SIMD
        for (size_t d = 0; d < a->D; d++)
            y[d] = (x[d] - mean) * r * w[d] + b[d];
    } else {
        MM_SIMD
        for (size_t d = 0; d < a->D; d++)
            y[d] = (x[d] - mean) * r * w[d];
    }
    if (a->stat) {
        a->stat[2 * n] = mean;
        a->stat[2 * n + 1] = r;
    }
}

static void forward_rows(void *ctx, size_t begin, size_t end)
{
    for (size_t n = begin; n < end; n++)
        forward_row(ctx, n);
}

void MM_K(norm_forward)(float *y, float *stat, const float *x, const float *w,
                        const float *b, size_t N, size_t D, float eps,
                        int centre)
{
    struct norm a = { .y = y, .stat = stat, .x = x, .w = w, .b = b, .N = N };

    a.D = D;
    a.eps = eps;
    a.centre = centre;
    mm_par_range(N, mm_row_grain(D), forward_rows, &a);
}

/*
 * With h = (x - mean) r and g = dy w:
 *
 *   dx += r (g - mean_d g - h mean_d(g h))        without mean_d g if mean is 0
 */
static void backward_row(float *dx, const float *dy, const float *x,
                         const float *w, float mean, float r, size_t D,
                         int centre)
{
    float sg = 0, sgh = 0;

    MM_SIMD_SUM(sg)
    for (size_t d = 0; d < D; d++)
        sg += dy[d] * w[d];
    MM_SIMD_SUM(sgh)
    for (size_t d = 0; d < D; d++)
        sgh += dy[d] * w[d] * (x[d] - mean);
    sg = centre ? sg / (float)D : 0;
    sgh *= r * r / (float)D;
    MM_SIMD
    for (size_t d = 0; d < D; d++)
        dx[d] += r * (dy[d] * w[d] - sg - (x[d] - mean) * sgh);
}

/* dw[d] += dy h,  db[d] += dy of one row */
static void backward_weights(float *dw, float *db, const float *dy,
                             const float *x, float mean, float r, size_t D)
{
    MM_SIMD
    for (size_t d = 0; d < D; d++) {
        dw[d] += dy[d] * (x[d] - mean) * r;
        db[d] += dy[d];
    }
}

/* A block of rows: dx, and the block's own sums for dw and db */
static void backward_block(void *ctx, size_t i)
{
    const struct norm *a = ctx;
    size_t D = a->D, begin = i * mm_sum_rows(a->N);
    size_t end = begin + mm_sum_rows(a->N);
    float *sums = a->sums + i * 2 * D;

    memset(sums, 0, 2 * D * sizeof *sums);
    for (size_t n = begin; n < end && n < a->N; n++) {
        const float *dy = a->dy + n * D, *x = a->x + n * D;
        float mean = a->stat[2 * n], r = a->stat[2 * n + 1];

        if (a->dx)
            backward_row(a->dx + n * D, dy, x, a->w, mean, r, D, a->centre);
        backward_weights(sums, sums + D, dy, x, mean, r, D);
    }
}

/* The blocks' sums in their order */
static void backward_sum(void *ctx, size_t begin, size_t end)
{
    const struct norm *a = ctx;

    for (size_t i = 0; i < mm_sum_blocks(a->N); i++) {
        const float *sums = a->sums + i * 2 * a->D;

        for (size_t d = begin; a->dw && d < end; d++)
            a->dw[d] += sums[d];
        for (size_t d = begin; a->db && d < end; d++)
            a->db[d] += sums[a->D + d];
    }
}

void MM_K(norm_backward)(float *dx, float *dw, float *db, const float *dy,
                         const float *x, const float *w, const float *stat,
                         float *sums, size_t N, size_t D, int centre)
{
    struct norm a = { .dx = dx, .dw = dw, .db = db, .dy = dy, .x = x, .w = w };

    a.stat = (float *)stat;
    a.sums = sums;
    a.N = N;
    a.D = D;
    a.centre = centre;
    mm_par_for(mm_sum_blocks(N), backward_block, &a);
    mm_par_range(D, 256, backward_sum, &a);
}
