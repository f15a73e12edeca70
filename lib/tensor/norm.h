/*
 * norm.h - layer and root-mean-square normalisation
 */
#ifndef MM_TENSOR_NORM_H
#define MM_TENSOR_NORM_H

#include "tensor/graph.h"

/*
 * y[n,d] = (x[n,d] - mean_d x) r[n] w[d] + b[d],  r = (var_d x + eps)^(-1/2)
 * (Ba et al., arXiv 1607.06450; variance over D, not D - 1)
 */
struct mm_tensor *mm_layernorm(struct mm_graph *g, struct mm_tensor *x,
                               struct mm_tensor *w, struct mm_tensor *b,
                               float eps);

/*
 * y[n,d] = x[n,d] r[n] w[d],   r[n] = (mean_d x[n,d]^2 + eps)^(-1/2)
 * (Zhang and Sennrich, arXiv 1910.07467)
 */
struct mm_tensor *mm_rmsnorm(struct mm_graph *g, struct mm_tensor *x,
                             struct mm_tensor *w, float eps);

#endif
