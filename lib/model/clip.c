/*
 * clip.c - a text tower beside the image encoder, and a space for both
 */
#include "model/clip.h"

#include <assert.h>
#include <math.h>

#include "model/model.h"
#include "tensor/act.h"
#include "tensor/contrast.h"
#include "tensor/embed.h"
#include "tensor/linear.h"
#include "tensor/norm.h"
#include "tensor/optim.h"
#include "tensor/rows.h"
#include "tensor/unit.h"

#define LOG_100 4.605170186f

/* ---- parameters ---- */

/* The text tower's blocks are described as an encoder's. */
static struct mm_vision_config blocks_of(const struct mm_config *c)
{
    return (struct mm_vision_config){ .layers = c->text.layers,
                                      .width = c->text.width,
                                      .heads = c->text.heads,
                                      .hidden = c->text.hidden,
                                      .activation = c->clip.activation,
                                      .norm_eps = c->text.norm_eps,
                                      .kind = MM_VISION_CLIP };
}

void mm_clip_vision_layout(struct mm_clip *k, const struct mm_config *c,
                           struct mm_layout *l)
{
    mm_layout_prefix(l, "vision_tower.vision_model.");
    k->post_norm = mm_layout_norm(l, "post_layernorm", c->vision.width);
}

/* Of width^-1/2, as open_clip */
static struct mm_tensor *projection(struct mm_layout *l, const char *name,
                                    size_t out, size_t in)
{
    return mm_layout_matrix(l, name, 1 / sqrtf((float)in), out, in);
}

static void scale_layout(struct mm_clip *k, const struct mm_config *c,
                         struct mm_layout *l)
{
    int siglip = c->clip.loss == MM_CLIP_SIGLIP;

    l->steady = 1;
    k->scale = mm_layout_add(l, "logit_scale", 0,
                             siglip ? logf(10) : logf(1 / 0.07f), 0, NULL);
    k->bias = siglip ? mm_layout_add(l, "logit_bias", 0, -10, 0, NULL) : NULL;
    l->steady = 0;
}

void mm_clip_layout(struct mm_clip *k, const struct mm_config *c,
                    struct mm_layout *l)
{
    const struct mm_text_config *t = &c->text;
    const struct mm_vision_config blocks = blocks_of(c);

    l->part = MM_PART_CONNECTOR;
    mm_layout_prefix(l, "%s", "");
    k->picture = projection(l, "visual_projection.weight", c->clip.width,
                            c->vision.width);
    k->text = projection(l, "text_projection.weight", c->clip.width, t->width);
    scale_layout(k, c, l);
    l->part = MM_PART_LM;
    mm_layout_prefix(l, "text_model.embeddings.");
    k->embed = mm_layout_matrix(l, "token_embedding.weight", 0.02f, t->vocab,
                                t->width);
    k->position = mm_layout_matrix(l, "position_embedding.weight", 0.01f,
                                   t->context, t->width);
    mm_vit_blocks_layout(k->layers, &blocks, "text_model.", l);
    mm_layout_prefix(l, "text_model.");
    k->norm = mm_layout_norm(l, "final_layer_norm", t->width);
}

/* ---- texts of a batch ---- */

/* The segment of view i: its first row, and the row after its last */
static void segment_of(const struct mm_batch *b, size_t i, size_t *begin,
                       size_t *end)
{
    size_t row = (size_t)b->image_row[i], stop = row / b->T * b->T;
    int32_t segment = b->segment[row];

    *begin = row;
    while (*begin > stop && b->segment[*begin - 1] == segment)
        --*begin;
    *end = row;
    while (*end < stop + b->T && b->segment[*end] == segment)
        ++*end;
}

/* Tokens of view i's text, as many as the model takes */
static size_t text_length(const struct mm_model *m, const struct mm_batch *b,
                          size_t i)
{
    const struct mm_text_config *t = &m->config.text;
    size_t begin, end, n = 0;

    segment_of(b, i, &begin, &end);
    for (size_t row = begin; row < end; row++)
        n += b->tokens[row] != t->image;
    return n < t->context ? n : t->context;
}

/* Text i goes to rows at .. at + n - 1. */
static void put_text(const struct mm_graph *g, const struct mm_model *m,
                     const struct mm_batch *b, size_t i,
                     const struct mm_texts *to, size_t at)
{
    const struct mm_text_config *t = &m->config.text;
    size_t n = text_length(m, b, i), begin, end;
    int32_t segment = (int32_t)i + 1, last = (int32_t)(at + n - 1);

    segment_of(b, i, &begin, &end);
    for (int32_t k = 0; k < (int32_t)n; begin++) {
        if (b->tokens[begin] == t->image)
            continue;
        mm_tensor_put(g, to->ids, at, 1, &b->tokens[begin]);
        mm_tensor_put(g, to->position, at, 1, &k);
        mm_tensor_put(g, to->segment, at++, 1, &segment);
        k++;
    }
    mm_tensor_put(g, to->ids, (size_t)last, 1, &t->eos); /* where it was cut */
    mm_tensor_put(g, to->last, i, 1, &last);
}

/* In a plan at most as many as fit beside one image token each */
static size_t count_rows(const struct mm_graph *g, const struct mm_model *m,
                         const struct mm_batch *b, size_t planned)
{
    size_t n = 0, room = b->B * b->T - b->n_views;
    size_t most = b->n_views * m->config.text.context;

    if (mm_graph_mode(g) == MM_PLAN) {
        room = planned && planned < room ? planned : room;
        return most < room ? most : room;
    }
    for (size_t i = 0; i < b->n_views; i++)
        n += text_length(m, b, i);
    return n;
}

struct mm_texts mm_clip_texts(struct mm_model *m, struct mm_graph *g,
                              const struct mm_batch *b, size_t planned)
{
    size_t N = count_rows(g, m, b, planned), n = b->n_views, at = 0;
    struct mm_texts t = { mm_input_room(g, MM_I32, 1, &N),
                          mm_input_room(g, MM_I32, 1, &N),
                          mm_input_room(g, MM_I32, 1, &N),
                          mm_input_room(g, MM_I32, 1, &n) };

    if (mm_graph_mode(g) == MM_PLAN)
        return t;
    for (size_t i = 0; i < n; i++) {
        put_text(g, m, b, i, &t, at);
        at += text_length(m, b, i);
    }
    return t;
}

/* ---- both towers ---- */

/* The class rows of n pictures */
static struct mm_tensor *class_rows(struct mm_graph *g, struct mm_tensor *x,
                                    size_t n)
{
    struct mm_tensor *index = mm_input_room(g, MM_I32, 1, &n);
    size_t each = mm_tensor_rows(x) / n;

    for (size_t i = 0; i < n; i++) {
        int32_t row = (int32_t)(i * each);

        mm_tensor_put(g, index, i, 1, &row);
    }
    return mm_gather_rows(g, x, index);
}

struct mm_tensor *mm_clip_pictures(struct mm_model *m, struct mm_graph *g,
                                   const struct mm_batch *b)
{
    const struct mm_vision_config *c = &m->config.vision;
    const struct mm_affine *norm = &m->clip.post_norm;
    size_t mark = mm_graph_mark(g);
    struct mm_tensor *x;

    x = mm_vit_rows(g, &m->vit, c, mm_model_views(g, b), b->mean, b->std,
                    c->layers, NULL);
    x = mm_layernorm(g, class_rows(g, x, b->n_views), norm->w, norm->b,
                     c->norm_eps);
    x = mm_unit_rows(g, mm_linear(g, x, m->clip.picture, NULL));
    mm_graph_keep(g, mark, x);
    return x;
}

struct mm_tensor *mm_clip_words(struct mm_model *m, struct mm_graph *g,
                                const struct mm_texts *t)
{
    const struct mm_vision_config made = blocks_of(&m->config);
    const struct mm_vision_config *blocks = mm_graph_copy(g, &made,
                                                          sizeof made);
    const struct mm_clip *k = &m->clip;
    size_t mark = mm_graph_mark(g);
    struct mm_tensor *x;

    x = mm_add(g, mm_embed(g, k->embed, t->ids),
               mm_embed(g, k->position, t->position));
    x = mm_vit_blocks(g, k->layers, blocks, x, t->segment);
    /* rows are normalised one by one: only those that count */
    x = mm_layernorm(g, mm_gather_rows(g, x, t->last), k->norm.w, k->norm.b,
                     blocks->norm_eps);
    x = mm_unit_rows(g, mm_linear(g, x, k->text, NULL));
    mm_graph_keep(g, mark, x);
    return x;
}

struct mm_tensor *mm_clip_loss(struct mm_model *m, struct mm_graph *g,
                               struct mm_tensor *pictures,
                               struct mm_tensor *words, float *row_loss)
{
    const struct mm_clip *k = &m->clip;

    return mm_contrast(g, k->bias ? MM_CONTRAST_SIGMOID : MM_CONTRAST_INFONCE,
                       pictures, words, k->scale, k->bias, row_loss);
}

void mm_clip_settle(struct mm_model *m)
{
    mm_optim_clamp(m->clip.scale->data, 1, 0, LOG_100);
}
