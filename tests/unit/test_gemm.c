/*
 * test_gemm.c - products against a double reference, and their bits
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../gradcheck.h"
#include "../levels.h"
#include "base/par.h"
#include "tensor/gemm.h"

/* Sizes around panels, tiles and blocks of K on all levels */
static const size_t sizes[][3] = {
    { 1, 1, 1 },
    { 1, 37, 300 },
    { 2, 16, 17 },
    { 3, 33, 256 },
    { 5, 7, 3 },
    { 8, 31, 64 },
    { 14, 32, 16 },
    { 15, 65, 257 },
    { 29, 48, 31 },
    { 127, 130, 70 },
    { 300, 33, 520 },
    { 65, 290, 40 },
};
#define N_SIZES (sizeof sizes / sizeof *sizes)
#define PAD 3 /* leading dimensions are wider than rows */

static float *numbers(size_t n, uint64_t seed)
{
    float *x = malloc((n + 1) * sizeof *x);

    assert_non_null(x);
    fill(x, NULL, n, 1, seed);
    return x;
}

static double element(enum mm_gemm_form form, const float *A, size_t lda,
                      const float *B, size_t ldb, size_t m, size_t n,
                      size_t K)
{
    double s = 0;

    for (size_t k = 0; k < K; k++)
        s += (double)(form == MM_TN ? A[k * lda + m] : A[m * lda + k]) *
             (form == MM_NT ? B[n * ldb + k] : B[k * ldb + n]);
    return s;
}

static void check(enum mm_gemm_form form, const size_t size[3], float beta)
{
    size_t M = size[0], N = size[1], K = size[2];
    size_t lda = (form == MM_TN ? M : K) + PAD, ldc = N + PAD;
    size_t ldb = (form == MM_NT ? K : N) + PAD;
    float *A = numbers((form == MM_TN ? K : M) * lda, 1);
    float *B = numbers((form == MM_NT ? N : K) * ldb, 2);
    float *C = numbers(M * ldc, 3), *old = numbers(M * ldc, 3);

    if (beta == 0) /* C is not read: what it held does not matter */
        for (size_t i = 0; i < M * ldc; i++)
            C[i] = i % ldc < N ? NAN : old[i];
    mm_gemm(form, M, N, K, A, lda, B, ldb, beta, C, ldc);
    for (size_t m = 0; m < M; m++) {
        for (size_t n = 0; n < N; n++) {
            double want = element(form, A, lda, B, ldb, m, n, K) +
                          (double)beta * old[m * ldc + n];

            assert_true(fabs(C[m * ldc + n] - want) < 2e-5);
        }
        /* what lies between the rows stays */
        assert_memory_equal(C + m * ldc + N, old + m * ldc + N,
                            PAD * sizeof(float));
    }
    free(A);
    free(B);
    free(C);
    free(old);
}

static void test_values(void **state)
{
    (void)state;
    for (int l = 0; level_begin(l); l++)
        for (size_t i = 0; i < N_SIZES; i++)
            for (int form = MM_NT; form <= MM_TN; form++) {
                check((enum mm_gemm_form)form, sizes[i], 0);
                check((enum mm_gemm_form)form, sizes[i], 1);
                check((enum mm_gemm_form)form, sizes[i], -0.5f);
            }
}

static void test_empty(void **state)
{
    float A[4] = { 1, 2, 3, 4 }, C[4] = { 1, 2, 3, 4 };

    (void)state;
    for (int l = 0; level_begin(l); l++) {
        C[0] = 1;
        mm_gemm(MM_NT, 0, 2, 2, A, 2, A, 2, 0, C, 2);
        mm_gemm(MM_NT, 2, 0, 2, A, 2, A, 2, 0, C, 2);
        assert_true(C[0] == 1 && C[3] == 4);
        mm_gemm(MM_NT, 1, 1, 0, A, 2, A, 2, 2, C, 2);
        assert_true(C[0] == 2);
        mm_gemm(MM_NT, 1, 1, 0, A, 2, A, 2, 0, C, 2);
        assert_true(C[0] == 0);
    }
}

/* One thread and three give the same bits. */
static void test_threads(void **state)
{
    size_t M = 530, N = 300, K = 290;
    float *A = numbers(M * K, 1), *B = numbers(N * K, 2);
    float *one = numbers(M * N, 3), *three = numbers(M * N, 3);
    int threads = mm_par_threads();

    (void)state;
    for (int l = 0; level_begin(l); l++)
        for (int form = MM_NT; form <= MM_TN; form++) {
            size_t lda = form == MM_TN ? M : K, ldb = form == MM_NT ? K : N;

            mm_par_set_threads(1);
            mm_gemm((enum mm_gemm_form)form, M, N, K, A, lda, B, ldb, 1, one,
                    N);
            mm_par_set_threads(3);
            mm_gemm((enum mm_gemm_form)form, M, N, K, A, lda, B, ldb, 1,
                    three, N);
            assert_memory_equal(one, three, M * N * sizeof *one);
        }
    mm_par_set_threads(threads);
    free(A);
    free(B);
    free(one);
    free(three);
}

/*
 * Whatever rows are computed together, each has the same bits: all of them
 * against every number of them, at every offset that this leads to.
 */
static void rows_alike(size_t M, size_t N, size_t K)
{
    float *A = numbers(M * K, 1), *B = numbers(N * K, 2);
    float *all = numbers(M * N, 3), *some = numbers(M * N, 4);

    mm_gemm_rows(M, N, K, A, K, B, K, all, N);
    for (size_t at = 0, n = 1; at < M; at += n++) {
        if (n > M - at)
            n = M - at;
        mm_gemm_rows(n, N, K, A + at * K, K, B, K, some + at * N, N);
    }
    assert_memory_equal(all, some, M * N * sizeof *all);
    free(A);
    free(B);
    free(all);
    free(some);
}

static void test_rows(void **state)
{
    (void)state;
    for (int l = 0; level_begin(l); l++) {
        rows_alike(300, 70, 530);
        rows_alike(120, 257, 64);
        rows_alike(40, 5, 7);
    }
}

/*
 * The first rows of MANY have the bits that they have among all of them, for
 * which the weight is packed: every number that has a way of its own.
 */
enum { MANY = 90,
       FEW = 66 };

static void first_rows(size_t N, size_t K)
{
    size_t ld = K + PAD, ldc = N + PAD, bytes = MANY * ldc * sizeof(float);
    float *A = numbers(MANY * ld, 1), *B = numbers(N * ld, 2);
    float *bias = numbers(N, 3), *old = numbers(MANY * ldc, 4);
    float *all = numbers(MANY * ldc, 4), *some = numbers(MANY * ldc, 4);
    const struct mm_kernels *k = mm_kernels_cpu();

    k->gemm(MM_NT, MANY, N, K, A, ld, B, ld, bias, 0.5f, all, ldc);
    for (size_t M = 1; M <= FEW; M++) {
        memcpy(some, old, bytes);
        k->gemm(MM_NT, M, N, K, A, ld, B, ld, bias, 0.5f, some, ldc);
        assert_memory_equal(all, some, M * ldc * sizeof *all);
        assert_memory_equal(old + M * ldc, some + M * ldc,
                            bytes - M * ldc * sizeof *all);
    }
    free(A);
    free(B);
    free(bias);
    free(old);
    free(all);
    free(some);
}

static void test_few_rows(void **state)
{
    (void)state;
    for (int l = 0; level_begin(l); l++) {
        first_rows(5, 7);
        first_rows(16, 256);
        first_rows(33, 17);
        first_rows(45, 1100);
        first_rows(70, 530);
        first_rows(130, 64);
    }
}

/* Columns of B are alike too: the vocabulary may be cut. */
static void test_columns(void **state)
{
    size_t M = 20, N = 300, K = 260, cut = 45;
    float *A = numbers(M * K, 1), *B = numbers(N * K, 2);
    float *all = numbers(M * N, 3), *some = numbers(M * N, 4);

    (void)state;
    for (int l = 0; level_begin(l); l++) {
        mm_gemm_rows(M, N, K, A, K, B, K, all, N);
        mm_gemm_rows(M, cut, K, A, K, B, K, some, N);
        mm_gemm_rows(M, N - cut, K, A, K, B + cut * K, K, some + cut, N);
        assert_memory_equal(all, some, M * N * sizeof *all);
    }
    free(A);
    free(B);
    free(all);
    free(some);
}

/* ---- groups: each is the product that it would be alone ---- */

enum { GROUPS = 6,
       GROUP_N = 70,
       GROUP_K = 290 };

static const int32_t group_begin[] = { 0, 0, 3, 300, 301, 302, 560 };

/* Group i by itself; TN has dy [rows,K] and x [rows,N] for an output [K,N]. */
static void one_group(enum mm_gemm_form form, size_t i, const float *A,
                      const float *B, float *C)
{
    size_t N = GROUP_N, K = GROUP_K, at = (size_t)group_begin[i];
    size_t rows = (size_t)group_begin[i + 1] - at;

    if (form == MM_TN)
        mm_gemm(form, K, N, rows, A + at * K, K, B + at * N, N, 1,
                C + i * N * K, N);
    else
        mm_gemm(form, rows, N, K, A + at * K, K, B + i * N * K,
                form == MM_NT ? K : N, 1, C + at * N, N);
}

static void all_groups(enum mm_gemm_form form, const float *A, const float *B,
                       float *C)
{
    const float *b[GROUPS];
    float *c[GROUPS];
    struct mm_gemm_groups a = { .form = form,
                                .n = GROUPS,
                                .M = GROUP_K,
                                .N = GROUP_N,
                                .lda = GROUP_K,
                                .begin = group_begin,
                                .A = A,
                                .B = B,
                                .B_of = b,
                                .C = C,
                                .C_of = c,
                                .beta = 1 };

    for (size_t i = 0; i < GROUPS; i++) {
        b[i] = B + i * GROUP_N * GROUP_K;
        c[i] = C + i * GROUP_N * GROUP_K;
    }
    mm_kernels_cpu()->gemm_groups(&a);
}

static void test_groups(void **state)
{
    size_t n = GROUPS * GROUP_N * GROUP_K; /* more than 560 rows */
    float *A = numbers(560 * GROUP_K, 1), *B = numbers(n, 2);
    float *apart = numbers(n, 3), *together = numbers(n, 3);
    int threads = mm_par_threads();

    (void)state;
    for (int l = 0; level_begin(l); l++)
        for (int form = MM_NT; form <= MM_TN; form++)
            for (int t = 1; t <= 3; t += 2) {
                fill(apart, NULL, n, 1, 3);
                memcpy(together, apart, n * sizeof *together);
                mm_par_set_threads(t);
                for (size_t i = 0; i < GROUPS; i++)
                    one_group((enum mm_gemm_form)form, i, A, B, apart);
                all_groups((enum mm_gemm_form)form, A, B, together);
                assert_memory_equal(apart, together, n * sizeof *apart);
            }
    mm_par_set_threads(threads);
    free(A);
    free(B);
    free(apart);
    free(together);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
