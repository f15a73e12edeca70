/*
 * patch_loss.h - how well the next patch was predicted
 */
#ifndef MM_TENSOR_PATCH_LOSS_H
#define MM_TENSOR_PATCH_LOSS_H

#include "tensor/graph.h"

/*
 * What else is wanted, for the log, in memory of the caller; each may be NULL.
 * view[at[b]] receives the loss of picture b; base the sum of all for y = 0,
 * which says of each patch its mean.
 */
struct mm_patch_sums {
    float *view;
    const int32_t *at; /* [n] */
    float *base;
};

/*
 * Regression of pixels as AIM does it (El-Nouby et al., arXiv 2401.08541).
 * pixels u8 [n,side,side,3], in K patches of P x P each, in raster order; with
 * J = 3 P P.  y [R,J] has a row for each patch k >= prefix[b] of a picture b:
 * row first[b] + k - prefix[b] says what it is like.
 * What is right is the patch's pixels, [3,P,P], brought to mean 0 and
 * deviation 1 by themselves, after He et al., arXiv 2111.06377:
 *
 *   x = (u/255 - mean[c]) / std[c]
 *   t = (x - mean_j x) (var_j x + 1e-6)^(-1/2)      var over J - 1
 *   loss = sum over b, and k from prefix[b] to K - 1, of
 *              1/J sum_j (y[first[b] + k - prefix[b],j] - t[b,k,j])^2
 *
 * prefix i32 [n], from 1 to K - 1: what lies before it has been seen.  first
 * i32 [n]: no two patches share a row.  Summed in float64 in the order of
 * patches.  No gradient for pixels.
 */
struct mm_tensor *mm_patch_loss(struct mm_graph *g, struct mm_tensor *y,
                                const struct mm_tensor *pixels,
                                const struct mm_tensor *prefix,
                                const struct mm_tensor *first, size_t P,
                                const float mean[3], const float std[3],
                                const struct mm_patch_sums *sums);

#endif
