/*
 * resize_kernel.h - the inner loops of resize.c, once per CPU level
 *
 * Rows are resampled along x four at a time into a batch, whose layout is the
 * kernel's own: four rows of MM_RESIZE_STRIDE bytes, or with quads the four
 * bytes of a pixel's channel side by side, [n,3,4].
 */
#ifndef MM_DATA_RESIZE_KERNEL_H
#define MM_DATA_RESIZE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "data/resize_axis.h"

#define MM_RESIZE_BATCH 4  /* rows */
#define MM_RESIZE_SLACK 64 /* bytes that may be touched after a row */
#define MM_RESIZE_STRIDE(n) (3 * (n) + MM_RESIZE_SLACK)
#define MM_RESIZE_BATCH_BYTES(n) ((4 * MM_RESIZE_STRIDE(n) + 63) / 64 * 64)

struct mm_resize_kernel {
    enum mm_resize_form x_form, y_form;

    /*
     * Four rows along x into batch.  blocks is [(in + 3) / 4 + groups,64] of
     * working memory, zero at first.  Both begin at a multiple of 64 bytes.
     */
    void (*rows)(uint8_t *batch, const uint8_t *const src[MM_RESIZE_BATCH],
                 const struct mm_resize_axis *x, uint8_t *blocks);

    /*
     * Output row i of y, bytes bytes long, from its parts: with quads the
     * batches from span[i].start on, else the rows of its span.
     *
     * dst[b] = clip((2^21 + sum_j k[j] row[j][b]) >> 22)
     */
    void (*column)(uint8_t *dst, const uint8_t *const parts[],
                   const struct mm_resize_axis *y, size_t i, size_t bytes);
};

extern const struct mm_resize_kernel mm_resize_kernel_plain;
#ifdef __x86_64__
extern const struct mm_resize_kernel mm_resize_kernel_avx2;
extern const struct mm_resize_kernel mm_resize_kernel_avx512;
extern const struct mm_resize_kernel mm_resize_kernel_vnni; /* AVX-512 and it */
#endif

/* The one for this machine's level. */
const struct mm_resize_kernel *mm_resize_kernel(void);

#endif
