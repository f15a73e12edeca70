/*
 * vit.c - the image encoder: a vision transformer as CLIP or AIM has it
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

/* ---- parameters ---- */

/* Initial deviations as open_clip's: D^-1/2, branches damped by (2L)^-1/2. */
static void layer_layout(struct mm_vit_layer *y,
                         const struct mm_vision_config *c,
                         struct mm_layout *l)
{
    struct mm_affine (*map)(struct mm_layout *, const char *, float, size_t,
                            size_t) =
        c->kind == MM_VISION_AIM ? mm_layout_map : mm_layout_linear;
    size_t D = c->width, F = c->hidden;
    float std = 1 / sqrtf((float)D);
    float out = std / sqrtf(2 * (float)c->layers);

    y->norm1 = mm_layout_norm(l, "layer_norm1", D);
    y->q = map(l, "self_attn.q_proj", std, D, D);
    y->k = map(l, "self_attn.k_proj", std, D, D);
    y->v = map(l, "self_attn.v_proj", std, D, D);
    y->out = map(l, "self_attn.out_proj", out, D, D);
    y->norm2 = mm_layout_norm(l, "layer_norm2", D);
    y->fc1 = map(l, "mlp.fc1", std / sqrtf(2), F, D);
    y->fc2 = map(l, "mlp.fc2", out, D, F);
}

static struct mm_tensor *patch_layout(struct mm_layout *l, size_t D, size_t P)
{
    /* the deviation of PyTorch's default for a convolution */
    float std = 1 / sqrtf(3 * 3 * (float)(P * P));

    return mm_layout_add(l, "embeddings.patch_embedding.weight", std, 0, 4,
                         (size_t[]){ D, 3, P, P });
}

static void clip_layout(struct mm_vit *v, const struct mm_vision_config *c,
                        struct mm_layout *l)
{
    size_t D = c->width;
    float std = 1 / sqrtf((float)D);

    v->cls = mm_layout_add(l, "embeddings.class_embedding", std, 0, 1, &D);
    v->patch.w = patch_layout(l, D, c->patch_size);
    v->position = mm_layout_matrix(l, "embeddings.position_embedding.weight",
                                   std, 1 + mm_vision_patches(c), D);
    v->pre_norm = mm_layout_norm(l, "pre_layrnorm", D); /* spelled so */
}

static void aim_layout(struct mm_vit *v, const struct mm_vision_config *c,
                       struct mm_layout *l)
{
    size_t D = c->width;

    v->patch.w = patch_layout(l, D, c->patch_size);
    v->patch.b = mm_layout_add(l, "embeddings.patch_embedding.bias", 0, 0, 1,
                               &D);
    v->patch_norm = mm_layout_norm(l, "embeddings.layernorm", D);
}

void mm_vit_layout(struct mm_vit *v, const struct mm_vision_config *c,
                   struct mm_layout *l)
{
    l->part = MM_PART_ENCODER;
    mm_layout_prefix(l, "vision_tower.vision_model.");
    if (c->kind == MM_VISION_AIM)
        aim_layout(v, c, l);
    else
        clip_layout(v, c, l);
    mm_vit_blocks_layout(v->layers, c, "vision_tower.vision_model.", l);
}

void mm_vit_blocks_layout(struct mm_vit_layer *layers,
                          const struct mm_vision_config *c,
                          const char *prefix, struct mm_layout *l)
{
    for (size_t i = 0; i < c->layers; i++) {
        l->idle = i >= mm_vision_depth(c);
        mm_layout_prefix(l, "%sencoder.layers.%zu.", prefix, i);
        layer_layout(&layers[i], c, l);
    }
    l->idle = 0;
}

/* ---- positions ---- */

#define AT_A_TIME 64 /* waves, on the stack */

/* Waves first .. first + n - 1 of `place`, in all cells where it stands. */
static void put_waves(struct mm_graph *g, struct mm_tensor *x, size_t side,
                      size_t place, size_t first, size_t n)
{
    size_t D = mm_tensor_width(x), Q = D / 4;
    float sine[AT_A_TIME], cosine[AT_A_TIME];

    for (size_t i = 0; i < n; i++) {
        double w = pow(10000, -(double)(first + i) / (double)Q);

        sine[i] = (float)sin((double)place * w);
        cosine[i] = (float)cos((double)place * w);
    }
    for (size_t k = 0; k < side; k++) {
        size_t as_col = (k * side + place) * D + first;
        size_t as_row = (place * side + k) * D + first;

        mm_tensor_put(g, x, as_col, n, sine);
        mm_tensor_put(g, x, as_col + Q, n, cosine);
        mm_tensor_put(g, x, as_row + 2 * Q, n, sine);
        mm_tensor_put(g, x, as_row + 3 * Q, n, cosine);
    }
}

struct mm_tensor *mm_vit_sines(struct mm_graph *g, size_t side, size_t D)
{
    const size_t dim[] = { side * side, D };
    struct mm_tensor *x = mm_input_room(g, MM_F32, 2, dim);
    size_t Q = D / 4;

    assert(D % 4 == 0);
    if (mm_graph_mode(g) == MM_PLAN)
        return x;
    for (size_t place = 0; place < side; place++)
        for (size_t i = 0; i < Q; i += AT_A_TIME)
            put_waves(g, x, side, place, i,
                      Q - i < AT_A_TIME ? Q - i : AT_A_TIME);
    return x;
}

/* ---- forward ---- */

static struct mm_tensor *linear(struct mm_graph *g, struct mm_tensor *x,
                                const struct mm_affine *a)
{
    return mm_linear(g, x, a->w, a->b);
}

static struct mm_tensor *norm(struct mm_graph *g, struct mm_tensor *x,
                              const struct mm_affine *a, float eps)
{
    return mm_layernorm(g, x, a->w, a->b, eps);
}

/* What all layers of a pass share */
struct pass {
    const struct mm_vision_config *c;
    size_t n; /* pictures */
    const struct mm_tensor *prefix;
    const struct mm_tensor *segment; /* not NULL: texts */
};

static struct mm_tensor *attend(struct mm_graph *g, const struct pass *p,
                                const struct mm_vit_layer *y,
                                struct mm_tensor *x)
{
    struct mm_tensor *q = linear(g, x, &y->q);
    struct mm_tensor *k = linear(g, x, &y->k);
    struct mm_tensor *v = linear(g, x, &y->v);
    size_t T = mm_tensor_rows(x) / p->n, H = p->c->heads;

    x = p->prefix ? mm_attention_prefix(g, q, k, v, p->n, T, H, H, p->prefix)
                  : mm_attention(g, q, k, v, p->n, T, H, H, p->segment,
                                 p->segment != NULL);
    return linear(g, x, &y->out);
}

/* What a layer needs, to be run again in the backward pass */
struct layer_args {
    struct pass pass;
    const struct mm_vit_layer *y;
    struct mm_tensor *x;
};

static void layer_forward(struct mm_graph *g, const void *args,
                          struct mm_tensor **out)
{
    const struct layer_args *a = args;
    const struct mm_vision_config *c = a->pass.c;
    const struct mm_vit_layer *y = a->y;
    struct mm_tensor *x = a->x, *h;

    h = norm(g, x, &y->norm1, c->norm_eps);
    x = mm_add(g, x, attend(g, &a->pass, y, h));
    h = linear(g, norm(g, x, &y->norm2, c->norm_eps), &y->fc1);
    h = c->activation == MM_ACT_GELU ? mm_gelu(g, h) : mm_quick_gelu(g, h);
    *out = mm_add(g, x, linear(g, h, &y->fc2));
}

/* Pictures to the rows that enter the first layer */
static struct mm_tensor *embed(struct mm_graph *g, const struct mm_vit *v,
                               const struct mm_vision_config *c,
                               const struct mm_tensor *pixels,
                               const float mean[3], const float std[3])
{
    size_t n = pixels->dim[0], side = pixels->dim[1] / c->patch_size;
    struct mm_tensor *position, *x;

    if (c->kind == MM_VISION_AIM) {
        position = mm_vit_sines(g, side, c->width);
        x = mm_patch_embed(g, pixels, v->patch.w, v->patch.b, mean, std);
        x = norm(g, x, &v->patch_norm, c->norm_eps);
        return mm_add_rows(g, x, position, n);
    }
    position = mm_interp_grid(g, v->position, 1, side);
    x = mm_patch_embed(g, pixels, v->patch.w, NULL, mean, std);
    x = mm_prepend_class(g, x, v->cls, position, n);
    return norm(g, x, &v->pre_norm, c->norm_eps);
}

struct mm_tensor *mm_vit_rows(struct mm_graph *g, const struct mm_vit *v,
                              const struct mm_vision_config *c,
                              const struct mm_tensor *pixels,
                              const float mean[3], const float std[3],
                              size_t depth, const struct mm_tensor *prefix)
{
    struct layer_args a = { { c, pixels->dim[0], prefix, NULL }, NULL, NULL };
    size_t mark = mm_graph_mark(g);

    assert(pixels->dim[1] == pixels->dim[2] && depth <= c->layers);
    assert(pixels->dim[1] % c->patch_size == 0);
    a.x = embed(g, v, c, pixels, mean, std);
    for (size_t i = 0; i < depth; i++) {
        a.y = &v->layers[i];
        mm_graph_stretch(g, layer_forward, &a, sizeof a, &a.x, 1);
        mm_graph_keep(g, mark, a.x);
    }
    return a.x;
}

struct mm_tensor *mm_vit_blocks(struct mm_graph *g,
                                const struct mm_vit_layer *layers,
                                const struct mm_vision_config *c,
                                struct mm_tensor *x,
                                const struct mm_tensor *segment)
{
    struct layer_args a = { { c, 1, NULL, segment }, NULL, x };
    size_t mark = mm_graph_mark(g);

    for (size_t i = 0; i < c->layers; i++) {
        a.y = &layers[i];
        mm_graph_stretch(g, layer_forward, &a, sizeof a, &a.x, 1);
        mm_graph_keep(g, mark, a.x);
    }
    return a.x;
}

struct mm_tensor *mm_vit_forward(struct mm_graph *g, const struct mm_vit *v,
                                 const struct mm_vision_config *c,
                                 const struct mm_tensor *pixels,
                                 const float mean[3], const float std[3])
{
    struct mm_tensor *x = mm_vit_rows(g, v, c, pixels, mean, std,
                                      mm_vision_depth(c), NULL);

    return c->kind == MM_VISION_AIM ? x
                                    : mm_drop_rows(g, x, pixels->dim[0], 1);
}
