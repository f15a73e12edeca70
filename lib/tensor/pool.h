/*
 * pool.h - means over pixels, and scaling by them
 */
#ifndef MM_TENSOR_POOL_H
#define MM_TENSOR_POOL_H

#include "tensor/graph.h"

/* y[b,d] = mean over the n rows of image b of x[b*n+i,d]; x [B*n,D] */
struct mm_tensor *mm_mean_rows(struct mm_graph *g, struct mm_tensor *x,
                               size_t B);

/* y[b*n+i,d] = x[b*n+i,d] s[b,d]: the excitation of squeeze-and-excite */
struct mm_tensor *mm_scale_rows(struct mm_graph *g, struct mm_tensor *x,
                                struct mm_tensor *s, size_t B);

/*
 * PyTorch's AdaptiveAvgPool2d, channels last: x [B*rows*cols,D] ->
 * [B*out_rows*out_cols,D]; cell i of m averages floor(i n/m) .. ceil((i+1)
 * n/m) - 1, cells may overlap.
 */
struct mm_tensor *mm_adaptive_pool(struct mm_graph *g, struct mm_tensor *x,
                                   size_t B, size_t rows, size_t cols,
                                   size_t out_rows, size_t out_cols);

#endif
