/*
 * forward.c - images and tokens to a loss
 */
#include <assert.h>

#include "model/model.h"
#include "tensor/attention.h"
#include "tensor/embed.h"
#include "tensor/rows.h"
#include "tensor/xent.h"

int mm_model_check_view(const struct mm_model *m, const struct mm_pixels *v,
                        struct mm_err *err)
{
    size_t P = m->config.vision.patch_size;

    if (!m->config.vision.layers)
        return mm_fail(err, MM_EDATA, "the model takes no pictures; "
                                      "leave them out, or take one with an "
                                      "encoder");
    if (v->height != v->width || v->width == 0 || v->width % P != 0)
        return mm_fail(err, MM_EDATA, "a view of %zu x %zu pixels is not a "
                                      "square of whole patches of %zu",
                       v->width, v->height, P);
    return 0;
}

/* ---- pictures ---- */

struct mm_tensor *mm_model_views(struct mm_graph *g, const struct mm_batch *b)
{
    size_t h = b->views[0].height, w = b->views[0].width, bytes = h * w * 3;
    struct mm_tensor *x = mm_input_room(g, MM_U8, 4,
                                        (size_t[]){ b->n_views, h, w, 3 });

    for (size_t i = 0; i < b->n_views; i++) {
        assert(b->views[i].height == h && b->views[i].width == w);
        mm_tensor_put(g, x, i * bytes, bytes, b->views[i].rgb);
    }
    return x;
}

struct mm_tensor *mm_model_encode(struct mm_model *m, struct mm_graph *g,
                                  const struct mm_batch *b)
{
    assert(b->n_views > 0 && m->config.vision.layers > 0);
    return mm_vit_forward(g, &m->vit, &m->config.vision, mm_model_views(g, b),
                          b->mean, b->std);
}

struct mm_tensor *mm_model_connect(struct mm_model *m, struct mm_graph *g,
                                   const struct mm_batch *b)
{
    struct mm_tensor *x = mm_model_encode(m, g, b);

    return mm_connector_forward(g, &m->connector, &m->config, x, b->n_views);
}

/* The rows of all image tokens; as long as the plan, put in small runs. */
static struct mm_tensor *image_rows(struct mm_graph *g,
                                    const struct mm_batch *b, size_t tokens)
{
    size_t count = b->n_views * tokens;
    struct mm_tensor *index = mm_input_room(g, MM_I32, 1, &count);

    if (mm_graph_mode(g) == MM_PLAN)
        return index;
    for (size_t i = 0; i < b->n_views; i++) {
        assert(b->image_row[i] >= 0 &&
               (size_t)b->image_row[i] + tokens <= b->B * b->T);
        for (size_t j = 0; j < tokens; j++) {
            int32_t row = b->image_row[i] + (int32_t)j;

            mm_tensor_put(g, index, i * tokens + j, 1, &row);
        }
    }
    return index;
}

/* ---- sequences ---- */

struct packed {
    size_t B, T, heads, kv_heads;
    struct mm_tensor *segment;
};

static struct mm_tensor *attend_packed(struct mm_graph *g, void *ctx,
                                       size_t layer, struct mm_tensor *q,
                                       struct mm_tensor *k,
                                       struct mm_tensor *v)
{
    const struct packed *p = ctx;

    (void)layer;
    return mm_attention(g, q, k, v, p->B, p->T, p->heads, p->kv_heads,
                        p->segment, 1);
}

struct mm_tensor *mm_model_hidden(struct mm_model *m, struct mm_graph *g,
                                  const struct mm_batch *b)
{
    const struct mm_text_config *c = &m->config.text;
    size_t N = b->B * b->T, tokens = m->config.connector.tokens;
    struct packed p = { b->B, b->T, c->heads, c->kv_heads, NULL };
    struct mm_attend attend = { attend_packed, NULL };
    size_t mark = mm_graph_mark(g);
    struct mm_moe_pass moe = { .B = b->B, .router = b->router };
    struct mm_tensor *x, *images;

    assert(c->layers > 0);
    x = mm_embed(g, m->decoder.embed, mm_input_ids(g, b->tokens, N));
    if (b->n_views) {
        images = mm_model_connect(m, g, b);
        x = mm_replace_rows(g, x, images, image_rows(g, b, tokens));
    }
    mm_graph_keep(g, mark, x);
    moe.segment = p.segment = mm_input_ids(g, b->segment, N);
    attend.ctx = mm_graph_copy(g, &p, sizeof p);
    return mm_decoder_forward(g, &m->decoder, c, x,
                              mm_input_ids(g, b->position, N), &attend,
                              &moe);
}

struct mm_tensor *mm_model_loss(struct mm_model *m, struct mm_graph *g,
                                const struct mm_batch *b, float z_loss,
                                float *row_loss)
{
    struct mm_tensor *h = mm_model_hidden(m, g, b);

    return mm_cross_entropy(g, h, m->decoder.head,
                            mm_input_ids(g, b->target, b->B * b->T), z_loss,
                            row_loss);
}

struct mm_tensor *mm_model_aim_loss(struct mm_model *m, struct mm_graph *g,
                                    const struct mm_batch *b,
                                    const struct mm_aim_rows *rows,
                                    const struct mm_patch_sums *sums)
{
    const struct mm_vision_config *c = &m->config.vision;
    struct mm_tensor *pixels = mm_model_views(g, b), *x;

    assert(b->n_views > 0 && m->config.aim.depth > 0);
    x = mm_vit_rows(g, &m->vit, c, pixels, b->mean, b->std, c->layers,
                    rows->prefix);
    x = mm_aim_forward(g, &m->aim, &m->config, x, b->n_views, rows->row);
    return mm_patch_loss(g, x, pixels, rows->prefix, rows->first,
                         c->patch_size, b->mean, b->std, sums);
}
