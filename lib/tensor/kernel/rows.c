/*
 * rows.c - copies and sums of blocks of rows
 *
 * A block is n contiguous numbers; block b of an array begins at b * ld.
 */
#include <assert.h>
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"

#define GRAIN 8192    /* numbers of a block that are one piece of work */
#define SUM_GRAIN 256 /* columns of a sum */
#define SCATTER_GRAIN 64

struct rows {
    float *y;
    const float *x, *z;
    const int32_t *index;
    size_t ldy, ldx, B, n;
    uint8_t *mark;
};

/* Piece i of all blocks: where it begins in its block, and its size */
static size_t piece(const struct rows *a, size_t i, size_t *b, size_t *count)
{
    size_t pieces = (a->n + GRAIN - 1) / GRAIN, begin = i % pieces * GRAIN;

    *b = i / pieces;
    *count = a->n - begin < GRAIN ? a->n - begin : GRAIN;
    return begin;
}

static void for_pieces(struct rows *a, void (*fn)(void *ctx, size_t i))
{
    mm_par_for(a->B * ((a->n + GRAIN - 1) / GRAIN), fn, a);
}

static void copy_piece(void *ctx, size_t i)
{
    const struct rows *a = ctx;
    size_t b, count, at = piece(a, i, &b, &count);

    memcpy(a->y + b * a->ldy + at, a->x + b * a->ldx + at,
           count * sizeof *a->y);
}

void MM_K(rows_copy)(float *y, size_t ldy, const float *x, size_t ldx,
                     size_t B, size_t n)
{
    struct rows a = { .y = y, .ldy = ldy, .x = x, .ldx = ldx, .B = B, .n = n };

    for_pieces(&a, copy_piece);
}

static void add_row(float *y, const float *x, size_t n)
{
    MM_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

static void add_piece(void *ctx, size_t i)
{
    const struct rows *a = ctx;
    size_t b, count, at = piece(a, i, &b, &count);

    add_row(a->y + b * a->ldy + at, a->x + b * a->ldx + at, count);
}

void MM_K(rows_add)(float *y, size_t ldy, const float *x, size_t ldx,
                    size_t B, size_t n)
{
    struct rows a = { .y = y, .ldy = ldy, .x = x, .ldx = ldx, .B = B, .n = n };

    for_pieces(&a, add_piece);
}

static void add_shared_piece(void *ctx, size_t i)
{
    const struct rows *a = ctx;
    size_t b, count, at = piece(a, i, &b, &count);
    float *y = a->y + b * a->ldy + at;
    const float *x = a->x + b * a->ldx + at, *z = a->z + at;

    MM_SIMD
    for (size_t j = 0; j < count; j++)
        y[j] = x[j] + z[j];
}

void MM_K(rows_add_shared)(float *y, size_t ldy, const float *x, size_t ldx,
                           const float *z, size_t B, size_t n)
{
    struct rows a = { .y = y, .ldy = ldy, .x = x, .ldx = ldx, .B = B, .n = n };

    a.z = z;
    for_pieces(&a, add_shared_piece);
}

static void sum_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;

    for (size_t b = 0; b < a->B; b++)
        add_row(a->y + begin, a->x + b * a->ldx + begin, end - begin);
}

void MM_K(rows_sum)(float *y, const float *x, size_t ldx, size_t B, size_t n)
{
    struct rows a = { .y = y, .x = x, .ldx = ldx, .B = B, .n = n };

    mm_par_range(n, SUM_GRAIN, sum_range, &a);
}

/* ---- by index: n is the width of a row, B the number of indices ---- */

static void gather_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;

    for (size_t i = begin; i < end; i++)
        memcpy(a->y + i * a->n, a->x + (size_t)a->index[i] * a->n,
               a->n * sizeof *a->y);
}

void MM_K(gather_rows)(float *y, const float *x, const int32_t *index,
                       size_t M, size_t D)
{
    struct rows a = { .y = y, .x = x, .index = index, .n = D };

    mm_par_range(M, mm_row_grain(D), gather_range, &a);
}

static void gather_add_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;

    for (size_t i = begin; i < end; i++)
        add_row(a->y + i * a->n, a->x + (size_t)a->index[i] * a->n, a->n);
}

void MM_K(gather_add)(float *y, const float *x, const int32_t *index,
                      size_t M, size_t D)
{
    struct rows a = { .y = y, .x = x, .index = index, .n = D };

    mm_par_range(M, mm_row_grain(D), gather_add_range, &a);
}

static void scatter_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;

    for (size_t i = begin; i < end; i++)
        memcpy(a->y + (size_t)a->index[i] * a->n, a->x + i * a->n,
               a->n * sizeof *a->y);
}

void MM_K(scatter_rows)(float *y, const float *x, const int32_t *index,
                        size_t M, size_t D)
{
    struct rows a = { .y = y, .x = x, .index = index, .n = D };

    mm_par_range(M, mm_row_grain(D), scatter_range, &a);
}

/* A row may be named twice: threads share out columns, in the order of i. */
static void scatter_add_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;

    for (size_t i = 0; i < a->B; i++)
        add_row(a->y + (size_t)a->index[i] * a->n + begin,
                a->x + i * a->n + begin, end - begin);
}

void MM_K(scatter_add)(float *y, const float *x, const int32_t *index,
                       size_t M, size_t D)
{
    struct rows a = { .y = y, .x = x, .index = index, .B = M, .n = D };

    mm_par_range(D, SCATTER_GRAIN, scatter_add_range, &a);
}

static void add_unmarked_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;

    for (size_t i = begin; i < end; i++) {
        if (!a->mark[i])
            add_row(a->y + i * a->n, a->x + i * a->n, a->n);
    }
}

void MM_K(rows_add_except)(float *y, const float *x, const int32_t *index,
                           size_t M, uint8_t *mark, size_t N, size_t D)
{
    struct rows a = { .y = y, .x = x, .n = D, .mark = mark };

    memset(mark, 0, N);
    for (size_t i = 0; i < M; i++) {
        assert(!mark[index[i]]);
        mark[index[i]] = 1;
    }
    mm_par_range(N, mm_row_grain(D), add_unmarked_range, &a);
}
