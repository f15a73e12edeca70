/*
 * png_grey.h - a grey picture as PNG
 */
#ifndef MM_DATA_PNG_GREY_H
#define MM_DATA_PNG_GREY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Append grey[height,width], 8 bits, as a PNG file; sides from 1 to 32767. */
int mm_png_grey(struct mm_buf *out, const uint8_t *grey, size_t width,
                size_t height, struct mm_err *err);

#endif
