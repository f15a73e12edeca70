/*
 * connector.c - patch features to image tokens
 */
#include "model/connector.h"

#include <assert.h>

#include "tensor/act.h"
#include "tensor/attention.h"
#include "tensor/conv.h"
#include "tensor/interp.h"
#include "tensor/linear.h"
#include "tensor/norm.h"
#include "tensor/pool.h"
#include "tensor/rows.h"

#define STD 0.02f      /* initial deviation of every weight */
#define CONV_EPS 1e-5f /* timm's LayerNormAct2d */
#define NORM_EPS 1e-5f
#define SQUEEZE 4 /* squeeze-and-excitation narrows by this */

static struct mm_conv_norm conv1x1_layout(struct mm_layout *l,
                                          const char *conv, const char *norm,
                                          size_t out, size_t in)
{
    struct mm_conv_norm c;

    c.w = mm_layout_matrix(l, conv, STD, out, in);
    c.norm = mm_layout_norm(l, norm, out);
    return c;
}

static void block_layout(struct mm_bottleneck *b, struct mm_layout *l,
                         size_t out, size_t in)
{
    /* a quarter of the input, rounded, half to even as Python does */
    size_t narrow = (in + SQUEEZE / 2 - (in / SQUEEZE + 1) % 2) / SQUEEZE;

    b->projects = in != out;
    b->conv1 = conv1x1_layout(l, "conv1.conv.weight", "conv1.bn", out, in);
    b->conv2.w = mm_layout_add(l, "conv2.conv.weight", STD, 0, 4,
                               (size_t[]){ out, 1, 3, 3 });
    b->conv2.norm = mm_layout_norm(l, "conv2.bn", out);
    b->fc1 = mm_layout_linear(l, "se.fc1", STD, narrow, out);
    b->fc2 = mm_layout_linear(l, "se.fc2", STD, out, narrow);
    b->conv3 = conv1x1_layout(l, "conv3.conv.weight", "conv3.bn", out, out);
    if (b->projects)
        b->shortcut = conv1x1_layout(l, "downsample.conv.weight",
                                     "downsample.bn", out, in);
}

static void stage_layout(struct mm_bottleneck *blocks, size_t depth,
                         struct mm_layout *l, int stage, size_t out,
                         size_t in)
{
    for (size_t i = 0; i < depth; i++) {
        mm_layout_prefix(l, "connector.net.%d.b%zu.", stage, i + 1);
        block_layout(&blocks[i], l, out, i ? out : in);
    }
}

static void abstractor_layout(struct mm_connector *k,
                              const struct mm_config *c, struct mm_layout *l)
{
    const struct mm_connector_config *kc = &c->connector;
    size_t D = c->text.width, W = kc->width;

    k->position = mm_layout_matrix(l, "pos_emb", STD,
                                   mm_vision_patches(&c->vision),
                                   c->vision.width);
    /* net.1 is the pooling */
    stage_layout(k->before, kc->depth, l, 0, W, c->vision.width);
    stage_layout(k->after, kc->depth, l, 2, W, W);
    mm_layout_prefix(l, "connector.");
    k->readout1 = mm_layout_linear(l, "readout.0", STD, D, W);
    k->readout2 = mm_layout_linear(l, "readout.2", STD, D, D);
}

static void attnpool_layout(struct mm_connector *k, const struct mm_config *c,
                            struct mm_layout *l)
{
    size_t D = c->vision.width;

    k->queries = mm_layout_matrix(l, "queries", STD, c->connector.tokens, D);
    k->norm = mm_layout_norm(l, "norm", D);
    k->q = mm_layout_matrix(l, "q_proj.weight", STD, D, D);
    k->k = mm_layout_matrix(l, "k_proj.weight", STD, D, D);
    k->v = mm_layout_matrix(l, "v_proj.weight", STD, D, D);
    k->out = mm_layout_matrix(l, "out_proj.weight", STD, D, D);
    k->readout1 = mm_layout_linear(l, "project_up", STD, c->text.width, D);
}

void mm_connector_layout(struct mm_connector *k, const struct mm_config *c,
                         struct mm_layout *l)
{
    size_t D = c->text.width, E = c->vision.width;

    l->part = MM_PART_CONNECTOR;
    mm_layout_prefix(l, "connector.");
    switch (c->connector.kind) {
    case MM_CONNECTOR_C_ABSTRACTOR:
        abstractor_layout(k, c, l);
        break;
    case MM_CONNECTOR_AVGPOOL:
        k->readout1.w = mm_layout_matrix(l, "project_up.weight", STD, D, E);
        break;
    case MM_CONNECTOR_ATTNPOOL:
        attnpool_layout(k, c, l);
        break;
    case MM_CONNECTOR_MLP:
        k->readout1 = mm_layout_linear(l, "linear_1", STD, D, E);
        k->readout2 = mm_layout_linear(l, "linear_2", STD, D, D);
        break;
    case MM_CONNECTOR_NONE:
        break;
    }
}

/* ---- forward: n views of side x side patches to out x out tokens ---- */

static struct mm_tensor *norm(struct mm_graph *g, struct mm_tensor *x,
                              const struct mm_affine *n)
{
    return mm_layernorm(g, x, n->w, n->b, CONV_EPS);
}

static struct mm_tensor *excite(struct mm_graph *g,
                                const struct mm_bottleneck *b,
                                struct mm_tensor *h, size_t n)
{
    struct mm_tensor *s = mm_mean_rows(g, h, n);

    s = mm_silu(g, mm_linear(g, s, b->fc1.w, b->fc1.b));
    s = mm_sigmoid(g, mm_linear(g, s, b->fc2.w, b->fc2.b));
    return mm_scale_rows(g, h, s, n);
}

/* A bottleneck of n grids of side x side */
struct block_args {
    const struct mm_bottleneck *b;
    struct mm_tensor *x;
    size_t n, side;
};

static void block_forward(struct mm_graph *g, const void *args,
                          struct mm_tensor **out)
{
    const struct block_args *a = args;
    const struct mm_bottleneck *b = a->b;
    struct mm_tensor *h, *shortcut = a->x;

    h = mm_linear(g, a->x, b->conv1.w, NULL);
    h = mm_silu(g, norm(g, h, &b->conv1.norm));
    h = mm_dwconv3x3(g, h, b->conv2.w, a->n, a->side, a->side);
    h = mm_silu(g, norm(g, h, &b->conv2.norm));
    h = excite(g, b, h, a->n);
    h = norm(g, mm_linear(g, h, b->conv3.w, NULL), &b->conv3.norm);
    if (b->projects)
        shortcut = norm(g, mm_linear(g, a->x, b->shortcut.w, NULL),
                        &b->shortcut.norm);
    *out = mm_silu(g, mm_add(g, h, shortcut));
}

static struct mm_tensor *stage_forward(struct mm_graph *g,
                                       const struct mm_bottleneck *blocks,
                                       size_t depth, struct mm_tensor *x,
                                       size_t n, size_t side)
{
    size_t mark = mm_graph_mark(g);
    struct block_args a = { .x = x, .n = n, .side = side };

    for (size_t i = 0; i < depth; i++) {
        a.b = &blocks[i];
        mm_graph_stretch(g, block_forward, &a, sizeof a, &a.x, 1);
        mm_graph_keep(g, mark, a.x);
    }
    return a.x;
}

static struct mm_tensor *abstractor_forward(struct mm_graph *g,
                                            const struct mm_connector *k,
                                            size_t depth, struct mm_tensor *x,
                                            size_t n, size_t side, size_t out)
{
    x = mm_add_rows(g, x, mm_interp_grid(g, k->position, 0, side), n);
    x = stage_forward(g, k->before, depth, x, n, side);
    x = mm_adaptive_pool(g, x, n, side, side, out, out);
    x = stage_forward(g, k->after, depth, x, n, out);
    x = mm_silu(g, mm_linear(g, x, k->readout1.w, k->readout1.b));
    return mm_linear(g, x, k->readout2.w, k->readout2.b);
}

static struct mm_tensor *mlp_forward(struct mm_graph *g,
                                     const struct mm_connector *k,
                                     struct mm_tensor *x, size_t n,
                                     size_t side, size_t out)
{
    x = mm_gelu(g, mm_linear(g, x, k->readout1.w, k->readout1.b));
    x = mm_linear(g, x, k->readout2.w, k->readout2.b);
    return side == out ? x : mm_adaptive_pool(g, x, n, side, side, out, out);
}

/* The rows of x once for each of n views */
static struct mm_tensor *repeat(struct mm_graph *g, struct mm_tensor *x,
                                size_t n)
{
    size_t rows = mm_tensor_rows(x), count = n * rows;
    struct mm_tensor *index = mm_input_room(g, MM_I32, 1, &count);

    for (size_t i = 0; mm_graph_mode(g) != MM_PLAN && i < count; i++) {
        int32_t row = (int32_t)(i % rows);

        mm_tensor_put(g, index, i, 1, &row);
    }
    return mm_gather_rows(g, x, index);
}

static struct mm_tensor *attnpool_forward(struct mm_graph *g,
                                          const struct mm_connector *k,
                                          size_t heads, struct mm_tensor *x,
                                          size_t n)
{
    struct mm_tensor *q = repeat(g, mm_linear(g, k->queries, k->q, NULL), n);
    struct mm_tensor *f = mm_layernorm(g, x, k->norm.w, k->norm.b, NORM_EPS);
    struct mm_tensor *keys = mm_linear(g, f, k->k, NULL);
    struct mm_tensor *values = mm_linear(g, f, k->v, NULL);

    x = mm_attention_cross(g, q, keys, values, n, heads, heads);
    x = mm_linear(g, x, k->out, NULL);
    return mm_linear(g, x, k->readout1.w, k->readout1.b);
}

struct mm_tensor *mm_connector_forward(struct mm_graph *g,
                                       const struct mm_connector *k,
                                       const struct mm_config *c,
                                       struct mm_tensor *x, size_t n)
{
    size_t side = mm_square_side(mm_tensor_rows(x) / n);
    size_t out = mm_square_side(c->connector.tokens);

    assert(side > 0 && c->connector.kind != MM_CONNECTOR_NONE);
    switch (c->connector.kind) {
    case MM_CONNECTOR_C_ABSTRACTOR:
        return abstractor_forward(g, k, c->connector.depth, x, n, side, out);
    case MM_CONNECTOR_AVGPOOL:
        x = mm_adaptive_pool(g, x, n, side, side, out, out);
        return mm_linear(g, x, k->readout1.w, NULL);
    case MM_CONNECTOR_ATTNPOOL:
        return attnpool_forward(g, k, mm_connector_heads(c), x, n);
    case MM_CONNECTOR_MLP:
        return mlp_forward(g, k, x, n, side, out);
    case MM_CONNECTOR_NONE:
        break;
    }
    return x;
}
