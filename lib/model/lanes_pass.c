/*
 * lanes_pass.c - what all lanes wait for, through the model in one pass
 */
#include <math.h>

#include "base/par.h"
#include "model/lanes_state.h"
#include "tensor/embed.h"
#include "tensor/linear.h"
#include "tensor/rows.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- a pass through the model ---- */

/* Rows of keys or values to the pages of their lanes */
static void store(struct mm_graph *g, const struct mm_lanes *l, size_t at,
                  const struct mm_tensor *x)
{
    size_t W = l->width;

    for (size_t i = 0; i < l->n_shares; i++) {
        const struct share *s = &l->share[i];
        const struct lane *a = &l->lane[s->lane];

        for (size_t k = 0, n; k < s->n; k += n) {
            size_t p = a->length + k;

            n = smaller(s->n - k, MM_PAGE - p % MM_PAGE);
            mm_tensor_get(g, x, (s->first + k) * W, n * W,
                          a->page[p / MM_PAGE] + at + p % MM_PAGE * W);
        }
    }
}

static struct mm_tensor *attend(struct mm_graph *g, void *ctx, size_t layer,
                                struct mm_tensor *q, struct mm_tensor *k,
                                struct mm_tensor *v)
{
    const struct mm_lanes *l = ctx;
    const struct mm_text_config *c = &l->m->config.text;
    size_t k_at = mm_lanes_cached_at(l, layer, 0);
    size_t v_at = mm_lanes_cached_at(l, layer, 1);

    store(g, l, k_at, k);
    store(g, l, v_at, v);
    return mm_attention_paged(g, q, l->paged, l->n_shares, k_at, v_at,
                              c->heads, c->kv_heads);
}

/* The image tokens of the pass [n_images,D] */
static struct mm_tensor *images(struct mm_graph *g, struct mm_lanes *l)
{
    size_t D = l->m->config.text.width, at = 0;
    size_t dim[] = { l->n_images, D };
    struct mm_tensor *x = mm_input_room(g, MM_F32, 2, dim);

    for (size_t i = 0; i < l->n_shares; i++) {
        const struct share *s = &l->share[i];

        if (s->n_images == 0)
            continue;
        mm_tensor_put(g, x, at * D, s->n_images * D,
                      mm_view_rows_take(&l->lane[s->lane].images, s->n_images,
                                        D));
        at += s->n_images;
    }
    return x;
}

struct mm_tensor *mm_lanes_predict(struct mm_graph *g, struct mm_lanes *l)
{
    const struct mm_config *c = &l->m->config;
    const struct mm_attend how = { attend, l };
    const struct mm_moe_pass moe = { .B = 1 };
    struct mm_tensor *x;

    x = mm_embed(g, l->m->decoder.embed, mm_input_ids(g, l->ids, l->n_rows));
    if (l->n_images)
        x = mm_replace_rows(g, x, images(g, l),
                            mm_input_ids(g, l->image, l->n_images));
    x = mm_decoder_forward(g, &l->m->decoder, &c->text, x,
                           mm_input_ids(g, l->position, l->n_rows), &how,
                           &moe);
    if (l->n_want == 0)
        return NULL;
    if (l->n_want < l->n_rows)
        x = mm_gather_rows(g, x, mm_input_ids(g, l->want, l->n_want));
    return mm_linear(g, x, l->m->decoder.head, NULL);
}

/* ---- a pass ---- */

/* The next k tokens of a lane become rows of the pass. */
static void add_share(struct mm_lanes *l, size_t i, size_t k)
{
    struct lane *a = &l->lane[i];
    const struct mm_feed *f = &a->feed;
    struct share *s = &l->share[l->n_shares];
    int last = a->fed + k == f->n;

    *s = (struct share){ i, l->n_rows, k, 0, 0 };
    l->paged[l->n_shares++] = (struct mm_paged){ k, a->length, a->page };
    s->want = f->logprob ? k : (size_t)(last && f->predict);
    for (size_t r = 0; r < k; r++, l->n_rows++) {
        l->ids[l->n_rows] = f->tokens[a->fed + r];
        l->position[l->n_rows] = (int32_t)(a->length + r);
        if (mm_lanes_is_image(l, l->ids[l->n_rows])) {
            l->image[l->n_images++] = (int32_t)l->n_rows;
            s->n_images++;
        }
        if (r + s->want >= k)
            l->want[l->n_want++] = (int32_t)l->n_rows;
    }
    for (; a->n_pages < mm_lanes_pages(a->length + k); a->n_promised--)
        a->page[a->n_pages++] = mm_pages_take(&l->pages);
}

/*
 * Those that wait for one token are first: they are being written, and each
 * pass is a token of all of them.
 */
static void gather(struct mm_lanes *l)
{
    l->n_shares = l->n_rows = l->n_images = l->n_want = 0;
    for (size_t i = 0; i < l->n; i++) {
        l->lane[i].logits = NULL;
        if (mm_lane_waits(l, i) == 1)
            add_share(l, i, 1);
    }
    for (size_t i = 0; i < l->n && l->n_rows < l->chunk; i++)
        if (mm_lane_waits(l, i) > 1)
            add_share(l, i, smaller(mm_lane_waits(l, i), l->chunk - l->n_rows));
}

/* What the logits z [want,vocab] of a lane say of the tokens of its feed. */
struct scoring {
    const struct mm_feed *f;
    const float *z;
    size_t from, vocab; /* from: of the first of these rows in the feed */
};

/* The log-probability of row i's next token; is it the most probable one? */
static void score_row(void *ctx, size_t i)
{
    const struct scoring *a = ctx;
    const float *z = a->z + i * a->vocab;
    size_t best = 0;
    double sum = 0;

    for (size_t v = 1; v < a->vocab; v++)
        best = z[v] > z[best] ? v : best;
    for (size_t v = 0; v < a->vocab; v++)
        sum += exp((double)z[v] - z[best]);
    i += a->from;
    a->f->logprob[i] = (double)z[a->f->tokens[i + 1]] - z[best] - log(sum);
    if (a->f->greedy)
        a->f->greedy[i] = (size_t)a->f->tokens[i + 1] == best;
}

/* The lane has read its rows of the pass; z: the logits it asked for. */
static void take_share(struct mm_lanes *l, const struct share *s,
                       const float *z)
{
    struct lane *a = &l->lane[s->lane];
    struct scoring how = { &a->feed, z, a->fed, l->m->config.text.vocab };

    if (a->feed.logprob)
        mm_par_for(smaller(s->n, a->feed.n - 1 - a->fed), score_row, &how);
    a->length += s->n;
    a->fed += s->n;
    if (a->feed.predict && a->fed == a->feed.n)
        a->logits = z + (s->want - 1) * how.vocab;
}

int mm_lanes_step(struct mm_lanes *l, struct mm_err *err)
{
    const float *z = l->logits;
    struct mm_tensor *x;

    if (mm_view_reader_encode(&l->views, err) < 0)
        return -1;
    gather(l);
    if (l->n_rows == 0)
        return 0;
    mm_graph_reset(l->graph);
    x = mm_lanes_predict(l->graph, l);
    if (x)
        mm_tensor_get(l->graph, x, 0, mm_tensor_count(x), l->logits);
    for (size_t i = 0; i < l->n_shares; i++) {
        take_share(l, &l->share[i], z);
        z += l->share[i].want * l->m->config.text.vocab;
    }
    return 1;
}
