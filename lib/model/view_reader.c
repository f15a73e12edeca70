/*
 * view_reader.c - pictures of a prompt to image tokens
 */
#include "model/view_reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MAX_PATCHES 2048 /* encoded at a time, so that memory is bounded */

void mm_view_reader_init(struct mm_view_reader *r, struct mm_model *m)
{
    *r = (struct mm_view_reader){ .m = m };
}

void mm_view_reader_release(struct mm_view_reader *r)
{
    mm_graph_free(r->graph);
    free(r->rows);
    *r = (struct mm_view_reader){ 0 };
}

void mm_view_reader_forget(struct mm_view_reader *r)
{
    r->n_rows = r->taken = 0;
}

int mm_view_reader_check(const struct mm_view_reader *r, size_t n_rows,
                         size_t n_views, struct mm_err *err)
{
    const struct mm_config *c = &r->m->config;
    size_t left = r->n_rows - r->taken, tokens = c->connector.tokens, want;

    if (!c->connector.kind) {
        if (n_views == 0)
            return 0;
        return mm_fail(err, MM_EDATA, "the model takes no pictures");
    }
    want = n_rows > left ? (n_rows - left + tokens - 1) / tokens : 0;
    if (want == n_views)
        return 0;
    return mm_fail(err, MM_EDATA, "the prompt has room for %zu pictures, but "
                                  "%zu are given",
                   want, n_views);
}

/* ---- encoding ---- */

static struct mm_batch batch_of(const struct mm_pixels *views, size_t n,
                                const float mean[3], const float std[3])
{
    return (struct mm_batch){
        .n_views = n, .views = views, .mean = mean, .std = std
    };
}

/* A graph for `batch` views of this size. */
static int prepare(struct mm_view_reader *r, size_t side, struct mm_err *err)
{
    size_t per_side = side / r->m->config.vision.patch_size;
    size_t batch = MAX_PATCHES / (per_side * per_side) + 1, peak;
    struct mm_pixels *shapes;
    struct mm_graph *plan;
    struct mm_batch b;
    float none[3] = { 0 };

    if (r->graph && side == r->side)
        return 0;
    mm_graph_free(r->graph);
    r->graph = NULL;
    shapes = mm_alloc(batch, sizeof *shapes, err);
    plan = mm_graph_create(MM_PLAN, 0, err);
    if (shapes && plan) {
        for (size_t i = 0; i < batch; i++)
            shapes[i] = (struct mm_pixels){ NULL, side, side };
        b = batch_of(shapes, batch, none, none);
        mm_model_connect(r->m, plan, &b);
        peak = mm_graph_peak(plan);
        r->graph = mm_graph_create(MM_INFER, peak, err);
        r->side = side;
        r->batch = batch;
    }
    mm_graph_free(plan);
    free(shapes);
    return r->graph ? 0 : -1;
}

/* Rows that were taken make room. */
static int make_room(struct mm_view_reader *r, size_t n, struct mm_err *err)
{
    size_t D = r->m->config.text.width, left = r->n_rows - r->taken;
    size_t count;

    if (left)
        memmove(r->rows, r->rows + r->taken * D, left * D * sizeof *r->rows);
    r->n_rows = left;
    r->taken = 0;
    if (mm_size_mul(&count, left + n, D) < 0)
        return mm_fail(err, MM_ESYS, "too many pictures");
    return mm_grow(&r->rows, &r->cap, count, sizeof *r->rows, err);
}

/* How many of the views are of one size and fit into one pass. */
static size_t alike(const struct mm_view_reader *r,
                    const struct mm_pixels *views, size_t n)
{
    size_t k = 1;

    while (k < n && k < r->batch && views[k].width == views[0].width)
        k++;
    return k;
}

static void encode(struct mm_view_reader *r, const struct mm_batch *b)
{
    size_t D = r->m->config.text.width;
    struct mm_tensor *x;

    mm_graph_reset(r->graph);
    x = mm_model_connect(r->m, r->graph, b);
    mm_tensor_get(r->graph, x, 0, mm_tensor_count(x), r->rows + r->n_rows * D);
    r->n_rows += mm_tensor_rows(x);
}

int mm_view_reader_read(struct mm_view_reader *r,
                        const struct mm_pixels *views, size_t n,
                        const float mean[3], const float std[3],
                        struct mm_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (mm_model_check_view(r->m, &views[i], err) < 0)
            return -1;
    }
    if (n > 0 && make_room(r, n * r->m->config.connector.tokens, err) < 0)
        return -1;
    for (size_t i = 0; i < n;) {
        struct mm_batch b;

        if (prepare(r, views[i].width, err) < 0)
            return -1;
        b = batch_of(views + i, alike(r, views + i, n - i), mean, std);
        encode(r, &b);
        i += b.n_views;
    }
    return 0;
}

const float *mm_view_reader_take(struct mm_view_reader *r, size_t n)
{
    size_t first = r->taken;

    assert(n <= r->n_rows - r->taken);
    r->taken += n;
    return n ? r->rows + first * r->m->config.text.width : NULL;
}
