/*
 * resize_kernel.h - the inner loops of resize.c, once per CPU level
 */
#ifndef MM_DATA_RESIZE_KERNEL_H
#define MM_DATA_RESIZE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "data/resize.h"

#define MM_RESIZE_BITS 22 /* of fraction in a weight */
#define MM_RESIZE_LOW 11  /* of them in the low part of a packed weight */

struct mm_resize_kernel {
    /*
     * Four rows along x.  dst[i] has room for 3 x->n bytes and one more,
     * src[i] may be read 4 bytes behind its last pixel.
     */
    void (*rows)(uint8_t *const dst[4], const uint8_t *const src[4],
                 const struct mm_resize_axis *x);

    /*
     * Output row i of y, bytes bytes long, from the rows of its span:
     * dst[b] = clip((2^21 + sum_j k[j] src[j][b]) >> 22)
     */
    void (*column)(uint8_t *dst, const uint8_t *const src[],
                   const struct mm_resize_axis *y, size_t i, size_t bytes);
};

extern const struct mm_resize_kernel mm_resize_kernel_plain;
#ifdef __x86_64__
extern const struct mm_resize_kernel mm_resize_kernel_avx2;
extern const struct mm_resize_kernel mm_resize_kernel_avx512;
#endif

/* The one for this machine's level. */
const struct mm_resize_kernel *mm_resize_kernel(void);

#endif
