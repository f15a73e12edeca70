/*
 * engine.c - one step: gradients of a batch, then the optimizer
 */
#include "train/engine.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

int mm_engine_plan(struct mm_model *m, struct mm_graph *plan,
                   const struct mm_shape *shape, struct mm_err *err)
{
    struct mm_pixels *views = mm_alloc(shape->n_views, sizeof *views, err);
    static const float any[3] = { 1, 1, 1 };
    struct mm_batch b = { .B = shape->B, .T = shape->T, .views = views };
    struct mm_tensor *loss;

    if (!views)
        return -1;
    b.n_views = shape->n_views;
    b.mean = b.std = any;
    for (size_t i = 0; i < shape->n_views; i++)
        views[i].height = views[i].width = shape->side;
    loss = mm_model_loss(m, plan, &b, 0, NULL);
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
    if (mm_engine_plan(e->model, e->plan, shape, err) < 0)
        return -1;
    if (e->graph && mm_graph_peak(e->plan) <= e->arena_bytes)
        return 0;
    mm_graph_free(e->graph);
    e->arena_bytes = mm_graph_peak(e->plan);
    e->graph = mm_graph_create(MM_TRAIN, e->arena_bytes, err);
    return e->graph ? 0 : -1;
}

int mm_engine_init(struct mm_engine *e, struct mm_model *m,
                   struct mm_optimizer *o, const struct mm_shape *worst,
                   struct mm_err *err)
{
    *e = (struct mm_engine){ .model = m, .optimizer = o };
    e->plan = mm_graph_create_plan(1, err);
    if (e->plan && reserve(e, worst, err) == 0)
        return 0;
    mm_engine_release(e);
    return -1;
}

void mm_engine_release(struct mm_engine *e)
{
    mm_graph_free(e->plan);
    mm_graph_free(e->graph);
    *e = (struct mm_engine){ 0 };
}

/* Adds the gradients of a piece to the model's; *sum is its loss. */
static int run_piece(struct mm_engine *e, struct mm_batch *b, float seed,
                     double *sum, struct mm_err *err)
{
    struct mm_shape shape = { b->B, b->T, b->n_views,
                              b->n_views ? b->views->height : 0 };
    struct mm_tensor *loss;

    for (size_t i = 0; i < b->n_views; i++)
        if (mm_model_check_view(e->model, &b->views[i], err) < 0)
            return -1;
    if (reserve(e, &shape, err) < 0)
        return -1;
    b->mean = e->mean;
    b->std = e->std;
    loss = mm_model_loss(e->model, e->graph, b, e->z_loss, NULL);
    *sum = mm_tensor_scalar(e->graph, loss);
    mm_graph_backward(e->graph, loss, seed);
    mm_graph_reset(e->graph);
    return 0;
}

/* What is not finite, and in which sequences of the data. */
static int diverged(const struct mm_step_batch *b, const char *what,
                    size_t begin, size_t end, struct mm_err *err)
{
    return mm_fail(err, MM_EDIVERGE, "the %s of sequences %zu to %zu is not "
                                     "finite",
                   what, mm_step_batch_index(b, begin),
                   mm_step_batch_index(b, end - 1));
}

int mm_engine_gradient(struct mm_engine *e, const struct mm_step_batch *b,
                       double *loss, struct mm_err *err)
{
    double tokens = b->supervised ? (double)b->supervised : 1;
    double sum = 0;

    mm_optimizer_zero(e->optimizer);
    for (size_t i = 0; i < mm_step_batch_pieces(b); i++) {
        struct mm_batch piece = mm_step_batch_piece(b, i);
        size_t begin = i * b->micro;
        double loss_sum;

        if (run_piece(e, &piece, (float)(1 / tokens), &loss_sum, err) < 0)
            return mm_fail_in(err, "sequences %zu to %zu",
                              mm_step_batch_index(b, begin),
                              mm_step_batch_index(b, begin + piece.B - 1));
        if (!isfinite(loss_sum))
            return diverged(b, "loss", begin, begin + piece.B, err);
        sum += loss_sum;
    }
    *loss = sum / tokens;
    return 0;
}

int mm_engine_step(struct mm_engine *e, const struct mm_step_batch *b,
                   int64_t t, double scale, struct mm_step_result *r,
                   struct mm_err *err)
{
    if (mm_engine_gradient(e, b, &r->loss, err) < 0)
        return -1;
    r->gradient_norm = mm_optimizer_norm(e->optimizer);
    if (!isfinite(r->gradient_norm))
        return diverged(b, "gradient", 0, b->B, err);
    mm_optimizer_step(e->optimizer, t, scale, r->gradient_norm);
    return 0;
}
