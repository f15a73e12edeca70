/*
 * task.h - one piece of work beside the caller
 *
 * For work that waits for files while the caller computes.  It must not use
 * par.h: the cores are the caller's.
 */
#ifndef MM_BASE_TASK_H
#define MM_BASE_TASK_H

#include "base/err.h"

struct mm_task;

/* Run fn(ctx, err) on a thread of its own. */
struct mm_task *mm_task_start(int (*fn)(void *ctx, struct mm_err *err),
                              void *ctx, struct mm_err *err);

/* Wait for its end; returns what fn returned, with its error; frees t. */
int mm_task_wait(struct mm_task *t, struct mm_err *err);

#endif
