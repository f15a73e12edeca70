/*
 * score.h - from predictions to numbers
 *
 * The scorer is the metric of mm1-eval metric (metric.h), on the same records;
 * here its result gets a name, a headline and an interval.
 */
#ifndef MM_EVAL_SCORE_H
#define MM_EVAL_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "eval/bootstrap.h"
#include "eval/cluster.h"
#include "eval/metric.h"
#include "eval/prediction.h"
#include "eval/task.h"

/* How to score; all zero is as the predictions say. */
struct mm_score_how {
    const char *metric, *flavour, *parser; /* NULL: as the task says */
    const struct mm_task *task;            /* NULL: the run's own */
    uint64_t seed;                         /* of the bootstrap */
};

/* The items that have one value of a member (part.h). */
struct mm_score_part {
    char *name;
    size_t n, expected;             /* scored; of that value */
    int partial;                    /* some are missing, or some of unknown
                                       value are */
    double value, error, low, high; /* of the mean of their scores; the last
                                       three NaN with one picture alone */
};

struct mm_score {
    const char *label, *task;                 /* of the run, borrowed */
    const struct mm_predictions *predictions; /* borrowed */
    const char *metric, *flavour;             /* their names */
    struct mm_metric_result result;
    int64_t shots;
    const double *items; /* [predictions->n] of each; NaN: not scored */
    size_t n, expected;  /* scored; of the task, or else of the file */
    size_t total;        /* with those in no headline */
    int partial;         /* fewer than expected, or something was wrong */
    size_t aside;        /* scored too, but in no headline */
    double value;        /* the headline, as papers print it */
    double scale;        /* value = scale x mean of items, or 0: it is not */
    double sums_scale;   /* value = this x that of the sums, or 0: none */
    double as_wrong;     /* with those without a prediction as wrong, or NaN */
    double low, high;    /* 95 % by bootstrap over items; NaN without scale */
    double error;        /* standard error, likewise */
    size_t clusters;     /* pictures, which are drawn with all their items */
    const char *by;      /* borrowed: what the parts are made by, or NULL */
    struct mm_score_part *parts;
    size_t n_parts, parts_cap;
};

/* MM_ECONFIG when nothing says by which metric. */
int mm_score_predictions(struct mm_score *s, struct mm_predictions *p,
                         const struct mm_score_how *how, struct mm_err *err);
void mm_score_release(struct mm_score *s);

/* Is item i part of the headline? */
int mm_score_has(const struct mm_score *s, size_t i);

/*
 * The value of n of the items by their sums, and how sure it is; for a metric
 * that has sums (sums_scale > 0).  cluster as in bootstrap.h.
 */
int mm_score_of_sums(double *value, struct mm_interval *interval,
                     const struct mm_score *s, const size_t *index, size_t n,
                     const struct mm_clusters *clusters, uint64_t seed,
                     struct mm_err *err);

enum mm_table_format { MM_TABLE_TEXT,
                       MM_TABLE_MARKDOWN,
                       MM_TABLE_JSON,
                       MM_TABLE_CSV };

/* One row a score, and below it what it was made with. */
void mm_score_table(struct mm_buf *out, const struct mm_score *scores,
                    size_t n, enum mm_table_format format);

#endif
