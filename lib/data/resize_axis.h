/*
 * resize_axis.h - tables of weights for one axis of a resize, see resize.h
 *
 * An axis keeps its tables from picture to picture and makes them again only
 * when a size or the kernel changes.
 */
#ifndef MM_DATA_RESIZE_AXIS_H
#define MM_DATA_RESIZE_AXIS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/image.h"

#define MM_RESIZE_BITS 22 /* of fraction in a weight */
#define MM_RESIZE_LOW 11  /* of them in the low part of a weight in two */

/*
 * The forms that kernels want weights in, beside plain ones.  In two parts of
 * 16 bits, k = 2^11 hi + lo with 0 <= lo < 2^11, for instructions that
 * multiply and add pairs; in three of 8 bits, k = 2^16 a + 2^8 b + c with b
 * and c from -128 to 127, for those that multiply and add four.
 */
enum mm_resize_form { MM_RESIZE_GROUPS, /* two parts, for pixels in a row */
                      MM_RESIZE_PAIRS,  /* two parts, for rows */
                      MM_RESIZE_QUADS };

/* Which inputs make an output: count of them from first on. */
struct mm_resize_span {
    uint32_t first, count;
    uint32_t start; /* groups: first, moved left so that all of them fit;
                       quads: first / 4 */
};

/* Outputs [begin, begin + n) of out, made of in. */
struct mm_resize_axis {
    enum mm_filter filter;
    enum mm_resize_form form;
    size_t in, out, begin, n;
    size_t taps;                 /* the most inputs that one output has */
    size_t groups;               /* of four taps, the most of an output; of
                                    MM_RESIZE_GROUPS 0: they do not fit */
    struct mm_resize_span *span; /* [n] */
    int32_t *k;                  /* [n,taps] weights */
    double *w;                   /* [taps] while they are computed */
    int16_t *packed;             /* [n,groups,2,2,4,2]: high and low part, pair
                                    of taps, copy for each channel, tap */
    int32_t *pairs;              /* [n,(taps + 1)/2,2]: high and low parts of
                                    two taps */
    int32_t *quads;              /* [n,groups,3]: parts of four taps */
    size_t span_cap, k_cap, w_cap, packed_cap, pairs_cap, quads_cap;
};

/* Make a's tables those of want's filter, form, in, out, begin and n. */
int mm_resize_axis_set(struct mm_resize_axis *a,
                       const struct mm_resize_axis *want, struct mm_err *err);

void mm_resize_axis_release(struct mm_resize_axis *a);

#endif
