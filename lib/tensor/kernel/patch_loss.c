/*
 * patch_loss.c - targets of patches, and how far they were missed
 */
#include <assert.h>
#include <math.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"

struct unit {
    float *t;
    size_t J;
    float eps;
};

static void unit_range(void *ctx, size_t begin, size_t end)
{
    const struct unit *a = ctx;
    size_t J = a->J;

    for (size_t i = begin; i < end; i++) {
        float *t = a->t + i * J;
        double mean = 0, square = 0;

        for (size_t j = 0; j < J; j++)
            mean += t[j];
        mean /= (double)J;
        for (size_t j = 0; j < J; j++)
            square += (t[j] - mean) * (t[j] - mean);
        square = 1 / sqrt(square / (double)(J - 1) + (double)a->eps);
        for (size_t j = 0; j < J; j++)
            t[j] = (float)((t[j] - mean) * square);
    }
}

void MM_K(patch_unit)(float *t, size_t count, size_t J, float eps)
{
    struct unit a = { t, J, eps };

    mm_par_range(count, mm_row_grain(J), unit_range, &a);
}

struct loss {
    float *loss, *base, *dy;
    const float *y, *t, *dloss;
    const int32_t *prefix, *first;
    size_t begin, K, J;
};

/* The row of y that predicts patch i of all; -1: none is asked */
static long row_of(const struct loss *a, size_t i)
{
    size_t b = i / a->K, k = i % a->K, prefix = (size_t)a->prefix[b];

    assert(prefix >= 1 && prefix < a->K);
    return k >= prefix ? (long)(k - prefix) + a->first[b] : -1;
}

static void forward_range(void *ctx, size_t begin, size_t end)
{
    const struct loss *a = ctx;

    for (size_t i = begin; i < end; i++) {
        long row = row_of(a, a->begin + i);
        const float *y = a->y + (row < 0 ? 0 : (size_t)row * a->J);
        const float *t = a->t + i * a->J;
        size_t n = row < 0 ? 0 : a->J;
        float miss = 0, base = 0;

        MM_SIMD_SUM(miss)
        for (size_t j = 0; j < n; j++)
            miss += (y[j] - t[j]) * (y[j] - t[j]);
        MM_SIMD_SUM(base)
        for (size_t j = 0; j < n; j++)
            base += t[j] * t[j];
        a->loss[i] = miss / (float)a->J;
        a->base[i] = base / (float)a->J;
    }
}

void MM_K(patch_loss_forward)(float *loss, float *base, const float *y,
                              const float *t, const int32_t *prefix,
                              const int32_t *first, size_t begin,
                              size_t count, size_t K, size_t J)
{
    struct loss a = { .loss = loss, .base = base, .y = y, .t = t };

    a.prefix = prefix;
    a.first = first;
    a.begin = begin;
    a.K = K;
    a.J = J;
    mm_par_range(count, mm_row_grain(J), forward_range, &a);
}

/* Each row of dy belongs to one patch. */
static void backward_range(void *ctx, size_t begin, size_t end)
{
    const struct loss *a = ctx;
    float scale = 2 / (float)a->J * *a->dloss;

    for (size_t i = begin; i < end; i++) {
        long row = row_of(a, a->begin + i);
        const float *t = a->t + i * a->J;

        for (size_t j = 0; row >= 0 && j < a->J; j++) {
            size_t at = (size_t)row * a->J + j;

            a->dy[at] += scale * (a->y[at] - t[j]);
        }
    }
}

void MM_K(patch_loss_backward)(float *dy, const float *y, const float *t,
                               const int32_t *prefix, const int32_t *first,
                               size_t begin, size_t count, size_t K, size_t J,
                               const float *dloss)
{
    struct loss a = { .dy = dy, .y = y, .t = t, .dloss = dloss };

    a.prefix = prefix;
    a.first = first;
    a.begin = begin;
    a.K = K;
    a.J = J;
    mm_par_range(count, mm_row_grain(J), backward_range, &a);
}
