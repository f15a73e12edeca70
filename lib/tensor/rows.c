/*
 * rows.c - the ops; their loops are in kernel/rows.c
 */
#include "tensor/rows.h"

#include <assert.h>

#include "tensor/op.h"

/* What the backward of these ops needs: two inputs, the output, a size. */
struct rows {
    struct mm_tensor *x, *z, *cls, *y;
    const struct mm_tensor *index;
    size_t B, k;
};

static void record(struct mm_graph *g, const struct rows *a,
                   void (*backward)(struct mm_graph *g, void *args))
{
    struct rows *r = mm_op_record(g, backward, sizeof *r);

    if (r)
        *r = *a;
}

/* An output of n rows as wide as x; all these ops cost is memory traffic. */
static struct mm_tensor *output(struct mm_graph *g, const struct mm_tensor *x,
                                size_t n, int wanted)
{
    size_t dim[] = { n, mm_tensor_width(x) };

    mm_op_cost(g, 0, 0, 8.0 * (double)(dim[0] * dim[1]));
    return mm_op_output(g, MM_F32, 2, dim, wanted);
}

static int wanted(const struct mm_tensor *x)
{
    return x && x->wants_grad;
}

/* ---- positions and the class token ---- */

static void prepend_backward(struct mm_graph *g, void *args)
{
    const struct rows *a = args;
    const struct mm_kernels *k = mm_op_kernels(g);
    size_t D = mm_tensor_width(a->x), block = mm_tensor_count(a->z);
    size_t skip = a->cls ? D : 0;
    const float *dy = a->y->grad;
    float *dx = mm_op_grad(g, a->x), *dpos = mm_op_grad(g, a->z);
    float *dcls = mm_op_grad(g, a->cls);

    if (dx)
        k->rows_add(dx, block - skip, dy + skip, block, a->B, block - skip);
    if (dpos)
        k->rows_sum(dpos, dy, block, a->B, block);
    if (dcls)
        k->rows_sum(dcls, dy, block, a->B, D);
}

struct mm_tensor *mm_prepend_class(struct mm_graph *g, struct mm_tensor *x,
                                   struct mm_tensor *cls,
                                   struct mm_tensor *pos, size_t B)
{
    const struct mm_kernels *k = mm_op_kernels(g);
    size_t D = mm_tensor_width(x), block = mm_tensor_count(pos);
    size_t skip = cls ? D : 0;
    struct rows a = { .x = x, .z = pos, .cls = cls, .B = B };

    assert(mm_tensor_width(pos) == D && (!cls || mm_tensor_count(cls) == D));
    assert(mm_tensor_count(x) == B * (block - skip));
    a.y = output(g, x, B * block / D, wanted(x) || wanted(cls) || wanted(pos));
    if (mm_op_computes(g)) {
        float *y = a.y->data;
        const float *p = pos->data;

        if (cls)
            k->rows_add_shared(y, block, cls->data, 0, p, B, D);
        k->rows_add_shared(y + skip, block, x->data, block - skip, p + skip, B,
                           block - skip);
    }
    record(g, &a, prepend_backward);
    return a.y;
}

struct mm_tensor *mm_add_rows(struct mm_graph *g, struct mm_tensor *x,
                              struct mm_tensor *pos, size_t B)
{
    return mm_prepend_class(g, x, NULL, pos, B);
}

/* ---- taking apart and putting together ---- */

static void drop_backward(struct mm_graph *g, void *args)
{
    const struct rows *a = args;
    size_t skip = a->k * mm_tensor_width(a->x);
    size_t block = mm_tensor_count(a->x) / a->B;
    float *dx = mm_op_grad(g, a->x);

    if (dx)
        mm_op_kernels(g)->rows_add(dx + skip, block, a->y->grad, block - skip,
                                   a->B, block - skip);
}

struct mm_tensor *mm_drop_rows(struct mm_graph *g, struct mm_tensor *x,
                               size_t B, size_t k)
{
    size_t n = mm_tensor_rows(x) / B, D = mm_tensor_width(x);
    struct rows a = { .x = x, .B = B, .k = k };

    assert(n * B == mm_tensor_rows(x) && k < n);
    a.y = output(g, x, B * (n - k), wanted(x));
    if (mm_op_computes(g))
        mm_op_kernels(g)->rows_copy(a.y->data, (n - k) * D,
                                    (const float *)x->data + k * D, n * D, B,
                                    (n - k) * D);
    record(g, &a, drop_backward);
    return a.y;
}

/* ---- by index ---- */

static void gather_backward(struct mm_graph *g, void *args)
{
    const struct rows *a = args;
    float *dx = mm_op_grad(g, a->x);

    if (dx)
        mm_op_kernels(g)->scatter_add(dx, a->y->grad, a->index->data,
                                      mm_tensor_count(a->index),
                                      mm_tensor_width(a->x));
}

struct mm_tensor *mm_gather_rows(struct mm_graph *g, struct mm_tensor *x,
                                 const struct mm_tensor *index)
{
    size_t M = mm_tensor_count(index);
    struct rows a = { .x = x, .index = index };

    assert(index->dtype == MM_I32);
    a.y = output(g, x, M, wanted(x));
    if (mm_op_computes(g))
        mm_op_kernels(g)->gather_rows(a.y->data, x->data, index->data, M,
                                      mm_tensor_width(x));
    record(g, &a, gather_backward);
    return a.y;
}

static void replace_backward(struct mm_graph *g, void *args)
{
    const struct rows *a = args;
    const struct mm_kernels *k = mm_op_kernels(g);
    size_t N = mm_tensor_rows(a->x), D = mm_tensor_width(a->x);
    size_t M = mm_tensor_count(a->index);
    float *dx = mm_op_grad(g, a->x), *dsrc = mm_op_grad(g, a->z);
    uint8_t *mark = mm_op_scratch(g, N);

    if (dx)
        k->rows_add_except(dx, a->y->grad, a->index->data, M, mark, N, D);
    if (dsrc)
        k->gather_add(dsrc, a->y->grad, a->index->data, M, D);
    mm_op_scratch_end(g);
}

struct mm_tensor *mm_replace_rows(struct mm_graph *g, struct mm_tensor *x,
                                  struct mm_tensor *src,
                                  const struct mm_tensor *index)
{
    const struct mm_kernels *k = mm_op_kernels(g);
    size_t M = mm_tensor_count(index), D = mm_tensor_width(x);
    size_t n = mm_tensor_count(x);
    struct rows a = { .x = x, .z = src, .index = index };

    assert(index->dtype == MM_I32 && mm_tensor_rows(src) == M);
    assert(mm_tensor_width(src) == D);
    a.y = output(g, x, mm_tensor_rows(x), wanted(x) || wanted(src));
    if (mm_op_computes(g)) {
        k->rows_copy(a.y->data, n, x->data, n, 1, n);
        k->scatter_rows(a.y->data, src->data, index->data, M, D);
    }
    record(g, &a, replace_backward);
    return a.y;
}
