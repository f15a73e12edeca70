/*
 * unit.c - the ops; their loops are in kernel/unit.c
 */
#include "tensor/unit.h"

#include <assert.h>

#include "tensor/op.h"

struct unit {
    struct mm_tensor *x, *y;
    float *length; /* [N] */
};

static void unit_backward(struct mm_graph *g, void *args)
{
    const struct unit *a = args;
    float *dx = mm_op_grad(g, a->x);

    if (dx)
        mm_op_kernels(g)->unit_backward(dx, a->y->grad, a->y->data, a->length,
                                        mm_tensor_rows(a->x),
                                        mm_tensor_width(a->x));
}

struct mm_tensor *mm_unit_rows(struct mm_graph *g, struct mm_tensor *x)
{
    size_t N = mm_tensor_rows(x), D = mm_tensor_width(x);
    struct unit a = { .x = x }, *r;

    a.y = mm_op_output(g, MM_F32, 2, (size_t[]){ N, D }, x->wants_grad);
    a.length = mm_op_save(g, N * sizeof *a.length);
    mm_op_cost(g, 3.0 * (double)(N * D), 6.0 * (double)(N * D),
               8.0 * (double)(N * D));
    if (mm_op_computes(g))
        mm_op_kernels(g)->unit_forward(a.y->data, a.length, x->data, N, D);
    r = mm_op_record(g, unit_backward, sizeof *r);
    if (r)
        *r = a;
    return a.y;
}

struct dot {
    struct mm_tensor *x, *y;
    const struct mm_tensor *c;
};

static void dot_backward(struct mm_graph *g, void *args)
{
    const struct dot *a = args;
    float *dx = mm_op_grad(g, a->x);

    if (dx)
        mm_op_kernels(g)->add_scaled(dx, a->c->data, a->y->grad,
                                     mm_tensor_count(a->x));
}

struct mm_tensor *mm_dot(struct mm_graph *g, struct mm_tensor *x,
                         const struct mm_tensor *c)
{
    size_t one = 1, n = mm_tensor_count(x);
    struct dot a = { .x = x, .c = c }, *r;

    assert(mm_tensor_same_shape(x, c));
    a.y = mm_op_output(g, MM_F32, 1, &one, x->wants_grad);
    mm_op_cost(g, 2.0 * (double)n, 2.0 * (double)n, 8.0 * (double)n);
    if (mm_op_computes(g))
        mm_op_kernels(g)->dot(a.y->data, x->data, c->data, n);
    r = mm_op_record(g, dot_backward, sizeof *r);
    if (r)
        *r = a;
    return a.y;
}
