/*
 * act.c - the ops; their loops are in kernel/act.c
 */
#include "tensor/act.h"

#include <assert.h>

#include "tensor/op.h"

typedef void forward_fn(float *y, const float *x, size_t n);
typedef void backward_fn(float *dx, const float *dy, const float *x, size_t n);

/* ---- of one input ---- */

struct unary {
    struct mm_tensor *x, *y;
    backward_fn *backward;
};

static void unary_backward(struct mm_graph *g, void *args)
{
    const struct unary *a = args;
    float *dx = mm_op_grad(g, a->x);

    if (dx)
        a->backward(dx, a->y->grad, a->x->data, mm_tensor_count(a->x));
}

/* About 20 operations make an exp. */
static struct mm_tensor *unary(struct mm_graph *g, struct mm_tensor *x,
                               forward_fn *forward, backward_fn *backward)
{
    size_t n = mm_tensor_count(x);
    struct mm_tensor *y = mm_op_output(g, MM_F32, (size_t)x->n_dim, x->dim,
                                       x->wants_grad);
    struct unary *a;

    mm_op_cost(g, 25.0 * (double)n, 30.0 * (double)n, 8.0 * (double)n);
    if (mm_op_computes(g))
        forward(y->data, x->data, n);
    a = mm_op_record(g, unary_backward, sizeof *a);
    if (a)
        *a = (struct unary){ x, y, backward };
    return y;
}

struct mm_tensor *mm_gelu(struct mm_graph *g, struct mm_tensor *x)
{
    const struct mm_kernels *k = mm_op_kernels(g);

    return unary(g, x, k->gelu_forward, k->gelu_backward);
}

struct mm_tensor *mm_quick_gelu(struct mm_graph *g, struct mm_tensor *x)
{
    const struct mm_kernels *k = mm_op_kernels(g);

    return unary(g, x, k->quick_gelu_forward, k->quick_gelu_backward);
}

struct mm_tensor *mm_silu(struct mm_graph *g, struct mm_tensor *x)
{
    const struct mm_kernels *k = mm_op_kernels(g);

    return unary(g, x, k->silu_forward, k->silu_backward);
}

struct mm_tensor *mm_sigmoid(struct mm_graph *g, struct mm_tensor *x)
{
    const struct mm_kernels *k = mm_op_kernels(g);

    return unary(g, x, k->sigmoid_forward, k->sigmoid_backward);
}

/* ---- of two ---- */

struct binary {
    struct mm_tensor *a, *b, *y;
};

/* Output and record of an op of two tensors of one shape */
static struct mm_tensor *binary(struct mm_graph *g, struct mm_tensor *a,
                                struct mm_tensor *b,
                                void (*backward)(struct mm_graph *g, void *))
{
    struct mm_tensor *y = mm_op_output(g, MM_F32, (size_t)a->n_dim, a->dim,
                                       a->wants_grad || b->wants_grad);
    struct binary *record = mm_op_record(g, backward, sizeof *record);

    assert(mm_tensor_same_shape(a, b));
    if (record)
        *record = (struct binary){ a, b, y };
    return y;
}

static void swiglu_backward(struct mm_graph *g, void *args)
{
    const struct binary *a = args;
    float *dgate = mm_op_grad(g, a->a), *dup = mm_op_grad(g, a->b);

    if (mm_op_computes(g))
        mm_op_kernels(g)->swiglu_backward(dgate, dup, a->y->grad, a->a->data,
                                          a->b->data, mm_tensor_count(a->y));
}

struct mm_tensor *mm_swiglu(struct mm_graph *g, struct mm_tensor *gate,
                            struct mm_tensor *up)
{
    struct mm_tensor *y = binary(g, gate, up, swiglu_backward);
    size_t n = mm_tensor_count(y);

    mm_op_cost(g, 25.0 * (double)n, 60.0 * (double)n, 12.0 * (double)n);
    if (mm_op_computes(g))
        mm_op_kernels(g)->swiglu_forward(y->data, gate->data, up->data, n);
    return y;
}

static void add_backward(struct mm_graph *g, void *args)
{
    const struct binary *a = args;
    float *da = mm_op_grad(g, a->a), *db = mm_op_grad(g, a->b);
    const float *dy = a->y->grad;

    if (da)
        mm_op_kernels(g)->add(da, da, dy, mm_tensor_count(a->y));
    if (db)
        mm_op_kernels(g)->add(db, db, dy, mm_tensor_count(a->y));
}

struct mm_tensor *mm_add(struct mm_graph *g, struct mm_tensor *a,
                         struct mm_tensor *b)
{
    struct mm_tensor *y = binary(g, a, b, add_backward);
    size_t n = mm_tensor_count(y);

    mm_op_cost(g, (double)n, 2.0 * (double)n, 12.0 * (double)n);
    if (mm_op_computes(g))
        mm_op_kernels(g)->add(y->data, a->data, b->data, n);
    return y;
}
