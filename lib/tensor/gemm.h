/*
 * gemm.h - matrix products
 */
#ifndef MM_TENSOR_GEMM_H
#define MM_TENSOR_GEMM_H

#include <stddef.h>

#include "tensor/kernel.h"

/*
 * C[M,N] = A[M,K] op(B) + beta C, row-major, float32.  Leading dimensions are
 * in elements.  The bits of C do not depend on the number of threads: work is
 * split over tiles of C whose sizes depend on (M,N,K) only, never over K.
 *
 *   MM_NT: B is [N,K]    y = x w^T
 *   MM_NN: B is [K,N]    dx = dy w
 *   MM_TN: A is [K,M]    dw = dy^T x
 */
void mm_gemm(enum mm_gemm_form form, size_t M, size_t N, size_t K,
             const float *A, size_t lda, const float *B, size_t ldb,
             float beta, float *C, size_t ldc);

/*
 * The NT form for inference: row r of C depends on row r of A, B and K only,
 * bit for bit, whatever M is, so that a prediction does not depend on its
 * batch.  At M = 1 it runs at the speed of memory.
 */
void mm_gemm_rows(size_t M, size_t N, size_t K,
                  const float *A, size_t lda, const float *B, size_t ldb,
                  float *C, size_t ldc);

#endif
