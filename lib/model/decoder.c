/*
 * decoder.c - the language model: a Llama-like decoder
 */
#include "model/decoder.h"

#include <math.h>

#include "tensor/act.h"
#include "tensor/linear.h"
#include "tensor/norm.h"
#include "tensor/rope.h"

/* Initial variance 1/fan_in, as AXLearn's language models. */
static struct mm_tensor *matrix(struct mm_layout *l, const char *name,
                                size_t out, size_t in)
{
    return mm_layout_matrix(l, name, 1 / sqrtf((float)in), out, in);
}

static void mlp_layout(struct mm_decoder_layer *y,
                       const struct mm_text_config *c, struct mm_layout *l)
{
    size_t D = c->width, F = c->hidden;

    y->gate = matrix(l, "mlp.gate_proj.weight", F, D);
    y->up = matrix(l, "mlp.up_proj.weight", F, D);
    y->down = matrix(l, "mlp.down_proj.weight", D, F);
}

/* experts: room for the pointers of a layer that has some, else NULL */
static void layer_layout(struct mm_decoder_layer *y,
                         struct mm_tensor **experts,
                         const struct mm_text_config *c, struct mm_layout *l)
{
    size_t D = c->width, KV = D / c->heads * c->kv_heads;

    y->norm1 = mm_layout_scale(l, "input_layernorm.weight", D);
    y->q = matrix(l, "self_attn.q_proj.weight", D, D);
    y->k = matrix(l, "self_attn.k_proj.weight", KV, D);
    y->v = matrix(l, "self_attn.v_proj.weight", KV, D);
    y->o = matrix(l, "self_attn.o_proj.weight", D, D);
    y->norm2 = mm_layout_scale(l, "post_attention_layernorm.weight", D);
    if (experts)
        mm_moe_layout(&y->moe, experts, c, l);
    else
        mlp_layout(y, c, l);
}

size_t mm_decoder_experts(const struct mm_text_config *c)
{
    return mm_moe_layers(c) * mm_moe_pointers(c);
}

void mm_decoder_layout(struct mm_decoder *d, const struct mm_text_config *c,
                       struct mm_layout *l)
{
    l->part = MM_PART_LM;
    mm_layout_prefix(l, "language_model.");
    d->embed = matrix(l, "model.embed_tokens.weight", c->vocab, c->width);
    for (size_t i = 0; i < c->layers; i++) {
        mm_layout_prefix(l, "language_model.model.layers.%zu.", i);
        layer_layout(&d->layers[i],
                     mm_moe_at(c, i) ? d->experts + i / c->moe.every *
                                                        mm_moe_pointers(c)
                                     : NULL,
                     c, l);
    }
    mm_layout_prefix(l, "language_model.");
    d->norm = mm_layout_scale(l, "model.norm.weight", c->width);
    d->head = c->tied ? d->embed
                      : matrix(l, "lm_head.weight", c->vocab, c->width);
}

/* What a layer needs, to be run again in the backward pass */
struct layer_args {
    const struct mm_decoder_layer *y;
    const struct mm_text_config *c;
    size_t i;
    struct mm_tensor *x, *position;
    struct mm_attend attend;
    struct mm_moe_pass moe;
};

static void layer_forward(struct mm_graph *g, const void *args,
                          struct mm_tensor **out)
{
    const struct layer_args *a = args;
    const struct mm_decoder_layer *y = a->y;
    const struct mm_text_config *c = a->c;
    size_t C = c->width / c->heads;
    struct mm_tensor *x = a->x, *h, *q, *k, *v;

    h = mm_rmsnorm(g, x, y->norm1, c->norm_eps);
    q = mm_rope(g, mm_linear(g, h, y->q, NULL), a->position, C, c->rope_theta);
    k = mm_rope(g, mm_linear(g, h, y->k, NULL), a->position, C, c->rope_theta);
    v = mm_linear(g, h, y->v, NULL);
    h = a->attend.fn(g, a->attend.ctx, a->i, q, k, v);
    x = mm_add(g, x, mm_linear(g, h, y->o, NULL));
    h = mm_rmsnorm(g, x, y->norm2, c->norm_eps);
    if (mm_moe_at(c, a->i)) {
        h = mm_moe_forward(g, &y->moe, c, a->i, h, &a->moe);
    } else {
        h = mm_swiglu(g, mm_linear(g, h, y->gate, NULL),
                      mm_linear(g, h, y->up, NULL));
        h = mm_linear(g, h, y->down, NULL);
    }
    *out = mm_add(g, x, h);
}

struct mm_tensor *mm_decoder_forward(struct mm_graph *g,
                                     const struct mm_decoder *d,
                                     const struct mm_text_config *c,
                                     struct mm_tensor *x,
                                     struct mm_tensor *position,
                                     const struct mm_attend *attend,
                                     const struct mm_moe_pass *moe)
{
    size_t mark = mm_graph_mark(g);
    struct layer_args a = { .c = c,
                            .x = x,
                            .position = position,
                            .attend = *attend,
                            .moe = *moe };

    for (a.i = 0; a.i < c->layers; a.i++) {
        a.y = &d->layers[a.i];
        mm_graph_stretch(g, layer_forward, &a, sizeof a, &a.x, 1);
        mm_graph_keep(g, mark, a.x);
    }
    return mm_rmsnorm(g, a.x, d->norm, c->norm_eps);
}
