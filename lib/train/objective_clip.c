/*
 * objective_clip.c - pictures and their captions find each other
 *
 * The loss is over all pairs of a batch.  Where the batch is computed in
 * several pieces, its gradient is made in two passes (Gao et al.'s GradCache,
 * arXiv 2101.06983):
 *
 *     for each piece      both towers, nothing recorded: rows are kept
 *     once                the loss of all rows, and its gradients by them
 *     for each piece      both towers again, recorded; backward from the
 *                         piece's gradients
 *
 * which is the gradient of one pass but for rounding.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/stop.h"
#include "model/clip.h"
#include "tensor/act.h"
#include "tensor/optim.h"
#include "tensor/unit.h"
#include "train/engine.h"
#include "train/fit.h"
#include "train/objective.h"
#include "train/pairs.h"

enum { PICTURES,
       WORDS,
       TOWERS };

/* ---- data ---- */

/* Then view i and text i are a pair. */
static int check_pairs(const struct mm_step_batch *b, struct mm_err *err)
{
    for (size_t i = 0; i < b->B; i++)
        if (mm_pairs_check(&b->seqs[i], mm_step_batch_index(b, i), err) < 0)
            return -1;
    return 0;
}

static int fit(const struct mm_config *c, const struct mm_packed_info *info,
               struct mm_err *err)
{
    if (mm_fit_tokenizer(c, info, err) < 0)
        return -1;
    if (info->max_images == 0 || info->pictures == 0)
        return mm_fail(err, MM_EDATA, "the data has no pictures; it takes "
                                      "pairs of a picture and a text");
    if (info->image_size % c->vision.patch_size != 0)
        return mm_fail(err, MM_ECONFIG, "pictures of %zu pixels are not cut "
                                        "whole by patches of %zu",
                       info->image_size, c->vision.patch_size);
    return 0;
}

/* Of the tower that has more */
static size_t count_rows(const struct mm_config *c,
                         const struct mm_shape *sequence)
{
    size_t grid = sequence->side / c->vision.patch_size;
    size_t text = c->text.context < sequence->T ? c->text.context
                                                : sequence->T;
    size_t picture = grid * grid + 1; /* the class token's row */

    return picture > text ? picture : text;
}

static void adapt(struct mm_config *c)
{
    c->connector = (struct mm_connector_config){ 0 };
    c->text.kv_heads = c->text.heads;
    c->text.moe = (struct mm_moe_config){ 0 };
}

/* ---- the loss of a piece ---- */

static void forward(struct mm_model *m, struct mm_graph *g,
                    const struct mm_batch *b, size_t planned,
                    struct mm_tensor *rows[TOWERS])
{
    struct mm_texts t = mm_clip_texts(m, g, b, planned);

    rows[PICTURES] = mm_clip_pictures(m, g, b);
    rows[WORDS] = mm_clip_words(m, g, &t);
}

static struct mm_tensor *loss(struct mm_model *m, struct mm_graph *g,
                              const struct mm_piece *p)
{
    size_t one = 1, dim[] = { p->batch.n_views, m->config.clip.width };
    struct mm_tensor *rows[TOWERS], *made[TOWERS];

    if (p->batch.n_views == 0) /* the plan asks what a picture costs */
        return mm_input_room(g, MM_F32, 1, &one);
    forward(m, g, &p->batch, p->text_rows, rows);
    if (!p->given[PICTURES])
        return mm_clip_loss(m, g, rows[PICTURES], rows[WORDS], p->row_loss);
    for (int i = 0; i < TOWERS; i++)
        made[i] = mm_dot(g, rows[i], mm_input(g, MM_F32, p->given[i], 2, dim));
    return mm_add(g, made[PICTURES], made[WORDS]);
}

static double divisor(const struct mm_engine *e, const struct mm_step_batch *b)
{
    (void)e;
    return (double)b->first_view[b->B];
}

/* ---- rows of many pieces ---- */

/* All zero is empty. */
struct cache {
    struct mm_graph *plan, *infer, *loss;
    size_t infer_bytes, loss_bytes;
    float *rows[TOWERS], *grads[TOWERS]; /* [n,width] */
    size_t caps[2 * TOWERS];
};

static void release(void *cache)
{
    struct cache *k = cache;

    if (!k)
        return;
    mm_graph_free(k->plan);
    mm_graph_free(k->infer);
    mm_graph_free(k->loss);
    for (int i = 0; i < TOWERS; i++) {
        free(k->rows[i]);
        free(k->grads[i]);
    }
    free(k);
}

static int make_room(struct cache *k, size_t n, size_t width,
                     struct mm_err *err)
{
    for (int i = 0; i < TOWERS; i++)
        if (mm_grow(&k->rows[i], &k->caps[i], n * width, sizeof(float),
                    err) < 0 ||
            mm_grow(&k->grads[i], &k->caps[TOWERS + i], n * width,
                    sizeof(float), err) < 0)
            return -1;
    return 0;
}

/* A graph with room for what was planned */
static int fit_graph(struct mm_graph **g, size_t *bytes, enum mm_mode mode,
                     size_t need, struct mm_err *err)
{
    if (*g && need <= *bytes)
        return 0;
    mm_graph_free(*g);
    *g = mm_graph_create(mode, need, err);
    *bytes = need;
    return *g ? 0 : -1;
}

static size_t plan_forward(struct mm_model *m, struct mm_graph *plan,
                           const struct mm_batch *b)
{
    struct mm_tensor *rows[TOWERS];

    forward(m, plan, b, 0, rows);
    mm_graph_reset(plan);
    return mm_graph_peak(plan);
}

/* Rows `at` and on: those of a piece */
static int embed(struct cache *k, const struct mm_engine *e,
                 const struct mm_batch *b, size_t at, struct mm_err *err)
{
    size_t width = e->model->config.clip.width, n = b->n_views;
    struct mm_tensor *rows[TOWERS];

    for (size_t i = 0; i < n; i++)
        if (mm_model_check_view(e->model, &b->views[i], err) < 0)
            return -1;
    if (!k->plan)
        k->plan = mm_graph_create_plan(0, err);
    if (!k->plan || make_room(k, at + n, width, err) < 0 ||
        fit_graph(&k->infer, &k->infer_bytes, MM_INFER,
                  plan_forward(e->model, k->plan, b), err) < 0)
        return -1;
    forward(e->model, k->infer, b, 0, rows);
    for (int i = 0; i < TOWERS; i++)
        mm_tensor_get(k->infer, rows[i], 0, n * width,
                      k->rows[i] + at * width);
    mm_graph_reset(k->infer);
    return 0;
}

/* The loss of the first n rows of both towers; gradients if g records */
static struct mm_tensor *loss_of_rows(struct mm_model *m, struct mm_graph *g,
                                      struct cache *k, size_t n,
                                      struct mm_tensor t[TOWERS],
                                      float *row_loss)
{
    size_t width = m->config.clip.width;

    for (int i = 0; i < TOWERS; i++)
        t[i] = (struct mm_tensor){ .dtype = MM_F32,
                                   .n_dim = 2,
                                   .dim = { n, width, 1, 1 },
                                   .data = k->rows[i],
                                   .wants_grad = mm_graph_records(g),
                                   .grad = k->grads[i] };
    return mm_clip_loss(m, g, &t[PICTURES], &t[WORDS], row_loss);
}

static int plan_loss(struct mm_model *m, struct cache *k, int train, size_t n,
                     size_t *bytes, double *flops, struct mm_err *err)
{
    struct mm_graph *plan = mm_graph_create_plan(train, err);
    struct mm_tensor t[TOWERS], *y;

    if (!plan)
        return -1;
    y = loss_of_rows(m, plan, k, n, t, NULL);
    if (train)
        mm_graph_backward(plan, y, 1);
    *bytes = mm_graph_peak(plan);
    *flops = mm_graph_cost(plan).forward_flops +
             mm_graph_cost(plan).backward_flops;
    mm_graph_free(plan);
    return 0;
}

/* *sum, and gradients of the mean; those of the scale go to the model's. */
static int differentiate(struct cache *k, struct mm_engine *e, size_t n,
                         double *sum, struct mm_err *err)
{
    struct mm_tensor t[TOWERS], *y;
    size_t need;
    double flops;

    if (plan_loss(e->model, k, 1, n, &need, &flops, err) < 0 ||
        fit_graph(&k->loss, &k->loss_bytes, MM_TRAIN, need, err) < 0)
        return -1;
    for (int i = 0; i < TOWERS; i++)
        mm_grad_zero(k->grads[i], n * e->model->config.clip.width);
    y = loss_of_rows(e->model, k->loss, k, n, t, NULL);
    *sum = mm_tensor_scalar(k->loss, y);
    mm_graph_backward(k->loss, y, (float)(1 / (double)n));
    mm_graph_reset(k->loss);
    return 0;
}

/* ---- the gradient of a batch ---- */

static int embed_all(struct cache *k, struct mm_engine *e,
                     const struct mm_step_batch *b, struct mm_err *err)
{
    size_t at = 0;

    for (size_t i = 0; i < mm_step_batch_pieces(b); i++) {
        struct mm_piece p = mm_engine_piece(e, b, i);

        if (embed(k, e, &p.batch, at, err) < 0)
            return -1;
        at += p.batch.n_views;
    }
    return 0;
}

static int two_passes(struct mm_engine *e, const struct mm_step_batch *b,
                      double *mean, struct mm_err *err)
{
    size_t n = b->first_view[b->B], width = e->model->config.clip.width;
    struct cache *k = e->cache;
    double sum, ignored;

    if (embed_all(k, e, b, err) < 0 || differentiate(k, e, n, &sum, err) < 0)
        return -1;
    if (!isfinite(sum))
        return mm_engine_diverged(b, "loss", 0, b->B, err);
    *mean = sum / (double)n;
    for (size_t i = 0, at = 0; i < mm_step_batch_pieces(b); i++) {
        struct mm_piece p = mm_engine_piece(e, b, i);

        for (int tower = 0; tower < TOWERS; tower++)
            p.given[tower] = k->grads[tower] + at * width;
        if (mm_engine_run(e, &p, 1, &ignored, err) < 0)
            return -1;
        at += p.batch.n_views;
    }
    return 0;
}

static int gradient(struct mm_engine *e, const struct mm_step_batch *b,
                    double *mean, struct mm_err *err)
{
    float scale;
    int result;

    if (check_pairs(b, err) < 0)
        return -1;
    if (!e->cache)
        e->cache = mm_alloc(1, sizeof(struct cache), err);
    if (!e->cache)
        return -1;
    result = mm_step_batch_pieces(b) == 1 ? mm_engine_sum(e, b, mean, err)
                                          : two_passes(e, b, mean, err);
    if (result < 0)
        return -1;
    mm_tensor_get(e->graph, e->model->clip.scale, 0, 1, &scale);
    mm_terms_add(&e->terms, "pairs", divisor(e, b), 1);
    mm_terms_add(&e->terms, "scale", exp((double)scale), 1);
    return 0;
}

/* ---- validation: all pairs against all ---- */

struct validation {
    struct mm_validation *v;
    const struct mm_engine *engine;
    struct cache *cache;
    struct mm_step_batch batch;
    size_t *source; /* [n] of each pair */
    size_t n, cap;
};

/* The pairs of the batch, after those before */
static int add_batch(struct validation *r, struct mm_err *err)
{
    const struct mm_step_batch *b = &r->batch;
    struct mm_piece p = mm_engine_piece(r->engine, b, 0);

    if (check_pairs(b, err) < 0 ||
        embed(r->cache, r->engine, &p.batch, r->n, err) < 0 ||
        mm_grow(&r->source, &r->cap, r->n + p.batch.n_views, sizeof(size_t),
                err) < 0)
        return -1;
    for (size_t i = 0; i < b->B; i++)
        for (size_t k = 0; k < b->seqs[i].n_segments; k++) {
            struct mm_source_loss *s =
                mm_validation_source(r->v, b->seqs[i].segments[k].source, err);

            if (!s)
                return -1;
            r->source[r->n++] = (size_t)(s - r->v->sources);
        }
    return 0;
}

static int add_losses(struct validation *r, struct mm_err *err)
{
    struct mm_model *m = r->engine->model;
    float *losses = mm_alloc(r->n, sizeof *losses, err);
    struct mm_tensor t[TOWERS];
    struct mm_graph *g = NULL;
    size_t need;
    double flops;

    if (losses && plan_loss(m, r->cache, 0, r->n, &need, &flops, err) == 0)
        g = mm_graph_create(MM_INFER, need, err);
    if (!g) {
        free(losses);
        return -1;
    }
    loss_of_rows(m, g, r->cache, r->n, t, losses);
    for (size_t i = 0; i < r->n; i++) {
        r->v->sources[r->source[i]].sum += (double)losses[i];
        r->v->sources[r->source[i]].tokens++;
    }
    mm_graph_free(g);
    free(losses);
    return 0;
}

static int run_validation(struct validation *r, struct mm_packed *data,
                          size_t micro, size_t max, struct mm_err *err)
{
    size_t count = mm_packed_count(data);

    r->cache = mm_alloc(1, sizeof *r->cache, err);
    if (!r->cache || mm_step_batch_init(&r->batch, data, micro, micro, err) < 0)
        return -1;
    count = max && max < count ? max : count;
    for (size_t i = 0; i < count; i += micro) {
        r->batch.B = count - i < micro ? count - i : micro;
        if (mm_stop_requested())
            return 1;
        if (mm_step_batch_load(&r->batch, data, (int64_t)i, err) < 0 ||
            add_batch(r, err) < 0)
            return -1;
    }
    return add_losses(r, err);
}

static int validate(struct mm_validation *v, const struct mm_engine *e,
                    struct mm_packed *data, size_t micro, size_t max,
                    struct mm_err *err)
{
    struct validation r = { .v = v, .engine = e };
    int result = run_validation(&r, data, micro, max, err);

    r.batch.B = micro; /* a last short batch had fewer */
    if (r.batch.seqs)
        mm_step_batch_release(&r.batch);
    release(r.cache);
    free(r.source);
    return result;
}

/* ---- the plan ---- */

static int extra(struct mm_model *m, const struct mm_shape *piece,
                 size_t batch, size_t *bytes, double *flops,
                 struct mm_err *err)
{
    size_t n = piece->n_views * ((batch + piece->B - 1) / piece->B);
    size_t width = m->config.clip.width, need;
    struct mm_graph *plan;
    struct cache none = { 0 };

    *bytes = 0;
    *flops = 0;
    if (batch <= piece->B || n == 0)
        return 0;
    plan = mm_graph_create_plan(0, err);
    if (!plan || mm_engine_plan(&mm_objective_clip, m, plan, piece, err) < 0 ||
        plan_loss(m, &none, 1, n, &need, flops, err) < 0) {
        mm_graph_free(plan);
        return -1;
    }
    *bytes = mm_graph_peak(plan) + need +
             2 * TOWERS * n * width * sizeof(float);
    *flops += mm_graph_cost(plan).forward_flops * (double)batch /
              (double)piece->B;
    mm_graph_free(plan);
    return 0;
}

const struct mm_objective mm_objective_clip = { .name = "clip",
                                                .preset = "mm1-clip-demo",
                                                .rate = 5e-4, /* CLIP's */
                                                .spare = "  more, if all "
                                                         "texts are long",
                                                .adapt = adapt,
                                                .adopt = mm_fit_adopt,
                                                .fit = fit,
                                                .rows = count_rows,
                                                .look = mm_pairs_look,
                                                .check = mm_pairs_suffice,
                                                .loss = loss,
                                                .divisor = divisor,
                                                .gradient = gradient,
                                                .settle = mm_clip_settle,
                                                .validate = validate,
                                                .release = release,
                                                .extra = extra };
