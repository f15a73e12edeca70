/*
 * adafactor.c - AdaFactor over a matrix or a vector
 *
 * All sums are float64, over pieces that the shape alone cuts, added in their
 * order: the bits do not depend on threads.
 */
#include <math.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/vecmath.h"

#define PIECES 256
#define GRAIN 32768 /* floats of a piece, at least */
#define COLUMNS 256 /* of a task */
#define TINY 1e-30

struct adafactor {
    const struct mm_adafactor_args *a;
    float *p, *m, *row, *col;
    const float *g;
    size_t R, C;
    float by_mean; /* of row */
    size_t piece;  /* rows; of a vector: numbers */
    double sum[PIECES];
    float rate; /* with what clips the update */
};

/* ---- the running means of squares ---- */

static void rows_range(void *ctx, size_t begin, size_t end)
{
    const struct adafactor *x = ctx;
    float scale = x->a->scale;

    for (size_t r = begin; r < end; r++) {
        const float *g = x->g + r * x->C;
        double sum = 0;

        MM_SIMD_SUM(sum)
        for (size_t c = 0; c < x->C; c++) {
            double h = (double)(scale * g[c]);

            sum += h * h;
        }
        x->row[r] = mm_fmaf(x->a->beta2, x->row[r],
                            x->a->rest2 *
                                (float)(sum / (double)x->C + TINY));
    }
}

/* The rows in their order, for some columns. */
static void columns_task(void *ctx, size_t task)
{
    const struct adafactor *x = ctx;
    float scale = x->a->scale;
    size_t begin = task * COLUMNS, left = x->C - begin;
    size_t n = left < COLUMNS ? left : COLUMNS;
    double sum[COLUMNS] = { 0 };

    for (size_t r = 0; r < x->R; r++) {
        const float *g = x->g + r * x->C + begin;

        MM_SIMD
        for (size_t c = 0; c < n; c++) {
            double h = (double)(scale * g[c]);

            sum[c] += h * h;
        }
    }
    for (size_t c = 0; c < n; c++)
        x->col[begin + c] = mm_fmaf(x->a->beta2, x->col[begin + c],
                                    x->a->rest2 *
                                        (float)(sum[c] / (double)x->R + TINY));
}

static float mean_inverse(const float *row, size_t R)
{
    double sum = 0;

    for (size_t r = 0; r < R; r++)
        sum += (double)row[r];
    return (float)((double)R / sum);
}

/* ---- pieces ---- */

static size_t cut(struct adafactor *x, size_t n, size_t grain)
{
    size_t pieces = (n + grain - 1) / grain;

    pieces = pieces < PIECES ? pieces : PIECES;
    x->piece = (n + pieces - 1) / pieces;
    return (n + x->piece - 1) / x->piece;
}

/* The rate that an update with this sum of squares gets. */
static void clip(struct adafactor *x, size_t pieces, size_t n)
{
    double sum = 0, rms;

    for (size_t i = 0; i < pieces; i++)
        sum += x->sum[i];
    rms = sqrt(sum / (double)n) / (double)x->a->threshold;
    x->rate = (float)((double)x->a->rate / (rms > 1 ? rms : 1));
}

/* ---- a matrix ---- */

static inline float row_factor(const struct adafactor *x, size_t r)
{
    return x->a->scale / sqrtf(x->row[r] * x->by_mean);
}

static void matrix_squares(void *ctx, size_t i)
{
    struct adafactor *x = ctx;
    size_t begin = i * x->piece, end = begin + x->piece;
    double all = 0;

    end = end < x->R ? end : x->R;
    for (size_t r = begin; r < end; r++) {
        const float *restrict g = x->g + r * x->C, *restrict col = x->col;
        float by = row_factor(x, r);
        double sum = 0;

        MM_SIMD_SUM(sum)
        for (size_t c = 0; c < x->C; c++) {
            double u = (double)(by * g[c] / sqrtf(col[c]));

            sum += u * u;
        }
        all += sum;
    }
    x->sum[i] = all;
}

static void matrix_update(void *ctx, size_t begin, size_t end)
{
    const struct adafactor *x = ctx;
    const struct mm_adafactor_args a = *x->a;

    for (size_t r = begin; r < end; r++) {
        float *restrict p = x->p + r * x->C, *restrict m = x->m + r * x->C;
        const float *restrict g = x->g + r * x->C, *restrict col = x->col;
        float by = row_factor(x, r), rate = a.rest1 * x->rate;

        MM_SIMD
        for (size_t c = 0; c < x->C; c++) {
            float u = by * g[c] / sqrtf(col[c]);

            m[c] = mm_fmaf(a.beta1, m[c], rate * u);
            p[c] = mm_fmaf(a.keep, p[c], -m[c]);
        }
    }
}

void MM_K(adafactor_matrix)(const struct mm_adafactor_args *a, float *p,
                            float *m, float *row, float *col, const float *g,
                            size_t R, size_t C)
{
    struct adafactor x = { .a = a, .p = p, .m = m, .row = row, .col = col };
    size_t pieces;

    x.g = g;
    x.R = R;
    x.C = C;
    mm_par_range(R, mm_row_grain(C), rows_range, &x);
    mm_par_for((C + COLUMNS - 1) / COLUMNS, columns_task, &x);
    x.by_mean = mean_inverse(row, R);
    pieces = cut(&x, R, GRAIN / C + 1);
    mm_par_for(pieces, matrix_squares, &x);
    clip(&x, pieces, R * C);
    mm_par_range(R, mm_row_grain(C), matrix_update, &x);
}

/* ---- a vector ---- */

static void vector_squares(void *ctx, size_t i)
{
    struct adafactor *x = ctx;
    const struct mm_adafactor_args a = *x->a;
    size_t begin = i * x->piece, end = begin + x->piece;
    float *restrict v = x->row;
    const float *restrict g = x->g;
    double sum = 0;

    end = end < x->C ? end : x->C;
    MM_SIMD_SUM(sum)
    for (size_t j = begin; j < end; j++) {
        float h = a.scale * g[j];
        float vj = mm_fmaf(a.beta2, v[j],
                           a.rest2 * mm_fmaf(h, h, (float)TINY));
        double u = (double)(h / sqrtf(vj));

        v[j] = vj;
        sum += u * u;
    }
    x->sum[i] = sum;
}

static void vector_update(void *ctx, size_t begin, size_t end)
{
    const struct adafactor *x = ctx;
    const struct mm_adafactor_args a = *x->a;
    float *restrict p = x->p, *restrict m = x->m;
    const float *restrict g = x->g, *restrict v = x->row;
    float rate = a.rest1 * x->rate;

    MM_SIMD
    for (size_t j = begin; j < end; j++) {
        float u = a.scale * g[j] / sqrtf(v[j]);

        m[j] = mm_fmaf(a.beta1, m[j], rate * u);
        p[j] = mm_fmaf(a.keep, p[j], -m[j]);
    }
}

void MM_K(adafactor_vector)(const struct mm_adafactor_args *a, float *p,
                            float *m, float *v, const float *g, size_t n)
{
    struct adafactor x = { .a = a, .p = p, .m = m, .row = v, .g = g, .C = n };
    size_t pieces = cut(&x, n, GRAIN);

    mm_par_for(pieces, vector_squares, &x);
    clip(&x, pieces, n);
    mm_par_range(n, GRAIN, vector_update, &x);
}
