/*
 * vit.c - the image encoder: a vision transformer as CLIP has it
 */
#include "model/vit.h"

#include <assert.h>
#include <math.h>

#include "tensor/act.h"
#include "tensor/attention.h"
#include "tensor/interp.h"
#include "tensor/linear.h"
#include "tensor/norm.h"
#include "tensor/patch.h"
#include "tensor/rows.h"

/* Initial deviations as open_clip's: D^-1/2, branches damped by (2L)^-1/2. */
static void layer_layout(struct mm_vit_layer *y,
                         const struct mm_vision_config *c,
                         struct mm_layout *l)
{
    size_t D = c->width, F = c->hidden;
    float std = 1 / sqrtf((float)D);
    float out = std / sqrtf(2 * (float)c->layers);

    y->norm1 = mm_layout_norm(l, "layer_norm1", D);
    y->q = mm_layout_linear(l, "self_attn.q_proj", std, D, D);
    y->k = mm_layout_linear(l, "self_attn.k_proj", std, D, D);
    y->v = mm_layout_linear(l, "self_attn.v_proj", std, D, D);
    y->out = mm_layout_linear(l, "self_attn.out_proj", out, D, D);
    y->norm2 = mm_layout_norm(l, "layer_norm2", D);
    y->fc1 = mm_layout_linear(l, "mlp.fc1", std / sqrtf(2), F, D);
    y->fc2 = mm_layout_linear(l, "mlp.fc2", out, D, F);
}

void mm_vit_layout(struct mm_vit *v, const struct mm_vision_config *c,
                   struct mm_layout *l)
{
    size_t D = c->width, P = c->patch_size;
    float std = 1 / sqrtf((float)D);
    /* the deviation of PyTorch's default for a convolution */
    float patch_std = 1 / sqrtf(3 * 3 * (float)(P * P));

    l->part = MM_PART_ENCODER;
    mm_layout_prefix(l, "vision_tower.vision_model.");
    v->cls = mm_layout_add(l, "embeddings.class_embedding", std, 0, 1, &D);
    v->patch = mm_layout_add(l, "embeddings.patch_embedding.weight",
                             patch_std, 0, 4, (size_t[]){ D, 3, P, P });
    v->position = mm_layout_matrix(l, "embeddings.position_embedding.weight",
                                   std, 1 + mm_vision_patches(c), D);
    v->pre_norm = mm_layout_norm(l, "pre_layrnorm", D); /* spelled so */
    for (size_t i = 0; i < c->layers; i++) {
        mm_layout_prefix(l, "vision_tower.vision_model.encoder.layers.%zu.",
                         i);
        layer_layout(&v->layers[i], c, l);
    }
}

static struct mm_tensor *linear(struct mm_graph *g, struct mm_tensor *x,
                                const struct mm_affine *a)
{
    return mm_linear(g, x, a->w, a->b);
}

static struct mm_tensor *attend(struct mm_graph *g,
                                const struct mm_vit_layer *y,
                                const struct mm_vision_config *c,
                                struct mm_tensor *x, size_t n)
{
    struct mm_tensor *q = linear(g, x, &y->q);
    struct mm_tensor *k = linear(g, x, &y->k);
    struct mm_tensor *v = linear(g, x, &y->v);

    x = mm_attention(g, q, k, v, n, mm_tensor_rows(x) / n, c->heads, c->heads,
                     NULL, 0);
    return linear(g, x, &y->out);
}

static struct mm_tensor *layer_forward(struct mm_graph *g,
                                       const struct mm_vit_layer *y,
                                       const struct mm_vision_config *c,
                                       struct mm_tensor *x, size_t n)
{
    struct mm_tensor *h;

    h = mm_layernorm(g, x, y->norm1.w, y->norm1.b, c->norm_eps);
    x = mm_add(g, x, attend(g, y, c, h, n));
    h = mm_layernorm(g, x, y->norm2.w, y->norm2.b, c->norm_eps);
    h = linear(g, h, &y->fc1);
    h = c->activation == MM_ACT_GELU ? mm_gelu(g, h) : mm_quick_gelu(g, h);
    return mm_add(g, x, linear(g, h, &y->fc2));
}

struct mm_tensor *mm_vit_forward(struct mm_graph *g, const struct mm_vit *v,
                                 const struct mm_vision_config *c,
                                 const struct mm_tensor *pixels,
                                 const float mean[3], const float std[3])
{
    size_t n = pixels->dim[0], side = pixels->dim[1], P = c->patch_size;
    size_t mark = mm_graph_mark(g);
    struct mm_tensor *x, *position;

    assert(side == pixels->dim[2] && side % P == 0);
    position = mm_interp_grid(g, v->position, 1, side / P);
    x = mm_patch_embed(g, pixels, v->patch, NULL, mean, std);
    x = mm_prepend_class(g, x, v->cls, position, n);
    x = mm_layernorm(g, x, v->pre_norm.w, v->pre_norm.b, c->norm_eps);
    for (size_t i = 0; i < c->layers; i++) {
        x = layer_forward(g, &v->layers[i], c, x, n);
        mm_graph_keep(g, mark, x);
    }
    return mm_drop_rows(g, x, n, 1);
}
