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
        if (mm_grow(&g->ids, &g->ids_cap, 3 * (n + 1), sizeof *g->ids, err) <
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

/* Captions are short. */
static void sort(uint32_t *v, size_t n)
{
    if (n > 40) {
        qsort(v, n, sizeof *v, by_number);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        uint32_t x = v[i];
        size_t k = i;

        for (; k > 0 && v[k - 1] > x; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

/* ---- numbers of n-grams ---- */

static struct mm_gram_slot *slot_of(struct mm_gram_slot *slots, size_t n,
                                    uint64_t key)
{
    uint64_t hash = key * 0x9e3779b97f4a7c15u;
    size_t i = (size_t)(hash >> 32) & (n - 1);

    while (slots[i].id && slots[i].key != key)
        i = (i + 1) & (n - 1);
    return &slots[i];
}

static int grow_slots(struct mm_ngrams *g, struct mm_err *err)
{
    size_t n = g->n_slots ? 2 * g->n_slots : 1024;
    struct mm_gram_slot *slots;

    if (n > (size_t)1 << 32)
        return mm_fail(err, MM_EDATA, "more than 2^31 n-grams");
    slots = mm_alloc(n, sizeof *slots, err);
    if (!slots)
        return -1;
    for (size_t i = 0; i < g->n_slots; i++)
        if (g->slots[i].id)
            *slot_of(slots, n, g->slots[i].key) = g->slots[i];
    free(g->slots);
    g->slots = slots;
    g->n_slots = n;
    return 0;
}

/* The number of an n-gram: of one that ends before a word, and that word. */
static int gram_of(struct mm_ngrams *g, uint32_t prefix, uint32_t word,
                   uint32_t *id, struct mm_err *err)
{
    uint64_t key = (uint64_t)prefix << 32 | word;
    struct mm_gram_slot *slot;

    if (2 * (g->n_grams + 1) > g->n_slots && grow_slots(g, err) < 0)
        return -1;
    slot = slot_of(g->slots, g->n_slots, key);
    if (!slot->id) {
        slot->key = key;
        slot->id = (uint32_t)++g->n_grams;
    }
    *id = slot->id - 1;
    return 0;
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

/* ids: n words, then the n-grams of an order, then room to sort them */
static int add_order(struct mm_ngrams *g, size_t n, size_t order,
                     struct mm_err *err)
{
    size_t n_grams = n >= order ? n - order + 1 : 0;
    uint32_t *grams = g->ids + n, *sorted = grams + n;

    for (size_t i = 0; i < n_grams; i++)
        if (gram_of(g, order > 1 ? grams[i] : UINT32_MAX,
                    g->ids[i + order - 1], &grams[i], err) < 0)
            return -1;
    memcpy(sorted, grams, n_grams * sizeof *grams);
    sort(sorted, n_grams);
    return add_run(g, sorted, n_grams, err);
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
        if (n && add_order(g, n, order, err) < 0)
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
    free(g->slots);
    free(g->pool);
    free(g->texts);
    free(g->ids);
    *g = (struct mm_ngrams){ 0 };
}
