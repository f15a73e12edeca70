/*
 * embed.c - pictures and texts to rows of a CLIP's common space
 */
#include "eval/embed.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/par.h"
#include "model/clip.h"
#include "tensor/optim.h"

int mm_embedder_open(struct mm_embedder *e, const char *dir,
                     struct mm_err *err)
{
    *e = (struct mm_embedder){ 0 };
    if (mm_bundle_open(&e->bundle, dir, err) < 0)
        return -1;
    e->width = e->bundle.model->config.clip.width;
    e->plan = mm_graph_create_plan(0, err);
    if (e->width && e->plan)
        return 0;
    if (!e->width)
        mm_fail(err, MM_ECONFIG, "'%s' is no CLIP: pictures and texts have no "
                                 "space in common; mm1-pretrain --objective "
                                 "clip makes one",
                dir);
    mm_embedder_close(e);
    return -1;
}

void mm_embedder_close(struct mm_embedder *e)
{
    mm_graph_free(e->plan);
    mm_graph_free(e->graph);
    mm_bundle_close(&e->bundle);
}

/* The plan graph has run what comes: a graph with room for it. */
static int fit_graph(struct mm_embedder *e, struct mm_err *err)
{
    size_t need = mm_graph_peak(e->plan);

    mm_graph_reset(e->plan);
    if (e->graph && need <= e->bytes)
        return 0;
    mm_graph_free(e->graph);
    e->graph = mm_graph_create(MM_INFER, need, err);
    e->bytes = need;
    return e->graph ? 0 : -1;
}

static int take(struct mm_embedder *e, const struct mm_tensor *x, float *rows,
                struct mm_err *err)
{
    size_t n = mm_tensor_count(x);

    mm_tensor_get(e->graph, x, 0, n, rows);
    mm_graph_reset(e->graph);
    if (!mm_all_finite(rows, n)) /* nothing would be nearer than such a row */
        return mm_fail(err, MM_EDIVERGE, "the model's rows of pictures or "
                                         "texts are no numbers; take an "
                                         "earlier checkpoint");
    return 0;
}

/* ---- texts ---- */

/* Tokens of texts, one behind the other */
struct tokens {
    struct mm_ids ids, position, segment, last;
};

static void tokens_release(struct tokens *t)
{
    mm_ids_release(&t->ids);
    mm_ids_release(&t->position);
    mm_ids_release(&t->segment);
    mm_ids_release(&t->last);
}

/* BOS, text, EOS; of what is too long the end is cut, but for EOS. */
static int add_text(struct tokens *t, const struct mm_bundle *b,
                    const char *text, struct mm_err *err)
{
    const struct mm_text_config *c = &b->model->config.text;
    size_t begin = t->ids.n, n;

    if (mm_ids_add(&t->ids, c->bos, err) < 0 ||
        mm_tokenizer_encode(b->tokenizer, text, strlen(text), 0, &t->ids,
                            err) < 0 ||
        mm_ids_add(&t->ids, c->eos, err) < 0)
        return -1;
    n = t->ids.n - begin;
    n = n < c->context ? n : c->context;
    t->ids.n = begin + n;
    t->ids.v[t->ids.n - 1] = c->eos;
    for (size_t i = 0; i < n; i++)
        if (mm_ids_add(&t->position, (int32_t)i, err) < 0 ||
            mm_ids_add(&t->segment, (int32_t)t->last.n + 1, err) < 0)
            return -1;
    return mm_ids_add(&t->last, (int32_t)(t->ids.n - 1), err);
}

static struct mm_tensor *words(struct mm_model *m, struct mm_graph *g,
                               const struct tokens *t)
{
    const struct mm_texts x = {
        mm_input_ids(g, t->ids.v, t->ids.n),
        mm_input_ids(g, t->position.v, t->position.n),
        mm_input_ids(g, t->segment.v, t->segment.n),
        mm_input_ids(g, t->last.v, t->last.n)
    };

    return mm_clip_words(m, g, &x);
}

static int embed_block(struct mm_embedder *e, const char *const *texts,
                       size_t n, float *rows, struct mm_err *err)
{
    struct tokens t = { 0 };
    int result = 0;

    for (size_t i = 0; result == 0 && i < n; i++)
        result = add_text(&t, &e->bundle, texts[i], err);
    if (result == 0) {
        words(e->bundle.model, e->plan, &t);
        result = fit_graph(e, err);
    }
    if (result == 0)
        result = take(e, words(e->bundle.model, e->graph, &t), rows, err);
    tokens_release(&t);
    return result;
}

int mm_embed_texts(struct mm_embedder *e, const char *const *texts, size_t n,
                   float *rows, struct mm_err *err)
{
    for (size_t i = 0; i < n; i += MM_EMBED_BLOCK)
        if (embed_block(e, texts + i,
                        n - i < MM_EMBED_BLOCK ? n - i : MM_EMBED_BLOCK,
                        rows + i * e->width, err) < 0)
            return -1;
    return 0;
}

/* ---- pictures ---- */

/* One item on its way */
struct slot {
    struct mm_item item;
    struct mm_fitter fitter;
    struct mm_image image;
    struct mm_err err;
    int bad;
};

struct block {
    struct mm_embedder *e;
    struct slot slots[MM_EMBED_BLOCK];
    size_t n;
};

static void decode(void *ctx, size_t i)
{
    struct block *b = ctx;
    struct slot *s = &b->slots[i];
    const struct mm_preprocess *pre = &b->e->bundle.preprocess;

    if (s->bad)
        return;
    if (s->item.n_pictures == 0)
        s->bad = mm_fail(&s->err, MM_EDATA, "it has no picture");
    else
        s->bad = mm_fitter_decode(&s->fitter, &s->image,
                                  s->item.pictures[0]->data,
                                  s->item.pictures[0]->len, pre, &s->err);
}

static int load_block(struct block *b, struct mm_source *s, size_t begin,
                      size_t end, struct mm_err *err)
{
    b->n = end - begin;
    for (size_t i = 0; i < b->n; i++) {
        struct slot *slot = &b->slots[i];

        slot->bad = mm_source_load(s, begin + i, &slot->item, err);
        if (slot->bad < 0)
            return -1;
        if (slot->bad)
            slot->err = *err;
    }
    mm_par_for(b->n, decode, b);
    return 0;
}

static struct mm_batch batch_of(const struct block *b,
                                const struct mm_pixels *views, size_t n)
{
    struct mm_batch x = { .n_views = n, .views = views };

    x.mean = b->e->bundle.preprocess.mean;
    x.std = b->e->bundle.preprocess.std;
    return x;
}

/* Rows of the n pictures that are good */
static int embed_views(struct block *b, const struct mm_pixels *views,
                       size_t n, float *rows, struct mm_err *err)
{
    struct mm_model *m = b->e->bundle.model;
    const struct mm_batch x = batch_of(b, views, n);

    for (size_t i = 0; i < n; i++)
        if (mm_model_check_view(m, &views[i], err) < 0)
            return -1;
    mm_clip_pictures(m, b->e->plan, &x);
    if (fit_graph(b->e, err) < 0)
        return -1;
    return take(b->e, mm_clip_pictures(m, b->e->graph, &x), rows, err);
}

/* The item moves over; of its sample only the text is kept. */
static void keep_item(struct mm_embedded *out, struct slot *s)
{
    for (size_t i = 0; i < s->item.n_pictures; i++)
        mm_buf_release(s->item.pictures[i]);
    s->item.n_pictures = 0;
    out->items[out->n++] = s->item;
    memset(&s->item, 0, sizeof s->item);
}

static int add_block(struct block *b, struct mm_embedded *out,
                     struct mm_err *err)
{
    size_t side = b->e->bundle.preprocess.size, n = 0, width = b->e->width;
    struct mm_pixels views[MM_EMBED_BLOCK];

    for (size_t i = 0; i < b->n; i++) {
        if (b->slots[i].bad)
            mm_log(MM_LOG_WARN, "'%s' is left out: %s", b->slots[i].item.id,
                   b->slots[i].err.msg);
        else /* with tiles the overview */
            views[n++] = (struct mm_pixels){ b->slots[i].image.rgb, side,
                                             side };
    }
    if (mm_grow(&out->items, &out->items_cap, out->n + n, sizeof *out->items,
                err) < 0 ||
        mm_grow(&out->rows, &out->rows_cap, (out->n + n) * width,
                sizeof *out->rows, err) < 0 ||
        (n && embed_views(b, views, n, out->rows + out->n * width, err) < 0))
        return -1;
    for (size_t i = 0; i < b->n; i++)
        if (!b->slots[i].bad)
            keep_item(out, &b->slots[i]);
    return 0;
}

static void release_block(struct block *b)
{
    for (size_t i = 0; i < MM_EMBED_BLOCK; i++) {
        mm_item_release(&b->slots[i].item);
        mm_fitter_release(&b->slots[i].fitter);
        mm_image_release(&b->slots[i].image);
    }
    free(b);
}

int mm_embed_source(struct mm_embedder *e, struct mm_source *s, size_t limit,
                    struct mm_embedded *out, struct mm_err *err)
{
    struct block *b = mm_alloc(1, sizeof *b, err);
    size_t n = mm_source_count(s);
    int result = b ? 0 : -1;

    *out = (struct mm_embedded){ 0 };
    if (!b)
        return -1;
    b->e = e;
    out->of = limit && limit < n ? limit : n;
    for (size_t i = 0; result == 0 && i < out->of; i += MM_EMBED_BLOCK) {
        size_t end = i + MM_EMBED_BLOCK;

        result = load_block(b, s, i, end < out->of ? end : out->of, err);
        if (result == 0)
            result = add_block(b, out, err);
        mm_progress("%zu of %zu pictures", out->n, out->of);
    }
    release_block(b);
    if (result == 0 && out->n == 0)
        result = mm_fail(err, MM_EDATA, "no item of '%s' has a picture",
                         mm_source_name(s));
    return result;
}

void mm_embedded_release(struct mm_embedded *m)
{
    for (size_t i = 0; i < m->n; i++)
        mm_item_release(&m->items[i]);
    free(m->items);
    free(m->rows);
}

void mm_embed_compare(const float *rows, size_t n, const float *row,
                      size_t width, float *z)
{
    for (size_t i = 0; i < n; i++) {
        double s = 0;

        for (size_t k = 0; k < width; k++)
            s += (double)rows[i * width + k] * (double)row[k];
        z[i] = (float)s;
    }
}

size_t mm_embed_rank(const float *z, size_t n, size_t own)
{
    size_t rank = 0;

    for (size_t i = 0; i < n; i++)
        rank += z[i] > z[own] || (z[i] >= z[own] && i < own);
    return rank;
}
