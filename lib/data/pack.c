/*
 * pack.c - documents of tokens and pictures into sequences of T tokens
 *
 * open[] are the sequences being filled, oldest first; ready[] those that are
 * full or had to make room, in the order in which they will be taken.
 */
#include "data/pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/pack_doc.h"
#include "data/pack_seq.h"

#define ROOM_MIN 2 /* tokens; fewer hold no segment */

struct list {
    struct mm_pack_seq **v;
    size_t n, cap;
};

struct mm_packer {
    struct mm_pack_config c;
    char *source;
    struct list open, ready, spare;
    size_t taken; /* of ready */
    struct mm_pack_doc doc;
    struct mm_pack_counts counts;
};

static int list_add(struct list *l, struct mm_pack_seq *q, struct mm_err *err)
{
    if (mm_grow(&l->v, &l->cap, l->n + 1, sizeof(*l->v), err) != 0)
        return -1;
    l->v[l->n++] = q;
    return 0;
}

static struct mm_pack_seq *list_remove(struct list *l, size_t i)
{
    struct mm_pack_seq *q = l->v[i];

    memmove(l->v + i, l->v + i + 1, (l->n - i - 1) * sizeof(*l->v));
    l->n--;
    return q;
}

static void list_release(struct list *l, size_t from)
{
    for (size_t i = from; i < l->n; i++)
        mm_pack_seq_free(l->v[i]);
    free(l->v);
}

struct mm_packer *mm_packer_create(const struct mm_pack_config *c,
                                   const char *source, struct mm_err *err)
{
    struct mm_packer *p = mm_alloc(1, sizeof(*p), err);

    assert(c->seq_len >= 2 && c->image_tokens > 0 && c->open_max > 0);
    if (!p)
        return NULL;
    p->c = *c;
    if (c->kind != MM_PACK_FIRST_FIT)
        p->c.open_max = 1;
    p->source = mm_strdup(source, err);
    if (!p->source) {
        mm_packer_free(p);
        return NULL;
    }
    return p;
}

void mm_packer_free(struct mm_packer *p)
{
    if (!p)
        return;
    list_release(&p->open, 0);
    list_release(&p->ready, p->taken);
    list_release(&p->spare, 0);
    mm_pack_doc_release(&p->doc);
    free(p->source);
    free(p);
}

const struct mm_pack_counts *mm_packer_counts(const struct mm_packer *p)
{
    return &p->counts;
}

/* ---- placing ---- */

/* Open sequence i is done. */
static int close_one(struct mm_packer *p, size_t i, struct mm_err *err)
{
    struct mm_pack_seq *q = list_remove(&p->open, i);

    if (list_add(&p->ready, q, err) != 0) {
        mm_pack_seq_free(q);
        return -1;
    }
    return 0;
}

/* How full: the larger of two parts, of T and of the views, times both. */
static size_t fullness(const struct mm_packer *p, const struct mm_pack_seq *q)
{
    size_t tokens = q->used * (p->c.max_images ? p->c.max_images : 1);
    size_t views = q->views * p->c.seq_len;

    return tokens > views ? tokens : views;
}

static size_t fullest(const struct mm_packer *p)
{
    size_t best = 0;

    for (size_t i = 1; i < p->open.n; i++)
        if (fullness(p, p->open.v[i]) > fullness(p, p->open.v[best]))
            best = i;
    return best;
}

/* A new open sequence, the last of them; the fullest makes room for it. */
static int open_one(struct mm_packer *p, struct mm_err *err)
{
    struct mm_pack_seq *q;

    if (p->open.n == p->c.open_max && close_one(p, fullest(p), err) != 0)
        return -1;
    if (p->spare.n) {
        q = p->spare.v[--p->spare.n];
        mm_pack_seq_clear(q, &p->c);
    } else {
        q = mm_pack_seq_create(&p->c, err);
    }
    if (!q || list_add(&p->open, q, err) != 0) {
        mm_pack_seq_free(q);
        return -1;
    }
    return 0;
}

static int place(struct mm_packer *p, const struct mm_pack_piece *piece,
                 struct mm_err *err)
{
    struct mm_pack_seq *q;
    size_t i = 0;

    while (i < p->open.n &&
           !mm_pack_seq_has_room(p->open.v[i], &p->c, piece))
        i++;
    if (i == p->open.n) {
        if (open_one(p, err) != 0)
            return -1;
        i = p->open.n - 1;
    }
    q = p->open.v[i];
    if (mm_pack_seq_add(q, &p->c, &p->doc, piece, p->source, err) != 0)
        return -1;
    if (p->c.kind == MM_PACK_NONE || q->used + ROOM_MIN > p->c.seq_len)
        return close_one(p, i, err);
    return 0;
}

int mm_packer_put(struct mm_packer *p, const struct mm_sample *s,
                  struct mm_err *err)
{
    struct mm_pack_piece piece = { 0 };
    struct mm_pack_doc *d = &p->doc;
    size_t views;

    if (mm_pack_doc_parse(d, s, &p->c, err) != 0)
        return -1;
    p->counts.documents++;
    views = mm_pack_doc_hopeless(d, &p->c);
    if (views > 0) {
        p->counts.dropped_image++;
        if (views > p->counts.too_many)
            p->counts.too_many = views;
        return 0;
    }
    mm_pack_doc_next(d, &p->c, &piece);
    if (piece.end < d->n) {
        if (d->is_chat || p->c.too_long == MM_PACK_DROP) {
            p->counts.dropped_long++;
            return 0;
        }
        p->counts.cut++;
    }
    do
        if (place(p, &piece, err) != 0)
            return -1;
    while (mm_pack_doc_next(d, &p->c, &piece));
    return 0;
}

/* ---- taking ---- */

int mm_packer_flush(struct mm_packer *p, struct mm_err *err)
{
    while (p->open.n)
        if (close_one(p, 0, err) != 0)
            return -1;
    return 0;
}

static void count(struct mm_pack_counts *n, const struct mm_pack_seq *q)
{
    n->sequences++;
    n->tokens += q->used;
    n->targets += q->targets;
    n->images += q->pictures.n;
    n->views += q->views;
}

int mm_packer_take(struct mm_packer *p, struct mm_sample *out,
                   struct mm_err *err)
{
    struct mm_pack_seq *q;
    int result;

    if (p->taken == p->ready.n) {
        p->taken = p->ready.n = 0;
        return 0;
    }
    q = p->ready.v[p->taken++];
    count(&p->counts, q);
    result = mm_pack_seq_finish(q, &p->c, out, err);
    if (list_add(&p->spare, q, err) != 0) {
        mm_pack_seq_free(q);
        return -1;
    }
    return result == 0 ? 1 : -1;
}
