/*
 * plan_trial.h - what a plan counts of one piece, and how fast this machine is
 */
#ifndef MM_TRAIN_PLAN_TRIAL_H
#define MM_TRAIN_PLAN_TRIAL_H

#include "train/engine.h"

/* Peak and costs of one piece, counted */
int mm_plan_piece(const struct mm_objective *o, struct mm_model *m,
                  int recomputes, const struct mm_shape *piece,
                  size_t *bytes, double *flops, struct mm_err *err);

/*
 * *rate, in FLOP/s: that of a piece as it is where it is small, else of one
 * layer and some tokens of it; where even that is much, half of what the cores
 * can do.
 */
int mm_plan_measure(const struct mm_objective *o,
                    const struct mm_config *config, int recomputes,
                    const struct mm_shape *s, double *rate,
                    struct mm_err *err);

#endif
