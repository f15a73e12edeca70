/*
 * plan.c - what a training run will take, before it starts
 */
#include "train/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/packed.h"
#include "train/fit.h"
#include "train/plan_trial.h"

/* Code, libraries, stacks, and a shard's frames; measured on the demo. */
#define BASE_BYTES ((size_t)12 << 20)

static double bytes_of_sequence(const struct mm_plan_data *d)
{
    const size_t ids = 4 * sizeof(int32_t) + 3 * sizeof(int32_t) + 3;
    double view = (double)(3 * d->side * d->side);

    return (double)(d->T * ids) + d->mean_views * view;
}

int mm_plan_piece(const struct mm_objective *o, struct mm_model *m,
                  int recomputes, const struct mm_shape *piece,
                  size_t *bytes, double *flops, struct mm_err *err)
{
    struct mm_graph *g = mm_graph_create_plan(1, err);
    int result = -1;

    if (g) {
        mm_graph_recompute(g, recomputes);
        result = mm_engine_plan(o, m, g, piece, err);
    }
    if (result == 0) {
        struct mm_cost cost = mm_graph_cost(g);

        *bytes = mm_graph_peak(g);
        *flops = cost.forward_flops + cost.backward_flops;
    }
    mm_graph_free(g);
    return result;
}

/* ---- the data ---- */

#define LOOK_AT 4096 /* sequences */

/* What is computed at a time */
struct piece {
    size_t views, text;
};

static void add_sequence(struct piece *p, const struct mm_packed_seq *s,
                         size_t image_tokens)
{
    p->views += s->n_views;
    p->text += s->used - s->n_views * image_tokens;
}

static int look(struct mm_plan_data *d, struct mm_packed *data, size_t micro,
                struct mm_err *err)
{
    struct mm_packed_seq s = { 0 };
    size_t image_tokens = mm_packed_info(data)->image_tokens;
    size_t count = mm_packed_count(data);
    struct piece piece = { 0, 0 }, all = { 0, 0 };
    int result = 0;

    count = count < LOOK_AT ? count : LOOK_AT;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = mm_packed_get(data, i, &s, err);
        if (result == 0 && s.n_views > d->max_views)
            result = mm_fail(err, MM_EDATA, "sequence %zu: the model takes no "
                                            "pictures",
                             i);
        if (result < 0)
            break;
        if (i % micro == 0)
            piece = (struct piece){ 0, 0 };
        add_sequence(&piece, &s, image_tokens);
        add_sequence(&all, &s, image_tokens);
        if (piece.text > d->piece_text)
            d->piece_text = piece.text;
        if (piece.views > d->piece_views)
            d->piece_views = piece.views;
    }
    mm_packed_seq_release(&s);
    d->mean_views = (double)all.views / (double)count;
    d->mean_text = (double)all.text / (double)count;
    return result;
}

static struct mm_shape sequence(const struct mm_plan_data *d)
{
    return (struct mm_shape){ 1, d->T, d->max_views, d->side, 0,
                              MM_PATCHES_ALL };
}

size_t mm_plan_micro(const struct mm_plan_data *d,
                     const struct mm_objective *objective,
                     const struct mm_config *c, const struct mm_recipe *r)
{
    struct mm_shape s = sequence(d);

    return (size_t)mm_objective_micro(objective, c, r, &s);
}

int mm_plan_look(struct mm_plan_data *d, const struct mm_objective *objective,
                 struct mm_config *c, const char *const *paths, size_t n,
                 const struct mm_recipe *r, struct mm_err *err)
{
    struct mm_preprocess pre;
    struct mm_packed *data;
    const struct mm_packed_info *info;
    int result;

    mm_preprocess_default(&pre);
    if (c->vision.image_size)
        pre.size = c->vision.image_size;
    data = mm_packed_open(paths, n, &pre, err);
    if (!data)
        return -1;
    info = mm_packed_info(data);
    *d = (struct mm_plan_data){ .T = info->seq_len,
                                .max_views = info->max_images };
    d->side = info->image_size ? info->image_size : pre.size;
    objective->adopt(c, info);
    result = objective->fit(c, info, err);
    if (result == 0 && c->vision.layers == 0)
        d->max_views = 0;
    if (result == 0)
        result = look(d, data, mm_plan_micro(d, objective, c, r), err);
    mm_packed_close(data);
    return result;
}

/* ---- the plan ---- */

/* The largest piece that may come says whether layers are run again. */
static int count_most(struct mm_plan *p, const struct mm_objective *objective,
                      struct mm_model *m, const struct mm_optimizer *o,
                      const struct mm_recipe *r, const struct mm_plan_data *d,
                      size_t *most, struct mm_err *err)
{
    size_t B = (size_t)r->micro;
    struct mm_shape piece = { B, d->T, B * d->max_views, d->side, 0,
                              MM_PATCHES_ALL };
    double flops;

    if (mm_plan_piece(objective, m, 0, &piece, most, &flops, err) < 0)
        return -1;
    p->recomputes = mm_engine_recomputes((enum mm_recompute)r->recompute, m, o,
                                         *most);
    return p->recomputes ? mm_plan_piece(objective, m, 1, &piece, most, &flops,
                                         err)
                         : 0;
}

/* Up to the number after key in name, 0: there is none */
static size_t numbered(const char *name, const char *key)
{
    const char *at = strstr(name, key);

    if (!at)
        return 0;
    at += strlen(key);
    return (size_t)(at - name) + strspn(at, "0123456789");
}

/* The layer or expert that a parameter belongs to: how much of its name */
static size_t layer_name(const char *name)
{
    size_t n = numbered(name, ".experts.");

    if (n == 0)
        n = numbered(name, "layers.");
    return n ? n : strlen(name);
}

/* Bytes of the largest one; its parameters lie side by side. */
static size_t largest_layer(const struct mm_model *m)
{
    size_t most = 0, sum = 0;

    for (size_t i = 0; i < m->n_params; i++) {
        const char *name = m->params[i].name;
        size_t n = layer_name(name);

        if (i == 0 || layer_name(m->params[i - 1].name) != n ||
            strncmp(m->params[i - 1].name, name, n) != 0)
            sum = 0;
        sum += mm_tensor_count(&m->params[i].tensor) * sizeof(float);
        most = sum > most ? sum : most;
    }
    return most;
}

/* The largest of B sequences that is usual */
static struct mm_shape usual_piece(const struct mm_recipe *r,
                                   const struct mm_plan_data *d, size_t B)
{
    size_t views = B * d->max_views;

    if (B >= (size_t)r->micro || views > d->piece_views)
        views = d->piece_views;
    return (struct mm_shape){ B, d->T, views, d->side, d->piece_text,
                              MM_PATCHES_USUAL };
}

/* *bytes: of all; *more: those that are the whole batch's */
static int count_usual(const struct mm_plan *p, struct mm_model *m,
                       const struct mm_recipe *r, const struct mm_shape *piece,
                       size_t *bytes, size_t *more, double *more_flops,
                       struct mm_err *err)
{
    const struct mm_objective *o = p->objective;
    double flops;

    *more = 0;
    if (mm_plan_piece(o, m, p->recomputes, piece, bytes, &flops, err) < 0)
        return -1;
    if (o->extra && o->extra(m, piece, (size_t)r->batch, more, more_flops,
                             err) < 0)
        return -1;
    *bytes += *more;
    return 0;
}

int mm_plan_activations(const struct mm_plan *p, const struct mm_config *c,
                        const struct mm_recipe *r,
                        const struct mm_plan_data *d, size_t B, size_t *bytes,
                        struct mm_err *err)
{
    struct mm_shape piece = usual_piece(r, d, B);
    struct mm_model *m;
    size_t more;
    double ignored;
    int result;

    *bytes = p->activation_bytes;
    if (B >= (size_t)r->micro)
        return 0;
    m = mm_model_create(c, 0, 1, err);
    if (!m)
        return -1;
    result = count_usual(p, m, r, &piece, bytes, &more, &ignored, err);
    mm_model_free(m);
    return result;
}

/* learner: m itself, or the adapters beside it */
static int count_memory(struct mm_plan *p, const struct mm_objective *objective,
                        struct mm_model *m, struct mm_model *learner,
                        const struct mm_recipe *r,
                        const struct mm_plan_data *d, struct mm_err *err)
{
    struct mm_shape piece = usual_piece(r, d, (size_t)r->micro);
    size_t block = m->size * sizeof(float), most = 0, more = 0;
    size_t learnt = learner->size * sizeof(float);
    struct mm_optimizer o;

    if (mm_optimizer_plan(&o, learner, r, err) < 0)
        return -1;
    p->optimizer_bytes = o.size * sizeof(float);
    if (count_most(p, objective, m, &o, r, d, &most, err) < 0) {
        mm_optimizer_release(&o);
        return -1;
    }
    mm_optimizer_release(&o);
    if (count_usual(p, m, r, &piece, &p->activation_bytes, &more,
                    &p->extra_flops, err) < 0)
        return -1;
    most = most + more > p->activation_bytes ? most + more
                                             : p->activation_bytes;
    p->spare_bytes = most - p->activation_bytes;
    p->weight_bytes = learner == m ? block : block + learnt;
    p->gradient_bytes = learnt;
    p->data_bytes = (size_t)(2 * (double)r->batch * bytes_of_sequence(d));
    p->base_bytes = BASE_BYTES;
    p->total_bytes = p->weight_bytes + learnt + p->optimizer_bytes +
                     p->activation_bytes + p->data_bytes + p->base_bytes;
    p->disk_bytes = learnt + p->optimizer_bytes;
    p->layer_bytes = largest_layer(m);
    return 0;
}

/* FLOPs grow evenly with the number of views. */
static int count_sample(const struct mm_objective *objective,
                        struct mm_model *m, int recomputes,
                        const struct mm_plan_data *d, double *flops,
                        struct mm_err *err)
{
    struct mm_shape one = { 1, d->T, 0, d->side, (size_t)d->mean_text,
                            MM_PATCHES_MEAN };
    double without = 0, with = 0;
    size_t bytes;

    if (mm_plan_piece(objective, m, recomputes, &one, &bytes, &without,
                      err) < 0)
        return -1;
    one.n_views = d->max_views ? 1 : 0;
    if (mm_plan_piece(objective, m, recomputes, &one, &bytes, &with, err) < 0)
        return -1;
    *flops = without + (with - without) * d->mean_views;
    return 0;
}

static int count_flops(struct mm_plan *p, const struct mm_objective *objective,
                       struct mm_model *m, const struct mm_recipe *r,
                       const struct mm_plan_data *d, struct mm_err *err)
{
    double work;

    if (count_sample(objective, m, 0, d, &p->sample_flops, err) < 0 ||
        count_sample(objective, m, p->recomputes, d, &work, err) < 0)
        return -1;
    p->step_flops = p->sample_flops * (double)r->batch + p->extra_flops;
    p->step_work = work * (double)r->batch + p->extra_flops;
    return 0;
}

static int make(struct mm_plan *p, const struct mm_objective *objective,
                struct mm_model *m, struct mm_recipe *r,
                const struct mm_plan_data *d, struct mm_err *err)
{
    struct mm_lora *lora = NULL;
    struct mm_shape one = sequence(d);
    int result;

    p->encoder = mm_model_count_part(m, MM_PART_ENCODER);
    p->connector = mm_model_count_part(m, MM_PART_CONNECTOR);
    p->lm = mm_model_count_part(m, MM_PART_LM);
    p->nonembedding = mm_model_count_nonembedding(m);
    p->active = mm_model_count_active(m);
    p->experts = m->config.text.moe.experts;
    mm_objective_resolve(objective, &m->config, r, p->nonembedding, &one);
    if (r->lora.rank) {
        lora = mm_lora_create(m, NULL, &r->lora, 0, 0, err);
        if (!lora)
            return -1;
        p->adapters = mm_model_count(lora->adapter);
    }
    result = count_memory(p, objective, m, lora ? lora->adapter : m, r, d,
                          err);
    if (result == 0)
        result = count_flops(p, objective, m, r, d, err);
    mm_lora_free(lora);
    return result;
}

int mm_plan_make(struct mm_plan *p, const struct mm_objective *objective,
                 const struct mm_config *c, struct mm_recipe *r,
                 const struct mm_plan_data *d, double gflops,
                 struct mm_err *err)
{
    struct mm_model *m = mm_recipe_check(r, err) < 0
                             ? NULL
                             : mm_model_create(c, 0, r->lora.rank == 0,
                                               err);
    struct mm_shape piece = { 0, d->T, d->piece_views, d->side,
                              d->piece_text, MM_PATCHES_MEAN };
    int result = -1;

    *p = (struct mm_plan){ .objective = objective,
                           .flop_rate = gflops * 1e9 };
    if (m)
        result = make(p, objective, m, r, d, err);
    piece.B = (size_t)r->micro;
    if (result == 0 && gflops == 0)
        result = mm_plan_measure(objective, c, p->recomputes, &piece,
                                 &p->flop_rate, err);
    p->seconds = p->step_work * (double)r->steps / p->flop_rate;
    mm_model_free(m);
    return result;
}
