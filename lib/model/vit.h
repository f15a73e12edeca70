/*
 * vit.h - the image encoder: a vision transformer as CLIP has it
 *
 * Patches (a convolution without bias), a class token in front, learned
 * positions, a normalisation, then L blocks
 *
 *     x += out(attention(norm1 x))      x += fc2(act(fc1(norm2 x)))
 *
 * Features are the patch rows of the last block, before the final
 * normalisation that CLIP applies to its class row only (Radford et al.,
 * arXiv 2103.00020; names and shapes as Hugging Face's CLIPVisionModel).
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
    struct mm_tensor *cls;      /* [D] */
    struct mm_tensor *patch;    /* [D,3,P,P] */
    struct mm_tensor *position; /* [1+n*n,D] */
    struct mm_affine pre_norm;
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

#endif
