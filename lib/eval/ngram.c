/*
 * ngram.c - texts as counted n-grams of words
 */
#include "eval/ngram.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/space.h"

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

static int split(struct mm_ngrams *g, const char *s, size_t *n_words,
                 struct mm_err *err)
{
    const char *end = s + strlen(s), *word;
    size_t n = 0, len;

    while ((len = mm_next_word(&s, end, &word))) {
        if (mm_grow(&g->ids, &g->ids_cap, 2 * (n + 1), sizeof *g->ids, err) <
                0 ||
            number_of(&g->words, word, len, &g->ids[n], err) < 0)
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
static int add_run(struct mm_ngrams *g, const uint32_t *sorted, size_t n,
                   struct mm_err *err)
{
    if (mm_grow(&g->pool, &g->pool_cap, g->n_pool + n, sizeof *g->pool, err) <
        0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct mm_gram *last = i ? &g->pool[g->n_pool - 1] : NULL;

        if (last && last->id == sorted[i])
            last->count++;
        else
            g->pool[g->n_pool++] = (struct mm_gram){ sorted[i], 1 };
    }
    return 0;
}

/* The n-grams of one order of the words in g->ids[0..n). */
static int add_order(struct mm_ngrams *g, size_t n, size_t order,
                     struct mm_err *err)
{
    size_t n_grams = n >= order ? n - order + 1 : 0;
    uint32_t *grams = g->ids + n;

    for (size_t i = 0; i < n_grams; i++)
        if (number_of(&g->grams, g->ids + i, order * sizeof *g->ids,
                      &grams[i], err) < 0)
            return -1;
    if (n_grams)
        qsort(grams, n_grams, sizeof *grams, by_number);
    return add_run(g, grams, n_grams, err);
}

int mm_ngrams_add(struct mm_ngrams *g, const char *s, struct mm_err *err)
{
    struct mm_gram_text *t;
    size_t n;

    if (split(g, s, &n, err) < 0 ||
        mm_grow(&g->texts, &g->texts_cap, g->n_texts + 1, sizeof *g->texts,
                err) < 0)
        return -1;
    t = &g->texts[g->n_texts];
    for (size_t order = 1; order <= MM_NGRAM_ORDERS; order++) {
        t->begin[order - 1] = g->n_pool;
        if (add_order(g, n, order, err) < 0)
            return -1;
    }
    t->begin[MM_NGRAM_ORDERS] = g->n_pool;
    t->words = n;
    g->n_texts++;
    return 0;
}

void mm_ngrams_clear(struct mm_ngrams *g)
{
    g->n_pool = g->n_texts = 0;
}

void mm_ngrams_release(struct mm_ngrams *g)
{
    mm_map_release(&g->words);
    mm_map_release(&g->grams);
    free(g->pool);
    free(g->texts);
    free(g->ids);
    *g = (struct mm_ngrams){ 0 };
}
