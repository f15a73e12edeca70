/*
 * connector.h - patch features to image tokens
 *
 * c-abstractor: learned positions are added to the features; `depth`
 * bottleneck blocks on the patch grid; adaptive average pooling to
 * sqrt(tokens) a side; `depth` blocks more; two linear maps with SiLU between
 * them (Cha et al., arXiv 2312.06742; names as their projector's, whose blocks
 * are timm's RegNet).  A bottleneck, channels last, with SE as
 * squeeze-and-excitation:
 *
 *     h = silu(norm(1x1 x))              h = silu(norm(depth-wise 3x3 h))
 *     h = h sigmoid(fc2(silu(fc1(mean h))))
 *     y = silu(norm(1x1 h) + shortcut)
 *
 * The shortcut is x, or norm(1x1 x) where the width changes.
 *
 * avgpool: adaptive average pooling, then a linear map without bias (Sun et
 * al., Emu2, arXiv 2312.13286).
 *
 * attnpool: `tokens` learned queries attend to all patches once, without a
 * residual:  out(attention(q queries, k f, v f)),  f = norm x,  none with a
 * bias; then a linear map.  MM1 names this connector and no detail of it; the
 * layer is ours, after the probe of AIM (El-Nouby et al., arXiv 2401.08541).
 * Heads: see mm_connector_heads() in config.h.
 *
 * mlp: linear, GELU, linear on each patch (Liu et al., LLaVA-1.5, arXiv
 * 2310.03744), then, where there are more patches than tokens, adaptive
 * average pooling.
 */
#ifndef MM_MODEL_CONNECTOR_H
#define MM_MODEL_CONNECTOR_H

#include "model/config.h"
#include "model/param.h"
#include "tensor/graph.h"

/* 1x1 or depth-wise convolution without bias, then a layer normalisation */
struct mm_conv_norm {
    struct mm_tensor *w;
    struct mm_affine norm;
};

struct mm_bottleneck {
    struct mm_conv_norm conv1, conv2, conv3, shortcut; /* shortcut.w: or NULL */
    struct mm_affine fc1, fc2;
    int projects; /* has a shortcut of its own */
};

struct mm_connector {
    struct mm_tensor *position;           /* [patches,D_enc] */
    struct mm_bottleneck *before, *after; /* of the pooling; [depth] */
    struct mm_tensor *queries;            /* [tokens,D_enc] */
    struct mm_affine norm;                /* of the features */
    struct mm_tensor *q, *k, *v, *out;    /* [D_enc,D_enc] */
    struct mm_affine readout1, readout2;  /* to D_lm; b may be NULL */
};

/* before and after have room for depth blocks. */
void mm_connector_layout(struct mm_connector *k, const struct mm_config *c,
                         struct mm_layout *l);

/* Features of n views [n*m*m,D_enc] -> image tokens [n*tokens,D_lm] */
struct mm_tensor *mm_connector_forward(struct mm_graph *g,
                                       const struct mm_connector *k,
                                       const struct mm_config *c,
                                       struct mm_tensor *x, size_t n);

#endif
