/*
 * kernel.h - the numeric kernels of a device, one table
 *
 * A kernel is a whole operation on arrays in the device's memory; it uses all
 * threads itself.  The list is kernel/list.h; the code of the CPU stands in
 * kernel/X.c, which is compiled once for each level of instruction sets.
 */
#ifndef MM_TENSOR_KERNEL_H
#define MM_TENSOR_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* C[M,N] = A op(B) + beta C; see gemm.h */
enum mm_gemm_form { MM_NT,
                    MM_NN,
                    MM_TN };

#define MM_MAX_GROUPS 512

/*
 * One product for each of n groups of rows; group i has rows begin[i] to
 * begin[i+1] of A, and of C (NT, NN) or B (TN):
 *
 *   NT: C[rows,N] = A[rows,lda] B_of[i]^T + beta C    B_of[i] is [N,lda]
 *   NN: C[rows,N] = A[rows,lda] B_of[i] + beta C      B_of[i] is [lda,N]
 *   TN: C_of[i] = A[rows,M]^T B[rows,N] + beta C_of[i]    lda = M
 */
struct mm_gemm_groups {
    enum mm_gemm_form form;
    size_t n, M, N, lda;
    const int32_t *begin; /* [n+1] */
    const float *A, *B;
    const float *const *B_of;
    float *C;
    float *const *C_of;
    float beta;
};

/*
 * Each token's two experts; see route.h.  forward: from logits to stats;
 * backward: from dweight, p, lse, share, expert to dlogits, which it adds to.
 */
struct mm_route_args {
    size_t N, E, B, S;
    float capacity, balance, z_loss;
    const float *logits;
    const int32_t *segment;        /* [N] or NULL */
    float *p, *lse, *share;        /* [N,E], [N], [B,E] */
    float *weight;                 /* [N,2] */
    int32_t *expert;               /* [N,2] */
    int32_t *begin, *token, *slot; /* [E+1], [S], [N,2] */
    float *stats;                  /* [MM_ROUTE_LOAD + E] */
    const float *dweight;
    float *dlogits;
};

/*
 * B sequences of T rows q [B*T,H*C] against S rows of keys and values
 * [B*S,G*C]; row b*T+t sees the keys [begin, end) of its sequence.  Or, forward
 * only, B sequences of their own lengths with keys and values in pages: then T
 * and S are scratch, k and v NULL.
 */
struct mm_attention_args {
    size_t B, T, S, H, G, C;
    const int32_t *begin, *end; /* [B*T] */
    const float *q, *k, *v;
    const struct mm_paged *paged; /* [B], see attention.h; or NULL */
    size_t k_at, v_at;            /* where keys and values begin in a page */
    float *y, *lse;               /* forward; lse [B*T,H] may be NULL */
    const float *dy;              /* the rest for backward */
    float *delta;                 /* scratch [B*T,H] */
    float *dq, *dk, *dv;          /* NULL: not wanted */
};

/*
 * Rows that are worth a thread's while, of D numbers each.  By shape only, as
 * all that cuts work: bits must not depend on threads.
 */
static inline size_t mm_row_grain(size_t D)
{
    return D < 8192 ? 8192 / (D ? D : 1) : 1;
}

/*
 * A sum over N rows: blocks of mm_sum_rows(N) rows make their own, and those
 * are added in the order of the blocks.
 */
static inline size_t mm_sum_rows(size_t N)
{
    return N <= 1024 ? 16 : (N + 63) / 64;
}

static inline size_t mm_sum_blocks(size_t N)
{
    return (N + mm_sum_rows(N) - 1) / mm_sum_rows(N);
}

/* Bytes that dwconv turns the weights of D channels into */
static inline size_t mm_dwconv_scratch(size_t D)
{
    return ((D + 63) / 64 * 9 + 1) * 64 * sizeof(float);
}

/*
 * h = scale g, m = beta1 m + rest1 h, v = beta2 v + rest2 h^2,
 * p = keep p - rate m / (root sqrt(v) + eps)
 */
struct mm_adamw_args {
    float scale, beta1, rest1, beta2, rest2, keep, rate, root, eps;
};

/*
 * h = scale g, v = beta2 v + rest2 (h^2 + 1e-30), u = h / sqrt(v),
 * m = beta1 m + rest1 rate u / max(1, rms(u) / threshold), p = keep p - m
 */
struct mm_adafactor_args {
    float scale, beta1, rest1, beta2, rest2, keep, rate, threshold;
};

/*
 * Rows at .. at + n - 1 of the products of N rows with N rows; what is said of
 * a row has its number among all N.
 */
struct mm_contrast_args {
    size_t N, at, n;
    float *z; /* [n,N] */
    const float *scale, *bias;
    float *row_lse, *col_max, *col_sum; /* [N] of InfoNCE */
    float *loss, *dscale, *dbias;       /* [N], of each row */
    int grad;
};

struct mm_kernels {
#define MM_KERNEL(type, name, args) type(*name) args;
#include "tensor/kernel/list.h"
#undef MM_KERNEL
};

/* The kernels of this CPU, at the level of mm_cpu_level(). */
const struct mm_kernels *mm_kernels_cpu(void);

#endif
