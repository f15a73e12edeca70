/*
 * peak.c - as many multiply-adds as the registers can do
 */
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/simd.h"

/* More than the latency of a multiply-add times its units, on all levels */
#define N_CHAINS 12

double MM_K(peak_chains)(size_t n, float seed)
{
    mm_vec x[N_CHAINS], a = mm_vset(0.999f), b = mm_vset(seed);
    float last[MM_VL];

    for (int i = 0; i < N_CHAINS; i++)
        x[i] = mm_vset((float)i);
    for (size_t k = 0; k < n; k++)
        for (int i = 0; i < N_CHAINS; i++)
            x[i] = mm_vfma(x[i], a, b);
    for (int i = 1; i < N_CHAINS; i++)
        x[0] = x[0] + x[i];
    mm_vstore(last, x[0]);
    return last[0] != 0 ? 2.0 * N_CHAINS * MM_VL * (double)n : 0;
}
