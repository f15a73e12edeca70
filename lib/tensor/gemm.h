/*
 * gemm.h - matrix products
 */
#ifndef MM_TENSOR_GEMM_H
#define MM_TENSOR_GEMM_H

#include <stddef.h>

#include "tensor/kernel.h"

/*
 * C[M,N] = A[M,K] op(B) + beta C, row-major, float32.  Leading dimensions are
 * in elements; with beta = 0, C is not read.
 *
 *   MM_NT: B is [N,K]    y = x w^T
 *   MM_NN: B is [K,N]    dx = dy w
 *   MM_TN: A is [K,M]    dw = dy^T x
 *
 * An element of C depends on its row of A, its column of op(B) and K only, bit
 * for bit on one level of instructions: on no other row, nor on M, N or the
 * number of threads.  Work is cut into tiles of C, never over K.
 */
void mm_gemm(enum mm_gemm_form form, size_t M, size_t N, size_t K,
             const float *A, size_t lda, const float *B, size_t ldb,
             float beta, float *C, size_t ldc);

/*
 * The NT form with beta = 0, for inference: a prediction does not depend on
 * the batch it is in.  At M = 1 it runs at the speed of memory.
 */
void mm_gemm_rows(size_t M, size_t N, size_t K,
                  const float *A, size_t lda, const float *B, size_t ldb,
                  float *C, size_t ldc);

#endif
