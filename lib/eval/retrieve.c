/*
 * retrieve.c - do pictures find their captions, and captions their pictures?
 */
#include "eval/retrieve.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/par.h"
#include "base/stamp.h"
#include "eval/embed.h"

static const size_t at[MM_RECALLS] = { 1, 5, 10 };

double mm_recall_chance(size_t M, size_t m, size_t k)
{
    double none = 1;

    for (size_t i = 0; i < k && i < M; i++)
        none *= i + m < M ? (double)(M - m - i) / (double)(M - i) : 0;
    return 1 - none;
}

/* ---- places ---- */

/* Who looks for whom, and what belongs to whom: own[first[i] ..] */
struct search {
    const float *from, *to; /* [n,width], [m,width] */
    size_t n, m, width;
    size_t *first, *own; /* [n+1], [pairs] */
    size_t *place;       /* [n] of the nearest own one, from 0 */
    float *z;            /* [threads,m] */
};

static void look(void *ctx, size_t i)
{
    struct search *s = ctx;
    float *z = s->z + (size_t)mm_par_self() * s->m;
    size_t best = s->m;

    mm_embed_compare(s->to, s->m, s->from + i * s->width, s->width, z);
    for (size_t k = s->first[i]; k < s->first[i + 1]; k++) {
        size_t place = mm_embed_rank(z, s->m, s->own[k]);

        best = place < best ? place : best;
    }
    s->place[i] = best;
}

/* own, in the order of the pairs */
static void sort_pairs(struct search *s, const size_t *from, const size_t *to,
                       size_t n_pairs)
{
    for (size_t p = 0; p < n_pairs; p++)
        s->first[from[p] + 1]++;
    for (size_t i = 0; i < s->n; i++)
        s->first[i + 1] += s->first[i];
    for (size_t p = n_pairs; p-- > 0;)
        s->own[--s->first[from[p] + 1]] = to[p];
    /* first[i + 1] is now where i begins */
    memmove(s->first, s->first + 1, s->n * sizeof *s->first);
    s->first[s->n] = n_pairs;
}

static int by_size(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void count(struct search *s, struct mm_recall *r)
{
    *r = (struct mm_recall){ .n = s->n };
    for (int k = 0; k < MM_RECALLS; k++) {
        for (size_t i = 0; i < s->n; i++) {
            r->at[k] += s->place[i] < at[k];
            r->chance[k] += mm_recall_chance(s->m,
                                             s->first[i + 1] - s->first[i],
                                             at[k]);
        }
        r->at[k] /= (double)s->n;
        r->chance[k] /= (double)s->n;
    }
    qsort(s->place, s->n, sizeof *s->place, by_size);
    r->median = 1 + 0.5 * (double)(s->place[(s->n - 1) / 2] +
                                   s->place[s->n / 2]);
}

static int search(struct search *s, const size_t *from, const size_t *to,
                  size_t n_pairs, struct mm_recall *r, struct mm_err *err)
{
    s->first = mm_alloc(s->n + 2, sizeof *s->first, err);
    s->own = mm_alloc(n_pairs, sizeof *s->own, err);
    s->place = mm_alloc(s->n, sizeof *s->place, err);
    s->z = mm_alloc((size_t)mm_par_threads() * s->m, sizeof *s->z, err);
    if (s->first && s->own && s->place && s->z) {
        sort_pairs(s, from, to, n_pairs);
        mm_par_for(s->n, look, s);
        count(s, r);
    }
    free(s->first);
    free(s->own);
    free(s->z);
    free(s->place);
    return s->first && s->own && s->place && s->z ? 0 : -1;
}

int mm_retrieve_rows(struct mm_retrieval *r, const float *pictures, size_t n,
                     const float *captions, size_t m, size_t width,
                     const size_t *picture, const size_t *caption,
                     size_t n_pairs, struct mm_err *err)
{
    struct search a = { .from = pictures, .to = captions, .n = n, .m = m };
    struct search b = { .from = captions, .to = pictures, .n = m, .m = n };

    a.width = b.width = width;
    r->pictures = n;
    r->captions = m;
    if (search(&a, picture, caption, n_pairs, &r->by_picture, err) < 0)
        return -1;
    return search(&b, caption, picture, n_pairs, &r->by_caption, err);
}

/* ---- from files ---- */

/* Different captions, and the pairs */
struct captions {
    const char **texts;
    size_t n, cap;
    size_t *picture, *caption, n_pairs, picture_cap, caption_cap;
    struct mm_map numbers;
};

static int add_pair(struct captions *c, size_t picture, const char *text,
                    struct mm_err *err)
{
    int64_t *number = mm_map_at(&c->numbers, text, strlen(text), err);

    if (!number)
        return -1;
    if (*number == 0) {
        if (mm_grow(&c->texts, &c->cap, c->n + 1, sizeof *c->texts, err) < 0)
            return -1;
        c->texts[c->n++] = text;
        *number = (int64_t)c->n;
    }
    if (mm_grow(&c->picture, &c->picture_cap, c->n_pairs + 1,
                sizeof *c->picture, err) < 0 ||
        mm_grow(&c->caption, &c->caption_cap, c->n_pairs + 1,
                sizeof *c->caption, err) < 0)
        return -1;
    c->picture[c->n_pairs] = picture;
    c->caption[c->n_pairs++] = (size_t)*number - 1;
    return 0;
}

static int collect(struct captions *c, const struct mm_embedded *m,
                   struct mm_err *err)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct mm_item *it = &m->items[i];

        if (it->n_answers == 0)
            return mm_fail(err, MM_EDATA, "'%s' has a picture and no text",
                           it->id);
        for (size_t k = 0; k < it->n_answers; k++)
            if (add_pair(c, i, it->answers[k], err) < 0)
                return -1;
    }
    return 0;
}

static void captions_release(struct captions *c)
{
    free(c->texts);
    free(c->picture);
    free(c->caption);
    mm_map_release(&c->numbers);
}

static int compare(struct mm_retrieval *r, struct mm_embedder *e,
                   const struct mm_embedded *m, struct mm_err *err)
{
    struct captions c = { 0 };
    float *rows = NULL;
    int result = collect(&c, m, err);

    if (result == 0) {
        rows = mm_alloc(c.n * e->width, sizeof *rows, err);
        result = rows ? mm_embed_texts(e, c.texts, c.n, rows, err) : -1;
    }
    if (result == 0)
        result = mm_retrieve_rows(r, m->rows, m->n, rows, c.n, e->width,
                                  c.picture, c.caption, c.n_pairs, err);
    free(rows);
    captions_release(&c);
    return result;
}

int mm_retrieve(struct mm_retrieval *r, const char *model, const char *data,
                size_t limit, struct mm_err *err)
{
    struct mm_embedder e;
    struct mm_source *s;
    struct mm_embedded m;
    int result = -1;

    *r = (struct mm_retrieval){ 0 };
    if (mm_embedder_open(&e, model, err) < 0)
        return -1;
    s = mm_source_open(data, err);
    if (s) {
        result = mm_embed_source(&e, s, limit, &m, err);
        r->of = m.of;
        if (result == 0)
            result = compare(r, &e, &m, err);
        mm_embedded_release(&m);
    }
    mm_source_close(s);
    mm_embedder_close(&e);
    return result;
}

/* ---- the table ---- */

static void print_row(struct mm_buf *out, int bars, const char *name,
                      const double shares[MM_RECALLS], double median)
{
    mm_buf_addf(out, bars ? "| %s" : "%-18s", name);
    for (int k = 0; k < MM_RECALLS; k++)
        mm_buf_addf(out, bars ? " | %.1f" : " %6.1f", 100 * shares[k]);
    if (median > 0)
        mm_buf_addf(out, bars ? " | %.1f" : " %12.1f", median);
    mm_buf_adds(out, bars ? (median > 0 ? " |\n" : " | |\n") : "\n");
}

static void print_recall(struct mm_buf *out, int bars, const char *name,
                         const struct mm_recall *r)
{
    print_row(out, bars, name, r->at, r->median);
    print_row(out, bars, "  by chance", r->chance, 0);
}

static void json_shares(struct mm_jw *w, const double shares[MM_RECALLS])
{
    static const char *const keys[] = { "r1", "r5", "r10" };

    for (int k = 0; k < MM_RECALLS; k++) {
        mm_jw_put_num(w, keys[k], shares[k]);
    }
}

static void json_recall(struct mm_jw *w, const char *name,
                        const struct mm_recall *r)
{
    mm_jw_key(w, name);
    mm_jw_open(w, '{');
    json_shares(w, r->at);
    mm_jw_put_num(w, "median_rank", r->median);
    mm_jw_put_size(w, "n", r->n);
    mm_jw_key(w, "chance");
    mm_jw_open(w, '{');
    json_shares(w, r->chance);
    mm_jw_close(w, '}');
    mm_jw_close(w, '}');
}

static void print_json(struct mm_buf *out, const struct mm_retrieval *r,
                       const char *model, const char *data)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "task", "retrieve");
    mm_jw_put_str(&w, "model", model);
    mm_jw_put_str(&w, "data", data);
    mm_jw_put_size(&w, "pictures", r->pictures);
    mm_jw_put_size(&w, "captions", r->captions);
    mm_jw_put_size(&w, "of", r->of);
    mm_jw_put_bool(&w, "partial", r->pictures < r->of);
    json_recall(&w, "image_to_text", &r->by_picture);
    json_recall(&w, "text_to_image", &r->by_caption);
    mm_jw_put_str(&w, "version", mm_version());
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

void mm_retrieval_print(struct mm_buf *out, const struct mm_retrieval *r,
                        const char *model, const char *data,
                        enum mm_table_format format)
{
    int bars = format == MM_TABLE_MARKDOWN;

    if (format == MM_TABLE_JSON) {
        print_json(out, r, model, data);
        return;
    }
    mm_buf_adds(out, bars ? "| | R@1 | R@5 | R@10 | median place |\n"
                            "|---|---:|---:|---:|---:|\n"
                          : "                      R@1    R@5   R@10 "
                            "median place\n");
    print_recall(out, bars, "image to text", &r->by_picture);
    print_recall(out, bars, "text to image", &r->by_caption);
    mm_buf_addf(out, "%s%zu pictures of %zu items, %zu different captions%s\n",
                bars ? "\n" : "", r->pictures, r->of, r->captions,
                r->pictures < r->of ? " (partial)" : "");
}
