/*
 * image_fit.c - squash, crop, pad
 *
 * A sink of rows for the decoder.  It lays them out four by four, as the
 * resizer takes them; two such batches, since padding above the picture
 * shifts the decoder's fours against them.
 */
#include "data/image_fit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/exif.h"
#include "data/resize_kernel.h"

#define ROWS ((size_t)2 * MM_RESIZE_BATCH)

void mm_fitter_release(struct mm_fitter *f)
{
    mm_resizer_release(&f->resizer);
    mm_image_release(&f->whole);
    free(f->rows);
    memset(f, 0, sizeof *f);
}

/* ---- where the picture goes ---- */

static uint8_t *result_row(void *ctx, size_t i)
{
    const struct mm_image *dst = ctx;

    return dst->rgb + 3 * dst->width * i;
}

/*
 * crop: resize the shortest edge to size, the other to a whole number of
 * pixels rounded down, and take the middle, half a pixel up and left when it
 * does not divide: Hugging Face's CLIP.  Only the middle is computed.
 */
static void set_job(const struct mm_fitter *f, struct mm_resize_job *job)
{
    size_t size = f->pre->size;

    *job = (struct mm_resize_job){ .in_width = f->width,
                                   .in_height = f->height,
                                   .width = size,
                                   .height = size,
                                   .window = { 0, 0, size, size },
                                   .filter = f->pre->filter,
                                   .row = result_row,
                                   .ctx = f->dst };
    if (f->pre->fit != MM_FIT_CROP)
        return;
    if (f->width > f->height)
        job->width = size * f->width / f->height;
    else
        job->height = size * f->height / f->width;
    job->window.x = (job->width - size) / 2;
    job->window.y = (job->height - size) / 2;
}

static int set_place(struct mm_fitter *f, size_t width, size_t height,
                     struct mm_err *err)
{
    size_t side = width > height ? width : height;

    f->own = (struct mm_window){ 0, 0, width, height };
    f->width = width;
    f->height = height;
    if (f->pre->fit != MM_FIT_PAD)
        return 0;
    if (mm_image_admit(f->pre, side, side, MM_IMAGE_MAX_PIXELS, err) != 0)
        return mm_fail_in(err, "after padding");
    f->own.x = (side - width) / 2;
    f->own.y = (side - height) / 2;
    f->width = f->height = side;
    return 0;
}

/* ---- rows ---- */

static uint8_t *row_of(const struct mm_fitter *f, size_t y)
{
    return f->rows + y % ROWS * f->stride;
}

/* The mean colour as bytes: int(255 mean), rounded down */
static void fill_row(const struct mm_fitter *f, uint8_t *row)
{
    for (size_t i = 0; i < f->width; i++, row += 3)
        for (size_t c = 0; c < 3; c++)
            row[c] = (uint8_t)(f->pre->mean[c] * 255);
}

/* Pass on the whole batches before row y; behind the last row it repeats. */
static void feed(struct mm_fitter *f, size_t y)
{
    while (f->fed + MM_RESIZE_BATCH <= y ||
           (y == f->height && f->fed < f->height)) {
        const uint8_t *rows[MM_RESIZE_BATCH];

        for (size_t i = 0; i < MM_RESIZE_BATCH; i++)
            rows[i] = row_of(f, f->fed + i < y ? f->fed + i : y - 1);
        mm_resize_rows(&f->resizer, rows);
        f->fed += MM_RESIZE_BATCH;
    }
}

static void pad_rows(struct mm_fitter *f, size_t first, size_t end)
{
    for (size_t y = first; y < end; y++) {
        fill_row(f, row_of(f, y));
        feed(f, y + 1);
    }
}

/* ---- the sink ---- */

static int begin(void *ctx, size_t width, size_t height, struct mm_err *err)
{
    struct mm_fitter *f = ctx;
    struct mm_resize_job job;

    if (set_place(f, width, height, err) != 0)
        return -1;
    set_job(f, &job);
    f->fed = 0;
    f->stride = MM_RESIZE_STRIDE(f->width);
    if (mm_image_room(f->dst, f->pre->size, f->pre->size, err) != 0 ||
        mm_resize_begin(&f->resizer, &job, err) != 0 ||
        mm_grow(&f->rows, &f->rows_cap, ROWS * f->stride, 1, err) != 0)
        return -1;
    memset(f->rows, 0, ROWS * f->stride);
    for (size_t y = 0; y < ROWS && f->own.width < f->width; y++)
        fill_row(f, row_of(f, y));
    pad_rows(f, 0, f->own.y);
    return 0;
}

static uint8_t *room(void *ctx, size_t y)
{
    const struct mm_fitter *f = ctx;

    return row_of(f, f->own.y + y) + 3 * f->own.x;
}

static void ready(void *ctx, size_t y)
{
    struct mm_fitter *f = ctx;

    feed(f, f->own.y + y);
    if (y == f->own.height)
        pad_rows(f, f->own.y + y, f->height);
}

int mm_fitter_run(struct mm_fitter *f, struct mm_image *dst,
                  const struct mm_image *im, const struct mm_preprocess *pre,
                  struct mm_err *err)
{
    f->pre = pre;
    f->dst = dst;
    if (begin(f, im->width, im->height, err) != 0)
        return -1;
    for (size_t y = 0; y < im->height; y++) {
        memcpy(room(f, y), im->rgb + 3 * im->width * y, 3 * im->width);
        ready(f, y + 1);
    }
    return 0;
}

int mm_fitter_decode(struct mm_fitter *f, struct mm_image *dst, const void *p,
                     size_t n, const struct mm_preprocess *pre,
                     struct mm_err *err)
{
    const struct mm_row_sink sink = { begin, room, ready, f };

    if (mm_exif_orientation(p, n) != 1) {
        if (mm_image_decode(&f->whole, p, n, pre, err) != 0)
            return -1;
        return mm_fitter_run(f, dst, &f->whole, pre, err);
    }
    f->pre = pre;
    f->dst = dst;
    return mm_image_decode_rows(&sink, p, n, pre, err);
}
