/*
 * plan.h - what a training run will take, before it starts
 *
 * Counted by running the model's own forward and backward code on shapes, so
 * that plan and run cannot disagree.
 */
#ifndef MM_TRAIN_PLAN_H
#define MM_TRAIN_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/config.h"
#include "train/engine.h"
#include "train/recipe.h"

struct mm_plan {
    const struct mm_objective *objective;
    size_t encoder, connector, lm, nonembedding; /* parameters */
    size_t active;                               /* for one token */
    size_t experts;                              /* of a layer that has them */
    size_t adapters;                             /* beside them */
    double sample_flops, step_flops;             /* of training */

    /* those of a step with the layers that are run again */
    double step_work;

    double extra_flops; /* of a step */
    size_t weight_bytes, gradient_bytes, optimizer_bytes;
    int recomputes;          /* layers are run again in the backward pass */
    size_t activation_bytes; /* peak of a step */
    size_t spare_bytes;      /* more, for the largest piece there may be */
    size_t data_bytes;       /* sequences loaded and being loaded */
    size_t base_bytes;       /* the program itself */
    size_t total_bytes;      /* resident memory at its peak */
    size_t disk_bytes;       /* of one checkpoint */
    size_t layer_bytes;      /* weights of the largest layer or expert */
    double flop_rate;        /* FLOP/s; 0: not known */
    double seconds;          /* all steps, at that rate */
};

/*
 * A run on several ranks, each a machine like this one: the batch is split
 * between them, and the optimizer's state is shared out (ZeRO's first stage,
 * Rajbhandari et al., arXiv 1910.02054).  Where there is no room for all
 * weights and gradients, they are shared out, too (its third stage), but for
 * those of the current layer.  Experts stay on their ranks, and tokens travel
 * to them (Lepikhin et al., arXiv 2006.16668), so that of a mixture one expert
 * at most is made whole.  Activations are those of a micro-batch, or of a
 * rank's sequences where these are fewer.  What ranks tell each other is not
 * counted.
 */
struct mm_plan_ranks {
    int64_t n;
    uint64_t limit; /* memory of one */
    int fits;       /* in it */
    int shared;     /* weights and gradients are */
    int recomputes; /* as in the plan */
    int more;       /* the batch has sequences for more ranks */
    int experts;    /* some are shared out */
    int pictures;   /* and not tokens are what a micro-batch counts */
    /* of one: all; its share; weights and gradients that it has whole;
     * activations and the program */
    size_t bytes, share_bytes, whole_bytes, work_bytes;
    double seconds;
};

void mm_plan_print_ranks(const struct mm_plan_ranks *k, struct mm_buf *out);

/* What the sequences are like. */
struct mm_plan_data {
    size_t T, side;     /* tokens; side of a view */
    size_t max_views;   /* of a sequence */
    double mean_views;  /* of a sequence */
    size_t piece_views; /* of what is computed at a time, the most */
    size_t piece_text;  /* text tokens of that, the most; 0: not known */
    double mean_text;   /* of a sequence */
};

/* As mm_objective_micro, for sequences of d */
size_t mm_plan_micro(const struct mm_plan_data *d,
                     const struct mm_objective *objective,
                     const struct mm_config *c, const struct mm_recipe *r);

/*
 * Look at the first thousands of sequences of packed shards, as r computes
 * them at a time; c adopts what they say and is checked against them.
 */
int mm_plan_look(struct mm_plan_data *d, const struct mm_objective *objective,
                 struct mm_config *c, const char *const *paths, size_t n,
                 const struct mm_recipe *r, struct mm_err *err);

/*
 * Resolves the recipe.  The rate is that of `gflops`, or measured in about a
 * second when that is 0.
 */
int mm_plan_make(struct mm_plan *p, const struct mm_objective *objective,
                 const struct mm_config *c, struct mm_recipe *r,
                 const struct mm_plan_data *d, double gflops,
                 struct mm_err *err);

/*
 * Activations of the usual piece of B sequences, no more than at a time: those
 * of p for as many.
 */
int mm_plan_activations(const struct mm_plan *p, const struct mm_config *c,
                        const struct mm_recipe *r,
                        const struct mm_plan_data *d, size_t B, size_t *bytes,
                        struct mm_err *err);

/*
 * Of a plan made: with n 0 the fewest, a power of two up to the batch, of which
 * each has room in `limit` bytes, with weights and gradients whole where they
 * fit; where not even one rank for each sequence of the batch has room, that
 * many.  More than these is MM_EUSAGE.
 */
int mm_plan_spread(struct mm_plan_ranks *k, const struct mm_plan *p,
                   const struct mm_config *c, const struct mm_recipe *r,
                   const struct mm_plan_data *d, int64_t n, uint64_t limit,
                   struct mm_err *err);

/* As a table for people. */
void mm_plan_print(const struct mm_plan *p, const struct mm_recipe *r,
                   struct mm_buf *out);

#endif
