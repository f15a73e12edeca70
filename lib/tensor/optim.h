/*
 * optim.h - what a trainer does to whole blocks of parameters and gradients
 *
 * Plain arrays of n floats in the device's memory.  Each is one pass over
 * memory; results do not depend on the number of threads.
 */
#ifndef MM_TENSOR_OPTIM_H
#define MM_TENSOR_OPTIM_H

#include <stddef.h>
#include <stdint.h>

void mm_grad_zero(float *g, size_t n);

/*
 * Sum of squares in float64, in an order that n alone fixes.  Not finite
 * exactly when some x is not finite: one pass gives the norm and the check.
 */
double mm_sum_squares(const float *x, size_t n);

/* x[i] = min(max(x[i], low), high) */
void mm_optim_clamp(float *x, size_t n, float low, float high);

int mm_all_finite(const float *x, size_t n);

struct mm_adamw {
    double lr, beta1, beta2, eps;
    double weight_decay; /* decoupled: p shrinks by lr weight_decay p */
};

/*
 * One step of AdamW (Loshchilov and Hutter, arXiv 1711.05101), as PyTorch's
 * AdamW; step counts from 1, m and v begin as zeros:
 *
 *   h = scale g                              (clipping, 1 / accumulation)
 *   m = beta1 m + (1 - beta1) h              v = beta2 v + (1 - beta2) h^2
 *   p = p - lr weight_decay p
 *         - lr m / (1 - beta1^step) / (sqrt(v / (1 - beta2^step)) + eps)
 *
 * With lr = s eta this is AXLearn's decoupled form with lambda = eta
 * weight_decay.
 */
void mm_optim_adamw(const struct mm_adamw *o, uint64_t step, double scale,
                    float *p, float *m, float *v, const float *g, size_t n);

struct mm_adafactor {
    double lr, beta1;
    double threshold;    /* of the update's root mean square */
    double weight_decay; /* decoupled: p shrinks by lr weight_decay p */
};

/*
 * One step of AdaFactor (Shazeer and Stern, arXiv 1804.04235) as AXLearn has
 * it, without the parameter's scale; step counts from 1, all state begins as
 * zeros, b = 1 - step^-0.8:
 *
 *   h = scale g                              g2 = h^2 + 1e-30
 *   matrix [R,C]:  row = b row + (1 - b) (mean of g2 over a row)
 *                  col = b col + (1 - b) (mean of g2 over a column)
 *                  u = h / sqrt(row / mean(row)) / sqrt(col)
 *   vector [n]:    v = b v + (1 - b) g2,  u = h / sqrt(v)
 *   u = u / max(1, rms(u) / threshold)
 *   m = beta1 m + (1 - beta1) lr u
 *   p = p - lr weight_decay p - m
 *
 * R, C and n are at least 1.
 */
void mm_optim_adafactor_matrix(const struct mm_adafactor *o, uint64_t step,
                               double scale, float *p, float *m, float *row,
                               float *col, const float *g, size_t R, size_t C);
void mm_optim_adafactor_vector(const struct mm_adafactor *o, uint64_t step,
                               double scale, float *p, float *m, float *v,
                               const float *g, size_t n);

#endif
