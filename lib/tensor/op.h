/*
 * op.h - what a file that implements an op may use of the tape
 *
 * An op allocates its output (and what backward will need) from the graph,
 * computes if the graph computes, and records itself if the graph records:
 *
 *     y = mm_op_output(g, MM_F32, 2, dims, x->wants_grad || w->wants_grad);
 *     r = mm_op_save(g, bytes);       what backward needs beside the inputs
 *     s = mm_op_scratch(g, bytes);    after outputs and saves
 *     mm_op_cost(g, forward, backward, bytes);
 *     if (mm_op_computes(g))
 *         mm_op_kernels(g)->scale_forward(...);
 *     mm_op_scratch_end(g);
 *     struct scale_args *a = mm_op_record(g, scale_backward, sizeof *a);
 *     if (a)
 *         *a = (struct scale_args){ x, y, w };
 *
 * scale_backward(g, args) is called in reverse order, once, when the output's
 * gradient is complete, and not at all when nobody added to it.  In a plan of
 * training it is called too, to ask for the same memory:
 *
 *     const float *dy = a->y->grad;
 *     float *dx = mm_op_grad(g, a->x), *dw = mm_op_grad(g, a->w);
 *     float *s = mm_op_scratch(g, bytes);
 *
 *     if (mm_op_computes(g)) {
 *         if (dx) ...
 *         if (dw) ...
 *     }
 *     mm_op_scratch_end(g);
 */
#ifndef MM_TENSOR_OP_H
#define MM_TENSOR_OP_H

#include "tensor/graph.h"
#include "tensor/kernel.h"

/*
 * Output, not cleared; wants_grad is 0 unless wanted and the graph records.
 */
struct mm_tensor *mm_op_output(struct mm_graph *g, enum mm_dtype dtype,
                               size_t n_dim, const size_t *dim,
                               int wants_grad);

/* Memory that lives until the step is reset; NULL in a plan.  Forward only. */
void *mm_op_save(struct mm_graph *g, size_t bytes);

/*
 * Memory for this call only; NULL in a plan.  mm_op_scratch_end gives back all
 * that the call took (nothing, too).
 */
void *mm_op_scratch(struct mm_graph *g, size_t bytes);
void mm_op_scratch_end(struct mm_graph *g);

int mm_op_computes(const struct mm_graph *g); /* not a plan */

/* The kernels of the device that this graph's memory is on. */
const struct mm_kernels *mm_op_kernels(const struct mm_graph *g);

/*
 * FLOPs are 2 per multiply-add; backward_flops count where the graph records.
 * bytes, read and written by the forward, is an estimate.
 */
void mm_op_cost(struct mm_graph *g, double forward_flops,
                double backward_flops, double bytes);

/*
 * Room for bytes of arguments, or NULL when there is nothing to record: the
 * graph does not, or no output made since the last record wants a gradient.
 */
void *mm_op_record(struct mm_graph *g,
                   void (*backward)(struct mm_graph *g, void *args),
                   size_t bytes);

/*
 * In backward: where to add d loss / d x, zeroed before its first use.  NULL
 * when none is wanted (x may be NULL) and in a plan.
 */
float *mm_op_grad(struct mm_graph *g, struct mm_tensor *x);

/*
 * The same for an op that can write as well as add (beta of a product): where
 * it is the first to use the gradient, *beta is 0 and the memory not cleared,
 * else *beta is 1.
 */
float *mm_op_grad_beta(struct mm_graph *g, struct mm_tensor *x, float *beta);

/* bytes from the device, where src is, to the host */
void mm_op_get(const struct mm_graph *g, void *host, const void *src,
               size_t bytes);

#endif
