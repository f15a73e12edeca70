/*
 * linear.h - matrix product with a weight
 */
#ifndef MM_TENSOR_LINEAR_H
#define MM_TENSOR_LINEAR_H

#include "tensor/graph.h"

/*
 * An update of a weight [O,D] of rank r, which stays apart from it (LoRA,
 * arXiv 2106.09685, section 4.1): scale b a, with a [r,D] and b [O,r].
 */
struct mm_low_rank {
    struct mm_tensor *a, *b;
    float scale;
};

/*
 * y[N,O] = x[N,D] w[O,D]^T + b[O]         b may be NULL
 *
 *   dx += dy w      dw += dy^T x      db += sum_n dy
 *
 * x may have more dimensions: all but the last are rows.  Where w has an update
 * u of rank r,
 *
 *   y += h u.b^T       h[N,r] = scale x u.a^T
 *   du.b += dy^T h     dh = scale dy u.b
 *   du.a += dh^T x     dx += dh u.a
 */
struct mm_tensor *mm_linear(struct mm_graph *g, struct mm_tensor *x,
                            struct mm_tensor *w, struct mm_tensor *b);

#endif
