/*
 * rope.h - rotary position embedding, halves rotated
 */
#ifndef MM_TENSOR_ROPE_H
#define MM_TENSOR_ROPE_H

#include "tensor/graph.h"

/*
 * Of each head x[n,h,:] with C numbers, for i < C/2 and the angle
 * a = position[n] theta^(-2i/C):
 *
 *   y[i]       = x[i] cos a - x[i+C/2] sin a
 *   y[i+C/2]   = x[i+C/2] cos a + x[i] sin a
 *
 * (Su et al., arXiv 2104.09864, in Hugging Face's rotate-half order.)  x is
 * [N,H*C], position i32 [N]; the backward pass rotates by -a.
 */
struct mm_tensor *mm_rope(struct mm_graph *g, struct mm_tensor *x,
                          struct mm_tensor *position, size_t C, float theta);

#endif
