/*
 * aim.c - the head that AIM's pre-training puts on an image encoder
 */
#include "model/aim.h"

#include <math.h>

#include "model/vit.h"
#include "tensor/act.h"
#include "tensor/linear.h"
#include "tensor/norm.h"
#include "tensor/rows.h"

#define WIDER 4

void mm_aim_layout(struct mm_aim *a, const struct mm_config *c,
                   struct mm_layout *l)
{
    size_t D = c->vision.width, W = c->aim.width, P = c->vision.patch_size;
    float std = 1 / sqrtf((float)W);
    float out = std / sqrtf(2 * (float)c->aim.depth);

    l->part = MM_PART_ENCODER;
    mm_layout_prefix(l, "aim_head.");
    a->norm = mm_layout_norm(l, "norm", D);
    a->proj = mm_layout_map(l, "proj", 1 / sqrtf((float)D), W, D);
    for (size_t i = 0; i < c->aim.depth; i++) {
        mm_layout_prefix(l, "aim_head.blocks.%zu.", i);
        a->blocks[i].norm = mm_layout_norm(l, "norm", W);
        a->blocks[i].fc1 = mm_layout_map(l, "fc1", std / sqrtf(2), WIDER * W,
                                         W);
        a->blocks[i].fc2 = mm_layout_map(l, "fc2", out, W, WIDER * W);
    }
    mm_layout_prefix(l, "aim_head.");
    a->norm_out = mm_layout_norm(l, "norm_out", W);
    a->out = mm_layout_map(l, "out", std, 3 * P * P, W);
}

struct mm_tensor *mm_aim_forward(struct mm_graph *g, const struct mm_aim *a,
                                 const struct mm_config *c,
                                 struct mm_tensor *x, size_t n,
                                 const struct mm_tensor *row)
{
    float eps = c->vision.norm_eps;
    size_t side = mm_square_side(mm_tensor_rows(x) / n);
    size_t mark = mm_graph_mark(g);
    struct mm_tensor *h;

    x = mm_layernorm(g, x, a->norm.w, a->norm.b, eps);
    x = mm_linear(g, x, a->proj.w, NULL);
    x = mm_add_rows(g, x, mm_vit_sines(g, side, c->aim.width), n);
    x = mm_gather_rows(g, x, row);
    for (size_t i = 0; i < c->aim.depth; i++) {
        const struct mm_aim_block *b = &a->blocks[i];

        h = mm_layernorm(g, x, b->norm.w, b->norm.b, eps);
        h = mm_gelu(g, mm_linear(g, h, b->fc1.w, NULL));
        x = mm_add(g, x, mm_linear(g, h, b->fc2.w, NULL));
        mm_graph_keep(g, mark, x);
    }
    x = mm_layernorm(g, x, a->norm_out.w, a->norm_out.b, eps);
    return mm_linear(g, x, a->out.w, NULL);
}
