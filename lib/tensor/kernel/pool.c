/*
 * pool.c - means over pixels, and scaling by them
 */
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"

#define COLUMNS 256 /* channels of a piece of work */

/* B blocks of n rows of D channels */
struct block_rows {
    float *y, *dx, *ds;
    const float *x, *s, *dy;
    size_t n, D, pieces;
};

static void for_columns(struct block_rows *a, size_t B,
                        void (*fn)(void *ctx, size_t i))
{
    a->pieces = (a->D + COLUMNS - 1) / COLUMNS;
    mm_par_for(B * a->pieces, fn, a);
}

/* The channels of piece i, and where its block's first row begins */
static size_t columns(const struct block_rows *a, size_t i, size_t *d,
                      size_t *count)
{
    *d = i % a->pieces * COLUMNS;
    *count = a->D - *d < COLUMNS ? a->D - *d : COLUMNS;
    return i / a->pieces;
}

static void mean_piece(void *ctx, size_t i)
{
    const struct block_rows *a = ctx;
    size_t d, count, b = columns(a, i, &d, &count);
    const float *x = a->x + b * a->n * a->D + d;
    float *y = a->y + b * a->D + d;

    memset(y, 0, count * sizeof *y);
    for (size_t r = 0; r < a->n; r++, x += a->D) {
        MM_SIMD
        for (size_t j = 0; j < count; j++)
            y[j] += x[j];
    }
    for (size_t j = 0; j < count; j++)
        y[j] /= (float)a->n;
}

void MM_K(mean_rows_forward)(float *y, const float *x, size_t B, size_t n,
                             size_t D)
{
    struct block_rows a = { .y = y, .x = x, .n = n, .D = D };

    for_columns(&a, B, mean_piece);
}

static void mean_backward_piece(void *ctx, size_t i)
{
    const struct block_rows *a = ctx;
    size_t d, count, b = columns(a, i, &d, &count);
    float *dx = a->dx + b * a->n * a->D + d, share = 1 / (float)a->n;
    const float *dy = a->dy + b * a->D + d;

    for (size_t r = 0; r < a->n; r++, dx += a->D) {
        MM_SIMD
        for (size_t j = 0; j < count; j++)
            dx[j] += dy[j] * share;
    }
}

void MM_K(mean_rows_backward)(float *dx, const float *dy, size_t B, size_t n,
                              size_t D)
{
    struct block_rows a = { .dx = dx, .dy = dy, .n = n, .D = D };

    for_columns(&a, B, mean_backward_piece);
}

static void scale_piece(void *ctx, size_t i)
{
    const struct block_rows *a = ctx;
    size_t d, count, b = columns(a, i, &d, &count);
    const float *x = a->x + b * a->n * a->D + d, *s = a->s + b * a->D + d;
    float *y = a->y + b * a->n * a->D + d;

    for (size_t r = 0; r < a->n; r++, x += a->D, y += a->D) {
        MM_SIMD
        for (size_t j = 0; j < count; j++)
            y[j] = x[j] * s[j];
    }
}

void MM_K(scale_rows_forward)(float *y, const float *x, const float *s,
                              size_t B, size_t n, size_t D)
{
    struct block_rows a = { .y = y, .x = x, .s = s, .n = n, .D = D };

    for_columns(&a, B, scale_piece);
}

static void scale_backward_piece(void *ctx, size_t i)
{
    const struct block_rows *a = ctx;
    size_t d, count, b = columns(a, i, &d, &count);
    size_t at = b * a->n * a->D + d;
    const float *s = a->s + b * a->D + d;

    for (size_t r = 0; r < a->n; r++, at += a->D) {
        const float *x = a->x + at, *dy = a->dy + at;
        float *dx = a->dx ? a->dx + at : NULL;
        float *ds = a->ds ? a->ds + b * a->D + d : NULL;

        MM_SIMD
        for (size_t j = 0; j < count; j++) {
            if (dx)
                dx[j] += dy[j] * s[j];
            if (ds)
                ds[j] += dy[j] * x[j];
        }
    }
}

void MM_K(scale_rows_backward)(float *dx, float *ds, const float *dy,
                               const float *x, const float *s, size_t B,
                               size_t n, size_t D)
{
    struct block_rows a = { .dx = dx, .ds = ds, .dy = dy, .x = x, .s = s };

    a.n = n;
    a.D = D;
    for_columns(&a, B, scale_backward_piece);
}

/* ---- adaptive ---- */

struct adaptive {
    float *y;
    const float *x;
    size_t rows, cols, out_rows, out_cols, D;
};

/* Cell i of m covers [first, last) of n. */
static size_t first(size_t i, size_t n, size_t m)
{
    return i * n / m;
}

static size_t last(size_t i, size_t n, size_t m)
{
    return ((i + 1) * n + m - 1) / m;
}

/* y += x scale, D numbers */
static void add_scaled(float *y, const float *x, float scale, size_t D)
{
    MM_SIMD
    for (size_t d = 0; d < D; d++)
        y[d] += x[d] * scale;
}

/* 1 / the number of pixels of cell (i, j) */
static float cell_share(const struct adaptive *a, size_t i, size_t j)
{
    size_t h = last(i, a->rows, a->out_rows) - first(i, a->rows, a->out_rows);
    size_t w = last(j, a->cols, a->out_cols) - first(j, a->cols, a->out_cols);

    return 1 / (float)(h * w);
}

/* Cell (i, j) of out row b * out_rows + i */
static void pool_cell(const struct adaptive *a, size_t b, size_t i, size_t j)
{
    float *y = a->y + ((b * a->out_rows + i) * a->out_cols + j) * a->D;
    float share = cell_share(a, i, j);

    memset(y, 0, a->D * sizeof *y);
    for (size_t r = first(i, a->rows, a->out_rows);
         r < last(i, a->rows, a->out_rows); r++) {
        for (size_t c = first(j, a->cols, a->out_cols);
             c < last(j, a->cols, a->out_cols); c++)
            add_scaled(y, a->x + ((b * a->rows + r) * a->cols + c) * a->D,
                       share, a->D);
    }
}

static void pool_row(void *ctx, size_t row)
{
    const struct adaptive *a = ctx;

    for (size_t j = 0; j < a->out_cols; j++)
        pool_cell(a, row / a->out_rows, row % a->out_rows, j);
}

void MM_K(adaptive_pool_forward)(float *y, const float *x, size_t B,
                                 size_t rows, size_t cols, size_t out_rows,
                                 size_t out_cols, size_t D)
{
    struct adaptive a = { y, x, rows, cols, out_rows, out_cols, D };

    mm_par_for(B * out_rows, pool_row, &a);
}

/* One row of pixels gathers from the cells that cover it. */
static void pool_backward_row(void *ctx, size_t row)
{
    const struct adaptive *a = ctx;
    size_t b = row / a->rows, r = row % a->rows;

    for (size_t k = 0; k < a->out_rows * a->out_cols; k++) {
        size_t i = k / a->out_cols, j = k % a->out_cols;

        if (r < first(i, a->rows, a->out_rows) ||
            r >= last(i, a->rows, a->out_rows))
            continue;
        for (size_t c = first(j, a->cols, a->out_cols);
             c < last(j, a->cols, a->out_cols); c++)
            add_scaled(a->y + (row * a->cols + c) * a->D,
                       a->x + (b * a->out_rows * a->out_cols + k) * a->D,
                       cell_share(a, i, j), a->D);
    }
}

void MM_K(adaptive_pool_backward)(float *dx, const float *dy, size_t B,
                                  size_t rows, size_t cols, size_t out_rows,
                                  size_t out_cols, size_t D)
{
    struct adaptive a = { dx, dy, rows, cols, out_rows, out_cols, D };

    mm_par_for(B * rows, pool_backward_row, &a);
}
