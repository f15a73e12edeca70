/*
 * expert.c - rows of tokens to the slots of experts and back
 */
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/vecmath.h"

struct rows {
    float *y, *dweight;
    const float *x, *weight, *dy;
    const int32_t *index;
    size_t used, D;
};

static void spread_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;

    for (size_t s = begin; s < end; s++) {
        float *y = a->y + s * a->D;

        if (s < a->used)
            memcpy(y, a->x + (size_t)a->index[s] * a->D, a->D * sizeof *y);
        else
            memset(y, 0, a->D * sizeof *y);
    }
}

void MM_K(expert_spread)(float *y, const float *x, const int32_t *token,
                         size_t used, size_t S, size_t D)
{
    struct rows a = { .y = y, .x = x, .index = token, .used = used, .D = D };

    mm_par_range(S, mm_row_grain(D), spread_range, &a);
}

static void gather_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;
    size_t D = a->D;

    for (size_t i = 2 * begin; i < 2 * end; i++) {
        float *y = a->y + i / 2 * D;
        const float *x;

        if (a->index[i] < 0)
            continue;
        x = a->x + (size_t)a->index[i] * D;
        MM_SIMD
        for (size_t d = 0; d < D; d++)
            y[d] += x[d];
    }
}

void MM_K(expert_gather)(float *dx, const float *dy, const int32_t *slot,
                         size_t N, size_t D)
{
    struct rows a = { .y = dx, .x = dy, .index = slot, .D = D };

    mm_par_range(N, mm_row_grain(D), gather_range, &a);
}

/* y += w x */
static void add_scaled_row(float *y, const float *x, float w, size_t D)
{
    MM_SIMD
    for (size_t d = 0; d < D; d++)
        y[d] = mm_fmaf(w, x[d], y[d]);
}

static void combine_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;
    size_t D = a->D;

    memset(a->y + begin * D, 0, (end - begin) * D * sizeof *a->y);
    for (size_t i = 2 * begin; i < 2 * end; i++)
        if (a->index[i] >= 0)
            add_scaled_row(a->y + i / 2 * D,
                           a->x + (size_t)a->index[i] * D, a->weight[i], D);
}

void MM_K(expert_combine)(float *y, const float *x, const float *weight,
                          const int32_t *slot, size_t N, size_t D)
{
    struct rows a = { .y = y, .x = x, .weight = weight, .index = slot, .D = D };

    mm_par_range(N, mm_row_grain(D), combine_range, &a);
}

static float dot(const float *x, const float *y, size_t D)
{
    float s = 0;

    MM_SIMD_SUM(s)
    for (size_t d = 0; d < D; d++)
        s += x[d] * y[d];
    return s;
}

/* A slot has one token: threads share out tokens and never meet. */
static void combine_back_range(void *ctx, size_t begin, size_t end)
{
    const struct rows *a = ctx;
    size_t D = a->D;

    for (size_t i = 2 * begin; i < 2 * end; i++) {
        const float *dy = a->dy + i / 2 * D;
        size_t at;

        if (a->index[i] < 0)
            continue;
        at = (size_t)a->index[i] * D;
        if (a->dweight)
            a->dweight[i] += dot(dy, a->x + at, D);
        if (a->y)
            add_scaled_row(a->y + at, dy, a->weight[i], D);
    }
}

void MM_K(expert_combine_back)(float *dx, float *dweight, const float *dy,
                               const float *x, const float *weight,
                               const int32_t *slot, size_t N, size_t D)
{
    struct rows a = { .y = dx,
                      .dweight = dweight,
                      .x = x,
                      .weight = weight,
                      .dy = dy,
                      .index = slot,
                      .D = D };

    mm_par_range(N, mm_row_grain(D), combine_back_range, &a);
}
