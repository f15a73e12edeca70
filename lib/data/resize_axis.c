/*
 * resize_axis.c - weights as Pillow computes them, and as kernels want them
 */
#include "data/resize_axis.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

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

/* The lowest part of *k, which then loses it */
static int8_t take_part(int32_t *k)
{
    int32_t part = (int32_t)(((uint32_t)*k + 128) & 255) - 128;

    *k = (*k - part) / 256;
    return (int8_t)part;
}

static void pack_quads(struct mm_resize_axis *a, size_t i)
{
    struct mm_resize_span *s = &a->span[i];
    int8_t *p = (int8_t *)(a->quads + i * a->groups * 3);
    const int32_t *k = a->k + i * a->taps;

    s->start = s->first / 4;
    memset(p, 0, a->groups * 12);
    for (size_t j = 0; j < s->count; j++) {
        size_t t = s->first % 4 + j;
        int8_t *q = p + t / 4 * 12 + t % 4;
        int32_t rest = k[j];

        q[8] = take_part(&rest);
        q[4] = take_part(&rest);
        q[0] = (int8_t)rest;
        assert(q[0] == rest); /* no weight is much over 1 */
    }
}

static int set_quads(struct mm_resize_axis *a, struct mm_err *err)
{
    a->groups = 0;
    for (size_t i = 0; i < a->n; i++) {
        size_t groups = (a->span[i].first % 4 + a->span[i].count + 3) / 4;

        if (groups > a->groups)
            a->groups = groups;
    }
    if (make_room(&a->quads, &a->quads_cap, a->n, a->groups * 3,
                  sizeof *a->quads, err) != 0)
        return -1;
    for (size_t i = 0; i < a->n; i++)
        pack_quads(a, i);
    return 0;
}

/* ---- an axis ---- */

static int make_weights(struct mm_resize_axis *a, struct mm_err *err)
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

static int pack(struct mm_resize_axis *a, struct mm_err *err)
{
    switch (a->form) {
    case MM_RESIZE_GROUPS:
        return set_groups(a, err);
    case MM_RESIZE_PAIRS:
        return set_pairs(a, err);
    default:
        return set_quads(a, err);
    }
}

int mm_resize_axis_set(struct mm_resize_axis *a,
                       const struct mm_resize_axis *want, struct mm_err *err)
{
    if (a->in == want->in && a->out == want->out && a->begin == want->begin &&
        a->n == want->n && a->filter == want->filter && a->form == want->form)
        return 0;
    a->in = want->in;
    a->out = want->out;
    a->begin = want->begin;
    a->n = want->n;
    a->filter = want->filter;
    a->form = want->form;
    if (make_weights(a, err) == 0 && pack(a, err) == 0)
        return 0;
    a->in = 0; /* what was begun must not be found later */
    return -1;
}

void mm_resize_axis_release(struct mm_resize_axis *a)
{
    free(a->span);
    free(a->k);
    free(a->w);
    free(a->packed);
    free(a->pairs);
    free(a->quads);
    memset(a, 0, sizeof *a);
}
