/*
 * engine.h - one step: gradients of a batch, then the optimizer
 */
#ifndef MM_TRAIN_ENGINE_H
#define MM_TRAIN_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/model.h"
#include "tensor/graph.h"
#include "train/batch.h"
#include "train/objective.h"
#include "train/optimizer.h"
#include "train/router_sums.h"

/* Of AIM's patches, those after the prefixes, whose number is drawn */
enum mm_patches {
    MM_PATCHES_ALL,   /* as many as may be */
    MM_PATCHES_USUAL, /* as many as come but for rare draws */
    MM_PATCHES_MEAN
};

/* What one piece of a batch looks like, for the plan of its memory. */
struct mm_shape {
    size_t B, T, n_views, side; /* side: of a view in pixels */
    size_t text_rows;           /* no images, no padding; 0: all that fit */
    enum mm_patches patches;
};

struct mm_engine {
    const struct mm_objective *objective;
    struct mm_model *model;         /* borrowed */
    struct mm_optimizer *optimizer; /* borrowed */
    struct mm_graph *plan, *graph;
    size_t arena_bytes;
    int recompute;         /* layers are run again in the backward pass */
    float mean[3], std[3]; /* of pixels */
    float z_loss;
    struct mm_router_sums routers; /* of the last batch */
    uint64_t seed;                 /* of random choices on the way */
    struct mm_terms terms;         /* of the last batch */
    void *cache;                   /* the objective's own; NULL at first */
};

/*
 * `worst` is the largest shape that comes: memory for it is taken once.  A
 * shape that needs more after all gets it.
 */
int mm_engine_init(struct mm_engine *e, const struct mm_objective *objective,
                   struct mm_model *m, struct mm_optimizer *o,
                   enum mm_recompute recompute, const struct mm_shape *worst,
                   struct mm_err *err);
void mm_engine_release(struct mm_engine *e);

struct mm_step_result {
    double loss;          /* the sum over the pieces by its divisor */
    double gradient_norm; /* before it was clipped */
};

/*
 * Gradients of b, summed over its pieces.  A loss or gradient that is not
 * finite is MM_EDIVERGE; r->loss is set where it is known by then.
 */
int mm_engine_measure(struct mm_engine *e, const struct mm_step_batch *b,
                      struct mm_step_result *r, struct mm_err *err);

/*
 * Update t (from 1) of the weights by these gradients, the rates scaled by
 * `scale`.
 */
void mm_engine_update(struct mm_engine *e, int64_t t, double scale,
                      const struct mm_step_result *r);

/* Both: where the first fails, weights and optimizer are as they were. */
int mm_engine_step(struct mm_engine *e, const struct mm_step_batch *b,
                   int64_t t, double scale, struct mm_step_result *r,
                   struct mm_err *err);

/*
 * A piece as the objective's loss takes it: `i` of b, with row_loss and terms
 * left out.
 */
struct mm_piece mm_engine_piece(const struct mm_engine *e,
                                const struct mm_step_batch *b, size_t i);

/* The gradients alone, into the model's; the loss as above. */
int mm_engine_gradient(struct mm_engine *e, const struct mm_step_batch *b,
                       double *loss, struct mm_err *err);

/* ---- for an objective's gradient ---- */

/*
 * Add the gradients of a piece to the model's; *sum is its loss, and the
 * backward pass begins with `seed`.
 */
int mm_engine_run(struct mm_engine *e, const struct mm_piece *p, float seed,
                  double *sum, struct mm_err *err);

/* Those of all pieces: *loss is their sum by the objective's divisor. */
int mm_engine_sum(struct mm_engine *e, const struct mm_step_batch *b,
                  double *loss, struct mm_err *err);

/* MM_EDIVERGE: what of which sequences begin .. end - 1 is not finite */
int mm_engine_diverged(const struct mm_step_batch *b, const char *what,
                       size_t begin, size_t end, struct mm_err *err);

/*
 * What auto means: recompute where weights, gradients and state (of o, planned
 * at least) together with the activations are more than nine tenths of the
 * memory that there may be.  The bits do not depend on it.
 */
int mm_engine_recomputes(enum mm_recompute recompute, const struct mm_model *m,
                         const struct mm_optimizer *o, size_t activations);

/*
 * Run a shape through a plan graph, adding to its peak and costs: -1 only when
 * memory is out.
 */
int mm_engine_plan(const struct mm_objective *objective, struct mm_model *m,
                   struct mm_graph *plan, const struct mm_shape *shape,
                   struct mm_err *err);

#endif
