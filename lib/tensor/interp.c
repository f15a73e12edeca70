/*
 * interp.c - the op: two products with the weights of one axis
 *
 * Down the columns, tmp[m,n,D] = W x[n,n,D], then along the rows,
 * y[i] = W tmp[i] for each of m rows.
 */
#include "tensor/interp.h"

#include <assert.h>

#include "tensor/op.h"

struct interp {
    struct mm_tensor *x, *y;
    size_t extra, n, m, D;
};

static size_t square_root(size_t n)
{
    size_t r = 0;

    while (r * r < n)
        r++;
    assert(r * r == n);
    return r;
}

/* Scratch: the weights [m,n] */
static float *weights(struct mm_graph *g, const struct interp *a)
{
    float *w = mm_op_scratch(g, a->m * a->n * sizeof *w);

    if (mm_op_computes(g))
        mm_op_kernels(g)->interp_weights(w, a->n, a->m);
    return w;
}

static void forward(const struct mm_kernels *k, const struct interp *a,
                    const float *w, float *tmp)
{
    size_t n = a->n, m = a->m, D = a->D, skip = a->extra * D;
    const float *x = a->x->data;
    float *y = a->y->data;

    k->rows_copy(y, skip, x, skip, 1, skip);
    k->gemm(MM_NN, m, n * D, n, w, n, x + skip, n * D, NULL, 0, tmp, n * D);
    for (size_t i = 0; i < m; i++)
        k->gemm(MM_NN, m, D, n, w, n, tmp + i * n * D, D, NULL, 0,
                y + skip + i * m * D, D);
}

static void backward_products(const struct mm_kernels *k,
                              const struct interp *a, const float *w,
                              float *tmp, float *dx)
{
    size_t n = a->n, m = a->m, D = a->D, skip = a->extra * D;
    const float *dy = a->y->grad;

    k->rows_add(dx, skip, dy, skip, 1, skip);
    for (size_t i = 0; i < m; i++)
        k->gemm(MM_TN, n, D, m, w, n, dy + skip + i * m * D, D, NULL, 0,
                tmp + i * n * D, D);
    k->gemm(MM_TN, n, n * D, m, w, n, tmp, n * D, NULL, 1, dx + skip, n * D);
}

static float *scratch(struct mm_graph *g, const struct interp *a)
{
    return mm_op_scratch(g, a->m * a->n * a->D * sizeof(float));
}

static void backward(struct mm_graph *g, void *args)
{
    const struct interp *a = args;
    float *dx = mm_op_grad(g, a->x);
    float *w = weights(g, a), *tmp = scratch(g, a);

    if (dx)
        backward_products(mm_op_kernels(g), a, w, tmp, dx);
    mm_op_scratch_end(g);
}

struct mm_tensor *mm_interp_grid(struct mm_graph *g, struct mm_tensor *x,
                                 size_t extra, size_t m)
{
    size_t D = mm_tensor_width(x), n = square_root(mm_tensor_rows(x) - extra);
    struct interp *record, a = { x, NULL, extra, n, m, D };
    double flops = 2.0 * (double)(n * m * (n + m)) * (double)D;
    float *w, *tmp;

    if (n == m)
        return x;
    a.y = mm_op_output(g, MM_F32, 2, (size_t[]){ extra + m * m, D },
                       x->wants_grad);
    w = weights(g, &a);
    tmp = scratch(g, &a);
    mm_op_cost(g, flops, flops, 4.0 * (double)((n * n + m * m) * D));
    if (mm_op_computes(g))
        forward(mm_op_kernels(g), &a, w, tmp);
    mm_op_scratch_end(g);
    record = mm_op_record(g, backward, sizeof *record);
    if (record)
        *record = a;
    return a.y;
}
