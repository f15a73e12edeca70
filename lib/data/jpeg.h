/*
 * jpeg.h - the only caller of libjpeg
 */
#ifndef MM_DATA_JPEG_H
#define MM_DATA_JPEG_H

#include "base/err.h"
#include "data/image.h"

int mm_jpeg_is(const void *p, size_t n); /* by its first bytes */

/* As mm_image_decode_rows() */
int mm_jpeg_decode(const struct mm_row_sink *sink, const void *p, size_t n,
                   const struct mm_preprocess *pre, struct mm_err *err);

#endif
