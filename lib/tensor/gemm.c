/*
 * gemm.c - matrix products on ordinary memory
 */
#include "tensor/gemm.h"

void mm_gemm(enum mm_gemm_form form, size_t M, size_t N, size_t K,
             const float *A, size_t lda, const float *B, size_t ldb,
             float beta, float *C, size_t ldc)
{
    mm_kernels_cpu()->gemm(form, M, N, K, A, lda, B, ldb, NULL, beta, C, ldc);
}

void mm_gemm_rows(size_t M, size_t N, size_t K,
                  const float *A, size_t lda, const float *B, size_t ldb,
                  float *C, size_t ldc)
{
    mm_kernels_cpu()->gemm(MM_NT, M, N, K, A, lda, B, ldb, NULL, 0, C, ldc);
}
