/*
 * jpeg.c - JPEG to RGB, as Pillow decodes it
 *
 * libjpeg reports errors by a function that must not return, so this file has
 * the one setjmp() for it; what is to be freed lives in struct decoder, not in
 * locals.  Its own memory source gives the fake end-of-image mark to a file
 * that was cut; ours makes that an error.
 */
#include "data/jpeg.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs it */

#include <jerror.h>
#include <jpeglib.h>

/*
 * A progressive file can ask for the work of its whole size again with every
 * scan of a few bytes.  Real ones have up to about twenty scans.
 */
#define MAX_SCANS 100
#define MAX_SCANNED ((size_t)1 << 29) /* pixels times scans */
#define MIN_SCANS 24

/* libjpeg's own memory: coefficients of all scans, at most 8 bytes a pixel */
#define BASE_MEMORY ((size_t)32 << 20)
#define PIXEL_MEMORY 8

struct decoder {
    struct jpeg_decompress_struct c;
    struct jpeg_error_mgr error;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    int max_scans;
    jmp_buf jump;
    struct mm_err *err;
};

int mm_jpeg_is(const void *p, size_t n)
{
    const uint8_t *b = p;

    return n >= 3 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff;
}

/* ---- callbacks ---- */

static struct decoder *decoder_of(j_common_ptr c)
{
    return c->client_data;
}

static void on_error(j_common_ptr c)
{
    struct decoder *d = decoder_of(c);
    char message[JMSG_LENGTH_MAX];

    if (c->err->msg_code == JERR_INPUT_EOF) {
        mm_fail(d->err, MM_EDATA, "the JPEG was cut short");
    } else if (c->err->msg_code == JERR_OUT_OF_MEMORY) {
        mm_fail(d->err, MM_ESYS, "out of memory in a JPEG");
    } else {
        c->err->format_message(c, message);
        mm_fail(d->err, MM_EDATA, "JPEG: %s", message);
    }
    longjmp(d->jump, 1);
}

/* Warnings about damage: the picture is taken as it came out, as Pillow does */
static void on_message(j_common_ptr c)
{
    (void)c;
}

static void on_progress(j_common_ptr c)
{
    struct decoder *d = decoder_of(c);

    if (d->c.input_scan_number > d->max_scans) {
        mm_fail(d->err, MM_EDATA, "the JPEG has more than %d scans",
                d->max_scans);
        longjmp(d->jump, 1);
    }
}

static void source_begin(j_decompress_ptr c)
{
    (void)c;
}

static boolean source_fill(j_decompress_ptr c)
{
    ERREXIT(c, JERR_INPUT_EOF);
    return FALSE;
}

static void source_skip(j_decompress_ptr c, long n)
{
    if (n <= 0)
        return;
    if ((size_t)n > c->src->bytes_in_buffer)
        ERREXIT(c, JERR_INPUT_EOF);
    c->src->next_input_byte += n;
    c->src->bytes_in_buffer -= (size_t)n;
}

static void source_end(j_decompress_ptr c)
{
    (void)c;
}

/* ---- decoding; all of it runs under setjmp() ---- */

static void begin(struct decoder *d, const void *p, size_t n)
{
    d->c.client_data = d;
    jpeg_create_decompress(&d->c);
    d->progress.progress_monitor = on_progress;
    d->c.progress = &d->progress;
    d->source.init_source = source_begin;
    d->source.fill_input_buffer = source_fill;
    d->source.skip_input_data = source_skip;
    d->source.resync_to_restart = jpeg_resync_to_restart;
    d->source.term_source = source_end;
    d->source.next_input_byte = p;
    d->source.bytes_in_buffer = n;
    d->c.src = &d->source;
}

static void set_limits(struct decoder *d, size_t pixels)
{
    size_t scans = MAX_SCANNED / pixels;

    if (scans > MAX_SCANS)
        scans = MAX_SCANS;
    if (scans < MIN_SCANS)
        scans = MIN_SCANS;
    d->max_scans = (int)scans;
    d->c.mem->max_memory_to_use = (long)(BASE_MEMORY + PIXEL_MEMORY * pixels);
}

/* Header and settings; checks sizes before anything is allocated for them. */
static int prepare(struct decoder *d, size_t n, const struct mm_preprocess *pre)
{
    struct jpeg_decompress_struct *c = &d->c;

    d->max_scans = MAX_SCANS;
    jpeg_read_header(c, TRUE);
    if (mm_image_admit(pre, c->image_width, c->image_height, n, d->err) != 0)
        return -1;
    if (c->num_components == 2 || c->num_components > 4)
        return mm_fail(d->err, MM_EDATA,
                       "a JPEG of %d components is no picture",
                       c->num_components);
    set_limits(d, (size_t)c->image_width * c->image_height);
    c->out_color_space = c->num_components == 4 ? JCS_CMYK : JCS_RGB;
    c->dct_method = JDCT_ISLOW;
    c->do_fancy_upsampling = TRUE;
    return 0;
}

static unsigned over_255(unsigned product)
{
    product += 128;
    return ((product >> 8) + product) >> 8;
}

/*
 * Ink to light by the simple formula that Pillow uses, no colour profile.  Ink
 * in a JPEG is stored inverted: that is Adobe's way, and nobody else writes it.
 */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, size_t n)
{
    for (size_t i = 0; i < n; i++, rgb += 3, cmyk += 4) {
        unsigned light = cmyk[3];

        for (int c = 0; c < 3; c++)
            rgb[c] = (uint8_t)(light - over_255((255u - cmyk[c]) * light));
    }
}

static void read_rgb(struct decoder *d, const struct mm_row_sink *sink)
{
    JSAMPROW rows[MM_ROWS_AHEAD];

    while (d->c.output_scanline < d->c.output_height) {
        size_t y = d->c.output_scanline, n = d->c.output_height - y;

        if (n > MM_ROWS_AHEAD)
            n = MM_ROWS_AHEAD;
        for (size_t i = 0; i < n; i++)
            rows[i] = sink->room(sink->ctx, y + i);
        jpeg_read_scanlines(&d->c, rows, (JDIMENSION)n);
        sink->ready(sink->ctx, d->c.output_scanline);
    }
}

static void read_cmyk(struct decoder *d, const struct mm_row_sink *sink)
{
    size_t width = d->c.output_width;
    JSAMPARRAY row = d->c.mem->alloc_sarray((j_common_ptr)&d->c, JPOOL_IMAGE,
                                            (JDIMENSION)(4 * width), 1);

    while (d->c.output_scanline < d->c.output_height) {
        uint8_t *to = sink->room(sink->ctx, d->c.output_scanline);

        jpeg_read_scanlines(&d->c, row, 1);
        cmyk_to_rgb(to, row[0], width);
        sink->ready(sink->ctx, d->c.output_scanline);
    }
}

static int decode(struct decoder *d, const struct mm_row_sink *sink,
                  const void *p, size_t n, const struct mm_preprocess *pre)
{
    if (setjmp(d->jump) != 0)
        return -1;
    begin(d, p, n);
    if (prepare(d, n, pre) != 0)
        return -1;
    jpeg_start_decompress(&d->c);
    if (sink->begin(sink->ctx, d->c.output_width, d->c.output_height,
                    d->err) != 0)
        return -1;
    if (d->c.out_color_space == JCS_CMYK)
        read_cmyk(d, sink);
    else
        read_rgb(d, sink);
    /* The pixels are complete; whether an end mark follows does not matter. */
    return 0;
}

int mm_jpeg_decode(const struct mm_row_sink *sink, const void *p, size_t n,
                   const struct mm_preprocess *pre, struct mm_err *err)
{
    struct decoder d = { .err = err };
    int result;

    d.c.err = jpeg_std_error(&d.error);
    d.error.error_exit = on_error;
    d.error.output_message = on_message;
    result = decode(&d, sink, p, n, pre);
    jpeg_destroy_decompress(&d.c);
    return result;
}
