/*
 * par.h - work on several cores
 *
 * Results never depend on the number of threads: work is cut by shape, each
 * piece writes its own output, nothing is summed across threads.
 */
#ifndef MM_BASE_PAR_H
#define MM_BASE_PAR_H

#include <stddef.h>

#include "base/err.h"

/* The threads in use; at the start the cores this process may run on. */
int mm_par_threads(void);
void mm_par_set_threads(int n); /* 0: all cores of the affinity mask */

/* fn(ctx, i) for 0 <= i < n, in any order, on all threads. */
void mm_par_for(size_t n, void (*fn)(void *ctx, size_t i), void *ctx);

/* The same for ranges [begin, end) of at least grain items. */
void mm_par_range(size_t n, size_t grain,
                  void (*fn)(void *ctx, size_t begin, size_t end), void *ctx);

/* Which thread of mm_par_threads() is running: for scratch space. */
int mm_par_self(void);

/*
 * Ordered pipeline: read fills item after item (1 filled, 0 end, -1 failed),
 * work runs on several threads at once, write takes them back in the order
 * read.  read and write run on the calling thread.  Each item is item_bytes
 * of caller's memory, zeroed before its first use and reused after; free is
 * called on each at the end.  The first failure in the order of the items
 * stops it.
 */
struct mm_pipeline {
    size_t item_bytes;
    int (*read)(void *ctx, void *item, struct mm_err *err);
    int (*work)(void *ctx, void *item, struct mm_err *err);
    int (*write)(void *ctx, void *item, struct mm_err *err);
    void (*free)(void *ctx, void *item); /* may be NULL */
    void *ctx;
};

int mm_pipeline_run(const struct mm_pipeline *p, int threads,
                    struct mm_err *err);

#endif
