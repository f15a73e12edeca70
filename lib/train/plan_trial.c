/*
 * plan_trial.c - the rate of a machine: a trial of a model's widths
 */
#include "train/plan_trial.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tensor/peak.h"
#include "train/metrics.h"

/* A trial run may take this much. */
#define TRIAL_FLOPS 5e10
#define TRIAL_BYTES ((size_t)2 << 30)
#define TRIAL_SECONDS 0.5
#define TRIAL_EXPERTS 4

struct trial {
    const struct mm_objective *objective;
    struct mm_model *model;
    struct mm_graph *graph;
    int32_t *ids; /* [3,B*T]: tokens, positions, segments */
    uint8_t *pixels;
    struct mm_pixels *views;
    int32_t *image_row;
    struct mm_piece piece;
};

/* What a view takes of a sequence: a pair of CLIP's, image and a word */
static size_t room_of_view(const struct mm_config *c)
{
    return c->clip.width ? 2 : c->connector.tokens;
}

static void shrink(struct mm_config *c, struct mm_shape *s, size_t T)
{
    size_t views = (s->n_views + s->B - 1) / s->B;
    size_t tokens = room_of_view(c);

    c->vision.layers = c->vision.layers ? 1 : 0;
    c->text.layers = c->text.layers ? 1 : 0;
    if (c->text.moe.experts)
        c->text.moe.every = 1;
    if (c->text.moe.experts > TRIAL_EXPERTS)
        c->text.moe.experts = TRIAL_EXPERTS;
    s->B = 1;
    if (s->T > T)
        s->T = T;
    if (tokens)
        views = views * tokens > s->T ? s->T / tokens : views;
    s->n_views = views;
}

/*
 * Views stand at the head of a sequence; for CLIP, which looks for the text of
 * each, a sequence of several is cut into as many segments.
 */
static void fill_rows(struct trial *t, const struct mm_config *c,
                      const struct mm_shape *s)
{
    size_t N = s->B * s->T, per = (s->n_views + s->B - 1) / s->B;
    size_t pair = c->clip.width && per ? s->T / per : s->T;
    size_t apart = c->clip.width ? pair : c->connector.tokens;

    for (size_t i = 0; i < N; i++) {
        size_t segment = i % s->T / pair;

        t->ids[i] = c->text.image == 0; /* any other token */
        t->ids[N + i] = (int32_t)(i % s->T);
        t->ids[2 * N + i] = 1 + (int32_t)(segment < per ? segment : 0);
    }
    for (size_t i = 0; i < s->n_views; i++) {
        t->views[i] = (struct mm_pixels){ t->pixels, s->side, s->side };
        t->image_row[i] = (int32_t)(i / per * s->T + i % per * apart);
        if (c->clip.width)
            t->ids[t->image_row[i]] = c->text.image;
    }
}

static void fill_trial(struct trial *t, const struct mm_shape *s)
{
    static const float mean[3] = { 0.5f, 0.5f, 0.5f }, std[3] = { 1, 1, 1 };
    size_t N = s->B * s->T;

    t->piece.batch = (struct mm_batch){ .B = s->B,
                                        .T = s->T,
                                        .tokens = t->ids,
                                        .position = t->ids + N,
                                        .segment = t->ids + 2 * N,
                                        .target = t->ids,
                                        .n_views = s->n_views,
                                        .views = t->views,
                                        .image_row = t->image_row,
                                        .mean = mean,
                                        .std = std };
}

static int open_trial(struct trial *t, const struct mm_config *c,
                      const struct mm_shape *s, size_t bytes,
                      struct mm_err *err)
{
    t->model = mm_model_create(c, 1, 1, err);
    t->graph = mm_graph_create(MM_TRAIN, bytes, err);
    t->ids = mm_alloc(3 * s->B * s->T, sizeof *t->ids, err);
    t->pixels = mm_alloc(s->side * s->side, 3, err);
    t->views = mm_alloc(s->n_views, sizeof *t->views, err);
    t->image_row = mm_alloc(s->n_views, sizeof *t->image_row, err);
    if (!t->model || !t->graph || !t->ids || !t->pixels || !t->views ||
        !t->image_row)
        return -1;
    fill_rows(t, c, s);
    fill_trial(t, s);
    return 0;
}

static void close_trial(struct trial *t)
{
    mm_model_free(t->model);
    mm_graph_free(t->graph);
    free(t->ids);
    free(t->pixels);
    free(t->views);
    free(t->image_row);
}

static double time_trial(struct trial *t)
{
    double best = 1e30, total = 0;

    for (int i = 0; i < 2 || (i < 20 && total < TRIAL_SECONDS); i++) {
        double begin = mm_seconds(), took;
        struct mm_tensor *loss = t->objective->loss(t->model, t->graph,
                                                    &t->piece);

        mm_graph_backward(t->graph, loss, 1);
        mm_graph_reset(t->graph);
        took = mm_seconds() - begin;
        total += took;
        best = took < best ? took : best;
    }
    return best;
}

static int run_trial(const struct mm_objective *o, const struct mm_config *c,
                     int recomputes, const struct mm_shape *s, size_t bytes,
                     double flops, double *rate, struct mm_err *err)
{
    struct trial t = { .objective = o };
    int result = open_trial(&t, c, s, bytes, err);

    if (result == 0) {
        mm_graph_recompute(t.graph, recomputes);
        *rate = flops / time_trial(&t);
    }
    close_trial(&t);
    return result;
}

int mm_plan_measure(const struct mm_objective *o,
                    const struct mm_config *config, int recomputes,
                    const struct mm_shape *s, double *rate,
                    struct mm_err *err)
{
    static const size_t tokens[] = { 0, 256, 64 };
    struct mm_config c = *config;
    struct mm_shape shape = *s;

    *rate = 0;
    for (int small = 0; small < 3 && *rate == 0; small++) {
        struct mm_model *m;
        struct mm_shape most;
        size_t bytes = 0, size;
        double flops = 0, ignored;

        if (small)
            shrink(&c, &shape, tokens[small]);
        most = shape;
        most.text_rows = 0;
        most.patches = MM_PATCHES_ALL;
        m = mm_model_create(&c, 0, 1, err);
        if (!m ||
            mm_plan_piece(o, m, recomputes, &shape, &bytes, &flops, err) < 0 ||
            mm_plan_piece(o, m, recomputes, &most, &bytes, &ignored, err) < 0) {
            mm_model_free(m);
            return -1;
        }
        size = bytes + 2 * m->size * sizeof(float);
        mm_model_free(m);
        if (flops <= TRIAL_FLOPS && size <= TRIAL_BYTES &&
            run_trial(o, &c, recomputes, &shape, bytes, flops, rate,
                      err) < 0)
            return -1;
    }
    if (*rate == 0)
        *rate = mm_peak_flops() / 2;
    return 0;
}
