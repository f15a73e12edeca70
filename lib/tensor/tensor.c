/*
 * tensor.c - arrays of numbers
 */
#include "tensor/tensor.h"

#include <assert.h>

size_t mm_dtype_bytes(enum mm_dtype t)
{
    switch (t) {
    case MM_F32:
    case MM_I32:
        return 4;
    case MM_BF16:
        return 2;
    case MM_U8:
        return 1;
    }
    assert(!"a dtype");
    return 0;
}

size_t mm_tensor_count(const struct mm_tensor *x)
{
    size_t n = 1;

    for (int i = 0; i < x->n_dim; i++)
        n *= x->dim[i];
    return n;
}

size_t mm_tensor_rows(const struct mm_tensor *x)
{
    size_t n = 1;

    for (int i = 0; i + 1 < x->n_dim; i++)
        n *= x->dim[i];
    return n;
}

size_t mm_tensor_width(const struct mm_tensor *x)
{
    return x->n_dim > 0 ? x->dim[x->n_dim - 1] : 1;
}

int mm_tensor_same_shape(const struct mm_tensor *a, const struct mm_tensor *b)
{
    if (a->n_dim != b->n_dim)
        return 0;
    for (int i = 0; i < a->n_dim; i++)
        if (a->dim[i] != b->dim[i])
            return 0;
    return 1;
}
