/*
 * thread.h - work on a thread of its own, beside the caller
 *
 * For work that waits for files while the caller computes.  It must not use
 * par.h: the cores are the caller's.
 */
#ifndef MM_BASE_THREAD_H
#define MM_BASE_THREAD_H

#include "base/err.h"

struct mm_thread;

/* Run fn(ctx, err) on a thread of its own. */
struct mm_thread *mm_thread_start(int (*fn)(void *ctx, struct mm_err *err),
                                  void *ctx, struct mm_err *err);

/* Wait for its end; returns what fn returned, with its error; frees t. */
int mm_thread_wait(struct mm_thread *t, struct mm_err *err);

#endif
