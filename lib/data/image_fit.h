/*
 * image_fit.h - many pictures into the encoder's square
 *
 * Rows go from the decoder straight into the resizer, so a picture is never in
 * memory as a whole, however large; unless EXIF says that it must be turned.
 */
#ifndef MM_DATA_IMAGE_FIT_H
#define MM_DATA_IMAGE_FIT_H

#include "base/err.h"
#include "data/image.h"
#include "data/resize.h"

/* Tables and memory for the next picture; all zero is empty. */
struct mm_fitter {
    struct mm_resizer resizer;
    const struct mm_preprocess *pre; /* of the picture being fitted */
    struct mm_image *dst;

    /* The rows of the picture, on the mean colour if it is padded */
    uint8_t *rows;                /* [8,stride] */
    size_t width, height;         /* with padding */
    struct mm_window own;         /* the picture in it */
    size_t stride, fed, rows_cap; /* fed: rows that the resizer got */
    struct mm_image whole;        /* a turned one */
};

void mm_fitter_release(struct mm_fitter *f);

/* Fit im into the square of pre->size; dst is another image. */
int mm_fitter_run(struct mm_fitter *f, struct mm_image *dst,
                  const struct mm_image *im, const struct mm_preprocess *pre,
                  struct mm_err *err);

/* As mm_image_decode() and then mm_fitter_run(), in one pass */
int mm_fitter_decode(struct mm_fitter *f, struct mm_image *dst, const void *p,
                     size_t n, const struct mm_preprocess *pre,
                     struct mm_err *err);

#endif
