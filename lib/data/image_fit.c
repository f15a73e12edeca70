/*
 * image_fit.c - squash, crop, pad, and cut into tiles
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

static void grid_release(struct mm_fit_grid *g)
{
    mm_resizer_release(&g->resizer);
    free(g->line);
    free(g->rows);
}

void mm_fitter_release(struct mm_fitter *f)
{
    grid_release(&f->overview);
    grid_release(&f->tiles);
    mm_image_release(&f->whole);
    memset(f, 0, sizeof *f);
}

/* The mean colour as bytes: int(255 mean), rounded down */
static void fill_mean(uint8_t *p, size_t n, const float mean[3])
{
    for (size_t i = 0; i < n; i++, p += 3)
        for (size_t c = 0; c < 3; c++)
            p[c] = (uint8_t)(mean[c] * 255);
}

/* ---- where the picture goes: W x H are the pixels of the grid ---- */

/*
 * crop: resize it until it covers the grid, the longer side to a whole number
 * of pixels rounded down, and take the middle, half a pixel up and left when
 * it does not divide: Hugging Face's CLIP.  Only the middle is computed.
 */
static void set_crop(struct mm_resize_job *job, size_t W, size_t H)
{
    if (job->in_width * H > job->in_height * W)
        job->width = H * job->in_width / job->in_height;
    else
        job->height = W * job->in_height / job->in_width;
    job->window.x = (job->width - W) / 2;
    job->window.y = (job->height - H) / 2;
}

/* Its shape kept, rounded to whole pixels, in the middle of the grid */
static void set_kept(struct mm_fit_grid *g, struct mm_resize_job *job,
                     size_t W, size_t H)
{
    size_t w = job->in_width, h = job->in_height;

    if (w * H > h * W)
        job->height = (2 * h * W + w) / (2 * w);
    else
        job->width = (2 * w * H + h) / (2 * h);
    job->height += job->height == 0;
    job->width += job->width == 0;
    job->window = (struct mm_window){ 0, 0, job->width, job->height };
    g->x = (W - job->width) / 2;
    g->y = (H - job->height) / 2;
}

/* pad: the smallest shape like the grid's, of the mean colour, around it */
static int set_padding(struct mm_fit_grid *g, size_t W, size_t H,
                       struct mm_err *err)
{
    const struct mm_preprocess all = { .max_pixels = MM_IMAGE_MAX_PIXELS };
    size_t w = g->width, h = g->height;

    if (w * H > h * W)
        g->height = (w * H + W - 1) / W;
    else
        g->width = (h * W + H - 1) / H;
    g->own.x = (g->width - w) / 2;
    g->own.y = (g->height - h) / 2;
    if (mm_image_admit(&all, g->width, g->height, MM_IMAGE_MAX_PIXELS, err))
        return mm_fail_in(err, "after padding");
    return 0;
}

static uint8_t *canvas_row(void *ctx, size_t i)
{
    struct mm_fit_grid *g = ctx;

    return g->grid.cols > 1 ? g->line + 3 * g->x
                            : g->views + 3 * (g->side * (g->y + i) + g->x);
}

/* A row of the grid to the views that it crosses */
static void cut_row(void *ctx, size_t i)
{
    struct mm_fit_grid *g = ctx;
    size_t bytes = 3 * g->side, y = g->y + i;
    uint8_t *to = g->views + y / g->side * g->grid.cols * g->side * bytes +
                  y % g->side * bytes;

    for (size_t c = 0; c < g->grid.cols; c++)
        memcpy(to + c * g->side * bytes, g->line + c * bytes, bytes);
}

/* ---- rows ---- */

static uint8_t *row_of(const struct mm_fit_grid *g, size_t y)
{
    return g->rows + y % ROWS * g->stride;
}

static uint8_t *room_in(const struct mm_fit_grid *g, size_t y)
{
    return row_of(g, g->own.y + y) + 3 * g->own.x;
}

/* Pass on the whole batches before row y; after the last row it repeats. */
static void feed(struct mm_fit_grid *g, size_t y)
{
    while (g->fed + MM_RESIZE_BATCH <= y ||
           (y == g->height && g->fed < g->height)) {
        const uint8_t *rows[MM_RESIZE_BATCH];

        for (size_t i = 0; i < MM_RESIZE_BATCH; i++)
            rows[i] = row_of(g, g->fed + i < y ? g->fed + i : y - 1);
        mm_resize_rows(&g->resizer, rows);
        g->fed += MM_RESIZE_BATCH;
    }
}

static void pad_rows(struct mm_fit_grid *g, size_t first, size_t end,
                     const float mean[3])
{
    for (size_t y = first; y < end; y++) {
        fill_mean(row_of(g, y), g->width, mean);
        feed(g, y + 1);
    }
}

/* ---- a grid ---- */

static int make_room(struct mm_fit_grid *g, const struct mm_preprocess *pre,
                     struct mm_err *err)
{
    size_t W = g->grid.cols * g->side;

    g->stride = MM_RESIZE_STRIDE(g->width);
    if (mm_grow(&g->rows, &g->rows_cap, ROWS * g->stride, 1, err) != 0 ||
        mm_grow(&g->line, &g->line_cap, 3 * W, 1, err) != 0)
        return -1;
    memset(g->rows, 0, ROWS * g->stride);
    fill_mean(g->line, W, pre->mean);
    for (size_t y = 0; y < ROWS && g->own.width < g->width; y++)
        fill_mean(row_of(g, y), g->width, pre->mean);
    return 0;
}

/* keep: the shape of the picture, whatever the fit */
static int grid_begin(struct mm_fit_grid *g, const struct mm_preprocess *pre,
                      int keep, size_t width, size_t height,
                      struct mm_err *err)
{
    size_t W = g->grid.cols * g->side, H = g->grid.rows * g->side;
    struct mm_resize_job job = { .width = W,
                                 .height = H,
                                 .window = { 0, 0, W, H },
                                 .filter = pre->filter,
                                 .row = canvas_row,
                                 .done = g->grid.cols > 1 ? cut_row : NULL,
                                 .ctx = g };

    g->own = (struct mm_window){ 0, 0, width, height };
    g->width = width;
    g->height = height;
    g->x = g->y = g->fed = 0;
    if (!keep && pre->fit == MM_FIT_PAD && set_padding(g, W, H, err) != 0)
        return -1;
    job.in_width = g->width;
    job.in_height = g->height;
    if (keep)
        set_kept(g, &job, W, H);
    else if (pre->fit == MM_FIT_CROP)
        set_crop(&job, W, H);
    if (mm_resize_begin(&g->resizer, &job, err) != 0 ||
        make_room(g, pre, err) != 0)
        return -1;
    pad_rows(g, 0, g->own.y, pre->mean);
    return 0;
}

/* ---- the sink ---- */

/* Both grids get their places among the views of the picture. */
static int place_views(struct mm_fitter *f, struct mm_grid grid,
                       struct mm_err *err)
{
    const struct mm_tiling *t = &f->pre->tiling;
    size_t side = f->pre->size, n = mm_tiling_views(t, grid);
    size_t overview = mm_tiling_overview(t, n);

    if (mm_image_room(f->dst, side, side * n, err) != 0)
        return -1;
    f->overview.grid = (struct mm_grid){ 1, 1 };
    f->overview.side = f->tiles.side = side;
    f->overview.views = f->dst->rgb + 3 * side * side * overview;
    f->tiles.grid = grid;
    f->tiles.views = f->dst->rgb + 3 * side * side * (overview == 0);
    f->first = overview < n ? &f->overview : &f->tiles;
    f->second = f->first == &f->overview && n > 1 ? &f->tiles : NULL;
    return 0;
}

static int begin(void *ctx, size_t width, size_t height, struct mm_err *err)
{
    struct mm_fitter *f = ctx;
    const struct mm_tiling *t = &f->pre->tiling;
    struct mm_grid grid = mm_tiling_grid(t, f->pre->size, width, height);
    int keep = t->max > 0;

    f->height = height;
    f->copied = 0;
    if (place_views(f, grid, err) != 0)
        return -1;
    if (keep)
        fill_mean(f->dst->rgb, f->dst->width * f->dst->height, f->pre->mean);
    if (f->second != NULL &&
        grid_begin(f->second, f->pre, keep, width, height, err) != 0)
        return -1;
    return grid_begin(f->first, f->pre, keep && f->first == &f->tiles, width,
                      height, err);
}

static uint8_t *room(void *ctx, size_t y)
{
    const struct mm_fitter *f = ctx;

    return room_in(f->first, y);
}

static void grid_ready(struct mm_fit_grid *g, const struct mm_fitter *f,
                       size_t y)
{
    feed(g, g->own.y + y);
    if (y == f->height)
        pad_rows(g, g->own.y + y, g->height, f->pre->mean);
}

static void ready(void *ctx, size_t y)
{
    struct mm_fitter *f = ctx;

    for (; f->second != NULL && f->copied < y; f->copied++)
        memcpy(room_in(f->second, f->copied), room_in(f->first, f->copied),
               3 * f->first->own.width);
    if (f->second != NULL)
        grid_ready(f->second, f, y);
    grid_ready(f->first, f, y);
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
