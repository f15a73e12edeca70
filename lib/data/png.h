/*
 * png.h - the only caller of libpng
 */
#ifndef MM_DATA_PNG_H
#define MM_DATA_PNG_H

#include "base/err.h"
#include "data/image.h"

int mm_png_is(const void *p, size_t n); /* by its first bytes */

/* As mm_image_decode_rows() */
int mm_png_decode(const struct mm_row_sink *sink, const void *p, size_t n,
                  const struct mm_preprocess *pre, struct mm_err *err);

/* Append im as a PNG file. */
int mm_png_encode(struct mm_buf *out, const struct mm_image *im,
                  struct mm_err *err);

#endif
