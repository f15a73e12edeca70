/*
 * step.h - one step of a run
 */
#ifndef MM_TRAIN_STEP_H
#define MM_TRAIN_STEP_H

#include "base/err.h"
#include "train/run.h"

/*
 * The next batch to an update, or, where it is a spike and the recipe says so,
 * to none: then weights and optimizer stay, and the schedule continues.
 * MM_EDIVERGE as mm_train says.
 */
int mm_run_step(struct mm_run *r, struct mm_err *err);

#endif
