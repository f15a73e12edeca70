/*
 * score.h - from predictions to numbers
 */
#ifndef MM_EVAL_SCORE_H
#define MM_EVAL_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "eval/prediction.h"
#include "eval/task.h"

struct mm_score {
    const char *label, *task; /* of the run, borrowed from the predictions */
    enum mm_metric metric;
    int64_t shots;
    double *items;      /* [n] each item's score: [0,1], CIDEr-D 0..10 */
    size_t n, expected; /* scored, and how many the task has (0: unknown) */
    double value;       /* the mean, times 100 as papers print it */
    double low, high;   /* 95 % by bootstrap over items, times 100 */
};

/*
 * metric: NULL takes the one that the file names; MM_ECONFIG when it has none.
 * seed is that of the bootstrap.
 */
int mm_score_predictions(struct mm_score *s, const struct mm_predictions *p,
                         const char *metric, uint64_t seed,
                         struct mm_err *err);
void mm_score_release(struct mm_score *s);

enum mm_table_format { MM_TABLE_TEXT,
                       MM_TABLE_MARKDOWN,
                       MM_TABLE_JSON };

/* One row a score. */
void mm_score_table(struct mm_buf *out, const struct mm_score *scores,
                    size_t n, enum mm_table_format format);

#endif
