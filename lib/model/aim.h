/*
 * aim.h - the head that AIM's pre-training puts on an image encoder
 *
 * A head of residual MLPs, each patch for itself, that says what the pixels of
 * the next patch are like (El-Nouby et al., arXiv 2401.08541).  With x the
 * encoder's rows after its last layer:
 *
 *     x = proj(norm x) + sines       positions again, see mm_vit_sines()
 *     x += fc2(gelu(fc1(norm x)))    `depth` times, four times wider within
 *     y = out(norm_out x)            3 P P numbers
 *
 * The blocks see only rows that predict something the loss looks at, half of
 * all on average.  None has a bias but the normalisations.  The paper gives
 * depth 12 and width 2048; what surrounds the blocks is ours.  Nobody needs the
 * head after pre-training.
 */
#ifndef MM_MODEL_AIM_H
#define MM_MODEL_AIM_H

#include "model/config.h"
#include "model/param.h"
#include "tensor/graph.h"

struct mm_aim_block {
    struct mm_affine norm, fc1, fc2;
};

struct mm_aim {
    struct mm_affine norm, proj;
    struct mm_aim_block *blocks;
    struct mm_affine norm_out, out;
};

/* blocks has room for c->aim.depth; they belong to the encoder's part. */
void mm_aim_layout(struct mm_aim *a, const struct mm_config *c,
                   struct mm_layout *l);

/*
 * Which patches of n pictures the loss looks at, see patch_loss.h: prefix and
 * first i32 [n], row i32 [R] of the row of x in front of each, in the order of
 * pictures and patches.
 */
struct mm_aim_rows {
    struct mm_tensor *prefix, *first, *row;
};

/* Rows of n pictures [n*K,D] -> [R,3*P*P]: those of row [R] */
struct mm_tensor *mm_aim_forward(struct mm_graph *g, const struct mm_aim *a,
                                 const struct mm_config *c,
                                 struct mm_tensor *x, size_t n,
                                 const struct mm_tensor *row);

#endif
