/*
 * interp.h - positions of a patch grid of another size
 */
#ifndef MM_TENSOR_INTERP_H
#define MM_TENSOR_INTERP_H

#include "tensor/graph.h"

/*
 * Bicubic interpolation of the learned positions of a square grid:
 * x [extra+n*n,D] -> y [extra+m*m,D].  The first extra rows (class token) are
 * kept.  As PyTorch's interpolate(mode="bicubic", antialias=True,
 * align_corners=False), which open_clip uses; the coefficient is -0.5 with
 * antialias.  n == m returns x itself.
 */
struct mm_tensor *mm_interp_grid(struct mm_graph *g, struct mm_tensor *x,
                                 size_t extra, size_t m);

#endif
