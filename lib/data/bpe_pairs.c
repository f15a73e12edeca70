/*
 * bpe_pairs.c - pairs with their counts and places
 */
#include "data/bpe_pairs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- counts ---- */

static struct mm_pair *slot_of(const struct mm_pairs *p, uint64_t key)
{
    size_t i = (size_t)(key * 0x9E3779B97F4A7C15u >> 32) & (p->cap - 1);

    while (p->slot[i].key != key && p->slot[i].key != UINT64_MAX)
        i = (i + 1) & (p->cap - 1);
    return &p->slot[i];
}

static int enlarge(struct mm_pairs *p, struct mm_err *err)
{
    struct mm_pairs old = *p;

    if (p->n < p->cap / 2)
        return 0;
    p->cap = old.cap == 0 ? 1024 : old.cap * 2;
    p->slot = mm_alloc(p->cap, sizeof *p->slot, err);
    if (p->slot == NULL) {
        *p = old;
        return -1;
    }
    for (size_t i = 0; i < p->cap; i++)
        p->slot[i].key = UINT64_MAX;
    for (size_t i = 0; i < old.cap; i++)
        if (old.slot[i].key != UINT64_MAX)
            *slot_of(p, old.slot[i].key) = old.slot[i];
    free(old.slot);
    return 0;
}

static int put_place(struct mm_pairs *p, struct mm_pair *pair, uint32_t word,
                     struct mm_err *err)
{
    uint32_t at;

    if (pair->fresh != MM_NO_WORDS && p->place[pair->fresh].word == word)
        return 0;
    if (p->has_unused) {
        at = p->unused;
        p->unused = p->place[at].next;
        p->has_unused = p->unused != MM_NO_WORDS;
    } else {
        if (p->n_places == MM_NO_WORDS)
            return mm_fail(err, MM_ESYS, "too many different words");
        if (mm_grow(&p->place, &p->places_cap, p->n_places + 1,
                    sizeof *p->place, err) < 0)
            return -1;
        at = (uint32_t)p->n_places++;
    }
    p->place[at].word = word;
    p->place[at].next = pair->fresh;
    pair->fresh = at;
    return 0;
}

int mm_pairs_add(struct mm_pairs *p, int32_t left, int32_t right, int64_t n,
                 uint32_t word, struct mm_err *err)
{
    uint64_t key = mm_pair_key(left, right);
    struct mm_pair *pair;

    if (enlarge(p, err) < 0)
        return -1;
    pair = slot_of(p, key);
    if (pair->key != key) {
        *pair = (struct mm_pair){ key, 0, MM_NO_WORDS };
        p->n++;
    }
    pair->count += n;
    if (n <= 0)
        return 0;
    if (pair->fresh == MM_NO_WORDS) {
        if (mm_grow(&p->touched, &p->touched_cap, p->n_touched + 1,
                    sizeof *p->touched, err) < 0)
            return -1;
        p->touched[p->n_touched++] = key;
    }
    return put_place(p, pair, word, err);
}

/* ---- the queue: a heap ---- */

static int before(const struct mm_pair_queued *a,
                  const struct mm_pair_queued *b)
{
    return a->count != b->count ? a->count > b->count : a->key < b->key;
}

static int push(struct mm_pairs *p, struct mm_pair_queued x,
                struct mm_err *err)
{
    struct mm_pair_queued *q;
    size_t i;

    if (mm_grow(&p->queue, &p->queue_cap, p->n_queued + 1, sizeof *p->queue,
                err) < 0)
        return -1;
    q = p->queue;
    for (i = p->n_queued++; i > 0 && before(&x, &q[(i - 1) / 2]);
         i = (i - 1) / 2)
        q[i] = q[(i - 1) / 2];
    q[i] = x;
    return 0;
}

/* Put x where the top was, and let it sink. */
static void sink(struct mm_pairs *p, struct mm_pair_queued x)
{
    struct mm_pair_queued *q = p->queue;
    size_t i = 0, child;

    while ((child = 2 * i + 1) < p->n_queued) {
        if (child + 1 < p->n_queued && before(&q[child + 1], &q[child]))
            child++;
        if (!before(&q[child], &x))
            break;
        q[i] = q[child];
        i = child;
    }
    q[i] = x;
}

int mm_pairs_flush(struct mm_pairs *p, struct mm_err *err)
{
    for (size_t i = 0; i < p->n_touched; i++) {
        struct mm_pair *pair = slot_of(p, p->touched[i]);
        struct mm_pair_queued x = { pair->count, pair->key, pair->fresh };

        pair->fresh = MM_NO_WORDS;
        if (x.count <= 0)
            mm_pairs_give_back(p, x.words);
        else if (push(p, x, err) < 0)
            return -1;
    }
    p->n_touched = 0;
    return 0;
}

int mm_pairs_pop(struct mm_pairs *p, struct mm_pair_queued *top)
{
    while (p->n_queued > 0) {
        int64_t count = slot_of(p, p->queue[0].key)->count;

        *top = p->queue[0];
        if (top->count == count) {
            p->n_queued--;
            if (p->n_queued > 0)
                sink(p, p->queue[p->n_queued]);
            return 1;
        }
        top->count = count; /* it changed: the pair comes up again */
        sink(p, *top);
    }
    return 0;
}

void mm_pairs_give_back(struct mm_pairs *p, uint32_t words)
{
    uint32_t last = words;

    if (words == MM_NO_WORDS)
        return;
    while (p->place[last].next != MM_NO_WORDS)
        last = p->place[last].next;
    p->place[last].next = p->has_unused ? p->unused : MM_NO_WORDS;
    p->unused = words;
    p->has_unused = 1;
}

void mm_pairs_release(struct mm_pairs *p)
{
    free(p->slot);
    free(p->place);
    free(p->queue);
    free(p->touched);
    memset(p, 0, sizeof *p);
}
