/*
 * conv.c - the op; its loops are in kernel/conv.c
 */
#include "tensor/conv.h"

#include <assert.h>

#include "tensor/op.h"

struct conv {
    struct mm_tensor *x, *w, *y;
    size_t B, rows, cols;
};

static float *turned(struct mm_graph *g, const struct mm_tensor *x)
{
    return mm_op_scratch(g, mm_dwconv_scratch(mm_tensor_width(x)));
}

static void backward(struct mm_graph *g, void *args)
{
    const struct conv *a = args;
    float *dx = mm_op_grad(g, a->x), *dw = mm_op_grad(g, a->w);
    float *t = turned(g, a->x);

    if (mm_op_computes(g))
        mm_op_kernels(g)->dwconv_backward(dx, dw, a->y->grad, a->x->data,
                                          a->w->data, t, a->B, a->rows,
                                          a->cols, mm_tensor_width(a->x));
    mm_op_scratch_end(g);
}

struct mm_tensor *mm_dwconv3x3(struct mm_graph *g, struct mm_tensor *x,
                               struct mm_tensor *w,
                               size_t B, size_t rows, size_t cols)
{
    size_t D = mm_tensor_width(x);
    double n = (double)mm_tensor_count(x);
    struct conv *record, a = { x, w, NULL, B, rows, cols };
    float *t;

    assert(mm_tensor_rows(x) == B * rows * cols);
    assert(w->dim[0] == D && mm_tensor_count(w) == 9 * D);
    a.y = mm_op_output(g, MM_F32, (size_t)x->n_dim, x->dim,
                       x->wants_grad || w->wants_grad);
    t = turned(g, x);
    mm_op_cost(g, 18 * n, 36 * n, 8 * n);
    if (mm_op_computes(g))
        mm_op_kernels(g)->dwconv_forward(a.y->data, x->data, w->data, t, B,
                                         rows, cols, D);
    mm_op_scratch_end(g);
    record = mm_op_record(g, backward, sizeof *record);
    if (record)
        *record = a;
    return a.y;
}
