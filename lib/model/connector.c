/*
 * connector.c - the C-Abstractor: patch features to image tokens
 */
#include "model/connector.h"

#include <assert.h>

#include "tensor/act.h"
#include "tensor/conv.h"
#include "tensor/interp.h"
#include "tensor/linear.h"
#include "tensor/norm.h"
#include "tensor/pool.h"
#include "tensor/rows.h"

#define STD 0.02f      /* initial deviation of every weight */
#define CONV_EPS 1e-5f /* timm's LayerNormAct2d */
#define SQUEEZE 4      /* squeeze-and-excitation narrows by this */

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
    size_t narrow = (in + SQUEEZE / 2) / SQUEEZE; /* rounded, of the input */

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

void mm_connector_layout(struct mm_connector *k, const struct mm_config *c,
                         struct mm_layout *l)
{
    const struct mm_connector_config *kc = &c->connector;
    size_t D = c->text.width, W = kc->width;

    l->part = MM_PART_CONNECTOR;
    mm_layout_prefix(l, "connector.");
    k->position = mm_layout_matrix(l, "pos_emb", STD,
                                   mm_vision_patches(&c->vision),
                                   c->vision.width);
    /* net.1 is the pooling */
    stage_layout(k->before, kc->depth, l, 0, W, c->vision.width);
    stage_layout(k->behind, kc->depth, l, 2, W, W);
    mm_layout_prefix(l, "connector.");
    k->readout1 = mm_layout_linear(l, "readout.0", STD, D, W);
    k->readout2 = mm_layout_linear(l, "readout.2", STD, D, D);
}

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

/* n grids of side x side */
static struct mm_tensor *block_forward(struct mm_graph *g,
                                       const struct mm_bottleneck *b,
                                       struct mm_tensor *x, size_t n,
                                       size_t side)
{
    struct mm_tensor *h, *shortcut = x;

    h = mm_linear(g, x, b->conv1.w, NULL);
    h = mm_silu(g, norm(g, h, &b->conv1.norm));
    h = mm_dwconv3x3(g, h, b->conv2.w, n, side, side);
    h = mm_silu(g, norm(g, h, &b->conv2.norm));
    h = excite(g, b, h, n);
    h = norm(g, mm_linear(g, h, b->conv3.w, NULL), &b->conv3.norm);
    if (b->projects)
        shortcut = norm(g, mm_linear(g, x, b->shortcut.w, NULL),
                        &b->shortcut.norm);
    return mm_silu(g, mm_add(g, h, shortcut));
}

static struct mm_tensor *stage_forward(struct mm_graph *g,
                                       const struct mm_bottleneck *blocks,
                                       size_t depth, struct mm_tensor *x,
                                       size_t n, size_t side)
{
    size_t mark = mm_graph_mark(g);

    for (size_t i = 0; i < depth; i++) {
        x = block_forward(g, &blocks[i], x, n, side);
        mm_graph_keep(g, mark, x);
    }
    return x;
}

struct mm_tensor *mm_connector_forward(struct mm_graph *g,
                                       const struct mm_connector *k,
                                       const struct mm_config *c,
                                       struct mm_tensor *x, size_t n)
{
    size_t depth = c->connector.depth;
    size_t side = mm_square_side(mm_tensor_rows(x) / n);
    size_t out = mm_square_side(c->connector.tokens);

    assert(side > 0);
    x = mm_add_rows(g, x, mm_interp_grid(g, k->position, 0, side), n);
    x = stage_forward(g, k->before, depth, x, n, side);
    x = mm_adaptive_pool(g, x, n, side, side, out, out);
    x = stage_forward(g, k->behind, depth, x, n, out);
    x = mm_silu(g, mm_linear(g, x, k->readout1.w, k->readout1.b));
    return mm_linear(g, x, k->readout2.w, k->readout2.b);
}
