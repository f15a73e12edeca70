/*
 * unit.h - rows of length 1, and the product of two tensors
 */
#ifndef MM_TENSOR_UNIT_H
#define MM_TENSOR_UNIT_H

#include "tensor/graph.h"

/*
 * y[n,:] = x[n,:] / max(|x[n,:]|, 1e-12)
 *
 *   dx[n,:] += (dy[n,:] - y[n,:] (y[n,:] . dy[n,:])) / max(|x[n,:]|, 1e-12)
 */
struct mm_tensor *mm_unit_rows(struct mm_graph *g, struct mm_tensor *x);

/*
 * The sum of x c over all elements, a scalar, added in float64 in their order;
 * c is an input of x's shape.  With c = d loss / d x of a loss that was
 * computed elsewhere, its backward pass continues where that one ended.
 *
 *   dx += dy c
 */
struct mm_tensor *mm_dot(struct mm_graph *g, struct mm_tensor *x,
                         const struct mm_tensor *c);

#endif
