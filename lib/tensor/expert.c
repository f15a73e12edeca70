/*
 * expert.c - the ops; their loops are in kernel/expert.c and kernel/gemm.c
 */
#include "tensor/expert.h"

#include <assert.h>
#include <string.h>

#include "tensor/op.h"

struct rows {
    struct mm_tensor *x, *y, *weight;
    const struct mm_tensor *slot;
};

static struct mm_tensor *output(struct mm_graph *g, size_t n, size_t D,
                                int wanted)
{
    size_t dim[] = { n, D };

    mm_op_cost(g, 0, 0, 8.0 * (double)(n * D));
    return mm_op_output(g, MM_F32, 2, dim, wanted);
}

static size_t experts(const struct mm_route *r)
{
    return mm_tensor_count(r->begin) - 1;
}

static size_t used_slots(const struct mm_route *r)
{
    return (size_t)((const int32_t *)r->begin->data)[experts(r)];
}

/* ---- to the experts ---- */

static void spread_backward(struct mm_graph *g, void *args)
{
    const struct rows *a = args;
    float *dx = mm_op_grad(g, a->x);

    if (dx)
        mm_op_kernels(g)->expert_gather(dx, a->y->grad, a->slot->data,
                                        mm_tensor_rows(a->x),
                                        mm_tensor_width(a->x));
}

struct mm_tensor *mm_expert_spread(struct mm_graph *g, struct mm_tensor *x,
                                   const struct mm_route *r)
{
    size_t S = mm_tensor_count(r->token), D = mm_tensor_width(x);
    struct mm_tensor *y = output(g, S, D, x->wants_grad);
    struct rows *a;

    assert(mm_tensor_rows(x) == r->slot->dim[0]);
    if (mm_op_computes(g))
        mm_op_kernels(g)->expert_spread(y->data, x->data, r->token->data,
                                        used_slots(r), S, D);
    a = mm_op_record(g, spread_backward, sizeof *a);
    if (a)
        *a = (struct rows){ x, y, NULL, r->slot };
    return y;
}

/* ---- through them ---- */

struct linear {
    struct mm_tensor *x, *y, *w[MM_MAX_GROUPS];
    const struct mm_tensor *begin;
    size_t E;
};

/* The products of x [S,D] and w[e] [O,D], to be filled in */
static struct mm_gemm_groups products(const struct linear *a,
                                      enum mm_gemm_form form)
{
    size_t D = mm_tensor_width(a->x), O = mm_tensor_width(a->y);

    return (struct mm_gemm_groups){ .form = form,
                                    .n = a->E,
                                    .M = form == MM_TN ? O : 0,
                                    .N = form == MM_NT ? O : D,
                                    .lda = form == MM_NT ? D : O,
                                    .begin = a->begin->data };
}

static void add_dx(struct mm_graph *g, const struct linear *a, float *dx,
                   float beta)
{
    struct mm_gemm_groups p = products(a, MM_NN);
    size_t D = mm_tensor_width(a->x), n = mm_tensor_rows(a->x);
    size_t used = (size_t)p.begin[a->E];
    const float *w[MM_MAX_GROUPS];

    for (size_t e = 0; e < a->E; e++)
        w[e] = a->w[e]->data;
    p.A = a->y->grad;
    p.B_of = w;
    p.C = dx;
    p.beta = beta;
    mm_op_kernels(g)->gemm_groups(&p);
    if (beta == 0)
        mm_op_kernels(g)->zero(dx + used * D, (n - used) * D);
}

static void linear_backward(struct mm_graph *g, void *args)
{
    const struct linear *a = args;
    float beta, *dx = mm_op_grad_beta(g, a->x, &beta), *dw[MM_MAX_GROUPS];
    int wanted = 0;

    for (size_t e = 0; e < a->E; e++) {
        dw[e] = mm_op_grad(g, a->w[e]);
        wanted |= dw[e] != NULL;
    }
    if (dx)
        add_dx(g, a, dx, beta);
    if (wanted) {
        struct mm_gemm_groups p = products(a, MM_TN);

        p.A = a->y->grad;
        p.B = a->x->data;
        p.C_of = dw;
        p.beta = 1;
        mm_op_kernels(g)->gemm_groups(&p);
    }
}

static void linear_forward(struct mm_graph *g, const struct linear *a)
{
    struct mm_gemm_groups p = products(a, MM_NT);
    size_t O = mm_tensor_width(a->y), n = mm_tensor_rows(a->y);
    size_t used = (size_t)p.begin[a->E];
    const float *w[MM_MAX_GROUPS];
    float *y = a->y->data;

    for (size_t e = 0; e < a->E; e++)
        w[e] = a->w[e]->data;
    p.A = a->x->data;
    p.B_of = w;
    p.C = y;
    mm_op_kernels(g)->gemm_groups(&p);
    mm_op_kernels(g)->zero(y + used * O, (n - used) * O);
}

static void count_cost(struct mm_graph *g, const struct linear *a)
{
    double S = (double)mm_tensor_rows(a->x), D = (double)mm_tensor_width(a->x);
    double O = (double)mm_tensor_width(a->y), flops = 2 * S * D * O;

    mm_op_cost(g, flops,
               flops * (!!a->x->wants_grad + !!a->w[0]->wants_grad),
               4 * (S * D + (double)a->E * D * O));
}

struct mm_tensor *mm_expert_linear(struct mm_graph *g, struct mm_tensor *x,
                                   struct mm_tensor *const *w,
                                   const struct mm_route *r)
{
    struct linear a = { .x = x, .begin = r->begin, .E = experts(r) }, *record;
    size_t O = w[0]->dim[0], D = mm_tensor_width(x);

    assert(a.E <= MM_MAX_GROUPS);
    memcpy(a.w, w, a.E * sizeof *w);
    for (size_t e = 0; e < a.E; e++) {
        assert(w[e]->n_dim == 2 && w[e]->dim[0] == O && w[e]->dim[1] == D);
        assert(w[e]->wants_grad == w[0]->wants_grad);
    }
    (void)D;
    a.y = output(g, mm_tensor_rows(x), O, x->wants_grad || w[0]->wants_grad);
    count_cost(g, &a);
    if (mm_op_computes(g))
        linear_forward(g, &a);
    record = mm_op_record(g, linear_backward, sizeof *record);
    if (record)
        *record = a;
    return a.y;
}

/* ---- back to the tokens ---- */

static void combine_backward(struct mm_graph *g, void *args)
{
    const struct rows *a = args;
    float *dx = mm_op_grad(g, a->x), *dweight = mm_op_grad(g, a->weight);

    if (mm_op_computes(g))
        mm_op_kernels(g)->expert_combine_back(
            dx, dweight, a->y->grad, a->x->data, a->weight->data,
            a->slot->data, mm_tensor_rows(a->y), mm_tensor_width(a->y));
}

struct mm_tensor *mm_expert_combine(struct mm_graph *g, struct mm_tensor *x,
                                    const struct mm_route *r)
{
    size_t N = r->slot->dim[0], D = mm_tensor_width(x);
    struct mm_tensor *y = output(g, N, D,
                                 x->wants_grad || r->weight->wants_grad);
    struct rows *a;

    assert(mm_tensor_rows(x) == mm_tensor_count(r->token));
    if (mm_op_computes(g))
        mm_op_kernels(g)->expert_combine(y->data, x->data, r->weight->data,
                                         r->slot->data, N, D);
    a = mm_op_record(g, combine_backward, sizeof *a);
    if (a)
        *a = (struct rows){ x, y, r->weight, r->slot };
    return y;
}
