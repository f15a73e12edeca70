/*
 * rope.c - the op; its loops are in kernel/rope.c
 */
#include "tensor/rope.h"

#include <assert.h>

#include "tensor/op.h"

struct rope {
    struct mm_tensor *x, *y;
    const struct mm_tensor *position;
    size_t C;
    float theta;
};

static void backward(struct mm_graph *g, void *args)
{
    const struct rope *a = args;
    float *dx = mm_op_grad(g, a->x);

    if (dx)
        mm_op_kernels(g)->rope(dx, a->y->grad, a->position->data,
                               mm_tensor_rows(a->x), mm_tensor_width(a->x),
                               a->C, a->theta, 1);
}

struct mm_tensor *mm_rope(struct mm_graph *g, struct mm_tensor *x,
                          struct mm_tensor *position, size_t C, float theta)
{
    size_t N = mm_tensor_rows(x), D = mm_tensor_width(x);
    double n = (double)(N * D);
    struct rope *record, a = { x, NULL, position, C, theta };

    assert(C % 2 == 0 && D % C == 0);
    assert(position->dtype == MM_I32 && mm_tensor_count(position) == N);
    a.y = mm_op_output(g, MM_F32, (size_t)x->n_dim, x->dim, x->wants_grad);
    mm_op_cost(g, 3 * n, 4 * n, 8 * n);
    if (mm_op_computes(g))
        mm_op_kernels(g)->rope(a.y->data, x->data, position->data, N, D, C,
                               theta, 0);
    record = mm_op_record(g, backward, sizeof *record);
    if (record)
        *record = a;
    return a.y;
}
