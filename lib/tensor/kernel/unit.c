/*
 * unit.c - rows of length 1; products and sums in order
 */
#include <math.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"

#define SHORTEST 1e-12f

struct unit {
    float *y, *length, *dx;
    const float *x, *dy;
    size_t D;
};

static float product(const float *a, const float *b, size_t D)
{
    float s = 0;

    MM_SIMD_SUM(s)
    for (size_t d = 0; d < D; d++)
        s += a[d] * b[d];
    return s;
}

static void forward_rows(void *ctx, size_t begin, size_t end)
{
    const struct unit *a = ctx;

    for (size_t n = begin; n < end; n++) {
        const float *x = a->x + n * a->D;
        float *y = a->y + n * a->D, length = sqrtf(product(x, x, a->D)), r;

        length = length < SHORTEST ? SHORTEST : length; /* NaN stays */
        r = 1 / length;
        a->length[n] = length;
        MM_SIMD
        for (size_t d = 0; d < a->D; d++)
            y[d] = x[d] * r;
    }
}

void MM_K(unit_forward)(float *y, float *length, const float *x, size_t N,
                        size_t D)
{
    struct unit a = { .y = y, .length = length, .x = x, .D = D };

    mm_par_range(N, mm_row_grain(D), forward_rows, &a);
}

static void backward_rows(void *ctx, size_t begin, size_t end)
{
    const struct unit *a = ctx;

    for (size_t n = begin; n < end; n++) {
        const float *y = a->y + n * a->D, *dy = a->dy + n * a->D;
        float *dx = a->dx + n * a->D;
        float along = product(y, dy, a->D), r = 1 / a->length[n];

        MM_SIMD
        for (size_t d = 0; d < a->D; d++)
            dx[d] += (dy[d] - y[d] * along) * r;
    }
}

void MM_K(unit_backward)(float *dx, const float *dy, const float *y,
                         const float *length, size_t N, size_t D)
{
    struct unit a = { .y = (float *)y,
                      .length = (float *)length,
                      .dx = dx,
                      .dy = dy,
                      .D = D };

    mm_par_range(N, mm_row_grain(D), backward_rows, &a);
}

void MM_K(dot)(float *y, const float *a, const float *b, size_t n)
{
    double s = 0;

    for (size_t i = 0; i < n; i++)
        s += (double)a[i] * (double)b[i];
    *y = (float)s;
}

void MM_K(sum)(float *y, const float *x, size_t n)
{
    double s = 0;

    for (size_t i = 0; i < n; i++)
        s += (double)x[i];
    *y = (float)s;
}
