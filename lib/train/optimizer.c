/*
 * optimizer.c - AdamW or AdaFactor over the parameters of a model
 */
#include "train/optimizer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tensor/optim.h"

#define THRESHOLD 1.0 /* of AdaFactor's update; T5's and optax's */

/* ---- where the state lies ---- */

static int is_trained(const struct mm_optimizer *o, size_t i)
{
    const struct mm_param *p = &o->model->params[i];

    return !p->idle && o->trained >> p->part & 1;
}

static int has_trained(const struct mm_optimizer *o)
{
    for (size_t i = 0; i < o->model->n_params; i++)
        if (is_trained(o, i))
            return 1;
    return 0;
}

/* Rows and columns of AdaFactor; a vector has one row. */
static size_t rows_of(const struct mm_param *p)
{
    size_t R = p->tensor.dim[0];

    return R > 1 && mm_tensor_count(&p->tensor) / R > 1 ? R : 1;
}

static size_t columns_of(const struct mm_param *p)
{
    return mm_tensor_count(&p->tensor) / rows_of(p);
}

/* At multiples of 64 bytes, as the parameters themselves. */
static size_t padded(size_t n)
{
    return (n + 15) / 16 * 16;
}

static size_t size_of_v(const struct mm_optimizer *o, const struct mm_param *p)
{
    size_t R = rows_of(p);

    if (o->kind == MM_ADAMW || R == 1)
        return padded(mm_tensor_count(&p->tensor));
    return padded(R) + padded(columns_of(p));
}

/* Numbers of both arrays, and the wishes of the parameters. */
static struct mm_slot lay_out(struct mm_optimizer *o)
{
    struct mm_slot at = { 0, 0 };

    for (size_t i = 0; i < o->model->n_params; i++) {
        struct mm_param *p = &o->model->params[i];

        o->slots[i] = at;
        p->tensor.wants_grad = is_trained(o, i);
        if (!is_trained(o, i))
            continue;
        at.m += padded(mm_tensor_count(&p->tensor));
        at.v += size_of_v(o, p);
    }
    o->size = at.m + at.v;
    return at;
}

static int prepare(struct mm_optimizer *o, struct mm_model *m,
                   const struct mm_recipe *r, struct mm_err *err)
{
    *o = (struct mm_optimizer){ .model = m,
                                .kind = r->optimizer,
                                .trained = mm_recipe_trained(r),
                                .beta1 = r->beta1,
                                .beta2 = r->beta2,
                                .epsilon = r->epsilon,
                                .decay = r->decay,
                                .clip = r->clip };
    o->rate[MM_PART_ENCODER] = r->lr_encoder;
    o->rate[MM_PART_CONNECTOR] = r->lr_connector;
    o->rate[MM_PART_LM] = r->lr;
    if (!has_trained(o) && r->lora.rank)
        return mm_fail(err, MM_ECONFIG, "no adapter is in the parts that "
                                        "--train names; name them in "
                                        "--lora-targets, which says '%s'",
                       r->lora.targets);
    if (!has_trained(o))
        return mm_fail(err, MM_ECONFIG, "the model has none of the parts "
                                        "that --train names");
    o->slots = mm_alloc(m->n_params, sizeof *o->slots, err);
    return o->slots ? 0 : -1;
}

int mm_optimizer_plan(struct mm_optimizer *o, struct mm_model *m,
                      const struct mm_recipe *r, struct mm_err *err)
{
    if (prepare(o, m, r, err) < 0)
        return -1;
    lay_out(o);
    return 0;
}

int mm_optimizer_init(struct mm_optimizer *o, struct mm_model *m,
                      const struct mm_recipe *r, struct mm_err *err)
{
    struct mm_slot n;

    assert(m->grads);
    if (prepare(o, m, r, err) < 0)
        return -1;
    n = lay_out(o);
    o->m = mm_alloc(n.m ? n.m : 1, sizeof *o->m, err);
    o->v = mm_alloc(n.v ? n.v : 1, sizeof *o->v, err);
    if (o->m && o->v)
        return 0;
    mm_optimizer_release(o);
    return -1;
}

void mm_optimizer_release(struct mm_optimizer *o)
{
    free(o->slots);
    free(o->m);
    free(o->v);
    o->slots = NULL;
    o->m = o->v = NULL;
}

/* ---- steps ---- */

void mm_optimizer_zero(struct mm_optimizer *o)
{
    mm_grad_zero(o->model->grads, o->model->size);
}

double mm_optimizer_norm(const struct mm_optimizer *o)
{
    return sqrt(mm_sum_squares(o->model->grads, o->model->size));
}

/* The first parameter after i that is treated in another way. */
static size_t end_of_run(const struct mm_model *m, size_t i)
{
    const struct mm_param *p = &m->params[i];

    while (i < m->n_params && m->params[i].part == p->part &&
           m->params[i].idle == p->idle &&
           m->params[i].steady == p->steady)
        i++;
    return i;
}

static double decay_of(const struct mm_optimizer *o, size_t i)
{
    return o->model->params[i].steady ? 0 : o->decay;
}

/* Parameters of a run lie side by side: all at once. */
static void step_adamw(struct mm_optimizer *o, size_t i, size_t next,
                       uint64_t t, double rate, double scale)
{
    const struct mm_model *m = o->model;
    const struct mm_adamw a = { .lr = rate,
                                .beta1 = o->beta1,
                                .beta2 = o->beta2,
                                .eps = o->epsilon,
                                .weight_decay = decay_of(o, i) };
    size_t begin = m->params[i].offset;
    size_t end = next < m->n_params ? m->params[next].offset : m->size;

    mm_optim_adamw(&a, t, scale, m->weights + begin, o->m + o->slots[i].m,
                   o->v + o->slots[i].v, m->grads + begin, end - begin);
}

static void step_adafactor(struct mm_optimizer *o, size_t i, uint64_t t,
                           double rate, double scale)
{
    const struct mm_param *param = &o->model->params[i];
    const struct mm_adafactor a = { .lr = rate,
                                    .beta1 = o->beta1,
                                    .threshold = THRESHOLD,
                                    .weight_decay = decay_of(o, i) };
    float *p = o->model->weights + param->offset, *m = o->m + o->slots[i].m;
    const float *g = o->model->grads + param->offset;
    float *v = o->v + o->slots[i].v;
    size_t R = rows_of(param), C = columns_of(param);

    if (R == 1)
        mm_optim_adafactor_vector(&a, t, scale, p, m, v, g, C);
    else
        mm_optim_adafactor_matrix(&a, t, scale, p, m, v, v + padded(R), g, R,
                                  C);
}

void mm_optimizer_step(struct mm_optimizer *o, int64_t t, double scale,
                       double norm)
{
    const struct mm_model *m = o->model;
    double clipped = o->clip > 0 ? o->clip / (norm + 1e-8) : 1;

    clipped = clipped < 1 ? clipped : 1;
    for (size_t i = 0, next; i < m->n_params; i = next) {
        double rate = o->rate[m->params[i].part] * scale;

        next = end_of_run(m, i);
        if (!is_trained(o, i))
            continue;
        if (o->kind == MM_ADAMW)
            step_adamw(o, i, next, (uint64_t)t, rate, clipped);
        else
            for (size_t j = i; j < next; j++)
                step_adafactor(o, j, (uint64_t)t, rate, clipped);
    }
}

/* ---- what a checkpoint holds ---- */

static struct mm_tensor vector(const char *name, float *data, size_t n)
{
    return (struct mm_tensor){ .dtype = MM_F32,
                               .n_dim = 1,
                               .dim = { n, 1, 1, 1 },
                               .data = data,
                               .name = name };
}

size_t mm_optimizer_states(const struct mm_optimizer *o, size_t i,
                           struct mm_tensor states[MM_MAX_STATES])
{
    const struct mm_param *p = &o->model->params[i];
    float *v = o->v + o->slots[i].v;
    size_t R = rows_of(p);

    if (!is_trained(o, i))
        return 0;
    states[0] = states[1] = p->tensor;
    states[0].name = "m";
    states[0].data = o->m + o->slots[i].m;
    states[1].name = "v";
    states[1].data = v;
    if (o->kind == MM_ADAMW || R == 1)
        return 2;
    states[1] = vector("row", v, R);
    states[2] = vector("col", v + padded(R), columns_of(p));
    return 3;
}
