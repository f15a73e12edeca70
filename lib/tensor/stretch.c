/*
 * stretch.c - stretches of a forward pass: what is kept of them, and those
 * that are run again in the backward pass
 */
#include <assert.h>
#include <string.h>

#include "tensor/device.h"
#include "tensor/graph_state.h"
#include "tensor/op.h"

void mm_graph_recompute(struct mm_graph *g, int on)
{
    assert(g->records && !g->backward);
    g->recomputes = on;
}

void *mm_graph_copy(struct mm_graph *g, const void *src, size_t bytes)
{
    return memcpy(mm_graph_meta(g, bytes), src, bytes);
}

/* ---- what is kept ---- */

size_t mm_graph_mark(const struct mm_graph *g)
{
    return g->arena.used;
}

static void keep_one(struct mm_graph *g, struct node *n)
{
    size_t bytes = mm_tensor_count(&n->t) * mm_dtype_bytes(n->t.dtype);
    void *p;

    n->begin = g->arena.used;
    p = mm_arena_take(&g->arena, bytes);
    if (p && p != n->t.data)
        g->device->move(p, n->t.data, bytes);
    n->t.data = p;
}

/* The one that lies lowest at or above `from`, so that none is overwritten */
static struct node *lowest(struct node *const *list, size_t n, size_t from)
{
    struct node *low = NULL;

    for (size_t i = 0; i < n; i++)
        if (list[i] && list[i]->begin >= from &&
            (!low || list[i]->begin < low->begin))
            low = list[i];
    return low;
}

/* Of all that was made since the mark, n tensors; others may be older. */
static void keep(struct mm_graph *g, size_t mark, struct mm_tensor **x,
                 size_t n)
{
    struct node *list[MM_STRETCH_MAX], *next;
    size_t from = mark;

    for (size_t i = 0; i < n; i++)
        list[i] = mm_graph_node(g, x[i]);
    mm_arena_rewind(&g->arena, mark);
    while ((next = lowest(list, n, from)) != NULL) {
        from = next->begin + 1;
        for (size_t i = 0; i < n; i++)
            list[i] = list[i] == next ? NULL : list[i];
        keep_one(g, next);
    }
}

void mm_graph_keep(struct mm_graph *g, size_t mark, struct mm_tensor *x)
{
    if (!g->records)
        keep(g, mark, &x, 1);
}

/* ---- what is run again ---- */

struct stretch {
    mm_stretch_fn *fn;
    const void *args;
    struct mm_tensor *y[MM_STRETCH_MAX];
    size_t n;
};

/* The gradient of y becomes that of the tensor which was made again. */
static void hand_over(struct mm_graph *g, struct mm_tensor *y,
                      struct mm_tensor *anew)
{
    struct node *from = mm_graph_node(g, y), *to = mm_graph_node(g, anew);

    assert(mm_tensor_same_shape(y, anew) && !to->grad && anew->wants_grad);
    to->grad = from->grad;
    anew->grad = y->grad;
    from->grad = NULL;
    y->grad = NULL;
}

static void run_again(struct mm_graph *g, const struct stretch *s,
                      struct mm_tensor **anew)
{
    g->backward = 0;
    g->repeats = 1;
    g->last = NULL;
    s->fn(g, s->args, anew);
    g->repeats = 0;
    g->backward = 1;
}

static void stretch_backward(struct mm_graph *g, void *args)
{
    const struct stretch *s = args;
    struct mm_tensor *anew[MM_STRETCH_MAX];

    run_again(g, s, anew);
    for (size_t i = 0; i < s->n; i++)
        if (s->y[i]->wants_grad)
            hand_over(g, s->y[i], anew[i]);
    for (struct record *r = g->last; r; r = r->before)
        mm_graph_run_back(g, r);
    while (g->again) {
        struct block *b = g->again;

        g->again = b->scratch;
        mm_graph_release(g, b);
    }
}

/* Without a record of its inside; the outputs are its own record's. */
static void run_unrecorded(struct mm_graph *g, const struct stretch *s,
                           struct mm_tensor **y)
{
    size_t mark = mm_graph_mark(g);

    g->records = 0;
    g->wanted = 0;
    s->fn(g, s->args, y);
    keep(g, mark, y, s->n);
    g->records = 1;
    g->made = NULL;
    for (size_t i = 0; i < s->n; i++) {
        struct node *node = mm_graph_node(g, y[i]);

        assert(node && node->begin >= mark);
        node->t.wants_grad = g->wanted;
        node->next = g->made;
        g->made = node;
    }
}

void mm_graph_stretch(struct mm_graph *g, mm_stretch_fn *fn, const void *args,
                      size_t bytes, struct mm_tensor **y, size_t n)
{
    struct stretch *record, s = { .fn = fn, .args = args, .n = n };

    assert(n > 0 && n <= MM_STRETCH_MAX);
    if (!g->recomputes || !g->records || g->repeats) {
        fn(g, args, y);
        return;
    }
    s.args = mm_graph_copy(g, args, bytes);
    run_unrecorded(g, &s, y);
    memcpy(s.y, y, n * sizeof *y);
    record = mm_op_record(g, stretch_backward, sizeof *record);
    if (record)
        *record = s;
}
