/*
 * bench_gemm.c - matrix products as a fraction of the measured peak
 *
 * One JSON line a shape: ours and, where it is installed, OpenBLAS (all its
 * threads), run in turn so that a busy machine slows both; medians over the
 * rounds.
 */
#ifdef MM_PEER_OPENBLAS
#include <cblas.h>
#endif
#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/par.h"
#include "tensor/gemm.h"
#include "tensor/peak.h"
#include "timing.h"

#define ROUNDS 7
#define MID (ROUNDS / 2)

struct shape {
    enum mm_gemm_form form;
    size_t M, N, K;
};

static const struct shape shapes[] = {
    { MM_NT, 4096, 256, 256 },
    { MM_NT, 4096, 768, 256 },
    { MM_NT, 4096, 256, 768 },
    { MM_NT, 4096, 4096, 256 },
    { MM_NT, 4096, 128, 128 },
    { MM_NN, 4096, 256, 256 },
    { MM_NN, 4096, 256, 768 },
    { MM_NN, 4096, 256, 4096 },
    { MM_TN, 256, 256, 4096 },
    { MM_TN, 768, 256, 4096 },
    { MM_TN, 4096, 256, 4096 },
    { MM_TN, 128, 128, 4096 },
    { MM_NT, 2048, 768, 768 },
    { MM_NN, 2048, 768, 768 },
    { MM_TN, 768, 768, 2048 },
    { MM_NT, 2048, 3072, 768 },
    { MM_NT, 577, 1024, 1024 },
    { MM_NT, 577, 4096, 1024 },
    { MM_NT, 1024, 4096, 4096 },
    { MM_NT, 1, 256, 256 },
    { MM_NT, 1, 4096, 256 },
    { MM_NT, 1, 4096, 4096 },
    { MM_NT, 2, 4096, 4096 },
    { MM_NT, 4, 4096, 4096 },
    { MM_NT, 8, 4096, 4096 },
    { MM_NT, 16, 4096, 4096 },
    { MM_NT, 16, 1024, 1024 },
    { MM_NT, 50, 256, 256 },
};

static const char *const form_name[] = { "NT", "NN", "TN" };

static void ours(const struct shape *s, const float *A, const float *B,
                 float *C)
{
    mm_gemm(s->form, s->M, s->N, s->K, A, s->form == MM_TN ? s->M : s->K, B,
            s->form == MM_NT ? s->K : s->N, 0, C, s->N);
}

#ifdef MM_PEER_OPENBLAS
static void openblas(const struct shape *s, const float *A, const float *B,
                     float *C)
{
    int ta = s->form == MM_TN, tb = s->form == MM_NT;

    cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans,
                tb ? CblasTrans : CblasNoTrans, (int)s->M, (int)s->N,
                (int)s->K, 1, A, (int)(ta ? s->M : s->K), B,
                (int)(tb ? s->K : s->N), 0, C, (int)s->N);
}
#else
#define openblas NULL
#endif

typedef void product_fn(const struct shape *s, const float *A, const float *B,
                        float *C);

/* Seconds of one product, over enough of them to see */
static double time_of(product_fn *f, const struct shape *s, const float *A,
                      const float *B, float *C)
{
    double flops = 2.0 * (double)s->M * (double)s->N * (double)s->K;
    int n = (int)(2e9 / flops) + 1;
    double begin;

    if (!f)
        return 0;
    n = n > 2000 ? 2000 : n;
    begin = mm_seconds();
    for (int i = 0; i < n; i++)
        f(s, A, B, C);
    return (mm_seconds() - begin) / n;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void bench(const struct shape *s, double peak)
{
    float *A = aligned_alloc(64, s->M * s->K * 4 + 64);
    float *B = aligned_alloc(64, s->N * s->K * 4 + 64);
    float *C = aligned_alloc(64, s->M * s->N * 4 + 64);
    double flops = 2.0 * (double)s->M * (double)s->N * (double)s->K;
    double mine[ROUNDS], theirs[ROUNDS];

    if (!A || !B || !C)
        exit(71);
    for (size_t i = 0; i < s->M * s->K; i++)
        A[i] = (float)(i % 17) - 8;
    for (size_t i = 0; i < s->N * s->K; i++)
        B[i] = (float)(i % 13) - 6;
    for (int r = 0; r < ROUNDS; r++) {
        mine[r] = time_of(ours, s, A, B, C);
        theirs[r] = time_of(openblas, s, A, B, C);
    }
    qsort(mine, ROUNDS, sizeof *mine, by_value);
    qsort(theirs, ROUNDS, sizeof *theirs, by_value);
    printf("{\"bench\":\"gemm\",\"form\":\"%s\",\"M\":%zu,\"N\":%zu,"
           "\"K\":%zu,\"gflops\":%.1f,\"of_peak\":%.3f",
           form_name[s->form], s->M, s->N, s->K, flops / mine[MID] / 1e9,
           flops / mine[MID] / peak);
    if (theirs[MID] > 0)
        printf(",\"openblas_gflops\":%.1f,\"ratio\":%.2f",
               flops / theirs[MID] / 1e9, theirs[MID] / mine[MID]);
    printf("}\n");
    fflush(stdout);
    free(A);
    free(B);
    free(C);
}

int main(void)
{
    double peak = mm_peak_flops();

    printf("{\"bench\":\"peak\",\"level\":\"%s\",\"threads\":%d,"
           "\"gflops\":%.1f}\n",
           mm_cpu_level_name(mm_cpu_level()), mm_par_threads(), peak / 1e9);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        bench(&shapes[i], peak);
    return 0;
}
