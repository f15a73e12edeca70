/*
 * pool.c - the ops; their loops are in kernel/pool.c
 */
#include "tensor/pool.h"

#include <assert.h>

#include "tensor/op.h"

struct pool {
    struct mm_tensor *x, *s, *y;
    size_t B, rows, cols, out_rows, out_cols;
};

static void record(struct mm_graph *g, const struct pool *a,
                   void (*backward)(struct mm_graph *g, void *args))
{
    struct pool *r = mm_op_record(g, backward, sizeof *r);

    if (r)
        *r = *a;
}

/* ---- mean ---- */

static void mean_backward(struct mm_graph *g, void *args)
{
    const struct pool *a = args;
    float *dx = mm_op_grad(g, a->x);

    if (dx)
        mm_op_kernels(g)->mean_rows_backward(dx, a->y->grad, a->B, a->rows,
                                             mm_tensor_width(a->x));
}

struct mm_tensor *mm_mean_rows(struct mm_graph *g, struct mm_tensor *x,
                               size_t B)
{
    size_t n = mm_tensor_rows(x) / B, D = mm_tensor_width(x);
    double count = (double)mm_tensor_count(x);
    struct pool a = { .x = x, .B = B, .rows = n };

    assert(n * B == mm_tensor_rows(x));
    a.y = mm_op_output(g, MM_F32, 2, (size_t[]){ B, D }, x->wants_grad);
    mm_op_cost(g, count, 2 * count, 4 * count);
    if (mm_op_computes(g))
        mm_op_kernels(g)->mean_rows_forward(a.y->data, x->data, B, n, D);
    record(g, &a, mean_backward);
    return a.y;
}

/* ---- scale ---- */

static void scale_backward(struct mm_graph *g, void *args)
{
    const struct pool *a = args;
    float *dx = mm_op_grad(g, a->x), *ds = mm_op_grad(g, a->s);

    if (mm_op_computes(g))
        mm_op_kernels(g)->scale_rows_backward(
            dx, ds, a->y->grad, a->x->data, a->s->data, a->B, a->rows,
            mm_tensor_width(a->x));
}

struct mm_tensor *mm_scale_rows(struct mm_graph *g, struct mm_tensor *x,
                                struct mm_tensor *s, size_t B)
{
    size_t n = mm_tensor_rows(x) / B, D = mm_tensor_width(x);
    double count = (double)mm_tensor_count(x);
    struct pool a = { .x = x, .s = s, .B = B, .rows = n };

    assert(n * B == mm_tensor_rows(x));
    assert(mm_tensor_rows(s) == B && mm_tensor_width(s) == D);
    a.y = mm_op_output(g, MM_F32, (size_t)x->n_dim, x->dim,
                       x->wants_grad || s->wants_grad);
    mm_op_cost(g, count, 4 * count, 8 * count);
    if (mm_op_computes(g))
        mm_op_kernels(g)->scale_rows_forward(a.y->data, x->data, s->data, B, n,
                                             D);
    record(g, &a, scale_backward);
    return a.y;
}

/* ---- adaptive ---- */

static void adaptive_backward(struct mm_graph *g, void *args)
{
    const struct pool *a = args;
    float *dx = mm_op_grad(g, a->x);

    if (dx)
        mm_op_kernels(g)->adaptive_pool_backward(
            dx, a->y->grad, a->B, a->rows, a->cols, a->out_rows, a->out_cols,
            mm_tensor_width(a->x));
}

struct mm_tensor *mm_adaptive_pool(struct mm_graph *g, struct mm_tensor *x,
                                   size_t B, size_t rows, size_t cols,
                                   size_t out_rows, size_t out_cols)
{
    size_t D = mm_tensor_width(x), dim[] = { B * out_rows * out_cols, D };
    double count = (double)mm_tensor_count(x);
    struct pool a = { x, NULL, NULL, B, rows, cols, out_rows, out_cols };

    assert(mm_tensor_rows(x) == B * rows * cols);
    assert(out_rows > 0 && out_cols > 0);
    a.y = mm_op_output(g, MM_F32, 2, dim, x->wants_grad);
    mm_op_cost(g, 2 * count, 2 * count, 4 * count);
    if (mm_op_computes(g))
        mm_op_kernels(g)->adaptive_pool_forward(a.y->data, x->data, B, rows,
                                                cols, out_rows, out_cols, D);
    record(g, &a, adaptive_backward);
    return a.y;
}
