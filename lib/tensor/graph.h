/*
 * graph.h - the tape: forward code that runs, remembers, or only measures
 *
 * A model is written once, as forward code over tensors:
 *
 *     h = mm_rmsnorm(g, x, norm, 1e-5f);
 *     x = mm_add(g, x, mm_linear(g, h, w, NULL));
 *
 * and the graph's mode says what happens:
 *   train  computes and records what backward needs
 *   infer  computes and records nothing
 *   plan   computes nothing: counts FLOPs, bytes and the peak of memory, by
 *          the same allocations in the same order as the run will make
 *
 * The tape is defined by running it, again at each step, in an arena whose
 * worst case was planned once; no op allocates.  Backward adds to gradients;
 * the caller zeroes those of parameters (mm_grad_zero).  A wrong shape is a bug
 * of the caller and asserted.
 */
#ifndef MM_TENSOR_GRAPH_H
#define MM_TENSOR_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tensor/tensor.h"

enum mm_mode { MM_TRAIN,
               MM_INFER,
               MM_PLAN };

struct mm_graph;

/* What a forward (and backward) costs. */
struct mm_cost {
    double forward_flops;  /* 2 per multiply-add */
    double backward_flops; /* 0 unless planned for training */
    double bytes;          /* read and written by ops, an estimate */
};

/*
 * arena_bytes is all the memory that one step may use; take it from a plan.
 * MM_PLAN plans an inference; mm_graph_create_plan(1, err) plans a training
 * step: a forward, then mm_graph_backward.
 */
struct mm_graph *mm_graph_create(enum mm_mode mode, size_t arena_bytes,
                                 struct mm_err *err);
struct mm_graph *mm_graph_create_plan(int train, struct mm_err *err);
void mm_graph_free(struct mm_graph *g); /* NULL is nothing to do */

enum mm_mode mm_graph_mode(const struct mm_graph *g);
int mm_graph_records(const struct mm_graph *g); /* train, or a plan of it */

/* Forget the step: all tensors that came from g are invalid. */
void mm_graph_reset(struct mm_graph *g);

/*
 * Memory of an inference: what was made since the mark, except x, is invalid
 * and its memory is used again.  Through the layers of a model:
 *
 *     size_t mark = mm_graph_mark(g);
 *     for each layer {
 *         x = layer(g, x);
 *         mm_graph_keep(g, mark, x);
 *     }
 *
 * Where the graph records, nothing is given back.
 */
size_t mm_graph_mark(const struct mm_graph *g);
void mm_graph_keep(struct mm_graph *g, size_t mark, struct mm_tensor *x);

/*
 * A stretch of the forward pass, as a layer is, of which only n outputs are
 * used by what follows; fn puts them, tensors that it made, into y.  Where the
 * graph recomputes (Chen et al., arXiv 1604.06174), all others go, and backward
 * runs fn again to have them; the bits are the same, and what was made after
 * a stretch is invalid once backward has passed it.  Else it is fn that is run.
 * args is copied; what it points to must live until the graph is reset, as
 * parameters, tensors of the graph made before, and what mm_graph_copy returns
 * do.  Inside a stretch another is plain code.
 */
#define MM_STRETCH_MAX 4
typedef void mm_stretch_fn(struct mm_graph *g, const void *args,
                           struct mm_tensor **y);
void mm_graph_stretch(struct mm_graph *g, mm_stretch_fn *fn, const void *args,
                      size_t bytes, struct mm_tensor **y, size_t n);

/* Of a graph that records, before its first stretch: off unless said. */
void mm_graph_recompute(struct mm_graph *g, int on);

/* Bytes that live until the graph is reset. */
void *mm_graph_copy(struct mm_graph *g, const void *src, size_t bytes);

/*
 * Run the tape backwards from a scalar: d loss / d loss = seed (1 / the number
 * of supervised tokens of the whole batch, so that accumulation is exact).
 * In a plan it only counts.  Gradients of what the graph made exist only
 * between the first op that adds to them and the op that reads them.
 */
void mm_graph_backward(struct mm_graph *g, struct mm_tensor *loss, float seed);

size_t mm_graph_peak(const struct mm_graph *g); /* bytes of arena, so far */
struct mm_cost mm_graph_cost(const struct mm_graph *g);

/* ---- inputs ---- */

/*
 * Memory of the caller, which must outlive the step, as a tensor without
 * gradient; data may be NULL in a plan.
 */
struct mm_tensor *mm_input(struct mm_graph *g, enum mm_dtype dtype,
                           const void *data, size_t n_dim, const size_t *dim);
struct mm_tensor *mm_input_ids(struct mm_graph *g, const int32_t *ids,
                               size_t n);

/*
 * Room for an input that is put together piece by piece: memory of the step,
 * not cleared, filled by mm_tensor_put (n elements; nothing in a plan).
 */
struct mm_tensor *mm_input_room(struct mm_graph *g, enum mm_dtype dtype,
                                size_t n_dim, const size_t *dim);
void mm_tensor_put(const struct mm_graph *g, struct mm_tensor *x, size_t begin,
                   size_t n, const void *host);

/* The only way for numbers to leave the device: n floats from x into host. */
void mm_tensor_get(const struct mm_graph *g, const struct mm_tensor *x,
                   size_t begin, size_t n, float *host);
float mm_tensor_scalar(const struct mm_graph *g, const struct mm_tensor *x);

#endif
