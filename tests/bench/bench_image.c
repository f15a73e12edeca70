/*
 * bench_image.c - pictures a second: decoding, and decoding with resizing
 *
 * A made photograph of 640 x 480, about 60 KB as JPEG of quality 90, to 336 x
 * 336.  Rounds of both kinds alternate, so that a busy machine hits both; the
 * median of their ratios is the figure to watch.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "base/rng.h"
#include "data/image.h"
#include "data/image_fit.h"
#include "data/png.h"
#include "timing.h"

#define WIDTH 640
#define HEIGHT 480
#define ROUNDS 15
#define PER_ROUND 40

static void make_photo(struct mm_image *im)
{
    struct mm_err err;

    if (mm_image_room(im, WIDTH, HEIGHT, &err) != 0)
        exit(1);
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++) {
        double x = (double)(i % WIDTH), y = (double)(i / WIDTH);
        double shade = 120 + 70 * sin(x / 31 + y / 53) +
                       30 * sin(x * y / 900) +
                       2.2 * mm_rng_normal(1, 2, i);

        for (int c = 0; c < 3; c++) {
            double v = shade * (1 - 0.15 * c) + 20 * cos(y / 40 + c);

            im->rgb[3 * i + (size_t)c] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255
                                                                       : v);
        }
    }
}

static unsigned long to_jpeg(unsigned char **file, const struct mm_image *im)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr error;
    unsigned long n = 0;

    c.err = jpeg_std_error(&error);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, file, &n);
    c.image_width = WIDTH;
    c.image_height = HEIGHT;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 90, TRUE);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < HEIGHT) {
        JSAMPROW row = im->rgb + 3 * WIDTH * c.next_scanline;

        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return n;
}

struct work {
    const void *file;
    size_t n;
    struct mm_preprocess pre;
    struct mm_image whole, fitted;
    struct mm_fitter fitter;
};

static int decode(struct work *w)
{
    struct mm_err err;

    return mm_image_decode(&w->whole, w->file, w->n, &w->pre, &err);
}

static int resize(struct work *w)
{
    struct mm_err err;

    return mm_fitter_run(&w->fitter, &w->fitted, &w->whole, &w->pre, &err);
}

static int decode_resize(struct work *w)
{
    struct mm_err err;

    return mm_fitter_decode(&w->fitter, &w->fitted, w->file, w->n, &w->pre,
                            &err);
}

/* Seconds for a round of it */
static double round_of(int (*f)(struct work *), struct work *w)
{
    double begin = cpu_seconds();

    for (int i = 0; i < PER_ROUND; i++)
        if (f(w) != 0)
            exit(1);
    return cpu_seconds() - begin;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v)
{
    qsort(v, ROUNDS, sizeof *v, by_size);
    return v[ROUNDS / 2];
}

static void measure(const char *kind, struct work *w)
{
    double alone[ROUNDS], both[ROUNDS], ratio[ROUNDS], other[ROUNDS];

    round_of(decode_resize, w);
    for (int i = 0; i < ROUNDS; i++) {
        alone[i] = round_of(decode, w);
        both[i] = round_of(decode_resize, w);
        other[i] = round_of(resize, w);
        ratio[i] = alone[i] / both[i];
    }
    printf("{\"bench\":\"image\",\"format\":\"%s\",\"bytes\":%zu,"
           "\"decode_per_s\":%.0f,\"decode_resize_per_s\":%.0f,"
           "\"resize_per_s\":%.0f,\"ratio\":%.3f}\n",
           kind, w->n, PER_ROUND / median(alone), PER_ROUND / median(both),
           PER_ROUND / median(other), median(ratio));
}

int main(void)
{
    struct mm_image photo = { 0 };
    struct mm_buf png = { 0 };
    struct mm_err err;
    unsigned char *jpeg = NULL;
    struct work w = { 0 };

    make_photo(&photo);
    mm_preprocess_default(&w.pre);
    w.pre.size = 336;
    w.n = to_jpeg(&jpeg, &photo);
    w.file = jpeg;
    measure("jpeg", &w);
    if (mm_png_encode(&png, &photo, &err) != 0)
        return 1;
    w.file = png.data;
    w.n = png.len;
    measure("png", &w);
    free(jpeg);
    mm_buf_release(&png);
    mm_image_release(&photo);
    mm_image_release(&w.whole);
    mm_image_release(&w.fitted);
    mm_fitter_release(&w.fitter);
    return 0;
}
