/*
 * validate.c - the loss on held-out sequences, for each source
 */
#include "train/validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stop.h"
#include "train/batch.h"
#include "train/engine.h"

struct validation {
    struct mm_validation *v;
    const struct mm_engine *engine;
    struct mm_packed *data;
    struct mm_step_batch batch;
    struct mm_graph *plan, *graph;
    size_t arena_bytes;
    float *row_loss; /* [B,T] */
};

struct mm_source_loss *mm_validation_source(struct mm_validation *v,
                                            const char *name,
                                            struct mm_err *err)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->sources[i].name, name) == 0)
            return &v->sources[i];
    if (mm_grow(&v->sources, &v->cap, v->n + 1, sizeof *v->sources, err) < 0)
        return NULL;
    v->sources[v->n] = (struct mm_source_loss){ mm_strdup(name, err), 0, 0 };
    return v->sources[v->n].name ? &v->sources[v->n++] : NULL;
}

static int add_sequence(struct validation *r, size_t i, struct mm_err *err)
{
    const struct mm_packed_seq *s = &r->batch.seqs[i];
    const float *loss = r->row_loss + i * r->batch.T;

    for (size_t k = 0; k < s->n_segments; k++) {
        const struct mm_packed_segment *g = &s->segments[k];
        struct mm_source_loss *to =
            mm_validation_source(r->v, g->source, err);

        if (!to)
            return -1;
        for (size_t t = g->begin; t < g->begin + g->length; t++) {
            to->sum += loss[t];
            to->tokens += s->target[t] >= 0;
        }
    }
    return 0;
}

static int reserve(struct validation *r, const struct mm_batch *b,
                   struct mm_err *err)
{
    const struct mm_shape shape = { b->B, b->T, b->n_views,
                                    b->n_views ? b->views->height : 0, 0,
                                    MM_PATCHES_ALL };

    if (mm_engine_plan(r->engine->objective, r->engine->model, r->plan, &shape,
                       err) < 0)
        return -1;
    if (r->graph && mm_graph_peak(r->plan) <= r->arena_bytes)
        return 0;
    mm_graph_free(r->graph);
    r->arena_bytes = mm_graph_peak(r->plan);
    r->graph = mm_graph_create(MM_INFER, r->arena_bytes, err);
    return r->graph ? 0 : -1;
}

static int tally(struct validation *r, struct mm_err *err)
{
    if (r->engine->objective->tally)
        return r->engine->objective->tally(r->v, r->engine, &r->batch,
                                           r->row_loss, err);
    for (size_t i = 0; i < r->batch.B; i++)
        if (add_sequence(r, i, err) < 0)
            return -1;
    return 0;
}

/* The n sequences from position on. */
static int run_batch(struct validation *r, size_t position, size_t n,
                     struct mm_err *err)
{
    struct mm_model *m = r->engine->model;
    struct mm_piece piece;

    r->batch.B = n;
    if (mm_step_batch_load(&r->batch, r->data, (int64_t)position, err) < 0)
        return -1;
    piece = mm_engine_piece(r->engine, &r->batch, 0);
    piece.z_loss = 0;
    piece.row_loss = r->row_loss;
    for (size_t i = 0; i < piece.batch.n_views; i++)
        if (mm_model_check_view(m, &piece.batch.views[i], err) < 0)
            return -1;
    if (reserve(r, &piece.batch, err) < 0)
        return -1;
    r->engine->objective->loss(m, r->graph, &piece);
    mm_graph_reset(r->graph);
    return tally(r, err);
}

static int run(struct validation *r, size_t micro, size_t max,
               struct mm_err *err)
{
    size_t count = mm_packed_count(r->data);

    if (max && max < count)
        count = max;
    if (mm_step_batch_init(&r->batch, r->data, micro, micro, err) < 0)
        return -1;
    r->row_loss = mm_alloc(micro * r->batch.T, sizeof *r->row_loss, err);
    r->plan = mm_graph_create_plan(0, err);
    if (!r->row_loss || !r->plan)
        return -1;
    for (size_t i = 0; i < count; i += micro) {
        size_t n = count - i < micro ? count - i : micro;

        if (mm_stop_requested())
            return 1;
        if (run_batch(r, i, n, err) < 0)
            return -1;
    }
    return 0;
}

static int by_rows(struct mm_validation *v, const struct mm_engine *e,
                   struct mm_packed *data, size_t micro, size_t max,
                   struct mm_err *err)
{
    struct validation r = { .v = v, .engine = e, .data = data };
    int result = run(&r, micro, max, err);

    r.batch.B = micro; /* a last short batch had fewer */
    mm_step_batch_release(&r.batch);
    mm_graph_free(r.plan);
    mm_graph_free(r.graph);
    free(r.row_loss);
    return result;
}

int mm_validate(struct mm_validation *v, const struct mm_engine *e,
                struct mm_packed *data, size_t micro, size_t max,
                struct mm_err *err)
{
    *v = (struct mm_validation){ 0 };
    if (e->objective->validate)
        return e->objective->validate(v, e, data, micro, max, err);
    return by_rows(v, e, data, micro, max, err);
}

void mm_validation_release(struct mm_validation *v)
{
    for (size_t i = 0; i < v->n; i++)
        free(v->sources[i].name);
    free(v->sources);
    *v = (struct mm_validation){ 0 };
}

double mm_validation_loss(const struct mm_validation *v, size_t *tokens)
{
    double sum = 0;

    *tokens = 0;
    for (size_t i = 0; i < v->n; i++) {
        sum += v->sources[i].sum;
        *tokens += v->sources[i].tokens;
    }
    return *tokens ? sum / (double)*tokens : NAN;
}
