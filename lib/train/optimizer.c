/*
 * optimizer.c - AdamW over the parameters of a model, decoupled
 */
#include "train/optimizer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tensor/optim.h"

int mm_optimizer_init(struct mm_optimizer *o, struct mm_model *m,
                      const struct mm_recipe *r, struct mm_err *err)
{
    assert(m->grads);
    *o = (struct mm_optimizer){ .model = m,
                                .beta1 = r->beta1,
                                .beta2 = r->beta2,
                                .epsilon = r->epsilon,
                                .decay = r->decay,
                                .clip = r->clip };
    o->rate[MM_PART_ENCODER] = r->lr_encoder;
    o->rate[MM_PART_CONNECTOR] = r->lr_connector;
    o->rate[MM_PART_LM] = r->lr;
    o->m = mm_alloc(m->size, sizeof *o->m, err);
    o->v = mm_alloc(m->size, sizeof *o->v, err);
    if (o->m && o->v)
        return 0;
    mm_optimizer_release(o);
    return -1;
}

void mm_optimizer_release(struct mm_optimizer *o)
{
    free(o->m);
    free(o->v);
    o->m = o->v = NULL;
}

void mm_optimizer_zero(struct mm_optimizer *o)
{
    mm_grad_zero(o->model->grads, o->model->size);
}

double mm_optimizer_norm(const struct mm_optimizer *o)
{
    return sqrt(mm_sum_squares(o->model->grads, o->model->size));
}

/* The first parameter behind i that is of another part. */
static size_t end_of_part(const struct mm_model *m, size_t i)
{
    enum mm_part part = m->params[i].part;

    while (i < m->n_params && m->params[i].part == part)
        i++;
    return i;
}

void mm_optimizer_step(struct mm_optimizer *o, int64_t t, double scale,
                       double norm)
{
    const struct mm_model *m = o->model;
    double clipped = o->clip > 0 ? o->clip / (norm + 1e-8) : 1;
    struct mm_adamw a = { .beta1 = o->beta1,
                          .beta2 = o->beta2,
                          .eps = o->epsilon,
                          .weight_decay = o->decay };

    for (size_t i = 0, next; i < m->n_params; i = next) {
        size_t begin = m->params[i].offset, end;

        next = end_of_part(m, i);
        end = next < m->n_params ? m->params[next].offset : m->size;
        a.lr = o->rate[m->params[i].part] * scale;
        mm_optim_adamw(&a, (uint64_t)t, clipped < 1 ? clipped : 1,
                       m->weights + begin, o->m + begin, o->v + begin,
                       m->grads + begin, end - begin);
    }
}
