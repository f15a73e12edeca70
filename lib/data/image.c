/*
 * image.c - memory of pictures, what is let in, which decoder
 */
#include "data/image.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/exif.h"
#include "data/jpeg.h"
#include "data/png.h"

/*
 * A picture of few colours may be small, but beyond FREE_PIXELS a file must
 * bring a byte for every DENSE of them.  A baseline JPEG cannot have more than
 * 171 pixels in a byte; a bomb has thousands.
 */
#define FREE_PIXELS ((size_t)1 << 24)
#define DENSE 256

/* As JPEG's own limit; a row is then a small thing. */
#define MAX_SIDE 65535

void mm_image_release(struct mm_image *im)
{
    free(im->rgb);
    memset(im, 0, sizeof *im);
}

int mm_image_room(struct mm_image *im, size_t width, size_t height,
                  struct mm_err *err)
{
    size_t pixels, bytes;

    assert(width > 0 && height > 0);
    if (mm_size_mul(&pixels, width, height) != 0 ||
        mm_size_mul(&bytes, pixels, 3) != 0)
        return mm_fail(err, MM_EDATA, "a picture of %zu x %zu is too large",
                       width, height);
    if (bytes > im->cap) {
        mm_image_release(im); /* nothing in it is worth copying */
        im->rgb = mm_alloc(bytes, 1, err);
        if (im->rgb == NULL)
            return -1;
        im->cap = bytes;
    }
    im->width = width;
    im->height = height;
    return 0;
}

int mm_image_admit(const struct mm_preprocess *pre, size_t width,
                   size_t height, size_t n, struct mm_err *err)
{
    size_t pixels;

    if (width == 0 || height == 0)
        return mm_fail(err, MM_EDATA, "a picture of %zu x %zu has no pixels",
                       width, height);
    if (mm_size_mul(&pixels, width, height) != 0 || pixels > pre->max_pixels)
        return mm_fail(err, MM_EDATA,
                       "a picture of %zu x %zu is over the limit of %zu pixels",
                       width, height, pre->max_pixels);
    if (width > MAX_SIDE || height > MAX_SIDE)
        return mm_fail(err, MM_EDATA, "a picture of %zu x %zu is too long",
                       width, height);
    if (pixels > FREE_PIXELS && (pixels - FREE_PIXELS) / DENSE > n)
        return mm_fail(err, MM_EDATA,
                       "%zu bytes claim to be %zu x %zu pixels: a bomb", n,
                       width, height);
    return 0;
}

/* What it is instead, for the message */
static const char *foreign(const uint8_t *p, size_t n)
{
    static const struct {
        const char *begin, *name;
    } kinds[] = {
        { "GIF8", "GIF" },
        { "RIFF", "WebP or another RIFF file" },
        { "BM", "BMP" },
        { "II*", "TIFF" },
        { "MM", "TIFF" },
        { "<svg", "SVG" },
        { "<?xml", "XML" },
        { "<", "HTML or XML" },
        { "P6", "PPM" },
    };

    if (n == 0)
        return "empty";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen(kinds[i].begin);

        if (n >= length && memcmp(p, kinds[i].begin, length) == 0)
            return kinds[i].name;
    }
    return "something else";
}

int mm_image_decode_rows(const struct mm_row_sink *sink, const void *p,
                         size_t n, const struct mm_preprocess *pre,
                         struct mm_err *err)
{
    if (mm_jpeg_is(p, n))
        return mm_jpeg_decode(sink, p, n, pre, err);
    if (mm_png_is(p, n))
        return mm_png_decode(sink, p, n, pre, err);
    return mm_fail(err, MM_EDATA, "neither JPEG nor PNG but %s",
                   foreign(p, n));
}

/* ---- the whole picture as a sink ---- */

static int whole_begin(void *ctx, size_t width, size_t height,
                       struct mm_err *err)
{
    return mm_image_room(ctx, width, height, err);
}

static uint8_t *whole_room(void *ctx, size_t y)
{
    const struct mm_image *im = ctx;

    return im->rgb + 3 * im->width * y;
}

static void whole_ready(void *ctx, size_t y)
{
    (void)ctx;
    (void)y;
}

int mm_image_decode(struct mm_image *im, const void *p, size_t n,
                    const struct mm_preprocess *pre, struct mm_err *err)
{
    const struct mm_row_sink sink = { whole_begin, whole_room, whole_ready,
                                      im };
    struct mm_image spare = { 0 };
    int result = mm_image_decode_rows(&sink, p, n, pre, err);

    if (result == 0)
        result = mm_exif_apply(im, &spare, mm_exif_orientation(p, n), err);
    mm_image_release(&spare);
    return result;
}
