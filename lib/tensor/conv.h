/*
 * conv.h - convolutions of a C-Abstractor, channels last
 */
#ifndef MM_TENSOR_CONV_H
#define MM_TENSOR_CONV_H

#include "tensor/graph.h"

/*
 * Depth-wise 3x3, stride 1, zero padding 1: x [B*Hh*Ww,D] (row-major pixels),
 * w [D,1,3,3] as in PyTorch (groups = D):
 *
 *   y[b,i,j,d] = sum_{u,v<3} w[d,0,u,v] x[b,i+u-1,j+v-1,d]
 *
 * A 1x1 convolution is mm_linear.
 */
struct mm_tensor *mm_dwconv3x3(struct mm_graph *g, struct mm_tensor *x,
                               struct mm_tensor *w,
                               size_t B, size_t rows, size_t cols);

#endif
