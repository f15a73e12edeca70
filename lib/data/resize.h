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
 * sums are exact 32-bit integers, so all CPU levels give the same bytes.
 *
 * The picture comes by rows, in batches of four, and need never be in memory
 * as a whole: what is kept are the rows that an output row is summed over,
 * already as wide as the output, about 4 in / out of them when shrinking.
 */
#ifndef MM_DATA_RESIZE_H
#define MM_DATA_RESIZE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/image.h"
#include "data/resize_axis.h"

/* A part of a picture: all of it is { 0, 0, width, height }. */
struct mm_window {
    size_t x, y, width, height;
};

struct mm_resize_job {
    size_t in_width, in_height; /* of the source */
    size_t width, height;       /* of all of the result */
    struct mm_window window;    /* of the result, what is made of it */
    enum mm_filter filter;

    /* Where row i of the window goes: room for its 3 window.width bytes */
    uint8_t *(*row)(void *ctx, size_t i);
    void (*done)(void *ctx, size_t i); /* when it is there; or NULL */
    void *ctx;
};

/*
 * Tables and memory, kept for the next picture: tables are computed again only
 * when a size changes.  All zero is empty.
 */
struct mm_resizer {
    struct mm_resize_axis x, y;
    struct mm_resize_job job;
    const struct mm_resize_kernel *kernel;
    uint8_t *memory;       /* of the two that follow */
    uint8_t *ring;         /* [slots,batch] the last resampled rows */
    uint8_t *blocks;       /* working memory of the kernel */
    size_t slots, batch;   /* bytes of a batch */
    const uint8_t **parts; /* what an output row is made of */
    size_t in, out;        /* rows that came, rows that were made */
    size_t memory_cap, parts_cap;
};

void mm_resizer_release(struct mm_resizer *r);

int mm_resize_begin(struct mm_resizer *r, const struct mm_resize_job *job,
                    struct mm_err *err);

/*
 * The next four rows of the source; only the last call may have fewer in it,
 * and then repeats one.  MM_RESIZE_SLACK bytes after each may be read, and
 * must not be bytes that were never written.
 */
void mm_resize_rows(struct mm_resizer *r, const uint8_t *const rows[4]);

#endif
