/*
 * linear.h - matrix product with a weight
 */
#ifndef MM_TENSOR_LINEAR_H
#define MM_TENSOR_LINEAR_H

#include "tensor/graph.h"

/*
 * y[N,O] = x[N,D] w[O,D]^T + b[O]         b may be NULL
 *
 *   dx += dy w      dw += dy^T x      db += sum_n dy
 *
 * x may have more dimensions: all but the last are rows.
 */
struct mm_tensor *mm_linear(struct mm_graph *g, struct mm_tensor *x,
                            struct mm_tensor *w, struct mm_tensor *b);

#endif
