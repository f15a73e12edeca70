/*
 * examples.c - which solved examples stand in front of a question
 */
#include "eval/examples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "eval/likeness.h"

/* Pictures without features: why, is asked of the pool first. */
static int leave_out(struct mm_examples *e, struct mm_err *err)
{
    size_t width = mm_features_width(e->how.features);
    struct mm_item it = { 0 };
    int result = 0;

    for (size_t i = 0; result >= 0 && i < e->pool.n; i++) {
        if (!isnan(e->rows[i * width]))
            continue;
        result = mm_pool_load(&e->pool, i, &it, err);
        if (result == 0)
            mm_pool_leave_out(&e->pool, i, it.id, "its picture has no "
                                                  "features");
    }
    mm_item_release(&it);
    return result < 0 ? -1 : 0;
}

int mm_examples_open(struct mm_examples *e, const struct mm_examples_how *how,
                     struct mm_err *err)
{
    *e = (struct mm_examples){ .how = *how };
    if (how->n == 0)
        return 0;
    if (mm_pool_open(&e->pool, how->pool, how->shown, err) < 0)
        return -1;
    if (mm_source_count(how->pool) < how->n)
        return mm_fail(err, MM_EDATA, "'%s' has %zu samples, too few for %zu "
                                      "shots",
                       mm_source_name(how->pool), mm_source_count(how->pool),
                       how->n);
    if (!how->features)
        return 0;
    e->like = mm_alloc(mm_source_count(how->pool), sizeof *e->like, err);
    if (!e->like ||
        mm_likeness_read(&e->rows, how->pool, how->features, how->beside,
                         err) < 0)
        return -1;
    return leave_out(e, err);
}

void mm_examples_close(struct mm_examples *e)
{
    mm_pool_close(&e->pool);
    free(e->rows);
    free(e->like);
    for (size_t i = 0; i < e->n_shared; i++) {
        mm_item_release(&e->shared[i]->item);
        free(e->shared[i]);
    }
    free(e->shared);
    *e = (struct mm_examples){ 0 };
}

int mm_chosen_init(struct mm_chosen *c, const struct mm_examples *e,
                   struct mm_err *err)
{
    *c = (struct mm_chosen){ .n = e->how.n };
    c->shots = mm_alloc(c->n, sizeof *c->shots, err);
    c->own = mm_alloc(c->n, sizeof *c->own, err);
    if (c->shots && c->own)
        return 0;
    mm_chosen_release(c);
    return -1;
}

void mm_chosen_release(struct mm_chosen *c)
{
    for (size_t i = 0; c->own && i < c->n; i++)
        mm_item_release(&c->own[i].item);
    free(c->shots);
    free(c->own);
    *c = (struct mm_chosen){ 0 };
}

static int same_bytes(const struct mm_buf *a, const struct mm_buf *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* Is an example the question, or about one of its pictures? */
static int gives_away(const struct mm_item *example,
                      const struct mm_item *question)
{
    if (strcmp(example->id, question->id) == 0)
        return 1;
    for (size_t i = 0; i < example->n_pictures; i++)
        for (size_t k = 0; k < question->n_pictures; k++)
            if (same_bytes(example->pictures[i], question->pictures[k]))
                return 1;
    return 0;
}

/* Item `number` of the pool: 0; 1: it is of no use; -1. */
static int load(struct mm_examples *e, size_t number, struct mm_example *x,
                struct mm_err *err)
{
    x->number = number;
    return mm_pool_load(&e->pool, number, &x->item, err);
}

/* 1: for this question, whose pictures the pool has too; -1: for any. */
static int too_few(const struct mm_examples *e, struct mm_err *err)
{
    const struct mm_pool *p = &e->pool;

    mm_fail(err, MM_EDATA, "'%s' has too few samples for %zu shots besides "
                           "the question",
            mm_source_name(e->how.pool), e->how.n);
    return p->n < p->n_bad + p->n_mute + e->how.n ? -1 : 1;
}

/* ---- one order for all ---- */

/* Make shared[i] be there: the pool is tried on in its order; too_few's. */
static int need_shared(struct mm_examples *e, size_t i, struct mm_err *err)
{
    size_t n = mm_source_count(e->how.pool);

    while (e->n_shared <= i) {
        struct mm_example *x;
        int result;

        if (e->tried == n)
            return too_few(e, err);
        if (mm_grow(&e->shared, &e->shared_cap, i + 1, sizeof *e->shared,
                    err) < 0 ||
            !(x = mm_alloc(1, sizeof *x, err)))
            return -1;
        result = load(e, mm_rng_permute(e->how.seed, MM_RNG_SHOTS, e->tried, n),
                      x, err);
        e->tried++;
        if (result == 0) {
            e->shared[e->n_shared++] = x;
            continue;
        }
        mm_item_release(&x->item);
        free(x);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int choose_shared(struct mm_examples *e, const struct mm_item *question,
                         struct mm_chosen *c, struct mm_err *err)
{
    size_t k = 0;

    for (size_t i = 0; k < c->n; i++) {
        int result = need_shared(e, i, err);

        if (result != 0)
            return result;
        if (gives_away(&e->shared[i]->item, question))
            continue;
        c->shots[k++] = (struct mm_shot){ e->shared[i]->number,
                                          &e->shared[i]->item };
    }
    return 0;
}

/* ---- an order for each ---- */

static int choose_own(struct mm_examples *e, const struct mm_item *question,
                      struct mm_chosen *c, struct mm_err *err)
{
    uint64_t stream = MM_RNG_SHOTS + (mm_hash64(question->id,
                                                strlen(question->id)) &
                                      UINT32_MAX);
    size_t n = mm_source_count(e->how.pool), k = 0;

    for (size_t i = 0; k < c->n; i++) {
        struct mm_example *x = &c->own[k];
        int result;

        if (i == n)
            return too_few(e, err);
        result = load(e, mm_rng_permute(e->how.seed, stream, i, n), x, err);
        if (result < 0)
            return -1;
        if (result > 0 || gives_away(&x->item, question))
            continue;
        c->shots[k++] = (struct mm_shot){ x->number, &x->item };
    }
    return 0;
}

/* ---- by likeness ---- */

/* 0; 1: not with this question, err says why; -1. */
static int compare_rows(struct mm_examples *e, const struct mm_item *question,
                        struct mm_err *err)
{
    struct mm_features *f = e->how.features;
    size_t width = mm_features_width(f), n = mm_source_count(e->how.pool);
    float *row = mm_alloc(width, sizeof *row, err);
    int result = row ? 0 : -1;

    if (result == 0 && question->n_pictures == 0)
        result = mm_fail(err, MM_EDATA, "there is no picture to compare by");
    if (result == 0)
        result = mm_features_pooled(f, question->pictures[0]->data,
                                    question->pictures[0]->len, row, err);
    if (result < 0 && err->code == MM_EDATA)
        result = 1;
    for (size_t i = 0; result == 0 && i < n; i++) {
        e->like[i] = 0;
        for (size_t k = 0; k < width; k++)
            e->like[i] += (double)row[k] * e->rows[i * width + k];
    }
    free(row);
    return result;
}

/* The most alike first; the taken ones are no longer numbers. */
static size_t take_nearest(struct mm_examples *e)
{
    size_t n = mm_source_count(e->how.pool), best = n;

    for (size_t i = 0; i < n; i++)
        if (!isnan(e->like[i]) && (best == n || e->like[i] > e->like[best]))
            best = i;
    if (best < n)
        e->like[best] = NAN;
    return best;
}

static int choose_nearest(struct mm_examples *e,
                          const struct mm_item *question, struct mm_chosen *c,
                          struct mm_err *err)
{
    size_t n = mm_source_count(e->how.pool), k = c->n;
    int compared = compare_rows(e, question, err);

    if (compared != 0)
        return compared;
    while (k > 0) {
        struct mm_example *x = &c->own[k - 1];
        size_t i = take_nearest(e);
        int result;

        if (i == n)
            return too_few(e, err);
        result = load(e, i, x, err);
        if (result < 0)
            return -1;
        if (result > 0 || gives_away(&x->item, question))
            continue;
        c->shots[--k] = (struct mm_shot){ x->number, &x->item };
    }
    return 0;
}

int mm_examples_choose(struct mm_examples *e, const struct mm_item *question,
                       struct mm_chosen *c, struct mm_err *err)
{
    if (e->rows)
        return choose_nearest(e, question, c, err);
    return e->how.per_query ? choose_own(e, question, c, err)
                            : choose_shared(e, question, c, err);
}

/* ---- what they were chosen from ---- */

static uint64_t example_key(const struct mm_item *it)
{
    const char *answer = it->n_answers ? it->answers[0] : "";
    uint64_t key[2] = { mm_item_key(it, ""),
                        mm_hash64(answer, strlen(answer)) };

    return mm_hash64(key, sizeof key);
}

/* All words of the pool; its pictures where nothing else stands for them. */
static int hash_pool(struct mm_examples *e, uint64_t *hash, struct mm_err *err)
{
    int pictures = !e->rows && e->how.per_query, result = 0;
    struct mm_item it = { 0 };
    struct mm_err bad;

    for (size_t i = 0; result >= 0 && i < mm_source_count(e->how.pool); i++) {
        uint64_t key[2] = { *hash, 0 };

        result = pictures ? mm_source_load(e->how.pool, i, &it, &bad)
                          : mm_source_load_text(e->how.pool, i, &it, &bad);
        if (result == 0)
            key[1] = example_key(&it);
        if (!pictures && result >= 0)
            mm_pool_note(&e->pool, i, &it, result, &bad);
        *hash = mm_hash64(key, sizeof key);
    }
    mm_item_release(&it);
    if (result < 0)
        *err = bad;
    return result < 0 ? -1 : 0;
}

/* The features, or the first of the shared order, stand for its pictures. */
int mm_examples_hash(struct mm_examples *e, uint64_t *hash, struct mm_err *err)
{
    uint64_t keys[65] = { mm_source_count(e->how.pool) };
    size_t n = e->how.n < 64 ? e->how.n : 64;

    if (e->rows)
        keys[1] = mm_hash64(e->rows,
                            keys[0] * mm_features_width(e->how.features) *
                                sizeof *e->rows);
    else if (!e->how.per_query)
        for (size_t i = 0; i < n; i++) {
            if (need_shared(e, i, err) != 0)
                return -1;
            keys[i + 1] = example_key(&e->shared[i]->item);
        }
    if (!e->rows && e->how.per_query && mm_pool_check(&e->pool, err) < 0)
        return -1;
    *hash = mm_hash64(keys, sizeof keys);
    return hash_pool(e, hash, err);
}
