/*
 * lanes.c - sequences that a model reads side by side
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/lanes_state.h"

#define CHUNK 128 /* rows of a pass, where there are fewer lanes */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- life ---- */

/* Memory of the largest pass: all rows, all of images, all asked for. */
static size_t plan(struct mm_lanes *l, struct mm_err *err)
{
    struct mm_graph *g = mm_graph_create(MM_PLAN, 0, err);
    size_t peak;

    if (!g)
        return 0;
    l->n_rows = l->n_want = l->chunk;
    l->n_images = l->m->config.connector.kind ? l->chunk : 0;
    mm_lanes_predict(g, l);
    mm_graph_reset(g);
    l->n_want -= l->n_want > 1; /* these are gathered */
    mm_lanes_predict(g, l);
    peak = mm_graph_peak(g);
    mm_graph_free(g);
    return peak;
}

static int allocate_pass(struct mm_lanes *l, struct mm_err *err)
{
    size_t n = l->chunk, peak;

    l->share = mm_alloc(l->n, sizeof *l->share, err);
    l->paged = mm_alloc(l->n, sizeof *l->paged, err);
    l->ids = mm_alloc(4 * n, sizeof *l->ids, err);
    l->logits = mm_alloc(n * l->m->config.text.vocab, sizeof *l->logits, err);
    if (!l->share || !l->paged || !l->ids || !l->logits)
        return -1;
    l->position = l->ids + n;
    l->image = l->position + n;
    l->want = l->image + n;
    peak = plan(l, err);
    l->graph = peak ? mm_graph_create(MM_INFER, peak, err) : NULL;
    return l->graph ? 0 : -1;
}

static int allocate(struct mm_lanes *l, size_t tokens, struct mm_err *err)
{
    const struct mm_text_config *c = &l->m->config.text;

    l->lane = mm_alloc(l->n, sizeof *l->lane, err);
    if (!l->lane)
        return -1;
    for (size_t i = 0; i < l->n; i++) {
        l->lane[i].page = mm_alloc(mm_lanes_pages(c->context),
                                   sizeof *l->lane[i].page, err);
        if (!l->lane[i].page)
            return -1;
    }
    if (mm_pages_init(&l->pages, mm_lanes_pages(tokens),
                      mm_lanes_cached_at(l, c->layers, 0), err) < 0)
        return -1;
    return allocate_pass(l, err);
}

struct mm_lanes *mm_lanes_create(struct mm_model *m, size_t n, size_t tokens,
                                 struct mm_err *err)
{
    const struct mm_text_config *c = &m->config.text;
    struct mm_lanes *l;

    assert(n > 0);
    if (c->layers == 0 || m->config.clip.width) {
        mm_fail(err, MM_ECONFIG, "the model is an encoder, it has no words");
        return NULL;
    }
    l = mm_alloc(1, sizeof *l, err);
    if (!l)
        return NULL;
    l->m = m;
    l->n = n;
    l->chunk = smaller(tokens, n > CHUNK ? n : CHUNK);
    l->width = c->width / c->heads * c->kv_heads;
    mm_view_reader_init(&l->views, m);
    if (allocate(l, tokens, err) < 0) {
        mm_lanes_free(l);
        return NULL;
    }
    return l;
}

void mm_lanes_free(struct mm_lanes *l)
{
    if (!l)
        return;
    for (size_t i = 0; l->lane && i < l->n; i++) {
        mm_view_rows_release(&l->lane[i].images);
        free(l->lane[i].page);
    }
    mm_view_reader_release(&l->views);
    mm_graph_free(l->graph);
    mm_pages_release(&l->pages);
    free(l->lane);
    free(l->share);
    free(l->paged);
    free(l->ids);
    free(l->logits);
    free(l);
}

/* ---- opening and closing ---- */

/* Whole pages are shared; the rest of the last one is copied. */
static void begin_with(struct mm_lanes *l, struct lane *a, struct lane *from,
                       size_t n)
{
    size_t whole = n / MM_PAGE;

    for (size_t i = 0; i < whole; i++) {
        a->page[i] = from->page[i];
        mm_pages_share(&l->pages, a->page[i]);
    }
    a->n_pages = a->fixed = whole;
    if (from->fixed < whole)
        from->fixed = whole;
    if (n % MM_PAGE == 0)
        return;
    a->n_promised--;
    a->page[a->n_pages] = mm_pages_take(&l->pages);
    memcpy(a->page[a->n_pages++], from->page[whole],
           l->pages.floats * sizeof(float));
}

int mm_lane_open(struct mm_lanes *l, size_t i, size_t from, size_t n,
                 size_t most)
{
    struct lane *a = &l->lane[i];
    size_t need = mm_lanes_pages(most) - n / MM_PAGE;

    assert(i < l->n && a->most == 0 && n <= most && most > 0);
    assert(most <= l->m->config.text.context);
    if (!mm_pages_promise(&l->pages, need))
        return 0;
    a->most = most;
    a->length = n;
    a->n_promised = need;
    if (n) {
        assert(from < l->n && n <= l->lane[from].length);
        begin_with(l, a, &l->lane[from], n);
    }
    return 1;
}

void mm_lane_close(struct mm_lanes *l, size_t i)
{
    struct lane *a = &l->lane[i];

    for (size_t k = 0; k < a->n_pages; k++)
        mm_pages_give(&l->pages, a->page[k]);
    mm_pages_withdraw(&l->pages, a->n_promised);
    mm_view_reader_forget(&l->views, &a->images);
    a->length = a->most = a->n_pages = a->n_promised = a->fixed = 0;
    a->feed = (struct mm_feed){ 0 };
    a->fed = 0;
    a->logits = NULL;
}

size_t mm_lane_waits(const struct mm_lanes *l, size_t i)
{
    return l->lane[i].feed.n - l->lane[i].fed;
}

size_t mm_lane_length(const struct mm_lanes *l, size_t i)
{
    return l->lane[i].length;
}

const float *mm_lane_logits(const struct mm_lanes *l, size_t i)
{
    assert(l->lane[i].logits);
    return l->lane[i].logits;
}

void mm_lane_rewind(struct mm_lanes *l, size_t i, size_t n)
{
    struct lane *a = &l->lane[i];

    assert(n <= a->length && n / MM_PAGE >= a->fixed);
    assert(mm_lane_waits(l, i) == 0);
    if (n < a->length)
        mm_view_reader_forget(&l->views, &a->images);
    a->length = n;
    while (a->n_pages > mm_lanes_pages(n)) {
        mm_pages_give(&l->pages, a->page[--a->n_pages]);
        a->n_promised += (size_t)mm_pages_promise(&l->pages, 1);
    }
}

/* ---- feeding ---- */

/* What would fit is counted in views, after all that is not pictures. */
static int too_many(const struct mm_lanes *l, const struct lane *a,
                    const struct mm_feed *f, struct mm_err *err)
{
    size_t all = a->length + f->n, tokens = l->m->config.connector.tokens;
    size_t other = all - smaller(all, f->n_views * tokens);

    if (f->n_views == 0)
        return mm_fail(err, MM_EDATA, "the prompt has %zu tokens, but only "
                                      "%zu fit",
                       all, a->most);
    return mm_fail(err, MM_EDATA,
                   "the prompt has %zu tokens, %zu of them for %zu views, but "
                   "only %zu fit: %zu views would",
                   all, f->n_views * tokens, f->n_views, a->most,
                   a->most > other ? (a->most - other) / tokens : 0);
}

int mm_lane_feed(struct mm_lanes *l, size_t i, const struct mm_feed *f,
                 struct mm_err *err)
{
    struct lane *a = &l->lane[i];
    size_t n_images = 0, vocab = l->m->config.text.vocab;

    assert(i < l->n && a->most && f->n > 0 && mm_lane_waits(l, i) == 0);
    if (f->n > a->most - a->length)
        return too_many(l, a, f, err);
    for (size_t k = 0; k < f->n; k++) {
        if (f->tokens[k] < 0 || (size_t)f->tokens[k] >= vocab)
            return mm_fail(err, MM_EDATA, "token %d is none of the model's "
                                          "%zu",
                           (int)f->tokens[k], vocab);
        n_images += (size_t)mm_lanes_is_image(l, f->tokens[k]);
    }
    if (mm_view_reader_add(&l->views, &a->images, n_images, f->views,
                           f->n_views, f->mean, f->std, err) < 0)
        return -1;
    a->feed = *f;
    a->fed = 0;
    a->logits = NULL;
    return 0;
}
