/*
 * expert.h - rows of tokens to their experts, through them, and back
 *
 * Between mm_expert_spread() and mm_expert_combine() the rows of each expert
 * lie together (the slots of struct mm_route), so that a linear layer of all
 * experts is one pass of products.  Slots that nobody has hold zeros.
 */
#ifndef MM_TENSOR_EXPERT_H
#define MM_TENSOR_EXPERT_H

#include "tensor/graph.h"
#include "tensor/route.h"

/* x [N,D] -> y [S,D], y[s] = x[token[s]];  dx[n] += sum_j dy[slot[n,j]] */
struct mm_tensor *mm_expert_spread(struct mm_graph *g, struct mm_tensor *x,
                                   const struct mm_route *r);

/*
 * x [S,D] -> y [S,O]: y[s] = x[s] w[e]^T for the slots s of expert e; w[e] is
 * [O,D].  w has as many pointers as there are experts; they are copied.
 *
 *   dx[s] += dy[s] w[e]      dw[e] += sum over its slots dy[s]^T x[s]
 *
 * The bits of row s depend on row s, w[e] and D only, as mm_gemm() has it.
 */
struct mm_tensor *mm_expert_linear(struct mm_graph *g, struct mm_tensor *x,
                                   struct mm_tensor *const *w,
                                   const struct mm_route *r);

/*
 * x [S,D] -> y [N,D], y[n] = sum over kept j of weight[n,j] x[slot[n,j]]
 *
 *   dx[slot[n,j]] += weight[n,j] dy[n]      dweight[n,j] += dy[n] x[slot[n,j]]
 */
struct mm_tensor *mm_expert_combine(struct mm_graph *g, struct mm_tensor *x,
                                    const struct mm_route *r);

#endif
