/*
 * linear.c - matrix product with a weight
 */
#include "tensor/linear.h"

#include <assert.h>
#include <string.h>

#include "tensor/op.h"

struct linear_args {
    struct mm_tensor *x, *w, *b, *y;
};

static void linear_backward(struct mm_graph *g, void *args)
{
    const struct linear_args *a = args;
    size_t N = mm_tensor_rows(a->x), D = a->w->dim[1], O = a->w->dim[0];
    const float *dy = a->y->grad;
    float beta_x, beta_w;
    float *dx = mm_op_grad_beta(g, a->x, &beta_x);
    float *dw = mm_op_grad_beta(g, a->w, &beta_w);
    float *db = mm_op_grad(g, a->b);
    const struct mm_kernels *k = mm_op_kernels(g);

    if (!mm_op_computes(g))
        return;
    if (dx)
        k->gemm(MM_NN, N, D, O, dy, O, a->w->data, D, NULL, beta_x, dx, D);
    if (dw)
        k->gemm(MM_TN, O, D, N, dy, O, a->x->data, D, NULL, beta_w, dw, D);
    if (db)
        k->column_sums(db, dy, N, O);
}

static void check(const struct mm_tensor *x, const struct mm_tensor *w,
                  const struct mm_tensor *b)
{
    assert(x->dtype == MM_F32 && w->dtype == MM_F32 && w->n_dim == 2);
    assert(x->n_dim > 0 && mm_tensor_width(x) == w->dim[1]);
    assert(!b || mm_tensor_count(b) == w->dim[0]);
    (void)x;
    (void)w;
    (void)b;
}

struct mm_tensor *mm_linear(struct mm_graph *g, struct mm_tensor *x,
                            struct mm_tensor *w, struct mm_tensor *b)
{
    size_t N = mm_tensor_rows(x), D = w->dim[1], O = w->dim[0];
    int wanted = x->wants_grad || w->wants_grad || (b && b->wants_grad);
    double flops = 2.0 * (double)N * (double)D * (double)O;
    size_t dim[MM_MAX_DIM];
    struct mm_tensor *y;
    struct linear_args *a;

    check(x, w, b);
    memcpy(dim, x->dim, sizeof dim);
    dim[x->n_dim - 1] = O;
    y = mm_op_output(g, MM_F32, (size_t)x->n_dim, dim, wanted);
    mm_op_cost(g, flops, flops * (!!x->wants_grad + !!w->wants_grad),
               4.0 * ((double)N * (double)(D + O) + (double)D * (double)O));
    if (mm_op_computes(g))
        mm_op_kernels(g)->gemm(MM_NT, N, O, D, x->data, D, w->data, D,
                               b ? b->data : NULL, 0, y->data, O);
    a = mm_op_record(g, linear_backward, sizeof *a);
    if (a)
        *a = (struct linear_args){ x, w, b, y };
    return y;
}
