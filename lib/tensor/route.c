/*
 * route.c - the op; its loops are in kernel/route.c
 */
#include "tensor/route.h"

#include <assert.h>

#include "tensor/op.h"

struct record {
    struct mm_tensor *logits, *weight;
    struct mm_route_args a;
};

static void route_backward(struct mm_graph *g, void *args)
{
    struct record *r = args;

    r->a.dlogits = mm_op_grad(g, r->logits);
    r->a.dweight = r->weight->grad;
    if (r->a.dlogits)
        mm_op_kernels(g)->route_backward(&r->a);
}

static struct mm_tensor *ids(struct mm_graph *g, size_t n, size_t m)
{
    size_t dim[] = { n, m };

    return mm_op_output(g, MM_I32, m ? 2 : 1, dim, 0);
}

/* The most rows that experts can be given. */
static size_t most_slots(size_t N, size_t E, const struct mm_route_how *how)
{
    size_t all = 2 * N;
    double room = (double)how->capacity * (double)(N / how->B) / (double)E;

    if (how->capacity > 0 && room < (double)(2 * N / how->B)) {
        size_t C = room < 1 ? 1 : (size_t)room;

        if (how->B * E * C < all)
            return how->B * E * C;
    }
    return all;
}

static void check(const struct mm_tensor *logits,
                  const struct mm_tensor *segment,
                  const struct mm_route_how *how)
{
    size_t N = mm_tensor_rows(logits), E = mm_tensor_width(logits);

    assert(logits->dtype == MM_F32 && E >= 2 && E <= MM_MAX_GROUPS);
    assert(how->B > 0 && N % how->B == 0 && N < INT32_MAX / 2);
    assert(!segment || (segment->dtype == MM_I32 &&
                        mm_tensor_count(segment) == N));
    (void)segment;
    (void)N;
    (void)E;
}

/* Memory that the record needs beside the outputs */
static void place(struct mm_graph *g, struct mm_route_args *a)
{
    a->p = mm_op_save(g, a->N * a->E * sizeof *a->p);
    a->lse = mm_op_save(g, a->N * sizeof *a->lse);
    a->share = mm_op_save(g, a->B * a->E * sizeof *a->share);
    a->expert = mm_op_save(g, 2 * a->N * sizeof *a->expert);
    a->stats = mm_op_scratch(g, (MM_ROUTE_LOAD + a->E) * sizeof *a->stats);
}

static void compute(struct mm_graph *g, struct mm_route_args *a,
                    const struct mm_route *r, float *stats)
{
    a->weight = r->weight->data;
    a->begin = r->begin->data;
    a->token = r->token->data;
    a->slot = r->slot->data;
    mm_op_kernels(g)->route_forward(a);
    if (stats)
        mm_op_get(g, stats, a->stats,
                  (MM_ROUTE_LOAD + a->E) * sizeof *stats);
}

struct mm_route mm_route(struct mm_graph *g, struct mm_tensor *logits,
                         const struct mm_tensor *segment,
                         const struct mm_route_how *how, float *stats)
{
    size_t N = mm_tensor_rows(logits), E = mm_tensor_width(logits);
    size_t dim[] = { N, 2 };
    struct mm_route_args a = { .N = N, .E = E, .B = how->B };
    struct mm_route r;
    struct record *record;

    check(logits, segment, how);
    a.S = most_slots(N, E, how);
    a.capacity = how->capacity;
    a.balance = how->balance;
    a.z_loss = how->z_loss;
    a.logits = logits->data;
    a.segment = segment ? segment->data : NULL;
    r.weight = mm_op_output(g, MM_F32, 2, dim, logits->wants_grad);
    r.begin = ids(g, E + 1, 0);
    r.token = ids(g, a.S, 0);
    r.slot = ids(g, N, 2);
    mm_op_cost(g, 30.0 * (double)(N * E), 10.0 * (double)(N * E),
               8.0 * (double)(N * E));
    place(g, &a);
    if (mm_op_computes(g))
        compute(g, &a, &r, stats);
    mm_op_scratch_end(g);
    record = mm_op_record(g, route_backward, sizeof *record);
    if (record)
        *record = (struct record){ logits, r.weight, a };
    return r;
}
