/*
 * png_grey.c - a grey picture as PNG
 */
#include "data/png_grey.h"

#include <assert.h>
#include <png.h>
#include <string.h>

int mm_png_grey(struct mm_buf *out, const uint8_t *grey, size_t width,
                size_t height, struct mm_err *err)
{
    png_image image;
    png_alloc_size_t bytes;
    void *room;

    assert(width > 0 && width < 32768 && height > 0 && height < 32768);
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = (png_uint_32)width;
    image.height = (png_uint_32)height;
    image.format = PNG_FORMAT_GRAY;
    image.flags = PNG_IMAGE_FLAG_FAST; /* one filter: few rows gain by more */
    bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
    room = mm_buf_extend(out, bytes);
    if (!room)
        return mm_buf_check(out, err);
    if (!png_image_write_to_memory(&image, room, &bytes, 0, grey,
                                   (png_int_32)width, NULL))
        return mm_fail(err, MM_ESYS, "cannot make a PNG: %s", image.message);
    out->len -= PNG_IMAGE_PNG_SIZE_MAX(image) - bytes;
    out->data[out->len] = 0;
    return 0;
}
