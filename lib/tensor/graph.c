/*
 * graph.c - the tape
 *
 * The arena of a step:
 *
 *     0 ......... used ............................ cap
 *     outputs and saves   blocks: scratch of an op, gradients of backward
 *                         (first fit; a gradient's block is free again once
 *                         the op that made its tensor has read it)
 *
 * The structures of tensors and records stand beside it, in ordinary memory,
 * since a plan has them too.  A plan makes the same calls, gets the same
 * offsets from an arena without memory, and so knows the peak.
 */
#include "tensor/graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tensor/device.h"
#include "tensor/graph_state.h"
#include "tensor/op.h"

/* About 100,000 ops; pages that are not touched cost nothing. */
#define META_BYTES ((size_t)32 << 20)

/* ---- life ---- */

static struct mm_graph *create(enum mm_mode mode, int records,
                               size_t arena_bytes, struct mm_err *err)
{
    struct mm_graph *g = mm_alloc(1, sizeof *g, err);

    if (!g)
        return NULL;
    g->mode = mode;
    g->records = records;
    g->device = mm_device_cpu();
    mm_arena_measure(&g->arena);
    if (mm_arena_init(&g->meta, META_BYTES, err) < 0 ||
        (mode != MM_PLAN &&
         g->device->arena_init(&g->arena, arena_bytes, err) < 0)) {
        mm_graph_free(g);
        return NULL;
    }
    return g;
}

struct mm_graph *mm_graph_create(enum mm_mode mode, size_t arena_bytes,
                                 struct mm_err *err)
{
    return create(mode, mode == MM_TRAIN, arena_bytes, err);
}

struct mm_graph *mm_graph_create_plan(int train, struct mm_err *err)
{
    return create(MM_PLAN, train, 0, err);
}

void mm_graph_free(struct mm_graph *g)
{
    if (!g)
        return;
    if (g->arena.base)
        g->device->arena_release(&g->arena);
    mm_arena_release(&g->meta);
    free(g);
}

enum mm_mode mm_graph_mode(const struct mm_graph *g)
{
    return g->mode;
}

int mm_graph_records(const struct mm_graph *g)
{
    return g->records;
}

void mm_graph_reset(struct mm_graph *g)
{
    assert(!g->backward && !g->scratch);
    mm_arena_rewind(&g->arena, 0);
    mm_arena_rewind(&g->meta, 0);
    g->blocks = g->free_blocks = g->again = NULL;
    g->made = NULL;
    g->last = NULL;
}

size_t mm_graph_peak(const struct mm_graph *g)
{
    return g->arena.peak;
}

struct mm_cost mm_graph_cost(const struct mm_graph *g)
{
    return g->cost;
}

/* ---- memory ---- */

void *mm_graph_meta(struct mm_graph *g, size_t bytes)
{
    return memset(mm_arena_take(&g->meta, bytes), 0, bytes);
}

static struct block *block_take(struct mm_graph *g, size_t bytes)
{
    struct block *b = g->free_blocks, **p = &g->blocks;
    size_t at = g->arena.used;

    bytes = (bytes + MM_ALIGN - 1) / MM_ALIGN * MM_ALIGN;
    while (*p && (*p)->begin - at < bytes) {
        at = (*p)->end;
        p = &(*p)->next;
    }
    if (b)
        g->free_blocks = b->next;
    else
        b = mm_graph_meta(g, sizeof *b);
    *b = (struct block){ *p, NULL, at, at + bytes };
    *p = b;
    assert(!g->arena.base || b->end <= g->arena.cap);
    if (b->end > g->arena.peak)
        g->arena.peak = b->end;
    return b;
}

void mm_graph_release(struct mm_graph *g, struct block *b)
{
    struct block **p = &g->blocks;

    while (*p != b)
        p = &(*p)->next;
    *p = b->next;
    b->next = g->free_blocks;
    g->free_blocks = b;
}

static void *block_data(const struct mm_graph *g, const struct block *b)
{
    return g->arena.base ? g->arena.base + b->begin : NULL;
}

/* For a forward pass, which may be that of a stretch that is run again. */
static void *take(struct mm_graph *g, size_t bytes, size_t *begin)
{
    struct block *b;

    assert(!g->scratch && !g->backward);
    *begin = g->arena.used;
    if (!g->repeats)
        return mm_arena_take(&g->arena, bytes);
    b = block_take(g, bytes);
    b->scratch = g->again;
    g->again = b;
    *begin = b->begin;
    return block_data(g, b);
}

/* ---- tensors ---- */

struct node *mm_graph_node(const struct mm_graph *g, struct mm_tensor *x)
{
    char *p = (char *)x;

    return p >= g->meta.base && p < g->meta.base + g->meta.used
               ? (struct node *)p
               : NULL;
}

static struct node *node_create(struct mm_graph *g, enum mm_dtype dtype,
                                size_t n_dim, const size_t *dim)
{
    struct node *n = mm_graph_meta(g, sizeof *n);

    assert(n_dim <= MM_MAX_DIM);
    n->t.dtype = dtype;
    n->t.n_dim = (int)n_dim;
    for (size_t i = 0; i < MM_MAX_DIM; i++)
        n->t.dim[i] = i < n_dim ? dim[i] : 1;
    return n;
}

static size_t tensor_bytes(const struct mm_tensor *x)
{
    return mm_tensor_count(x) * mm_dtype_bytes(x->dtype);
}

struct mm_tensor *mm_input(struct mm_graph *g, enum mm_dtype dtype,
                           const void *data, size_t n_dim, const size_t *dim)
{
    struct node *n = node_create(g, dtype, n_dim, dim);

    n->t.data = (void *)data; /* no op writes to its inputs */
    return &n->t;
}

struct mm_tensor *mm_input_ids(struct mm_graph *g, const int32_t *ids,
                               size_t n)
{
    return mm_input(g, MM_I32, ids, 1, &n);
}

struct mm_tensor *mm_input_room(struct mm_graph *g, enum mm_dtype dtype,
                                size_t n_dim, const size_t *dim)
{
    struct node *n = node_create(g, dtype, n_dim, dim);

    n->t.data = take(g, tensor_bytes(&n->t), &n->begin);
    return &n->t;
}

void mm_tensor_put(const struct mm_graph *g, struct mm_tensor *x, size_t begin,
                   size_t n, const void *host)
{
    size_t bytes = mm_dtype_bytes(x->dtype);

    assert(begin + n <= mm_tensor_count(x));
    if (g->mode != MM_PLAN)
        g->device->put((char *)x->data + begin * bytes, host, n * bytes);
}

void mm_tensor_get(const struct mm_graph *g, const struct mm_tensor *x,
                   size_t begin, size_t n, float *host)
{
    assert(g->mode != MM_PLAN && x->dtype == MM_F32);
    assert(begin + n <= mm_tensor_count(x));
    g->device->get(host, (const float *)x->data + begin, n * sizeof *host);
}

float mm_tensor_scalar(const struct mm_graph *g, const struct mm_tensor *x)
{
    float f;

    assert(mm_tensor_count(x) == 1);
    mm_tensor_get(g, x, 0, 1, &f);
    return f;
}

/* ---- for ops ---- */

struct mm_tensor *mm_op_output(struct mm_graph *g, enum mm_dtype dtype,
                               size_t n_dim, const size_t *dim,
                               int wants_grad)
{
    struct node *n = node_create(g, dtype, n_dim, dim);

    n->t.data = take(g, tensor_bytes(&n->t), &n->begin);
    n->t.wants_grad = wants_grad && g->records;
    g->wanted |= wants_grad;
    n->next = g->made;
    g->made = n;
    return &n->t;
}

void *mm_op_save(struct mm_graph *g, size_t bytes)
{
    size_t begin;

    return take(g, bytes, &begin);
}

void *mm_op_scratch(struct mm_graph *g, size_t bytes)
{
    struct block *b = block_take(g, bytes);

    b->scratch = g->scratch;
    g->scratch = b;
    return block_data(g, b);
}

void mm_op_scratch_end(struct mm_graph *g)
{
    while (g->scratch) {
        struct block *b = g->scratch;

        g->scratch = b->scratch;
        mm_graph_release(g, b);
    }
}

int mm_op_computes(const struct mm_graph *g)
{
    return g->mode != MM_PLAN;
}

const struct mm_kernels *mm_op_kernels(const struct mm_graph *g)
{
    return g->device->kernels;
}

void mm_op_cost(struct mm_graph *g, double forward_flops,
                double backward_flops, double bytes)
{
    g->cost.forward_flops += forward_flops;
    g->cost.backward_flops += g->records ? backward_flops : 0;
    g->cost.bytes += bytes;
}

void *mm_op_record(struct mm_graph *g,
                   void (*backward)(struct mm_graph *g, void *args),
                   size_t bytes)
{
    struct record *r;
    struct node *made = g->made;
    int wanted = 0;

    assert(!g->scratch && !g->backward);
    g->made = NULL;
    for (struct node *n = made; n; n = n->next)
        wanted |= n->t.wants_grad;
    if (!wanted)
        return NULL;
    r = mm_graph_meta(g, sizeof *r);
    r->args = mm_graph_meta(g, bytes);
    r->backward = backward;
    r->outputs = made;
    r->before = g->last;
    g->last = r;
    return r->args;
}

/* ---- backward ---- */

float *mm_op_grad_beta(struct mm_graph *g, struct mm_tensor *x, float *beta)
{
    struct node *n = x ? mm_graph_node(g, x) : NULL;

    assert(g->backward);
    *beta = 1;
    if (!x || !x->wants_grad)
        return NULL;
    if (n && !n->grad) {
        n->grad = block_take(g, mm_tensor_count(x) * sizeof(float));
        x->grad = block_data(g, n->grad);
        *beta = 0;
    }
    assert(x->grad || g->mode == MM_PLAN);
    return g->mode == MM_PLAN ? NULL : x->grad;
}

float *mm_op_grad(struct mm_graph *g, struct mm_tensor *x)
{
    float beta, *dx = mm_op_grad_beta(g, x, &beta);

    if (dx && beta == 0)
        g->device->kernels->zero(dx, mm_tensor_count(x));
    return dx;
}

void mm_op_get(const struct mm_graph *g, void *host, const void *src,
               size_t bytes)
{
    g->device->get(host, src, bytes);
}

void mm_graph_run_back(struct mm_graph *g, struct record *r)
{
    int reached = 0;

    for (struct node *n = r->outputs; n; n = n->next)
        reached |= n->grad != NULL;
    if (!reached)
        return;
    for (struct node *n = r->outputs; n; n = n->next)
        mm_op_grad(g, &n->t);
    r->backward(g, r->args);
    assert(!g->scratch);
    for (struct node *n = r->outputs; n; n = n->next) {
        if (n->grad)
            mm_graph_release(g, n->grad);
        n->grad = NULL;
        n->t.grad = NULL;
    }
}

/* Nothing uses what was made after the record's outputs any more. */
static void forget(struct mm_graph *g, const struct record *r)
{
    for (const struct node *n = r->outputs; n; n = n->next)
        if (n->begin < g->arena.used)
            mm_arena_rewind(&g->arena, n->begin);
}

void mm_graph_backward(struct mm_graph *g, struct mm_tensor *loss, float seed)
{
    float *dloss;

    assert(g->records && !g->backward && !g->scratch);
    assert(mm_tensor_count(loss) == 1 && mm_graph_node(g, loss));
    g->backward = 1;
    dloss = mm_op_grad(g, loss);
    if (dloss)
        g->device->put(dloss, &seed, sizeof seed);
    for (struct record *r = g->last; r; r = r->before) {
        mm_graph_run_back(g, r);
        if (g->recomputes)
            forget(g, r);
    }
    g->last = NULL;
    g->backward = 0;
}
