/*
 * engine.c - one step: gradients of a batch, then the optimizer
 */
#include "train/engine.h"

#include <math.h>
#include <stdlib.h>

#include "base/limit.h"
#include "base/mem.h"

int mm_engine_plan(const struct mm_objective *objective, struct mm_model *m,
                   struct mm_graph *plan, const struct mm_shape *shape,
                   struct mm_err *err)
{
    struct mm_pixels *views = mm_alloc(shape->n_views, sizeof *views, err);
    static const float any[3] = { 1, 1, 1 };
    static const struct mm_router router = { 0 };
    struct mm_piece p = { 0 };
    struct mm_batch *b = &p.batch;
    struct mm_tensor *loss;

    if (!views)
        return -1;
    b->B = shape->B;
    b->T = shape->T;
    p.text_rows = shape->text_rows;
    p.patches = shape->patches;
    b->views = views;
    b->n_views = shape->n_views;
    b->mean = b->std = any;
    b->router = mm_graph_records(plan) ? &router : NULL;
    for (size_t i = 0; i < shape->n_views; i++)
        views[i].height = views[i].width = shape->side;
    loss = objective->loss(m, plan, &p);
    if (mm_graph_records(plan))
        mm_graph_backward(plan, loss, 1);
    mm_graph_reset(plan);
    free(views);
    return 0;
}

/* Room for a shape: nearly always there is, since the worst came first. */
static int reserve(struct mm_engine *e, const struct mm_shape *shape,
                   struct mm_err *err)
{
    if (mm_engine_plan(e->objective, e->model, e->plan, shape, err) < 0)
        return -1;
    if (e->graph && mm_graph_peak(e->plan) <= e->arena_bytes)
        return 0;
    mm_graph_free(e->graph);
    e->arena_bytes = mm_graph_peak(e->plan);
    e->graph = mm_graph_create(MM_TRAIN, e->arena_bytes, err);
    if (!e->graph)
        return -1;
    mm_graph_recompute(e->graph, e->recompute);
    return 0;
}

int mm_engine_recomputes(enum mm_recompute recompute, const struct mm_model *m,
                         const struct mm_optimizer *o, size_t activations)
{
    double weights = (double)m->size, learnt = (double)o->model->size;
    double floats = (o->model == m ? 0 : weights) + 2 * learnt +
                    (double)o->size;
    double bytes = floats * sizeof(float) + (double)activations;

    if (recompute != MM_RECOMPUTE_AUTO)
        return recompute == MM_RECOMPUTE_BLOCK;
    return bytes > 0.9 * (double)mm_memory_limit();
}

/* A plan graph that recomputes if `recompute` says so of this shape */
static int open_plan(struct mm_engine *e, enum mm_recompute recompute,
                     const struct mm_shape *worst, struct mm_err *err)
{
    e->plan = mm_graph_create_plan(1, err);
    if (!e->plan ||
        mm_engine_plan(e->objective, e->model, e->plan, worst, err) < 0)
        return -1;
    e->recompute = mm_engine_recomputes(recompute, e->model, e->optimizer,
                                        mm_graph_peak(e->plan));
    if (!e->recompute)
        return 0;
    mm_graph_free(e->plan);
    e->plan = mm_graph_create_plan(1, err);
    if (!e->plan)
        return -1;
    mm_graph_recompute(e->plan, 1);
    return 0;
}

int mm_engine_init(struct mm_engine *e, const struct mm_objective *objective,
                   struct mm_model *m, struct mm_optimizer *o,
                   enum mm_recompute recompute, const struct mm_shape *worst,
                   struct mm_err *err)
{
    *e = (struct mm_engine){ .objective = objective,
                             .model = m,
                             .optimizer = o };
    if (mm_router_sums_init(&e->routers, &m->config.text, err) == 0 &&
        open_plan(e, recompute, worst, err) == 0 &&
        reserve(e, worst, err) == 0)
        return 0;
    mm_engine_release(e);
    return -1;
}

void mm_engine_release(struct mm_engine *e)
{
    if (e->cache)
        e->objective->release(e->cache);
    mm_graph_free(e->plan);
    mm_graph_free(e->graph);
    mm_router_sums_release(&e->routers);
    *e = (struct mm_engine){ 0 };
}

struct mm_piece mm_engine_piece(const struct mm_engine *e,
                                const struct mm_step_batch *b, size_t i)
{
    struct mm_piece p = { .batch = mm_step_batch_piece(b, i),
                          .position = b->position + (int64_t)(i * b->micro),
                          .seed = e->seed,
                          .z_loss = e->z_loss };

    p.batch.mean = e->mean;
    p.batch.std = e->std;
    return p;
}

int mm_engine_run(struct mm_engine *e, const struct mm_piece *p, float seed,
                  double *sum, struct mm_err *err)
{
    const struct mm_batch *b = &p->batch;
    struct mm_shape shape = { b->B, b->T, b->n_views,
                              b->n_views ? b->views->height : 0, 0,
                              MM_PATCHES_ALL };
    struct mm_tensor *loss;

    for (size_t i = 0; i < b->n_views; i++)
        if (mm_model_check_view(e->model, &b->views[i], err) < 0)
            return -1;
    if (reserve(e, &shape, err) < 0)
        return -1;
    loss = e->objective->loss(e->model, e->graph, p);
    *sum = mm_tensor_scalar(e->graph, loss);
    if (b->router)
        mm_router_sums_add(&e->routers);
    mm_graph_backward(e->graph, loss, seed);
    mm_graph_reset(e->graph);
    return 0;
}

int mm_engine_diverged(const struct mm_step_batch *b, const char *what,
                       size_t begin, size_t end, struct mm_err *err)
{
    return mm_fail(err, MM_EDIVERGE, "the %s of sequences %zu to %zu is not "
                                     "finite",
                   what, mm_step_batch_index(b, begin),
                   mm_step_batch_index(b, end - 1));
}

int mm_engine_sum(struct mm_engine *e, const struct mm_step_batch *b,
                  double *loss, struct mm_err *err)
{
    double divisor = e->objective->divisor(e, b), sum = 0;

    for (size_t i = 0; i < mm_step_batch_pieces(b); i++) {
        struct mm_piece piece = mm_engine_piece(e, b, i);
        size_t begin = i * b->micro, end = begin + piece.batch.B;
        double loss_sum;

        piece.terms = &e->terms;
        piece.batch.router = mm_router_sums_router(&e->routers);
        if (mm_engine_run(e, &piece, (float)(1 / divisor), &loss_sum, err) < 0)
            return mm_fail_in(err, "sequences %zu to %zu",
                              mm_step_batch_index(b, begin),
                              mm_step_batch_index(b, end - 1));
        if (!isfinite(loss_sum))
            return mm_engine_diverged(b, "loss", begin, end, err);
        sum += loss_sum;
    }
    *loss = sum / divisor;
    return 0;
}

int mm_engine_gradient(struct mm_engine *e, const struct mm_step_batch *b,
                       double *loss, struct mm_err *err)
{
    e->terms.n = 0;
    mm_router_sums_begin(&e->routers, b->used);
    mm_optimizer_zero(e->optimizer);
    return e->objective->gradient ? e->objective->gradient(e, b, loss, err)
                                  : mm_engine_sum(e, b, loss, err);
}

int mm_engine_measure(struct mm_engine *e, const struct mm_step_batch *b,
                      struct mm_step_result *r, struct mm_err *err)
{
    if (mm_engine_gradient(e, b, &r->loss, err) < 0)
        return -1;
    r->gradient_norm = mm_optimizer_norm(e->optimizer);
    if (!isfinite(r->gradient_norm))
        return mm_engine_diverged(b, "gradient", 0, b->B, err);
    return 0;
}

void mm_engine_update(struct mm_engine *e, int64_t t, double scale,
                      const struct mm_step_result *r)
{
    mm_optimizer_step(e->optimizer, t, scale, r->gradient_norm);
    if (e->objective->settle)
        e->objective->settle(e->model);
}

int mm_engine_step(struct mm_engine *e, const struct mm_step_batch *b,
                   int64_t t, double scale, struct mm_step_result *r,
                   struct mm_err *err)
{
    if (mm_engine_measure(e, b, r, err) < 0)
        return -1;
    mm_engine_update(e, t, scale, r);
    return 0;
}
