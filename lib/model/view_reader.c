/*
 * view_reader.c - pictures of prompts to image tokens
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
    free(r->views);
    free(r->jobs);
    *r = (struct mm_view_reader){ 0 };
}

void mm_view_rows_release(struct mm_view_rows *rows)
{
    free(rows->v);
    *rows = (struct mm_view_rows){ 0 };
}

void mm_view_reader_forget(struct mm_view_reader *r, struct mm_view_rows *rows)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_jobs; i++)
        if (r->jobs[i].rows != rows)
            r->jobs[n++] = r->jobs[i];
    r->n_jobs = n;
    rows->n = rows->taken = 0;
}

/* ---- views that wait ---- */

static int check(const struct mm_view_reader *r,
                 const struct mm_view_rows *rows, size_t n_rows,
                 const struct mm_pixels *views, size_t n_views,
                 struct mm_err *err)
{
    const struct mm_config *c = &r->m->config;
    size_t left = rows->n - rows->taken, tokens = c->connector.tokens, want;

    if (!c->connector.kind) {
        if (n_views == 0)
            return 0;
        return mm_fail(err, MM_EDATA, "the model takes no pictures");
    }
    want = n_rows > left ? (n_rows - left + tokens - 1) / tokens : 0;
    if (want != n_views)
        return mm_fail(err, MM_EDATA, "the prompt has room for %zu pictures, "
                                      "but %zu are given",
                       want, n_views);
    for (size_t i = 0; i < n_views; i++)
        if (mm_model_check_view(r->m, &views[i], err) < 0)
            return -1;
    return 0;
}

/* Rows that were taken make room. */
static int make_room(struct mm_view_rows *rows, size_t n, size_t D,
                     struct mm_err *err)
{
    size_t left = rows->n - rows->taken, count;

    if (rows->taken && left)
        memmove(rows->v, rows->v + rows->taken * D, left * D * sizeof(float));
    rows->n = left;
    rows->taken = 0;
    if (mm_size_mul(&count, left + n, D) < 0)
        return mm_fail(err, MM_ESYS, "too many pictures");
    return mm_grow(&rows->v, &rows->cap, count, sizeof(float), err);
}

int mm_view_reader_add(struct mm_view_reader *r, struct mm_view_rows *rows,
                       size_t n_rows, const struct mm_pixels *views,
                       size_t n_views, const float *mean, const float *std,
                       struct mm_err *err)
{
    size_t tokens = r->m->config.connector.tokens;

    if (check(r, rows, n_rows, views, n_views, err) < 0)
        return -1;
    if (n_views == 0)
        return 0;
    if (make_room(rows, n_views * tokens, r->m->config.text.width, err) < 0 ||
        mm_grow(&r->jobs, &r->jobs_cap, r->n_jobs + n_views, sizeof *r->jobs,
                err) < 0)
        return -1;
    for (size_t i = 0; i < n_views; i++) {
        r->jobs[r->n_jobs++] = (struct mm_view_job){ views[i], mean, std, rows,
                                                     rows->n };
        rows->n += tokens;
    }
    return 0;
}

/* ---- encoding ---- */

static struct mm_batch batch_of(const struct mm_view_reader *r, size_t n,
                                const float *mean, const float *std)
{
    return (struct mm_batch){
        .n_views = n, .views = r->views, .mean = mean, .std = std
    };
}

/* A graph for r->batch views of this size. */
static int prepare(struct mm_view_reader *r, size_t side, struct mm_err *err)
{
    size_t per_side = side / r->m->config.vision.patch_size;
    struct mm_graph *plan;
    struct mm_batch b;
    float none[3] = { 0 };

    if (r->graph && side == r->side)
        return 0;
    mm_graph_free(r->graph);
    free(r->views);
    r->graph = NULL;
    r->batch = MAX_PATCHES / (per_side * per_side) + 1;
    r->views = mm_alloc(r->batch, sizeof *r->views, err);
    plan = r->views ? mm_graph_create(MM_PLAN, 0, err) : NULL;
    if (!plan)
        return -1;
    for (size_t i = 0; i < r->batch; i++)
        r->views[i] = (struct mm_pixels){ NULL, side, side };
    b = batch_of(r, r->batch, none, none);
    mm_model_connect(r->m, plan, &b);
    r->graph = mm_graph_create(MM_INFER, mm_graph_peak(plan), err);
    r->side = side;
    mm_graph_free(plan);
    return r->graph ? 0 : -1;
}

static int alike(const struct mm_view_job *a, const struct mm_view_job *b)
{
    return a->view.width == b->view.width && a->mean == b->mean &&
           a->std == b->std;
}

/* As many of the jobs from j as are alike and fit into one pass. */
static size_t encode(struct mm_view_reader *r, const struct mm_view_job *j,
                     size_t n)
{
    size_t D = r->m->config.text.width, k = 0;
    size_t count = r->m->config.connector.tokens * D;
    struct mm_batch b;
    struct mm_tensor *x;

    for (; k < n && k < r->batch && alike(&j[k], j); k++)
        r->views[k] = j[k].view;
    b = batch_of(r, k, j->mean, j->std);
    mm_graph_reset(r->graph);
    x = mm_model_connect(r->m, r->graph, &b);
    for (size_t i = 0; i < k; i++)
        mm_tensor_get(r->graph, x, i * count, count,
                      j[i].rows->v + j[i].at * D);
    return k;
}

int mm_view_reader_encode(struct mm_view_reader *r, struct mm_err *err)
{
    for (size_t i = 0; i < r->n_jobs;) {
        if (prepare(r, r->jobs[i].view.width, err) < 0)
            return -1;
        i += encode(r, &r->jobs[i], r->n_jobs - i);
    }
    r->n_jobs = 0;
    return 0;
}

const float *mm_view_rows_take(struct mm_view_rows *rows, size_t n,
                               size_t width)
{
    size_t first = rows->taken;

    assert(n <= rows->n - rows->taken);
    rows->taken += n;
    return rows->v + first * width;
}
