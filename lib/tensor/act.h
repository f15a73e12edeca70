/*
 * act.h - activation functions
 */
#ifndef MM_TENSOR_ACT_H
#define MM_TENSOR_ACT_H

#include "tensor/graph.h"

/* y = x Phi(x) with the exact normal distribution (erf) */
struct mm_tensor *mm_gelu(struct mm_graph *g, struct mm_tensor *x);

/* y = x sigmoid(1.702 x), as OpenAI's CLIP */
struct mm_tensor *mm_quick_gelu(struct mm_graph *g, struct mm_tensor *x);

/* y = x sigmoid(x) */
struct mm_tensor *mm_silu(struct mm_graph *g, struct mm_tensor *x);

struct mm_tensor *mm_sigmoid(struct mm_graph *g, struct mm_tensor *x);

/* y = silu(gate) * up (Shazeer, arXiv 2002.05202) */
struct mm_tensor *mm_swiglu(struct mm_graph *g, struct mm_tensor *gate,
                            struct mm_tensor *up);

/* y = a + b, same shape */
struct mm_tensor *mm_add(struct mm_graph *g, struct mm_tensor *a,
                         struct mm_tensor *b);

#endif
