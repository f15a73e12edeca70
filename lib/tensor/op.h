/*
 * op.h - what a file that implements an op may use of the tape
 *
 * An op allocates its output (and what backward will need) from the graph,
 * computes if the graph computes, and records itself if the graph records:
 *
 *     y = mm_op_output(g, MM_F32, 2, dims, wants_grad);
 *     s = mm_op_save(g, bytes);           what backward needs beside inputs
 *     mm_op_flops(g, forward, backward);
 *     if (mm_op_computes(g)) ...
 *     struct scale_args *a = mm_op_record(g, backward, sizeof *a);
 *     if (a) *a = (struct scale_args){ ... };
 *
 * backward(g, args) is called in reverse order, once, when the output's
 * gradient is complete.
 */
#ifndef MM_TENSOR_OP_H
#define MM_TENSOR_OP_H

#include "tensor/graph.h"

/* Output; its grad is NULL unless wanted and the graph records. */
struct mm_tensor *mm_op_output(struct mm_graph *g, enum mm_dtype dtype,
                               size_t n_dim, const size_t *dim,
                               int wants_grad);

/* Memory that lives until the step is reset; NULL in a plan. */
void *mm_op_save(struct mm_graph *g, size_t bytes);

/* Memory for this call only; NULL in a plan.  Ends with mm_op_scratch_end. */
void *mm_op_scratch(struct mm_graph *g, size_t bytes);
void mm_op_scratch_end(struct mm_graph *g);

int mm_op_computes(const struct mm_graph *g); /* not a plan */
void mm_op_cost(struct mm_graph *g, double forward_flops,
                double backward_flops, double bytes);

/* Room for bytes of arguments, or NULL when the graph does not record. */
void *mm_op_record(struct mm_graph *g,
                   void (*backward)(struct mm_graph *g, void *args),
                   size_t bytes);

#endif
