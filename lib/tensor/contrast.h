/*
 * contrast.h - losses over all pairs of two sets of rows
 */
#ifndef MM_TENSOR_CONTRAST_H
#define MM_TENSOR_CONTRAST_H

#include "tensor/graph.h"

enum mm_contrast { MM_CONTRAST_INFONCE,
                   MM_CONTRAST_SIGMOID };

/*
 * a and b [N,D], row i of one belonging to row i of the other; scale holds one
 * number, the logarithm of what the products are multiplied by:
 *
 *   z[i,j] = e^scale a[i] . b[j]
 *
 * InfoNCE (Radford et al., arXiv 2103.00020), bias NULL:
 *
 *   loss[i] = (logsumexp_j z[i,j] + logsumexp_j z[j,i]) / 2 - z[i,i]
 *   d loss / d z[i,j] = (softmax_j z[i,:] + softmax_i z[:,j]) / 2 - [i = j]
 *
 * sigmoid (Zhai et al., arXiv 2303.15343), with y = 1 where i = j, else -1,
 * and bias of one number:
 *
 *   loss[i] = sum_j log(1 + e^(-y (z[i,j] + bias)))
 *   d loss / d z[i,j] = -y sigmoid(-y (z[i,j] + bias))
 *
 * The result is the sum of loss[i], added in float64 in the order of i; divide
 * by N with the seed of the backward pass.  Products exist for a block of rows
 * at a time; gradients are made in the forward pass and scaled in the backward
 * pass.  row_loss, if not NULL, receives loss[i]: N floats of the caller.
 */
struct mm_tensor *mm_contrast(struct mm_graph *g, enum mm_contrast kind,
                              struct mm_tensor *a, struct mm_tensor *b,
                              struct mm_tensor *scale, struct mm_tensor *bias,
                              float *row_loss);

#endif
