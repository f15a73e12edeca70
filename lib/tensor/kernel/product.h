/*
 * product.h - a matrix product and the ways to compute it; private to gemm.c
 * and few_rows.c
 *
 * Every element of C is the sum of blocks of MM_KC products; a block is one
 * chain of fused multiply-adds in the order of k, blocks are added in order:
 *
 *     c = ((beta c + bias) + block 0) + block 1 ...
 *
 * whatever the tile, the row, the number of rows or threads.  So bits depend on
 * K, a row of A and a column of op(B) only, tiles may be cut to suit the
 * threads, and training and inference have the same products.
 */
#ifndef MM_TENSOR_KERNEL_PRODUCT_H
#define MM_TENSOR_KERNEL_PRODUCT_H

#include "tensor/kernel/kernel.h"
#include "tensor/kernel/simd.h"

#define MM_KC 256 /* products in a block; part of the result's bits */
/* Of a panel's rows in the first-level cache: no two in one of its sets */
#define MM_KC_STRIDE (MM_KC + 16)

struct mm_product {
    enum mm_gemm_form form;
    size_t M, N, K;
    const float *A, *B, *bias;
    float *C, beta;
    size_t lda, ldb, ldc;
    size_t mc, nc, n_tasks_n, n_tasks;
};

/* ---- few_rows.c: NT, where packing B would cost more than the product ---- */

int MM_K(few_rows)(const struct mm_product *p);
void MM_K(few_rows_cut)(struct mm_product *p);
void MM_K(few_rows_task)(const struct mm_product *p, size_t i);

/* ---- for both ---- */

static inline size_t mm_divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* n in equal parts of at most max, each a multiple of unit */
static inline size_t mm_part(size_t n, size_t max, size_t unit)
{
    return mm_divide_up(mm_divide_up(n, mm_divide_up(n, max)), unit) * unit;
}

/* Where rows of registers go */
struct mm_out {
    float *c;
    size_t ldc, n;     /* n columns exist */
    const float *bias; /* of its columns, or NULL */
    float beta;
};

static inline void mm_store_whole(const struct mm_out *o, float *c,
                                  const float *bias, mm_vec x)
{
    mm_vec old = o->beta != 0 ? mm_vload(c) : mm_vzero();

    old = mm_vfma(mm_vset(o->beta), old, bias ? mm_vload(bias) : mm_vzero());
    mm_vstore(c, old + x);
}

/* The same where only n of MM_VL columns exist */
static inline void mm_store_some(const struct mm_out *o, float *c,
                                 const float *bias, mm_vec x, size_t n)
{
    float add[MM_VL];

    mm_vstore(add, x);
    for (size_t j = 0; j < n; j++)
        c[j] = mm_fmaf(o->beta, o->beta != 0 ? c[j] : 0,
                       bias ? bias[j] : 0) +
               add[j];
}

/* Columns j to j + MM_VL of row r */
static inline void mm_store(const struct mm_out *o, size_t r, size_t j,
                            mm_vec x)
{
    float *c = o->c + r * o->ldc + j;
    const float *bias = o->bias ? o->bias + j : NULL;

    if (j + MM_VL <= o->n)
        mm_store_whole(o, c, bias, x);
    else if (j < o->n)
        mm_store_some(o, c, bias, x, o->n - j);
}

/* MM_VL rows of n at x, transposed; rows that do not exist are zeros. */
static inline void mm_load_square(mm_vec to[MM_VL], const float *x, size_t ldx,
                                  size_t n)
{
    for (size_t i = 0; i < MM_VL; i++)
        to[i] = i < n ? mm_vload(x + i * ldx) : mm_vzero();
    mm_vtranspose(to);
}

/* Up to MM_VL rows of K become columns of out [K][stride], zeros beside them */
static inline void mm_pack_columns(float *out, size_t stride, const float *x,
                                   size_t ldx, size_t n, size_t K)
{
    size_t whole = K / MM_VL * MM_VL;
    mm_vec square[MM_VL];

    for (size_t k = 0; k < whole; k += MM_VL) {
        mm_load_square(square, x + k, ldx, n);
        for (size_t i = 0; i < MM_VL; i++)
            mm_vstore(out + (k + i) * stride, square[i]);
    }
    for (size_t k = whole; k < K; k++)
        for (size_t i = 0; i < MM_VL; i++)
            out[k * stride + i] = i < n ? x[i * ldx + k] : 0;
}

#endif
