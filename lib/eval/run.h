/*
 * run.h - items of a task, one prediction each, into a file that can be gone
 * on with
 */
#ifndef MM_EVAL_RUN_H
#define MM_EVAL_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "eval/select.h"
#include "eval/source.h"
#include "eval/task.h"
#include "eval/view_how.h"

#define MM_SHOTS_MAX 64

enum mm_baseline {
    MM_BASELINE_NONE,
    MM_BASELINE_MAJORITY /* no model: the most frequent answer of the shots */
};

struct mm_eval_run {
    const struct mm_task *task;
    const char *model;         /* a directory; NULL with a baseline */
    struct mm_source *data;    /* the questions */
    struct mm_source *pool;    /* that shots are drawn from; may be data */
    const char *output;        /* predictions, appended to */
    const char *label;         /* of the run in tables; NULL: made up */
    struct mm_select_how part; /* of the questions */
    size_t shots;              /* up to MM_SHOTS_MAX */
    size_t batch;              /* items in hand */
    size_t cache;              /* positions in the caches of all of them */
    int text_shots;            /* the shots are shown without pictures */
    int per_query;             /* other shots for each question */
    int nearest;               /* those whose pictures are most alike */
    const char *rices_model;   /* whose encoder says so; NULL: model's */
    int fresh;                 /* nothing read is used again: for tests */
    int blind;                 /* every picture is the mean picture */
    enum mm_baseline baseline;
    uint64_t seed;
    struct mm_view_how views;
};

/*
 * Items that the file has already are not asked again.  A bad item is named
 * and left out; *bad counts these.  On a signal the items in hand are finished
 * and MM_ESTOP is returned.
 */
int mm_eval_run(const struct mm_eval_run *r, size_t *bad, struct mm_err *err);

#endif
