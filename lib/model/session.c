/*
 * session.c - a model that reads a prompt and predicts what follows
 *
 * Tokens are read in chunks, each one pass of the decoder over its rows and
 * the cache.  All kernels work row by row in an inference, so that neither the
 * chunk's size nor the call's shows in a bit of the result.
 */
#include "model/session.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "model/view_reader.h"
#include "tensor/attention.h"
#include "tensor/embed.h"
#include "tensor/linear.h"
#include "tensor/rows.h"

#define CHUNK 128 /* tokens of a pass */

struct mm_session {
    struct mm_model *m;
    size_t capacity, length, chunk, width; /* width: of keys and values */
    struct mm_arena memory;                /* of the cache, taken lazily */
    float *cache;                          /* [layers,2,capacity,width] */
    float *logits;                         /* [chunk,vocab] of a score */
    int32_t position[CHUNK], rows[CHUNK];
    struct mm_graph *graph;
    struct mm_view_reader views;
};

/* One pass: n tokens at the end of what the session has read. */
struct pass {
    struct mm_session *s;
    const int32_t *ids; /* NULL in a plan */
    const float *images;
    size_t n, n_images; /* n_images: of the rows are image tokens */
};

/* ---- a pass ---- */

/* Keys (half 0) or values of a layer, from position 0 on */
static float *cached(const struct mm_session *s, size_t layer, int half)
{
    return s->cache + (2 * layer + (size_t)half) * s->capacity * s->width;
}

static const struct mm_tensor *extend(struct mm_graph *g,
                                      const struct pass *p, float *cache,
                                      const struct mm_tensor *x)
{
    const struct mm_session *s = p->s;
    size_t dim[] = { s->length + p->n, s->width };

    if (mm_graph_mode(g) == MM_PLAN)
        return mm_input(g, MM_F32, NULL, 2, dim);
    mm_tensor_get(g, x, 0, p->n * s->width, cache + s->length * s->width);
    return mm_input(g, MM_F32, cache, 2, dim);
}

static struct mm_tensor *attend(struct mm_graph *g, void *ctx, size_t layer,
                                struct mm_tensor *q, struct mm_tensor *k,
                                struct mm_tensor *v)
{
    const struct pass *p = ctx;
    const struct mm_text_config *c = &p->s->m->config.text;

    return mm_attention_cached(g, q, extend(g, p, cached(p->s, layer, 0), k),
                               extend(g, p, cached(p->s, layer, 1), v),
                               c->heads, c->kv_heads);
}

/* Final hidden states of the pass's rows [n,D] */
static struct mm_tensor *hidden(struct mm_graph *g, struct pass *p)
{
    struct mm_session *s = p->s;
    const struct mm_config *c = &s->m->config;
    const struct mm_attend how = { attend, p };
    const struct mm_moe_pass moe = { .B = 1 };
    size_t dim[] = { p->n_images, c->text.width };
    struct mm_tensor *x;

    x = mm_embed(g, s->m->decoder.embed, mm_input_ids(g, p->ids, p->n));
    if (p->n_images)
        x = mm_replace_rows(g, x, mm_input(g, MM_F32, p->images, 2, dim),
                            mm_input_ids(g, s->rows, p->n_images));
    return mm_decoder_forward(g, &s->m->decoder, &c->text, x,
                              mm_input_ids(g, s->position, p->n), &how, &moe);
}

/* Logits of the last `want` rows [want,V], or NULL for none */
static struct mm_tensor *predict(struct mm_graph *g, struct pass *p,
                                 size_t want)
{
    struct mm_tensor *h = hidden(g, p);
    int32_t last = (int32_t)p->n - 1;

    if (want == 0)
        return NULL;
    if (want < p->n) {
        size_t one = 1;
        struct mm_tensor *index = mm_input_room(g, MM_I32, 1, &one);

        assert(want == 1);
        mm_tensor_put(g, index, 0, 1, &last);
        h = mm_gather_rows(g, h, index);
    }
    return mm_linear(g, h, p->s->m->decoder.head, NULL);
}

/* ---- life ---- */

/* The largest pass: a whole chunk of image tokens behind a full cache. */
static size_t plan(struct mm_session *s, struct mm_err *err)
{
    struct mm_graph *g = mm_graph_create(MM_PLAN, 0, err);
    struct pass p = { s, NULL, NULL, s->chunk, 0 };
    size_t peak;

    if (!g)
        return 0;
    if (s->m->config.connector.kind)
        p.n_images = s->chunk;
    s->length = s->capacity - s->chunk;
    predict(g, &p, s->chunk);
    s->length = 0;
    peak = mm_graph_peak(g);
    mm_graph_free(g);
    return peak;
}

static int allocate(struct mm_session *s, struct mm_err *err)
{
    const struct mm_text_config *c = &s->m->config.text;
    size_t n;

    if (mm_size_mul(&n, 2 * c->layers, s->capacity) < 0 ||
        mm_size_mul(&n, n, s->width * sizeof *s->cache) < 0)
        return mm_fail(err, MM_ESYS, "a cache of %zu tokens is too large",
                       s->capacity);
    if (mm_arena_init(&s->memory, n, err) < 0)
        return -1;
    s->cache = mm_arena_take(&s->memory, n);
    s->logits = mm_alloc(s->chunk * c->vocab, sizeof *s->logits, err);
    if (!s->logits)
        return -1;
    n = plan(s, err);
    s->graph = n ? mm_graph_create(MM_INFER, n, err) : NULL;
    return s->graph ? 0 : -1;
}

struct mm_session *mm_session_create(struct mm_model *m, size_t capacity,
                                     struct mm_err *err)
{
    const struct mm_text_config *c = &m->config.text;
    struct mm_session *s;

    if (c->layers == 0 || m->config.clip.width) {
        mm_fail(err, MM_ECONFIG, "the model is an encoder, it has no words");
        return NULL;
    }
    s = mm_alloc(1, sizeof *s, err);
    if (!s)
        return NULL;
    s->m = m;
    s->capacity = capacity && capacity < c->context ? capacity : c->context;
    s->chunk = s->capacity < CHUNK ? s->capacity : CHUNK;
    s->width = c->width / c->heads * c->kv_heads;
    mm_view_reader_init(&s->views, m);
    if (allocate(s, err) < 0) {
        mm_session_free(s);
        return NULL;
    }
    return s;
}

void mm_session_free(struct mm_session *s)
{
    if (!s)
        return;
    mm_view_reader_release(&s->views);
    mm_graph_free(s->graph);
    mm_arena_release(&s->memory);
    free(s->logits);
    free(s);
}

size_t mm_session_length(const struct mm_session *s)
{
    return s->length;
}

void mm_session_rewind(struct mm_session *s, size_t n)
{
    assert(n <= s->length);
    if (n < s->length)
        mm_view_reader_forget(&s->views);
    s->length = n;
}

/* ---- reading ---- */

/* What would fit is counted in views, behind all that is no picture. */
static int too_many_views(const struct mm_session *s, size_t n,
                          size_t n_views, struct mm_err *err)
{
    size_t tokens = s->m->config.connector.tokens;
    size_t other = s->length + n - n_views * tokens;

    return mm_fail(err, MM_EDATA,
                   "the prompt has %zu tokens, %zu of them for %zu views, but "
                   "only %zu fit: %zu views would",
                   s->length + n, n_views * tokens, n_views, s->capacity,
                   s->capacity > other ? (s->capacity - other) / tokens : 0);
}

static int check_tokens(const struct mm_session *s, const int32_t *tokens,
                        size_t n, size_t n_views, struct mm_err *err)
{
    const struct mm_config *c = &s->m->config;
    size_t images = 0, room = s->capacity - s->length;

    if (n > room && n_views > 0)
        return too_many_views(s, n, n_views, err);
    if (n > room)
        return mm_fail(err, MM_EDATA, "the prompt has %zu tokens, but only "
                                      "%zu fit",
                       s->length + n, s->capacity);
    for (size_t i = 0; i < n; i++) {
        if (tokens[i] < 0 || (size_t)tokens[i] >= c->text.vocab)
            return mm_fail(err, MM_EDATA, "token %d is none of the model's "
                                          "%zu",
                           (int)tokens[i], c->text.vocab);
        images += c->connector.kind && tokens[i] == c->text.image;
    }
    return mm_view_reader_check(&s->views, images, n_views, err);
}

/* Positions of the chunk's rows, and which of them are image tokens. */
static void number_rows(struct pass *p)
{
    struct mm_session *s = p->s;
    const struct mm_config *c = &s->m->config;

    p->n_images = 0;
    for (size_t i = 0; i < p->n; i++) {
        s->position[i] = (int32_t)(s->length + i);
        if (c->connector.kind && p->ids[i] == c->text.image)
            s->rows[p->n_images++] = (int32_t)i;
    }
    p->images = mm_view_reader_take(&s->views, p->n_images);
}

/* want: rows of logits; they go to `logits` */
static void read_chunk(struct mm_session *s, const int32_t *tokens, size_t n,
                       size_t want, float *logits)
{
    struct pass p = { s, tokens, NULL, n, 0 };
    struct mm_tensor *z;

    number_rows(&p);
    mm_graph_reset(s->graph);
    z = predict(s->graph, &p, want);
    if (z)
        mm_tensor_get(s->graph, z, 0, mm_tensor_count(z), logits);
    s->length += n;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

int mm_session_read(struct mm_session *s, const int32_t *tokens, size_t n,
                    const struct mm_pixels *views, size_t n_views,
                    const float mean[3], const float std[3],
                    float *logits, struct mm_err *err)
{
    assert(n > 0);
    if (check_tokens(s, tokens, n, n_views, err) < 0 ||
        mm_view_reader_read(&s->views, views, n_views, mean, std, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i += s->chunk) {
        size_t k = smaller(n - i, s->chunk);

        read_chunk(s, tokens + i, k, logits && i + k == n, logits);
    }
    return 0;
}

/* ---- scoring ---- */

struct scoring {
    const float *logits;
    const int32_t *next; /* the token that each row should predict */
    double *logprob;
    size_t vocab;
};

static void score_row(void *ctx, size_t i)
{
    const struct scoring *a = ctx;
    const float *z = a->logits + i * a->vocab;
    double max = z[0], sum = 0;

    for (size_t v = 1; v < a->vocab; v++)
        max = z[v] > max ? z[v] : max;
    for (size_t v = 0; v < a->vocab; v++)
        sum += exp(z[v] - max);
    a->logprob[i] = z[a->next[i]] - max - log(sum);
}

int mm_session_score(struct mm_session *s, const int32_t *tokens, size_t n,
                     const struct mm_pixels *views, size_t n_views,
                     const float mean[3], const float std[3],
                     double *logprob, struct mm_err *err)
{
    size_t vocab = s->m->config.text.vocab;

    assert(n > 0);
    if (check_tokens(s, tokens, n, n_views, err) < 0 ||
        mm_view_reader_read(&s->views, views, n_views, mean, std, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i += s->chunk) {
        size_t k = smaller(n - i, s->chunk);
        struct scoring a = { s->logits, tokens + i + 1, logprob + i, vocab };

        read_chunk(s, tokens + i, k, k, s->logits);
        mm_par_for(smaller(k, n - 1 - i), score_row, &a);
    }
    return 0;
}
