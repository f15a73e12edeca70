/*
 * png.c - PNG to RGB and back
 *
 * Only the row interface of libpng is used: most of its flaws were found in
 * the simplified one.  Of the ancillary chunks libpng sees tRNS alone; colour
 * profiles, texts and gamma are skipped, so that their sizes do not matter.
 * Errors come by longjmp(), caught here.
 */
#include "data/png.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/mem.h"

struct reader {
    png_structp png;
    png_infop info;
    const uint8_t *p, *end;
    const struct mm_row_sink *sink;
    enum mm_alpha alpha;
    size_t width, height, channels;
    uint8_t *pixels; /* [1 or height,width,channels], not of all pictures */
    struct mm_err *err;
};

static const uint8_t magic[8] = { 137, 'P', 'N', 'G', 13, 10, 26, 10 };

int mm_png_is(const void *p, size_t n)
{
    return n >= sizeof magic && memcmp(p, magic, sizeof magic) == 0;
}

/* ---- callbacks ---- */

static void on_error(png_structp png, png_const_charp message)
{
    struct mm_err **err = png_get_error_ptr(png);

    if (message != NULL)
        mm_fail(*err, MM_EDATA, "PNG: %s", message);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep to, size_t n)
{
    struct reader *r = png_get_io_ptr(png);

    if ((size_t)(r->end - r->p) < n)
        png_error(png, "cut short");
    memcpy(to, r->p, n);
    r->p += n;
}

/* ---- reading ---- */

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

/* The size stands at a fixed place, so it is checked before libpng begins. */
static int check_size(const uint8_t *p, size_t n,
                      const struct mm_preprocess *pre, struct mm_err *err)
{
    if (n < 33 || memcmp(p + 12, "IHDR", 4) != 0)
        return mm_fail(err, MM_EDATA, "PNG: no header");
    return mm_image_admit(pre, big_endian(p + 16), big_endian(p + 20), n, err);
}

static void set_limits(png_structp png)
{
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_chunk_malloc_max(png, 1 << 20);
    png_set_chunk_cache_max(png, 16);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
}

/* Every kind of PNG to 8-bit RGB or RGBA */
static void set_conversions(struct reader *r)
{
    png_set_expand(r->png); /* palette, few bits, transparent colour */
    png_set_strip_16(r->png);
    png_set_gray_to_rgb(r->png);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    r->channels = png_get_channels(r->png, r->info);
}

/* Four channels to three, over white: as Pillow's paste() */
static void compose(uint8_t *rgb, const uint8_t *rgba, size_t n)
{
    for (size_t i = 0; i < n; i++, rgb += 3, rgba += 4) {
        unsigned a = rgba[3];

        for (int c = 0; c < 3; c++) {
            unsigned v = rgba[c] * a + 255 * (255 - a) + 128;

            rgb[c] = (uint8_t)(((v >> 8) + v) >> 8);
        }
    }
}

static void drop_alpha(uint8_t *rgb, const uint8_t *rgba, size_t n)
{
    for (size_t i = 0; i < n; i++, rgb += 3, rgba += 4)
        for (int c = 0; c < 3; c++)
            rgb[c] = rgba[c];
}

/* Row y, at p, to the sink */
static void convert_row(struct reader *r, size_t y, const uint8_t *p)
{
    uint8_t *to = r->sink->room(r->sink->ctx, y);

    if (r->channels == 3)
        memcpy(to, p, 3 * r->width);
    else if (r->alpha == MM_ALPHA_DROP)
        drop_alpha(to, p, r->width);
    else
        compose(to, p, r->width);
    r->sink->ready(r->sink->ctx, y + 1);
}

/* Room for rows at r->pixels; fails as libpng does, by its longjmp(). */
static void make_room(struct reader *r, size_t rows)
{
    r->pixels = mm_alloc(rows, r->width * r->channels, r->err);
    if (r->pixels == NULL)
        png_error(r->png, NULL);
}

static void read_interlaced(struct reader *r)
{
    size_t row = r->width * r->channels;

    make_room(r, r->height);
    for (int pass = 0; pass < 7; pass++)
        for (size_t y = 0; y < r->height; y++)
            png_read_row(r->png, r->pixels + y * row, NULL);
    for (size_t y = 0; y < r->height; y++)
        convert_row(r, y, r->pixels + y * row);
}

/* Three channels are made where the sink wants them. */
static void read_rgb(struct reader *r)
{
    for (size_t y = 0; y < r->height; y++) {
        png_read_row(r->png, r->sink->room(r->sink->ctx, y), NULL);
        r->sink->ready(r->sink->ctx, y + 1);
    }
}

static void read_rgba(struct reader *r)
{
    make_room(r, 1);
    for (size_t y = 0; y < r->height; y++) {
        png_read_row(r->png, r->pixels, NULL);
        convert_row(r, y, r->pixels);
    }
}

static int read_pixels(struct reader *r)
{
    if (setjmp(png_jmpbuf(r->png)) != 0)
        return -1;
    set_limits(r->png);
    png_set_read_fn(r->png, r, on_read);
    png_read_info(r->png, r->info);
    r->width = png_get_image_width(r->png, r->info);
    r->height = png_get_image_height(r->png, r->info);
    set_conversions(r);
    if (r->sink->begin(r->sink->ctx, r->width, r->height, r->err) != 0)
        return -1;
    if (png_get_interlace_type(r->png, r->info) != PNG_INTERLACE_NONE)
        read_interlaced(r);
    else
        (r->channels == 3 ? read_rgb : read_rgba)(r);
    return 0;
}

int mm_png_decode(const struct mm_row_sink *sink, const void *p, size_t n,
                  const struct mm_preprocess *pre, struct mm_err *err)
{
    struct reader r = { .p = p,
                        .end = (const uint8_t *)p + n,
                        .sink = sink,
                        .alpha = pre->alpha,
                        .err = err };
    int result = -1;

    if (check_size(p, n, pre, err) != 0)
        return -1;
    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r.err, on_error,
                                   on_warning);
    if (r.png != NULL)
        r.info = png_create_info_struct(r.png);
    if (r.info != NULL)
        result = read_pixels(&r);
    else
        mm_fail(err, MM_ESYS, "out of memory in a PNG");
    png_destroy_read_struct(&r.png, &r.info, NULL);
    free(r.pixels);
    return result;
}

/* ---- writing ---- */

struct writer {
    png_structp png;
    png_infop info;
    struct mm_buf *out;
    struct mm_err *err;
};

static void on_write(png_structp png, png_bytep p, size_t n)
{
    mm_buf_add(png_get_io_ptr(png), p, n);
}

static void on_flush(png_structp png)
{
    (void)png;
}

static int write_pixels(struct writer *w, const struct mm_image *im)
{
    if (setjmp(png_jmpbuf(w->png)) != 0)
        return -1;
    png_set_write_fn(w->png, w->out, on_write, on_flush);
    png_set_IHDR(w->png, w->info, (png_uint_32)im->width,
                 (png_uint_32)im->height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(w->png, w->info);
    for (size_t y = 0; y < im->height; y++)
        png_write_row(w->png, im->rgb + 3 * y * im->width);
    png_write_end(w->png, w->info);
    return 0;
}

int mm_png_encode(struct mm_buf *out, const struct mm_image *im,
                  struct mm_err *err)
{
    struct writer w = { .out = out, .err = err };
    int result = -1;

    w.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &w.err, on_error,
                                    on_warning);
    if (w.png != NULL)
        w.info = png_create_info_struct(w.png);
    if (w.info != NULL)
        result = write_pixels(&w, im);
    else
        mm_fail(err, MM_ESYS, "out of memory writing a PNG");
    png_destroy_write_struct(&w.png, &w.info);
    return result != 0 ? -1 : mm_buf_check(out, err);
}
