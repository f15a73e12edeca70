/*
 * conv.c - depth-wise 3x3 convolution, channels last
 *
 * Vectors run over channels, and channels are taken in groups of 64: a line of
 * pixels is done for one group after the other, so that its weights (turned to
 * [9,64]) and the pixels that meet nine of them stay in the first cache.
 */
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/simd.h"

#define GROUP 64

struct conv {
    float *y;
    const float *x;
    const float *w; /* [groups,9,GROUP], then GROUP zeros */
    size_t rows, cols, D;
    int add;
    float *dw;
    const float *dy;
    size_t n_lines; /* of all images */
};

static size_t n_groups(size_t D)
{
    return (D + GROUP - 1) / GROUP;
}

/* turned[d / GROUP, t, d % GROUP] = w[d, t], or w[d, 8 - t]; zeros after */
static void turn_weights(float *turned, const float *w, size_t D, int flip)
{
    memset(turned, 0, (n_groups(D) * 9 + 1) * GROUP * sizeof *turned);
    for (size_t d = 0; d < D; d++) {
        float *to = turned + d / GROUP * 9 * GROUP + d % GROUP;

        for (size_t t = 0; t < 9; t++)
            to[t * GROUP] = w[d * 9 + (flip ? 8 - t : t)];
    }
}

/* The lines above, at and below a line of all images; NULL outside */
static void lines_at(const float *line[3], const struct conv *a, size_t row)
{
    const float *at = a->x + row * a->cols * a->D;

    line[0] = row % a->rows == 0 ? NULL : at - a->cols * a->D;
    line[1] = at;
    line[2] = row % a->rows == a->rows - 1 ? NULL : at + a->cols * a->D;
}

/* Channels from d of the nine pixels around pixel j of the middle line */
static inline void taps_at(const float *x[9], const float *const line[3],
                           const struct conv *a, size_t j, size_t d)
{
    const float *outside = a->w + n_groups(a->D) * 9 * GROUP;

    for (size_t u = 0; u < 3; u++) {
        const float *at = line[u] ? line[u] + j * a->D + d : outside;

        x[3 * u] = line[u] && j > 0 ? at - a->D : outside;
        x[3 * u + 1] = at;
        x[3 * u + 2] = line[u] && j + 1 < a->cols ? at + a->D : outside;
    }
}

static inline void sum_taps(float *y, const float *const x[9], const float *w,
                            size_t n, int add)
{
    MM_SIMD
    for (size_t i = 0; i < n; i++) {
        float s = add ? y[i] : 0;

        for (size_t t = 0; t < 9; t++)
            s += x[t][i] * w[t * GROUP + i];
        y[i] = s;
    }
}

static void conv_line(void *ctx, size_t row)
{
    const struct conv *a = ctx;
    const float *line[3], *x[9];

    lines_at(line, a, row);
    for (size_t d = 0; d < a->D; d += GROUP) {
        const float *w = a->w + d * 9;

        for (size_t j = 0; j < a->cols; j++) {
            float *y = a->y + (row * a->cols + j) * a->D + d;

            taps_at(x, line, a, j, d);
            if (a->D - d >= GROUP)
                sum_taps(y, x, w, GROUP, a->add);
            else
                sum_taps(y, x, w, a->D - d, a->add);
        }
    }
}

void MM_K(dwconv_forward)(float *y, const float *x, const float *w,
                          float *turned, size_t B, size_t rows, size_t cols,
                          size_t D)
{
    struct conv a = { .y = y, .x = x, .w = turned, .rows = rows, .cols = cols };

    a.D = D;
    turn_weights(turned, w, D, 0);
    mm_par_for(B * rows, conv_line, &a);
}

/* What one line of pixels adds to dw of MM_VL channels, or n, from d */
static inline __attribute__((always_inline)) void
weights_line(mm_vec sum[9], const struct conv *a, size_t row,
             size_t d, size_t n)
{
    const float *line[3], *x[9];
    mm_vec local[9]; /* registers */

    memcpy(local, sum, sizeof local);
    lines_at(line, a, row);
    for (size_t j = 0; j < a->cols; j++) {
        const float *at = a->dy + (row * a->cols + j) * a->D + d;
        mm_vec dy = mm_vload_some(at, n);

        taps_at(x, line, a, j, d);
        for (size_t t = 0; t < 9; t++)
            local[t] = mm_vfma(dy, mm_vload_some(x[t], n), local[t]);
    }
    memcpy(sum, local, sizeof local);
}

/* dw of a group of channels: all pixels in their order */
static void weights_range(void *ctx, size_t begin, size_t end)
{
    const struct conv *a = ctx;
    mm_vec sum[GROUP / MM_VL][9];

    memset(sum, 0, sizeof sum);
    for (size_t row = 0; row < a->n_lines; row++) {
        size_t d = begin;

        for (; end - d >= MM_VL; d += MM_VL)
            weights_line(sum[(d - begin) / MM_VL], a, row, d, MM_VL);
        if (d < end)
            weights_line(sum[(d - begin) / MM_VL], a, row, d, end - d);
    }
    for (size_t d = begin; d < end; d++) {
        for (size_t t = 0; t < 9; t++)
            a->dw[d * 9 + t] +=
                sum[(d - begin) / MM_VL][t][(d - begin) % MM_VL];
    }
}

void MM_K(dwconv_backward)(float *dx, float *dw, const float *dy,
                           const float *x, const float *w, float *turned,
                           size_t B, size_t rows, size_t cols, size_t D)
{
    struct conv a = { .w = turned, .rows = rows, .cols = cols, .D = D };

    turn_weights(turned, w, D, 1);
    if (dx) {
        a.y = dx;
        a.x = dy;
        a.add = 1;
        mm_par_for(B * rows, conv_line, &a);
    }
    if (dw) {
        a.dw = dw;
        a.dy = dy;
        a.x = x;
        a.n_lines = B * rows;
        mm_par_range(D, GROUP, weights_range, &a);
    }
}
