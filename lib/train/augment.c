/*
 * augment.c - pictures and captions are not twice the same in training
 */
#include "train/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "data/resize_kernel.h"

/* ---- as text ---- */

#define ECHO 40 /* letters of a wrong item that are named */

static int echo(size_t n)
{
    return (int)(n < ECHO ? n : ECHO);
}

/* A plain decimal number: no blanks, signs, hexadecimals or names */
static int parse_number(double *x, const char *s, size_t n)
{
    char text[32], *end;

    if (n == 0 || n >= sizeof text)
        return -1;
    memcpy(text, s, n);
    text[n] = '\0';
    if (!strchr("0123456789.", text[0]) ||
        strspn(text, "0123456789.eE-") != n)
        return -1;
    *x = strtod(text, &end);
    return *end == '\0' ? 0 : -1;
}

/* The number of an item of n bytes after its `skip` first, once */
static int parse_share(double *x, const char *item, size_t n, size_t skip,
                       double max, struct mm_err *err)
{
    if (*x > 0)
        return mm_fail(err, MM_EUSAGE, "option 'augment': '%.*s' comes twice",
                       (int)skip - 1, item);
    if (parse_number(x, item + skip, n - skip) < 0 ||
        !(*x >= MM_AUGMENT_LEAST && *x <= max))
        return mm_fail(err, MM_EUSAGE, "option 'augment': '%.*s' needs a "
                                       "number from %g to %g",
                       echo(n), item, MM_AUGMENT_LEAST, max);
    return 0;
}

static int parse_flip(struct mm_augment *a, struct mm_err *err)
{
    if (a->flip)
        return mm_fail(err, MM_EUSAGE, "option 'augment': 'flip' comes twice");
    a->flip = 1;
    return 0;
}

static int parse_item(struct mm_augment *a, const char *item, size_t n,
                      struct mm_err *err)
{
    if (n == 0)
        return mm_fail(err, MM_EUSAGE, "option 'augment': an empty item; is "
                                       "there a comma too many?");
    if (n == 4 && memcmp(item, "flip", 4) == 0)
        return parse_flip(a, err);
    if (n >= 5 && memcmp(item, "crop=", 5) == 0)
        return parse_share(&a->crop, item, n, 5, 1, err);
    if (n >= 6 && memcmp(item, "words=", 6) == 0)
        return parse_share(&a->words, item, n, 6, MM_AUGMENT_MOST_WORDS, err);
    return mm_fail(err, MM_EUSAGE, "option 'augment': there is no '%.*s'; "
                                   "name some of flip,crop=x,words=x",
                   echo(n), item);
}

int mm_augment_parse(struct mm_augment *a, const char *text,
                     struct mm_err *err)
{
    *a = (struct mm_augment){ 0 };
    if (!text || !*text)
        return 0;
    for (const char *s = text; s; s = strchr(s, ',')) {
        s += s != text; /* the comma */
        if (parse_item(a, s, strcspn(s, ","), err) < 0)
            return -1;
    }
    return 0;
}

/* All digits: a run that resumes must see the same number. */
static void print_share(const char *comma, const char *key, double x,
                        struct mm_buf *out)
{
    struct mm_jw w;

    mm_buf_addf(out, "%s%s=", comma, key);
    mm_jw_begin(&w, out);
    mm_jw_num(&w, x);
}

void mm_augment_print(const struct mm_augment *a, struct mm_buf *out)
{
    const char *comma = "";

    if (a->flip) {
        mm_buf_adds(out, "flip");
        comma = ",";
    }
    if (a->crop > 0) {
        print_share(comma, "crop", a->crop, out);
        comma = ",";
    }
    if (a->words > 0)
        print_share(comma, "words", a->words, out);
}

int mm_augment_any(const struct mm_augment *a)
{
    return a->flip || a->crop > 0 || a->words > 0;
}

/* ---- what is drawn for a view ---- */

#define TRIES 10
#define LEAST_SHAPE 0.75

enum { DRAW_FLIP,
       DRAW_CROP, /* area, shape, x, y of each try */
       DRAWS = 1 << 8 };

static double draw(uint64_t seed, int64_t position, size_t view, int k)
{
    return mm_rng_uniform(seed, MM_RNG_AUGMENT + view * DRAWS + (uint64_t)k,
                          (uint64_t)position);
}

/* Where a part of n pixels begins in `all` of them */
static size_t place(double x, size_t all, size_t n)
{
    return (size_t)(x * (double)(all - n + 1));
}

struct mm_window mm_augment_window(double crop, uint64_t seed,
                                   int64_t position, size_t view, size_t width,
                                   size_t height)
{
    for (int i = 0; i < TRIES; i++) {
        double x[4], area, shape, w, h;

        for (int k = 0; k < 4; k++)
            x[k] = draw(seed, position, view, DRAW_CROP + 4 * i + k);
        area = (crop + (1 - crop) * x[0]) * (double)width * (double)height;
        shape = LEAST_SHAPE * pow(LEAST_SHAPE, -2 * x[1]);
        w = floor(sqrt(area * shape) + 0.5);
        h = floor(sqrt(area / shape) + 0.5);
        if (w >= 1 && h >= 1 && w <= (double)width && h <= (double)height)
            return (struct mm_window){ place(x[2], width, (size_t)w),
                                       place(x[3], height, (size_t)h),
                                       (size_t)w, (size_t)h };
    }
    return (struct mm_window){ 0, 0, width, height };
}

/* ---- pixels ---- */

static void flip(uint8_t *pixels, size_t width, size_t height)
{
    for (size_t y = 0; y < height; y++)
        for (size_t l = 0, r = width - 1; l < r; l++, r--) {
            uint8_t *a = pixels + (y * width + l) * 3, keep[3];
            uint8_t *b = pixels + (y * width + r) * 3;

            memcpy(keep, a, 3);
            memcpy(a, b, 3);
            memcpy(b, keep, 3);
        }
}

struct view {
    uint8_t *pixels; /* [height,width,3] */
    size_t width, height;
};

static uint8_t *row_of(void *ctx, size_t i)
{
    const struct view *v = ctx;

    return v->pixels + i * v->width * 3;
}

/* The window's rows, with room after each that the resizer may touch */
static int copy_part(struct mm_augmenter *m, const struct view *v,
                     const struct mm_window *w, size_t stride,
                     struct mm_err *err)
{
    if (mm_grow(&m->part, &m->cap, w->height * stride, 1, err) < 0)
        return -1;
    for (size_t y = 0; y < w->height; y++) {
        uint8_t *to = m->part + y * stride;

        memcpy(to, v->pixels + ((w->y + y) * v->width + w->x) * 3,
               w->width * 3);
        memset(to + w->width * 3, 0, stride - w->width * 3);
    }
    return 0;
}

static int stretch(struct mm_augmenter *m, struct view *v,
                   const struct mm_window *w, struct mm_err *err)
{
    size_t stride = MM_RESIZE_STRIDE(w->width), last = w->height - 1;
    const struct mm_resize_job job = { .in_width = w->width,
                                       .in_height = w->height,
                                       .width = v->width,
                                       .height = v->height,
                                       .window = { 0, 0, v->width,
                                                   v->height },
                                       .filter = MM_FILTER_BILINEAR,
                                       .row = row_of,
                                       .ctx = v };

    if (copy_part(m, v, w, stride, err) < 0 ||
        mm_resize_begin(&m->resizer, &job, err) < 0)
        return -1;
    for (size_t y = 0; y < w->height; y += MM_RESIZE_BATCH) {
        const uint8_t *rows[MM_RESIZE_BATCH];

        for (size_t i = 0; i < MM_RESIZE_BATCH; i++)
            rows[i] = m->part + (y + i < last ? y + i : last) * stride;
        mm_resize_rows(&m->resizer, rows);
    }
    return 0;
}

static int change_view(struct mm_augmenter *m, const struct mm_augment *a,
                       uint64_t seed, int64_t position, size_t i,
                       struct view *v, struct mm_err *err)
{
    if (a->crop > 0) {
        struct mm_window w = mm_augment_window(a->crop, seed, position, i,
                                               v->width, v->height);

        if (stretch(m, v, &w, err) < 0)
            return -1;
    }
    if (a->flip && draw(seed, position, i, DRAW_FLIP) < 0.5)
        flip(v->pixels, v->width, v->height);
    return 0;
}

/* ---- sequences ---- */

/* An image token is none of a text's. */
static void drop_words(const struct mm_augment *a, uint64_t seed,
                       int64_t position, const struct mm_packed_info *info,
                       struct mm_packed_seq *s)
{
    for (size_t t = 0; t < s->used; t++)
        if (s->tokens[t] != info->bos && s->tokens[t] != info->eos &&
            mm_rng_uniform(seed, MM_RNG_AUGMENT_WORDS + t,
                           (uint64_t)position) < a->words)
            s->tokens[t] = info->image;
}

int mm_augment_sequence(struct mm_augmenter *m, const struct mm_augment *a,
                        uint64_t seed, int64_t position,
                        const struct mm_packed_info *info,
                        struct mm_packed_seq *s, struct mm_err *err)
{
    size_t n = 0;

    for (size_t k = 0; k < s->n_images; k++) {
        const struct mm_packed_image *im = &s->images[k];
        size_t bytes = im->width * im->height * 3;

        for (size_t v = 0; v < im->views; v++) {
            struct view view = { im->pixels + v * bytes, im->width,
                                 im->height };

            if (change_view(m, a, seed, position, n++, &view, err) < 0)
                return -1;
        }
    }
    if (a->words > 0)
        drop_words(a, seed, position, info, s);
    return 0;
}

void mm_augmenter_release(struct mm_augmenter *m)
{
    mm_resizer_release(&m->resizer);
    free(m->part);
    *m = (struct mm_augmenter){ 0 };
}
