/*
 * exif.h - which way up a camera was held
 */
#ifndef MM_DATA_EXIF_H
#define MM_DATA_EXIF_H

#include <stddef.h>

#include "base/err.h"
#include "data/image.h"

/*
 * The orientation tag (274) of a JPEG or PNG file: 1 to 8; 1, upright, also
 * when there is none or it makes no sense.
 */
int mm_exif_orientation(const void *p, size_t n);

/*
 * Turn and flip im so that it is upright.  spare is memory for a picture of
 * the same size; the two are exchanged.
 */
int mm_exif_apply(struct mm_image *im, struct mm_image *spare,
                  int orientation, struct mm_err *err);

#endif
