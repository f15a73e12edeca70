/*
 * optim.c - blocks of parameters and gradients
 */
#include "tensor/optim.h"

#include <assert.h>
#include <math.h>

#include "tensor/kernel.h"

void mm_grad_zero(float *g, size_t n)
{
    mm_kernels_cpu()->zero(g, n);
}

double mm_sum_squares(const float *x, size_t n)
{
    return mm_kernels_cpu()->sum_squares(x, n);
}

int mm_all_finite(const float *x, size_t n)
{
    return isfinite(mm_sum_squares(x, n));
}

void mm_optim_adamw(const struct mm_adamw *o, uint64_t step, double scale,
                    float *p, float *m, float *v, const float *g, size_t n)
{
    double correct1 = 1 - pow(o->beta1, (double)step);
    double correct2 = 1 - pow(o->beta2, (double)step);
    struct mm_adamw_args a = {
        .beta1 = (float)o->beta1,
        .rest1 = (float)(1 - o->beta1),
        .beta2 = (float)o->beta2,
        .rest2 = (float)(1 - o->beta2),
        .scale = (float)scale,
        .keep = (float)(1 - o->lr * o->weight_decay),
        .rate = (float)(o->lr / correct1),
        .root = (float)(1 / sqrt(correct2)),
        .eps = (float)o->eps,
    };

    assert(step > 0);
    mm_kernels_cpu()->adamw(&a, p, m, v, g, n);
}

static struct mm_adafactor_args adafactor_args(const struct mm_adafactor *o,
                                               uint64_t step, double scale)
{
    double rest2 = pow((double)step, -0.8);

    assert(step > 0);
    return (struct mm_adafactor_args){
        .scale = (float)scale,
        .beta1 = (float)o->beta1,
        .rest1 = (float)(1 - o->beta1),
        .beta2 = (float)(1 - rest2),
        .rest2 = (float)rest2,
        .keep = (float)(1 - o->lr * o->weight_decay),
        .rate = (float)o->lr,
        .threshold = (float)o->threshold,
    };
}

void mm_optim_adafactor_matrix(const struct mm_adafactor *o, uint64_t step,
                               double scale, float *p, float *m, float *row,
                               float *col, const float *g, size_t R, size_t C)
{
    struct mm_adafactor_args a = adafactor_args(o, step, scale);

    assert(R > 0 && C > 0);
    mm_kernels_cpu()->adafactor_matrix(&a, p, m, row, col, g, R, C);
}

void mm_optim_adafactor_vector(const struct mm_adafactor *o, uint64_t step,
                               double scale, float *p, float *m, float *v,
                               const float *g, size_t n)
{
    struct mm_adafactor_args a = adafactor_args(o, step, scale);

    assert(n > 0);
    mm_kernels_cpu()->adafactor_vector(&a, p, m, v, g, n);
}

void mm_optim_clamp(float *x, size_t n, float low, float high)
{
    mm_kernels_cpu()->clamp(x, n, low, high);
}
