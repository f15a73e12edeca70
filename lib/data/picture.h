/*
 * picture.h - what a picture is and how large
 *
 * For those who carry pictures around and do not decode them.
 */
#ifndef MM_DATA_PICTURE_H
#define MM_DATA_PICTURE_H

#include <stddef.h>

#include "base/err.h"

struct mm_picture {
    const char *ext; /* "jpg" or "png": the member's name after its number */
    size_t width, height;
};

/*
 * Sizes are those of the file, before EXIF turns it.  MM_EDATA when it is
 * neither JPEG nor PNG (a known other format is named), its header is cut, or a
 * PNG does not reach its end.  p is the whole file.
 */
int mm_picture_probe(struct mm_picture *pic, const void *p, size_t n,
                     struct mm_err *err);

#endif
