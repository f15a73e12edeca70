/*
 * run.h - all items of a task, one prediction each, into a file that can be
 * gone on with
 */
#ifndef MM_EVAL_RUN_H
#define MM_EVAL_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "eval/task.h"

enum mm_baseline {
    MM_BASELINE_NONE,
    MM_BASELINE_MAJORITY /* no model: the most frequent answer of the shots */
};

struct mm_eval_run {
    const struct mm_task *task;
    const char *model;      /* a directory; NULL with a baseline */
    const char *data;       /* document shard with the questions */
    const char *shots_data; /* document shard that shots are drawn from */
    const char *output;     /* predictions, appended to */
    const char *label;      /* of the run in tables; NULL: made up */
    size_t shots, limit;    /* limit 0: all */
    int blind;              /* every picture is the mean picture */
    enum mm_baseline baseline;
    uint64_t seed;
};

/*
 * Items that the file has already are not asked again.  On a signal the items
 * in hand are finished and MM_ESTOP is returned.
 */
int mm_eval_run(const struct mm_eval_run *r, struct mm_err *err);

#endif
