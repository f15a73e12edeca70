/*
 * cider.c - CIDEr-D and CIDEr of captions
 */
#include "eval/cider.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/ngram.h"

#define ORDERS MM_NGRAM_ORDERS
#define SIGMA 6.0

struct image {
    size_t hyp, n_refs; /* texts[hyp], then its references */
};

struct mm_cider {
    struct mm_ngrams text;
    uint32_t *df, *seen_in; /* per n-gram: images, and the last of them */
    size_t df_cap, seen_cap;
    struct image *images;
    size_t n_images, images_cap;
};

struct mm_cider *mm_cider_create(struct mm_err *err)
{
    return mm_alloc(1, sizeof(struct mm_cider), err);
}

void mm_cider_free(struct mm_cider *c)
{
    if (!c)
        return;
    mm_ngrams_release(&c->text);
    free(c->df);
    free(c->seen_in);
    free(c->images);
    free(c);
}

size_t mm_cider_count(const struct mm_cider *c)
{
    return c->n_images;
}

/* Count an image once for each n-gram that one of its references has. */
static int count_image(struct mm_cider *c, size_t first, size_t n_refs,
                       struct mm_err *err)
{
    uint32_t image = (uint32_t)c->n_images + 1;
    size_t known = c->df_cap, seen = c->seen_cap;
    const struct mm_gram_text *texts = c->text.texts;

    if (mm_grow(&c->df, &c->df_cap, c->text.grams.n, sizeof *c->df, err) < 0 ||
        mm_grow(&c->seen_in, &c->seen_cap, c->text.grams.n, sizeof *c->seen_in,
                err) < 0)
        return -1;
    memset(c->df + known, 0, (c->df_cap - known) * sizeof *c->df);
    memset(c->seen_in + seen, 0, (c->seen_cap - seen) * sizeof *c->seen_in);
    for (size_t r = first; r < first + n_refs; r++)
        for (size_t i = texts[r].begin[0]; i < texts[r].begin[ORDERS]; i++) {
            uint32_t g = c->text.pool[i].id;

            c->df[g] += c->seen_in[g] != image;
            c->seen_in[g] = image;
        }
    return 0;
}

int mm_cider_add(struct mm_cider *c, const char *hyp, const char *const *refs,
                 size_t n_refs, struct mm_err *err)
{
    size_t first = c->text.n_texts;

    if (mm_grow(&c->images, &c->images_cap, c->n_images + 1,
                sizeof *c->images, err) < 0 ||
        mm_ngrams_add(&c->text, hyp, err) < 0)
        return -1;
    for (size_t i = 0; i < n_refs; i++)
        if (mm_ngrams_add(&c->text, refs[i], err) < 0)
            return -1;
    if (count_image(c, first + 1, n_refs, err) < 0)
        return -1;
    c->images[c->n_images++] = (struct image){ first, n_refs };
    return 0;
}

/* ---- scoring ---- */

static double weight(const struct mm_cider *c, const struct mm_gram *g)
{
    double df = c->df[g->id] > 1 ? c->df[g->id] : 1;

    return g->count * (log((double)c->n_images) - log(df));
}

static double norm(const struct mm_cider *c, const struct mm_gram_text *t,
                   int order)
{
    double s = 0;

    for (size_t i = t->begin[order]; i < t->begin[order + 1]; i++) {
        double v = weight(c, &c->text.pool[i]);

        s += v * v;
    }
    return sqrt(s);
}

static double product(const struct mm_cider *c, const struct mm_gram_text *h,
                      const struct mm_gram_text *r, int order, int clip)
{
    size_t i = h->begin[order], j = r->begin[order];
    double s = 0;

    while (i < h->begin[order + 1] && j < r->begin[order + 1]) {
        const struct mm_gram *a = &c->text.pool[i], *b = &c->text.pool[j];

        if (a->id == b->id) {
            double x = weight(c, a), y = weight(c, b);

            s += (clip && x > y ? y : x) * y;
        }
        i += a->id <= b->id;
        j += b->id <= a->id;
    }
    return s;
}

/* The reference takes this for the length. */
static double bigrams(const struct mm_gram_text *t)
{
    return t->words > 1 ? (double)(t->words - 1) : 0;
}

static double similarity(const struct mm_cider *c, const struct mm_gram_text *h,
                         const struct mm_gram_text *r,
                         enum mm_cider_flavour flavour)
{
    double sum = 0, gauss = 1, delta = bigrams(h) - bigrams(r);

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
    const struct mm_gram_text *t = &c->text.texts[im->hyp];
    double sum = 0;

    for (size_t i = 1; i <= im->n_refs; i++)
        sum += similarity(c, t, t + i, flavour);
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
