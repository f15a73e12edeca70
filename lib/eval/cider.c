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

    if (mm_grow(&c->df, &c->df_cap, c->text.n_grams, sizeof *c->df, err) < 0 ||
        mm_grow(&c->seen_in, &c->seen_cap, c->text.n_grams, sizeof *c->seen_in,
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

#define LOGS 1024

struct scorer {
    const struct mm_cider *c;
    enum mm_cider_flavour flavour;
    double log_n, logs[LOGS]; /* of small document frequencies */
};

static double weight(const struct scorer *s, const struct mm_gram *g)
{
    uint32_t df = s->c->df[g->id] > 1 ? s->c->df[g->id] : 1;

    return g->count * (s->log_n - (df < LOGS ? s->logs[df] : log(df)));
}

static double norm(const struct scorer *s, const struct mm_gram_text *t,
                   int order)
{
    double sum = 0;

    for (size_t i = t->begin[order]; i < t->begin[order + 1]; i++) {
        double v = weight(s, &s->c->text.pool[i]);

        sum += v * v;
    }
    return sqrt(sum);
}

static double product(const struct scorer *s, const struct mm_gram_text *h,
                      const struct mm_gram_text *r, int order)
{
    size_t i = h->begin[order], j = r->begin[order];
    double sum = 0;

    while (i < h->begin[order + 1] && j < r->begin[order + 1]) {
        const struct mm_gram *a = &s->c->text.pool[i];
        const struct mm_gram *b = &s->c->text.pool[j];

        if (a->id == b->id) {
            double x = weight(s, a), y = weight(s, b);

            sum += (s->flavour == MM_CIDER_D && x > y ? y : x) * y;
        }
        i += a->id <= b->id;
        j += b->id <= a->id;
    }
    return sum;
}

/* The reference takes this for the length. */
static double bigrams(const struct mm_gram_text *t)
{
    return t->words > 1 ? (double)(t->words - 1) : 0;
}

static double similarity(const struct scorer *s, const struct mm_gram_text *h,
                         const double norms[ORDERS],
                         const struct mm_gram_text *r)
{
    double sum = 0, gauss = 1, delta = bigrams(h) - bigrams(r);

    if (s->flavour == MM_CIDER_D)
        gauss = exp(-delta * delta / (2 * SIGMA * SIGMA));
    for (int order = 0; order < ORDERS; order++) {
        double p = product(s, h, r, order);
        double n = p > 0 ? norms[order] * norm(s, r, order) : 0;

        if (n > 0)
            p /= n;
        sum += p * gauss;
    }
    return sum / ORDERS;
}

static double image_score(const struct scorer *s, const struct image *im)
{
    const struct mm_gram_text *t = &s->c->text.texts[im->hyp];
    double sum = 0, norms[ORDERS];

    for (int order = 0; order < ORDERS; order++)
        norms[order] = norm(s, t, order);
    for (size_t i = 1; i <= im->n_refs; i++)
        sum += similarity(s, t, norms, t + i);
    return im->n_refs ? 10 * sum / (double)im->n_refs : 0;
}

double mm_cider_score(const struct mm_cider *c, enum mm_cider_flavour flavour,
                      double *scores)
{
    struct scorer s = { .c = c, .flavour = flavour };
    double sum = 0;

    s.log_n = log((double)c->n_images);
    for (int df = 1; df < LOGS; df++)
        s.logs[df] = log(df);
    for (size_t i = 0; i < c->n_images; i++) {
        double score = image_score(&s, &c->images[i]);

        if (scores)
            scores[i] = score;
        sum += score;
    }
    return c->n_images ? sum / (double)c->n_images : 0;
}
