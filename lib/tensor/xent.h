/*
 * xent.h - the loss of a language model, without keeping its logits
 */
#ifndef MM_TENSOR_XENT_H
#define MM_TENSOR_XENT_H

#include "tensor/graph.h"

/*
 * With z[n,:] = h[n,:] w^T (h [N,D], w [V,D]) and lse = logsumexp_v z:
 *
 *   loss = sum over n with target[n] >= 0 of
 *              lse[n] - z[n,target[n]] + z_loss lse[n]^2
 *
 * target i32 [N]; negative targets are not supervised and cost nothing: their
 * rows are skipped.  Logits exist for a block of rows at a time; where the
 * graph records, gradients of h and w are made in the forward pass, block by
 * block, and scaled in the backward pass.  Summed in float64 in the order of n.
 *
 *   d loss / d z = (1 + 2 z_loss lse) softmax(z) - onehot(target)
 *
 * row_loss, if not NULL, receives lse[n] - z[n,target] (0 where unsupervised):
 * N floats of the caller.
 */
struct mm_tensor *mm_cross_entropy(struct mm_graph *g, struct mm_tensor *h,
                                   struct mm_tensor *w,
                                   const struct mm_tensor *target,
                                   float z_loss, float *row_loss);

#endif
