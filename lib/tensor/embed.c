/*
 * embed.c - rows of a table by number
 */
#include "tensor/embed.h"

#include <assert.h>

#include "tensor/op.h"

struct embed_args {
    struct mm_tensor *table, *ids, *y;
};

static void embed_backward(struct mm_graph *g, void *args)
{
    const struct embed_args *a = args;
    float *dtable = mm_op_grad(g, a->table);

    if (dtable && mm_op_computes(g))
        mm_op_kernels(g)->embed_backward(dtable, a->y->grad, a->ids->data,
                                         a->ids->dim[0], a->table->dim[1]);
}

struct mm_tensor *mm_embed(struct mm_graph *g, struct mm_tensor *table,
                           struct mm_tensor *ids)
{
    size_t N = mm_tensor_count(ids), V = table->dim[0], D = table->dim[1];
    size_t dim[2] = { N, D };
    struct mm_tensor *y = mm_op_output(g, MM_F32, 2, dim, table->wants_grad);
    struct embed_args *a;

    assert(table->n_dim == 2 && table->dtype == MM_F32);
    assert(ids->n_dim == 1 && ids->dtype == MM_I32);
    mm_op_cost(g, 0, (double)N * (double)D, 8.0 * (double)N * (double)D);
    if (mm_op_computes(g))
        mm_op_kernels(g)->embed_forward(y->data, table->data, ids->data, N, V,
                                        D);
    a = mm_op_record(g, embed_backward, sizeof *a);
    if (a)
        *a = (struct embed_args){ table, ids, y };
    return y;
}
