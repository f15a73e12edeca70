/*
 * image_fit.h - many pictures into the encoder's square
 */
#ifndef MM_DATA_IMAGE_FIT_H
#define MM_DATA_IMAGE_FIT_H

#include "base/err.h"
#include "data/image.h"
#include "data/resize.h"

/* Tables and memory for the next picture; all zero is empty. */
struct mm_fitter {
    struct mm_resizer resizer;
    struct mm_image square; /* the picture on the mean colour */
};

void mm_fitter_release(struct mm_fitter *f);

/* As mm_image_fit() */
int mm_fitter_run(struct mm_fitter *f, struct mm_image *dst,
                  const struct mm_image *im, const struct mm_preprocess *pre,
                  struct mm_err *err);

#endif
