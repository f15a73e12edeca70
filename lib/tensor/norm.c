/*
 * norm.c - the ops; their loops are in kernel/norm.c
 */
#include "tensor/norm.h"

#include <assert.h>

#include "tensor/op.h"

struct norm {
    struct mm_tensor *x, *w, *b, *y;
    float *stat;
    int centre;
};

static void backward(struct mm_graph *g, void *args)
{
    const struct norm *a = args;
    size_t N = mm_tensor_rows(a->x), D = mm_tensor_width(a->x);
    float *dx = mm_op_grad(g, a->x), *dw = mm_op_grad(g, a->w);
    float *db = mm_op_grad(g, a->b);
    float *sums = mm_op_scratch(g, mm_sum_blocks(N) * 2 * D * sizeof *sums);

    if (mm_op_computes(g))
        mm_op_kernels(g)->norm_backward(dx, dw, db, a->y->grad, a->x->data,
                                        a->w->data, a->stat, sums, N, D,
                                        a->centre);
    mm_op_scratch_end(g);
}

static struct mm_tensor *norm(struct mm_graph *g, struct mm_tensor *x,
                              struct mm_tensor *w, struct mm_tensor *b,
                              float eps, int centre)
{
    size_t N = mm_tensor_rows(x), D = mm_tensor_width(x), n = N * D;
    int wanted = x->wants_grad || w->wants_grad || (b && b->wants_grad);
    struct norm *record, a = { x, w, b, NULL, NULL, centre };

    assert(mm_tensor_count(w) == D && (!b || mm_tensor_count(b) == D));
    a.y = mm_op_output(g, MM_F32, (size_t)x->n_dim, x->dim, wanted);
    if (a.y->wants_grad)
        a.stat = mm_op_save(g, N * 2 * sizeof *a.stat);
    mm_op_cost(g, 8.0 * (double)n, 16.0 * (double)n, 8.0 * (double)n);
    if (mm_op_computes(g))
        mm_op_kernels(g)->norm_forward(a.y->data, a.stat, x->data, w->data,
                                       b ? b->data : NULL, N, D, eps, centre);
    record = mm_op_record(g, backward, sizeof *record);
    if (record)
        *record = a;
    return a.y;
}

struct mm_tensor *mm_layernorm(struct mm_graph *g, struct mm_tensor *x,
                               struct mm_tensor *w, struct mm_tensor *b,
                               float eps)
{
    return norm(g, x, w, b, eps, 1);
}

struct mm_tensor *mm_rmsnorm(struct mm_graph *g, struct mm_tensor *x,
                             struct mm_tensor *w, float eps)
{
    return norm(g, x, w, NULL, eps, 0);
}
