/*
 * cider.c - CIDEr-D and CIDEr of captions
 *
 * Words and n-grams become numbers as they come.  A text is then four sorted
 * runs of (n-gram, count) in one pool, and a similarity is a merge of two runs.
 */
#include "eval/cider.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "eval/space.h"

#define ORDERS 4
#define SIGMA 6.0

struct gram {
    uint32_t id, tf;
};

/* begin[n] .. begin[n+1]: the n-grams of order n + 1 in the pool */
struct text {
    size_t begin[ORDERS + 1];
    double length; /* bigrams */
};

struct image {
    size_t hyp, n_refs; /* texts[hyp], then its references */
};

struct mm_cider {
    struct mm_map words, grams;
    uint32_t *df, *seen_in; /* per n-gram: images, and the last of them */
    size_t df_cap, seen_cap;
    struct gram *pool;
    size_t n_pool, pool_cap;
    struct text *texts;
    size_t n_texts, texts_cap;
    struct image *images;
    size_t n_images, images_cap;
    uint32_t *ids; /* words of the text in hand, then n-grams of an order */
    size_t ids_cap;
};

struct mm_cider *mm_cider_create(struct mm_err *err)
{
    return mm_alloc(1, sizeof(struct mm_cider), err);
}

void mm_cider_free(struct mm_cider *c)
{
    if (!c)
        return;
    mm_map_release(&c->words);
    mm_map_release(&c->grams);
    free(c->df);
    free(c->seen_in);
    free(c->pool);
    free(c->texts);
    free(c->images);
    free(c->ids);
    free(c);
}

size_t mm_cider_count(const struct mm_cider *c)
{
    return c->n_images;
}

/* ---- reading texts ---- */

/* The number of a key, which is new when it equals the size before. */
static int number_of(struct mm_map *m, const void *key, size_t n,
                     uint32_t *number, struct mm_err *err)
{
    size_t before = m->n;
    int64_t *at = mm_map_at(m, key, n, err);

    if (!at)
        return -1;
    if (m->n > before)
        *at = (int64_t)before;
    *number = (uint32_t)*at;
    return 0;
}

static int split(struct mm_cider *c, const char *s, size_t *n_words,
                 struct mm_err *err)
{
    const char *end = s + strlen(s), *word;
    size_t n = 0, len;

    while ((len = mm_next_word(&s, end, &word))) {
        if (mm_grow(&c->ids, &c->ids_cap, 2 * (n + 1), sizeof *c->ids, err) <
                0 ||
            number_of(&c->words, word, len, &c->ids[n], err) < 0)
            return -1;
        n++;
    }
    *n_words = n;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Append the run of sorted numbers as (number, count). */
static int add_run(struct mm_cider *c, const uint32_t *sorted, size_t n,
                   struct mm_err *err)
{
    if (mm_grow(&c->pool, &c->pool_cap, c->n_pool + n, sizeof *c->pool, err) <
        0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct gram *last = i ? &c->pool[c->n_pool - 1] : NULL;

        if (last && last->id == sorted[i])
            last->tf++;
        else
            c->pool[c->n_pool++] = (struct gram){ sorted[i], 1 };
    }
    return 0;
}

/* The n-grams of one order of the words in c->ids[0..n). */
static int add_order(struct mm_cider *c, size_t n, size_t order,
                     struct mm_err *err)
{
    size_t n_grams = n >= order ? n - order + 1 : 0;
    uint32_t *grams = c->ids + n;

    for (size_t i = 0; i < n_grams; i++)
        if (number_of(&c->grams, c->ids + i, order * sizeof *c->ids,
                      &grams[i], err) < 0)
            return -1;
    if (n_grams)
        qsort(grams, n_grams, sizeof *grams, by_number);
    return add_run(c, grams, n_grams, err);
}

static int add_text(struct mm_cider *c, const char *s, struct mm_err *err)
{
    struct text *t;
    size_t n;

    if (split(c, s, &n, err) < 0 ||
        mm_grow(&c->texts, &c->texts_cap, c->n_texts + 1, sizeof *c->texts,
                err) < 0)
        return -1;
    t = &c->texts[c->n_texts];
    for (size_t order = 1; order <= ORDERS; order++) {
        t->begin[order - 1] = c->n_pool;
        if (add_order(c, n, order, err) < 0)
            return -1;
    }
    t->begin[ORDERS] = c->n_pool;
    t->length = n > 1 ? (double)(n - 1) : 0;
    c->n_texts++;
    return 0;
}

/* Count an image once for each n-gram that one of its references has. */
static int count_image(struct mm_cider *c, size_t first, size_t n_refs,
                       struct mm_err *err)
{
    uint32_t image = (uint32_t)c->n_images + 1;
    size_t known = c->df_cap, seen = c->seen_cap;

    if (mm_grow(&c->df, &c->df_cap, c->grams.n, sizeof *c->df, err) < 0 ||
        mm_grow(&c->seen_in, &c->seen_cap, c->grams.n, sizeof *c->seen_in,
                err) < 0)
        return -1;
    memset(c->df + known, 0, (c->df_cap - known) * sizeof *c->df);
    memset(c->seen_in + seen, 0, (c->seen_cap - seen) * sizeof *c->seen_in);
    for (size_t r = first; r < first + n_refs; r++)
        for (size_t i = c->texts[r].begin[0]; i < c->texts[r].begin[ORDERS];
             i++) {
            uint32_t g = c->pool[i].id;

            c->df[g] += c->seen_in[g] != image;
            c->seen_in[g] = image;
        }
    return 0;
}

int mm_cider_add(struct mm_cider *c, const char *hyp, const char *const *refs,
                 size_t n_refs, struct mm_err *err)
{
    size_t first = c->n_texts;

    if (mm_grow(&c->images, &c->images_cap, c->n_images + 1,
                sizeof *c->images, err) < 0 ||
        add_text(c, hyp, err) < 0)
        return -1;
    for (size_t i = 0; i < n_refs; i++)
        if (add_text(c, refs[i], err) < 0)
            return -1;
    if (count_image(c, first + 1, n_refs, err) < 0)
        return -1;
    c->images[c->n_images++] = (struct image){ first, n_refs };
    return 0;
}

/* ---- scoring ---- */

static double weight(const struct mm_cider *c, const struct gram *g)
{
    double df = c->df[g->id] > 1 ? c->df[g->id] : 1;

    return g->tf * (log((double)c->n_images) - log(df));
}

static double norm(const struct mm_cider *c, const struct text *t, int order)
{
    double s = 0;

    for (size_t i = t->begin[order]; i < t->begin[order + 1]; i++) {
        double v = weight(c, &c->pool[i]);

        s += v * v;
    }
    return sqrt(s);
}

static double product(const struct mm_cider *c, const struct text *h,
                      const struct text *r, int order, int clip)
{
    size_t i = h->begin[order], j = r->begin[order];
    double s = 0;

    while (i < h->begin[order + 1] && j < r->begin[order + 1]) {
        const struct gram *a = &c->pool[i], *b = &c->pool[j];

        if (a->id == b->id) {
            double x = weight(c, a), y = weight(c, b);

            s += (clip && x > y ? y : x) * y;
        }
        i += a->id <= b->id;
        j += b->id <= a->id;
    }
    return s;
}

static double similarity(const struct mm_cider *c, const struct text *h,
                         const struct text *r, enum mm_cider_flavour flavour)
{
    double sum = 0, delta = h->length - r->length, gauss = 1;

    if (flavour == MM_CIDER_D)
        gauss = exp(-delta * delta / (2 * SIGMA * SIGMA));
    for (int order = 0; order < ORDERS; order++) {
        double s = product(c, h, r, order, flavour == MM_CIDER_D);
        double nh = norm(c, h, order), nr = norm(c, r, order);

        if (nh > 0 && nr > 0)
            s /= nh * nr;
        sum += s * gauss;
    }
    return sum / ORDERS;
}

static double image_score(const struct mm_cider *c, const struct image *im,
                          enum mm_cider_flavour flavour)
{
    double sum = 0;

    for (size_t i = 1; i <= im->n_refs; i++)
        sum += similarity(c, &c->texts[im->hyp], &c->texts[im->hyp + i],
                          flavour);
    return im->n_refs ? 10 * sum / (double)im->n_refs : 0;
}

double mm_cider_score(const struct mm_cider *c, enum mm_cider_flavour flavour,
                      double *scores)
{
    double sum = 0;

    for (size_t i = 0; i < c->n_images; i++) {
        double s = image_score(c, &c->images[i], flavour);

        if (scores)
            scores[i] = s;
        sum += s;
    }
    return c->n_images ? sum / (double)c->n_images : 0;
}
