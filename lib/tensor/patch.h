/*
 * patch.h - pixels to patch embeddings
 */
#ifndef MM_TENSOR_PATCH_H
#define MM_TENSOR_PATCH_H

#include "tensor/graph.h"

/*
 * One image: pixels u8 [n,side_y,side_x,3], w [D,3,P,P] (PyTorch's
 * convolution with stride P), b [D] or NULL -> [n*(side_y/P)*(side_x/P),D],
 * patches in raster order.  A pixel enters as (u/255 - mean[c]) / std[c].
 * No gradient for the pixels.
 */
struct mm_tensor *mm_patch_embed(struct mm_graph *g,
                                 const struct mm_tensor *pixels,
                                 struct mm_tensor *w, struct mm_tensor *b,
                                 const float mean[3], const float std[3]);

#endif
