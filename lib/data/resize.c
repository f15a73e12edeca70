/*
 * resize.c - tables of weights, and a ring of rows between the two passes
 *
 * The picture is never resampled along x as a whole: rows are made when the
 * first output row needs them and live in a ring as long as the last one does,
 * so that they are still in the cache when they are summed along y.
 */
#include "data/resize.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/mem.h"
#include "data/resize_kernel.h"

#define BATCH 4  /* rows that the kernel takes at once */
#define SLACK 32 /* bytes that it may touch behind a row */

const struct mm_resize_kernel *mm_resize_kernel(void)
{
#ifdef __x86_64__
    if (mm_cpu_level() == MM_CPU_AVX512)
        return &mm_resize_kernel_avx512;
    if (mm_cpu_level() == MM_CPU_AVX2)
        return &mm_resize_kernel_avx2;
#endif
    return &mm_resize_kernel_plain;
}

/* ---- tables ---- */

/* Room at *p for a x b objects */
static int make_room(void *p, size_t *cap, size_t a, size_t b, size_t size,
                     struct mm_err *err)
{
    size_t n;

    if (mm_size_mul(&n, a, b) != 0)
        return mm_fail(err, MM_ESYS, "a resize to %zu is too large", a);
    return mm_grow(p, cap, n, size, err);
}

static double bicubic(double x)
{
    const double a = -0.5;

    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

static double triangle(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static double stretch(const struct mm_resize_axis *a)
{
    return a->in > a->out ? (double)a->in / (double)a->out : 1;
}

/* The centre of output i in inputs */
static double centre(const struct mm_resize_axis *a, size_t i)
{
    return ((double)(a->begin + i) + 0.5) *
           ((double)a->in / (double)a->out);
}

static void set_spans(struct mm_resize_axis *a)
{
    double support = (a->filter == MM_FILTER_BICUBIC ? 2 : 1) * stretch(a);

    a->taps = 0;
    for (size_t i = 0; i < a->n; i++) {
        double c = centre(a, i);
        double low = c - support + 0.5, high = c + support + 0.5;
        size_t end = high > (double)a->in ? a->in : (size_t)high;

        a->span[i].first = low < 0 ? 0 : (uint32_t)low;
        a->span[i].count = (uint32_t)end - a->span[i].first;
        if (a->span[i].count > a->taps)
            a->taps = a->span[i].count;
    }
}

/* Weights of output i, rounded as the reference does: halves away from 0 */
static void set_weights(struct mm_resize_axis *a, size_t i)
{
    const struct mm_resize_span *s = &a->span[i];
    double (*f)(double) = a->filter == MM_FILTER_BICUBIC ? bicubic : triangle;
    double c = centre(a, i), step = 1 / stretch(a), sum = 0;
    int32_t *k = a->k + i * a->taps;

    for (size_t j = 0; j < s->count; j++) {
        a->w[j] = f(((double)(s->first + j) - c + 0.5) * step);
        sum += a->w[j];
    }
    for (size_t j = 0; j < s->count; j++) {
        double v = (sum != 0 ? a->w[j] / sum : a->w[j]) *
                   (1 << MM_RESIZE_BITS);

        k[j] = (int32_t)(v < 0 ? v - 0.5 : v + 0.5);
    }
}

/* ---- the same weights as the vector kernels multiply them ---- */

static int16_t high_part(int32_t k)
{
    return (int16_t)(k >> MM_RESIZE_LOW);
}

static int16_t low_part(int32_t k)
{
    return (int16_t)(k & ((1 << MM_RESIZE_LOW) - 1));
}

static void pack_groups(struct mm_resize_axis *a, size_t i)
{
    struct mm_resize_span *s = &a->span[i];
    int16_t *p = a->packed + i * a->groups * 32;
    const int32_t *k = a->k + i * a->taps;
    size_t shift;

    s->start = s->first;
    if (s->start + 4 * a->groups > a->in)
        s->start = (uint32_t)(a->in - 4 * a->groups);
    shift = s->first - s->start;
    memset(p, 0, a->groups * 32 * sizeof *p);
    for (size_t j = 0; j < s->count; j++) {
        size_t t = shift + j;
        int16_t *q = p + t / 4 * 32 + t % 4 / 2 * 8 + t % 2;

        for (size_t copy = 0; copy < 4; copy++) {
            q[2 * copy] = high_part(k[j]);
            q[2 * copy + 16] = low_part(k[j]);
        }
    }
}

static int set_groups(struct mm_resize_axis *a, struct mm_err *err)
{
    a->groups = (a->taps + 3) / 4;
    if (4 * a->groups > a->in)
        a->groups = 0;
    if (make_room(&a->packed, &a->packed_cap, a->n, a->groups * 32,
                  sizeof *a->packed, err) != 0)
        return -1;
    for (size_t i = 0; i < a->n && a->groups != 0; i++)
        pack_groups(a, i);
    return 0;
}

static int32_t pair(int16_t first, int16_t second)
{
    return (int32_t)((uint32_t)(uint16_t)second << 16 | (uint16_t)first);
}

static int set_pairs(struct mm_resize_axis *a, struct mm_err *err)
{
    size_t row = (a->taps + 1) / 2;

    if (make_room(&a->pairs, &a->pairs_cap, a->n, row * 2, sizeof *a->pairs,
                  err) != 0)
        return -1;
    for (size_t i = 0; i < a->n; i++) {
        const int32_t *k = a->k + i * a->taps;
        int32_t *p = a->pairs + i * row * 2;

        for (size_t j = 0; j < a->span[i].count; j += 2, p += 2) {
            int32_t second = j + 1 < a->span[i].count ? k[j + 1] : 0;

            p[0] = pair(high_part(k[j]), high_part(second));
            p[1] = pair(low_part(k[j]), low_part(second));
        }
    }
    return 0;
}

/* ---- an axis ---- */

static int make_tables(struct mm_resize_axis *a, struct mm_err *err)
{
    if (mm_grow(&a->span, &a->span_cap, a->n, sizeof *a->span, err) != 0)
        return -1;
    set_spans(a);
    if (make_room(&a->k, &a->k_cap, a->n, a->taps, sizeof *a->k, err) != 0 ||
        mm_grow(&a->w, &a->w_cap, a->taps, sizeof *a->w, err) != 0)
        return -1;
    for (size_t i = 0; i < a->n; i++)
        set_weights(a, i);
    return 0;
}

static int set_axis(struct mm_resize_axis *a, const struct mm_resize_axis *want,
                    int (*pack)(struct mm_resize_axis *, struct mm_err *),
                    struct mm_err *err)
{
    if (a->in == want->in && a->out == want->out && a->begin == want->begin &&
        a->n == want->n && a->filter == want->filter)
        return 0;
    a->in = want->in;
    a->out = want->out;
    a->begin = want->begin;
    a->n = want->n;
    a->filter = want->filter;
    if (make_tables(a, err) == 0 && pack(a, err) == 0)
        return 0;
    a->in = 0; /* what was begun must not be found later */
    return -1;
}

static void axis_release(struct mm_resize_axis *a)
{
    free(a->span);
    free(a->k);
    free(a->w);
    free(a->packed);
    free(a->pairs);
}

void mm_resizer_release(struct mm_resizer *r)
{
    axis_release(&r->x);
    axis_release(&r->y);
    free(r->ring);
    free(r->rows);
    memset(r, 0, sizeof *r);
}

/* ---- the two passes ---- */

/* Rows [0, next) of src were resampled; the last slots of them are kept. */
struct ring {
    const struct mm_resize_axis *x;
    const struct mm_image *src;
    uint8_t *slot;
    size_t slots, stride, next;
    uint8_t *last; /* for a copy of the last row of src */
};

static int ring_begin(struct ring *g, struct mm_resizer *r,
                      const struct mm_image *src, struct mm_err *err)
{
    size_t bytes, row = 3 * src->width + SLACK;

    g->x = &r->x;
    g->src = src;
    g->next = 0;
    g->slots = r->y.taps + BATCH;
    g->stride = 3 * r->x.n + SLACK;
    if (mm_size_mul(&bytes, g->slots, g->stride) != 0 ||
        mm_size_add(&bytes, bytes, row) != 0)
        return mm_fail(err, MM_EDATA, "cannot resize %zu x %zu: too large",
                       src->width, src->height);
    if (mm_grow(&r->ring, &r->ring_cap, bytes, 1, err) != 0 ||
        mm_grow(&r->rows, &r->rows_cap, r->y.taps, sizeof *r->rows, err) != 0)
        return -1;
    g->slot = r->ring;
    g->last = r->ring + g->slots * g->stride;
    return 0;
}

/*
 * Row y of src.  The kernel reads a little beyond a row, which for the last
 * one is beyond the picture.
 */
static const uint8_t *source_row(const struct ring *g, size_t y)
{
    size_t bytes = 3 * g->src->width;
    const uint8_t *row = g->src->rgb + y * bytes;

    if (y + 1 < g->src->height)
        return row;
    memcpy(g->last, row, bytes);
    memset(g->last + bytes, 0, SLACK);
    return g->last;
}

static uint8_t *ring_row(const struct ring *g, size_t y)
{
    return g->slot + y % g->slots * g->stride;
}

/* Rows next to next + 3; at the end of the picture the last one repeats. */
static void ring_advance(struct ring *g, const struct mm_resize_kernel *kernel)
{
    const uint8_t *src[BATCH];
    uint8_t *dst[BATCH];
    size_t last = g->src->height - 1;

    for (size_t i = 0; i < BATCH; i++) {
        size_t y = g->next + i < last ? g->next + i : last;

        src[i] = source_row(g, y);
        dst[i] = ring_row(g, y);
    }
    kernel->rows(dst, src, g->x);
    g->next += BATCH;
}

static int unchanged(const struct mm_resize_axis *a)
{
    return a->in == a->out;
}

/* Row y of src resampled along x, valid until slots rows later */
static const uint8_t *resampled_row(struct ring *g, size_t y,
                                    const struct mm_resize_kernel *kernel)
{
    if (unchanged(g->x))
        return g->src->rgb + 3 * (y * g->src->width + g->x->begin);
    while (g->next <= y)
        ring_advance(g, kernel);
    return ring_row(g, y);
}

static void run(struct mm_resizer *r, struct ring *g, struct mm_image *dst)
{
    const struct mm_resize_kernel *kernel = mm_resize_kernel();
    size_t bytes = 3 * r->x.n;

    g->next = r->y.span[0].first;
    for (size_t i = 0; i < r->y.n; i++) {
        const struct mm_resize_span *s = &r->y.span[i];
        uint8_t *row = dst->rgb + i * bytes;

        if (unchanged(&r->y)) {
            memcpy(row, resampled_row(g, r->y.begin + i, kernel), bytes);
            continue;
        }
        /* The last row first: making it must not push out the others. */
        for (size_t j = s->count; j-- > 0;)
            r->rows[j] = resampled_row(g, s->first + j, kernel);
        kernel->column(row, r->rows, &r->y, i, bytes);
    }
}

int mm_resize(struct mm_resizer *r, struct mm_image *dst,
              const struct mm_image *src, size_t width, size_t height,
              const struct mm_window *window, enum mm_filter filter,
              struct mm_err *err)
{
    const struct mm_resize_axis x = { .filter = filter,
                                      .in = src->width,
                                      .out = width,
                                      .begin = window->x,
                                      .n = window->width };
    const struct mm_resize_axis y = { .filter = filter,
                                      .in = src->height,
                                      .out = height,
                                      .begin = window->y,
                                      .n = window->height };
    struct ring g;

    assert(dst != src && src->width > 0 && src->height > 0);
    assert(window->width > 0 && window->x + window->width <= width);
    assert(window->height > 0 && window->y + window->height <= height);
    if (set_axis(&r->x, &x, set_groups, err) != 0 ||
        set_axis(&r->y, &y, set_pairs, err) != 0 ||
        ring_begin(&g, r, src, err) != 0 ||
        mm_image_room(dst, window->width, window->height, err) != 0)
        return -1;
    run(r, &g, dst);
    return 0;
}
