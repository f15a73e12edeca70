/*
 * probe_data.c - items of a benchmark as features and classes
 *
 * A block of items at a time: read, decoded on all threads, encoded at once.
 * Blocks are of one size, so that the features do not depend on threads.
 */
#include "eval/probe_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/par.h"
#include "data/image_fit.h"
#include "eval/source.h"

#define BLOCK 64

struct slot {
    struct mm_item item;
    struct mm_image image;
    struct mm_err err;
    int bad;
};

struct reading {
    struct mm_probe_data *d;
    struct mm_probe_set *s;
    struct mm_source *source;
    struct slot slots[BLOCK];
    struct mm_fitter *fitters; /* of each thread */
    size_t n_fitters, n;       /* n: slots of this block */
    size_t x_cap, label_cap, n_bad;
    struct mm_err why; /* of the first bad one */
};

/* ---- one block ---- */

static int load(struct reading *r, size_t i, struct slot *x,
                struct mm_err *err)
{
    int result = mm_source_load(r->source, i, &x->item, &x->err);

    if (result < 0) {
        *err = x->err;
        return -1;
    }
    x->bad = result > 0;
    if (!x->bad && (x->item.n_pictures == 0 || x->item.n_answers == 0)) {
        mm_fail(&x->err, MM_EDATA, "'%s' has no %s", x->item.id,
                x->item.n_pictures ? "answer" : "picture");
        x->bad = 1;
    }
    return 0;
}

static void decode(void *ctx, size_t i)
{
    struct reading *r = ctx;
    struct slot *x = &r->slots[i];
    const struct mm_buf *bytes;

    if (x->bad)
        return;
    bytes = x->item.pictures[0];
    if (mm_fitter_decode(&r->fitters[mm_par_self()], &x->image, bytes->data,
                         bytes->len, &r->d->features->pre, &x->err) < 0) {
        mm_fail_in(&x->err, "'%s'", x->item.id);
        x->bad = 1;
    }
}

static int room(struct reading *r, size_t rows, size_t width,
                struct mm_err *err)
{
    struct mm_probe_set *s = r->s;
    size_t cells = r->d->patches ? 1 : r->d->grid * r->d->grid, count;

    s->rows = r->d->patches ? rows : 1;
    s->width = width * cells;
    count = s->rows * s->width;
    if (mm_grow(&s->x, &r->x_cap, (s->n + 1) * count, sizeof *s->x, err) < 0)
        return -1;
    return mm_grow(&s->label, &r->label_cap, s->n + 1, sizeof *s->label, err);
}

/* The mean over cell (y, x) of m x m, cut as by adaptive pooling */
static void pool(float *to, const float *rows, size_t side, size_t width,
                 size_t y, size_t x, size_t m)
{
    size_t y0 = y * side / m, y1 = ((y + 1) * side + m - 1) / m;
    size_t x0 = x * side / m, x1 = ((x + 1) * side + m - 1) / m;

    for (size_t d = 0; d < width; d++) {
        double sum = 0;

        for (size_t i = y0; i < y1; i++)
            for (size_t j = x0; j < x1; j++)
                sum += rows[(i * side + j) * width + d];
        to[d] = (float)(sum / (double)((y1 - y0) * (x1 - x0)));
    }
}

/* The rows of a picture, or their means */
static void keep(struct reading *r, const float *rows, size_t n, size_t width)
{
    float *to = r->s->x + r->s->n * r->s->rows * r->s->width;
    size_t m = r->d->grid, side = mm_square_side(n);

    if (r->d->patches)
        memcpy(to, rows, n * width * sizeof *to);
    else
        for (size_t i = 0; i < m * m; i++)
            pool(to + i * width, rows, side, width, i / m, i % m, m);
}

/* The number of an answer; a new one while the training set is read. */
static int class_of(struct mm_probe_data *d, const char *answer,
                    int32_t *number, struct mm_err *err)
{
    size_t n = strlen(answer);
    int64_t *at = mm_map_get(&d->classes, answer, n);

    *number = at ? (int32_t)*at : -1;
    if (at || d->fixed)
        return 0;
    *number = (int32_t)d->classes.n;
    return mm_map_put(&d->classes, answer, n, *number, err);
}

static int add(struct reading *r, const struct slot *x, const float *rows,
               size_t n, size_t width, struct mm_err *err)
{
    if (room(r, n, width, err) < 0 ||
        class_of(r->d, x->item.answers[0], &r->s->label[r->s->n], err) < 0)
        return -1;
    keep(r, rows, n, width);
    r->s->n++;
    return 0;
}

/* The pictures that could be decoded, in the order of the items */
static int encode(struct reading *r, struct mm_err *err)
{
    struct mm_pixels views[BLOCK];
    const struct slot *of[BLOCK];
    size_t n = 0, patches, width = r->d->features->model->config.vision.width;

    for (size_t i = 0; i < r->n; i++) {
        const struct slot *x = &r->slots[i];

        if (x->bad)
            continue;
        of[n] = x;
        views[n++] = (struct mm_pixels){ x->image.rgb, x->image.height,
                                         x->image.width };
    }
    if (n == 0)
        return 0;
    if (mm_features_encode(r->d->features, views, n, &patches, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (add(r, of[i], r->d->features->rows + i * patches * width, patches,
                width, err) < 0)
            return -1;
    return 0;
}

static int read_block(struct reading *r, size_t begin, size_t n,
                      struct mm_err *err)
{
    r->n = n;
    for (size_t i = 0; i < n; i++)
        if (load(r, begin + i, &r->slots[i], err) < 0)
            return -1;
    mm_par_for(n, decode, r);
    for (size_t i = 0; i < n; i++)
        if (r->slots[i].bad && r->n_bad++ == 0)
            r->why = r->slots[i].err;
    return encode(r, err);
}

/* ---- a set ---- */

static int read_all(struct reading *r, size_t limit, struct mm_err *err)
{
    size_t count = mm_source_count(r->source);

    r->n_fitters = (size_t)mm_par_threads();
    r->fitters = mm_alloc(r->n_fitters, sizeof *r->fitters, err);
    if (!r->fitters)
        return -1;
    if (limit && limit < count)
        count = limit;
    for (size_t i = 0; i < count; i += BLOCK) {
        if (read_block(r, i, count - i < BLOCK ? count - i : BLOCK, err) < 0)
            return -1;
        mm_progress("%zu of %zu pictures", i, count);
    }
    return 0;
}

static void release(struct reading *r)
{
    for (size_t i = 0; i < BLOCK; i++) {
        mm_item_release(&r->slots[i].item);
        mm_image_release(&r->slots[i].image);
    }
    for (size_t i = 0; r->fitters && i < r->n_fitters; i++)
        mm_fitter_release(&r->fitters[i]);
    free(r->fitters);
    mm_source_close(r->source);
    free(r);
}

int mm_probe_data_read(struct mm_probe_data *d, struct mm_probe_set *s,
                       const char *path, size_t limit, struct mm_err *err)
{
    struct reading *r = mm_alloc(1, sizeof *r, err);
    int result;

    *s = (struct mm_probe_set){ 0 };
    if (!r)
        return -1;
    r->d = d;
    r->s = s;
    r->source = mm_source_open(path, err);
    result = r->source ? read_all(r, limit, err) : -1;
    if (result == 0 && r->n_bad)
        mm_log(MM_LOG_WARN, "'%s': %zu items cannot be used, the first: %s",
               path, r->n_bad, r->why.msg);
    if (result == 0 && s->n == 0)
        result = mm_fail(err, MM_EDATA, "'%s' has no item with a picture and "
                                        "an answer",
                         path);
    d->n_bad += r->n_bad;
    d->fixed = 1;
    release(r);
    if (result < 0)
        mm_probe_set_release(s);
    return result;
}

void mm_probe_data_release(struct mm_probe_data *d)
{
    mm_map_release(&d->classes);
}

void mm_probe_set_release(struct mm_probe_set *s)
{
    free(s->x);
    free(s->label);
    *s = (struct mm_probe_set){ 0 };
}
