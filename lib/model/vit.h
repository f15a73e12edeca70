/*
 * vit.h - the image encoder: a vision transformer as CLIP or AIM has it
 *
 * Patches, positions, then L blocks
 *
 *     x += out(attention(norm1 x))      x += fc2(act(fc1(norm2 x)))
 *
 * CLIP (Radford et al., arXiv 2103.00020; names and shapes as Hugging Face's
 * CLIPVisionModel): patches without bias, a class token in front, learned
 * positions (interpolated for other sizes), a normalisation before the blocks,
 * biases in them.
 *
 * AIM (El-Nouby et al., arXiv 2401.08541; as its published code): patches with
 * a bias and then a normalisation, no class token, fixed positions (below), no
 * biases in the blocks.
 *
 * Features are the patch rows after the layer that vision_feature_layer
 * names, before the final normalisation that CLIP applies to its class row
 * only.  Later layers are not computed, and do not learn.
 */
#ifndef MM_MODEL_VIT_H
#define MM_MODEL_VIT_H

#include "model/config.h"
#include "model/param.h"
#include "tensor/graph.h"

struct mm_vit_layer {
    struct mm_affine norm1, q, k, v, out, norm2, fc1, fc2;
};

struct mm_vit {
    struct mm_tensor *cls;       /* [D]; CLIP */
    struct mm_affine patch;      /* [D,3,P,P]; b: AIM */
    struct mm_affine patch_norm; /* AIM */
    struct mm_tensor *position;  /* [1+n*n,D]; CLIP */
    struct mm_affine pre_norm;   /* CLIP */
    struct mm_vit_layer *layers;
};

/* layers has room for c->layers. */
void mm_vit_layout(struct mm_vit *v, const struct mm_vision_config *c,
                   struct mm_layout *l);

/*
 * pixels u8 [n,side,side,3], side a multiple of the patch, not necessarily the
 * config's (positions are interpolated) -> [n*(side/P)^2,D]
 */
struct mm_tensor *mm_vit_forward(struct mm_graph *g, const struct mm_vit *v,
                                 const struct mm_vision_config *c,
                                 const struct mm_tensor *pixels,
                                 const float mean[3], const float std[3]);

/*
 * All rows after the first `depth` layers: of each picture the class row, if
 * there is one, then its patches.  prefix, i32 [n] or NULL: the first
 * prefix[i] rows of picture i see each other, the rows after them only those
 * up to themselves (AIM's training); NULL: all see all.
 */
struct mm_tensor *mm_vit_rows(struct mm_graph *g, const struct mm_vit *v,
                              const struct mm_vision_config *c,
                              const struct mm_tensor *pixels,
                              const float mean[3], const float std[3],
                              size_t depth, const struct mm_tensor *prefix);

/*
 * The blocks alone, for rows x [N,D] of texts: a row sees those before it with
 * the same number in segment, i32 [N] (as mm_attention's with B = 1).  c lives
 * until the graph is reset.
 */
void mm_vit_blocks_layout(struct mm_vit_layer *layers,
                          const struct mm_vision_config *c,
                          const char *prefix, struct mm_layout *l);
struct mm_tensor *mm_vit_blocks(struct mm_graph *g,
                                const struct mm_vit_layer *layers,
                                const struct mm_vision_config *c,
                                struct mm_tensor *x,
                                const struct mm_tensor *segment);

/*
 * AIM's positions of a grid of side x side, [side*side,D], with D a multiple
 * of 4 and w_i = 10000^(-i / (D/4)):
 *
 *   sin(col w), cos(col w), sin(row w), cos(row w)     D/4 numbers each
 */
struct mm_tensor *mm_vit_sines(struct mm_graph *g, size_t side, size_t D);

#endif
