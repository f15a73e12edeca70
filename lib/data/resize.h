/*
 * resize.h - antialiased resampling of 8-bit RGB, bit for bit as Pillow's
 *
 * Every output pixel is a weighted sum of the input pixels under a filter that
 * is stretched by the scale when shrinking.  First along rows, then along
 * columns, each with 8-bit results: for output x of an axis
 *
 *   scale = in / out,  s = max(scale, 1),  centre = (x + 1/2) scale
 *   w[i] = f((i - centre + 1/2) / s)  for |i - centre| within the support s S
 *   k[i] = round(2^22 w[i] / sum w)
 *   out[x] = clip((2^21 + sum k[i] in[i]) >> 22)
 *
 * with Keys' cubic (a = -1/2, S = 2) or the triangle (S = 1) as f, as in
 * Pillow's src/libImaging/Resample.c up to version 12.  (Version 13 takes the
 * columns first where that is less work, and some pixels differ by one.)  The
 * sums are exact 32-bit integers, so
 * all CPU levels give the same bytes.
 */
#ifndef MM_DATA_RESIZE_H
#define MM_DATA_RESIZE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/image.h"

/* Which inputs make an output: count of them from first on. */
struct mm_resize_span {
    uint32_t first, count;
    uint32_t start; /* as first, moved left so that whole groups fit */
};

/* Outputs [begin, begin + n) of out, made of in. */
struct mm_resize_axis {
    enum mm_filter filter;
    size_t in, out, begin, n;
    size_t taps;                 /* the most inputs that one output has */
    struct mm_resize_span *span; /* [n] */
    int32_t *k;                  /* [n,taps] weights */
    double *w;                   /* [taps] while they are computed */

    /* Along x, for the vector kernels */
    size_t groups;   /* of four taps in an output; 0: they do not fit */
    int16_t *packed; /* [n,groups,2,2,4,2]: high and low part, pair of taps,
                        copy for each channel, tap of the pair */

    /* Along y, for them */
    int32_t *pairs; /* [n,(taps + 1)/2,2]: high and low parts of two taps */

    size_t span_cap, k_cap, w_cap, packed_cap, pairs_cap;
};

/*
 * Everything a resize needs besides the pictures, kept for the next one: the
 * tables are computed anew only when a size changes.  All zero is empty.
 */
struct mm_resizer {
    struct mm_resize_axis x, y;
    uint8_t *ring;        /* the last resampled rows, and a copied one */
    const uint8_t **rows; /* [y.taps] those of an output row */
    size_t ring_cap, rows_cap;
};

void mm_resizer_release(struct mm_resizer *r);

/* A part of a picture: all of it is { 0, 0, width, height }. */
struct mm_window {
    size_t x, y, width, height;
};

/*
 * The window of src resized to width x height.  dst is another image, gets the
 * window's size.
 */
int mm_resize(struct mm_resizer *r, struct mm_image *dst,
              const struct mm_image *src, size_t width, size_t height,
              const struct mm_window *window, enum mm_filter filter,
              struct mm_err *err);

#endif
