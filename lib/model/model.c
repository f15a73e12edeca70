/*
 * model.c - a model's parameters
 */
#include "model/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/par.h"
#include "base/rng.h"

/* ---- create ---- */

static void layout(struct mm_model *m, struct mm_layout *l)
{
    const struct mm_config *c = &m->config;

    if (c->vision.layers)
        mm_vit_layout(&m->vit, &c->vision, l);
    if (c->aim.depth)
        mm_aim_layout(&m->aim, c, l);
    if (c->clip.width) {
        mm_clip_vision_layout(&m->clip, c, l);
        mm_clip_layout(&m->clip, c, l);
        return;
    }
    if (c->connector.kind)
        mm_connector_layout(&m->connector, c, l);
    if (c->text.layers)
        mm_decoder_layout(&m->decoder, &c->text, l);
}

static int create_parts(struct mm_model *m, struct mm_err *err)
{
    const struct mm_config *c = &m->config;
    size_t tower = c->clip.width ? c->text.layers : 0;
    size_t decoder = c->text.layers - tower;

    m->vit.layers = mm_alloc(c->vision.layers, sizeof *m->vit.layers, err);
    m->aim.blocks = mm_alloc(c->aim.depth, sizeof *m->aim.blocks, err);
    m->connector.before = mm_alloc(c->connector.depth,
                                   sizeof *m->connector.before, err);
    m->connector.after = mm_alloc(c->connector.depth,
                                  sizeof *m->connector.after, err);
    m->decoder.layers = mm_alloc(decoder, sizeof *m->decoder.layers, err);
    m->decoder.experts = mm_alloc(tower ? 0 : mm_decoder_experts(&c->text),
                                  sizeof *m->decoder.experts, err);
    m->clip.layers = mm_alloc(tower, sizeof *m->clip.layers, err);
    if (!m->vit.layers || !m->aim.blocks || !m->connector.before ||
        !m->connector.after || !m->decoder.layers || !m->decoder.experts ||
        !m->clip.layers)
        return -1;
    return 0;
}

static int create_table(struct mm_model *m, struct mm_err *err)
{
    struct mm_layout l = { 0 };

    layout(m, &l);
    m->params = mm_alloc(l.n, sizeof *m->params, err);
    m->names = mm_alloc(l.names_len, 1, err);
    if (!m->params || !m->names)
        return -1;
    m->n_params = l.n;
    m->size = l.size;
    l = (struct mm_layout){ .params = m->params, .names = m->names };
    layout(m, &l);
    return 0;
}

static int create_blocks(struct mm_model *m, int trainable,
                         struct mm_err *err)
{
    m->weights = mm_alloc(m->size, sizeof(float), err);
    if (!m->weights)
        return -1;
    if (trainable) {
        m->grads = mm_alloc(m->size, sizeof(float), err);
        if (!m->grads)
            return -1;
    }
    for (size_t i = 0; i < m->n_params; i++) {
        struct mm_param *p = &m->params[i];

        p->tensor.data = m->weights + p->offset;
        p->tensor.grad = m->grads ? m->grads + p->offset : NULL;
    }
    return 0;
}

struct mm_model *mm_model_create(const struct mm_config *c, int data,
                                 int trainable, struct mm_err *err)
{
    struct mm_model *m = mm_alloc(1, sizeof *m, err);

    if (!m)
        return NULL;
    m->config = *c;
    if (mm_config_check(c, err) < 0 || create_parts(m, err) < 0 ||
        create_table(m, err) < 0 ||
        (data && create_blocks(m, trainable, err) < 0)) {
        mm_model_free(m);
        return NULL;
    }
    for (size_t i = 0; i < m->n_params; i++)
        m->params[i].tensor.wants_grad = trainable;
    return m;
}

void mm_model_free(struct mm_model *m)
{
    if (!m)
        return;
    free(m->vit.layers);
    free(m->aim.blocks);
    free(m->connector.before);
    free(m->connector.after);
    free(m->decoder.layers);
    free(m->decoder.experts);
    free(m->clip.layers);
    free(m->params);
    free(m->names);
    free(m->weights);
    free(m->grads);
    free(m);
}

/* ---- initial values ---- */

struct filling {
    const struct mm_param *p;
    float *to;
    uint64_t seed, stream;
};

static void fill(void *ctx, size_t begin, size_t end)
{
    const struct filling *f = ctx;

    for (size_t i = begin; i < end; i++)
        f->to[i] = f->p->std > 0
                       ? f->p->std * (float)mm_rng_normal(f->seed, f->stream, i)
                       : f->p->value;
}

void mm_model_init(struct mm_model *m, uint64_t seed)
{
    assert(m->weights);
    for (size_t i = 0; i < m->n_params; i++) {
        const struct mm_param *p = &m->params[i];
        uint32_t hash = (uint32_t)mm_hash64(p->name, strlen(p->name));
        struct filling f = { p, p->tensor.data, seed, MM_RNG_INIT + hash };

        mm_par_range(mm_tensor_count(&p->tensor), 4096, fill, &f);
    }
}

/* ---- counts ---- */

size_t mm_model_count(const struct mm_model *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_params; i++)
        n += mm_tensor_count(&m->params[i].tensor);
    return n;
}

size_t mm_model_count_part(const struct mm_model *m, enum mm_part part)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_params; i++) {
        if (m->params[i].part == part)
            n += mm_tensor_count(&m->params[i].tensor);
    }
    return n;
}

size_t mm_model_count_nonembedding(const struct mm_model *m)
{
    const struct mm_text_config *t = &m->config.text;
    size_t tables = t->layers ? (t->tied ? 1 : 2) : 0;

    size_t n = mm_model_count_part(m, MM_PART_LM), E = t->moe.experts;
    size_t moe = E * t->width * (1 + 3 * t->moe.hidden);

    n -= tables * t->vocab * t->width;
    return n - mm_moe_layers(t) * (moe - (E ? 3 * t->width * t->hidden : 0));
}

size_t mm_model_count_active(const struct mm_model *m)
{
    const struct mm_text_config *t = &m->config.text;
    size_t idle = t->moe.experts ? t->moe.experts - 2 : 0;

    return mm_model_count(m) -
           mm_moe_layers(t) * idle * 3 * t->width * t->moe.hidden;
}
