/*
 * peak.c - what this machine can do, measured
 */
#include "tensor/peak.h"

#include "base/clock.h"
#include "base/par.h"
#include "tensor/kernel.h"

#define TRIES 5
#define STEPS 1000000 /* of a dozen vectors each: a few milliseconds */

/* Every thread gets one piece, since all take as long. */
static void one_piece(void *ctx, size_t i)
{
    double *flops = ctx;
    double done = mm_kernels_cpu()->peak_chains(STEPS, 1.5f);

    if (i == 0)
        *flops = done;
}

double mm_peak_flops(void)
{
    double best = 0;
    int n = mm_par_threads();

    for (int i = 0; i < TRIES; i++) {
        double begin = mm_seconds(), flops = 0, rate;

        mm_par_for((size_t)n, one_piece, &flops);
        rate = (double)n * flops / (mm_seconds() - begin);
        best = rate > best ? rate : best;
    }
    return best;
}
