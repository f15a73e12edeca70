/*
 * meta.h - one number for many benchmarks
 *
 * The meta-average of MM1 (arXiv 2403.09611, section 3.1): each score divided
 * by that of a baseline, then the plain mean.  Beside it the mean of each score
 * divided by the greatest that there is.  The baseline is a JSON file:
 *
 *   {"vqav2": 46.2, "mme-p": {"score": 1305, "max": 2000}, ...}
 *
 * by the name of the task, or "task:metric"; max is 100 where none is given.
 */
#ifndef MM_EVAL_META_H
#define MM_EVAL_META_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "eval/score.h"

/* Of one label's scores. */
struct mm_meta {
    const char *label; /* borrowed from a score */
    double ratio, share;
    size_t n, expected;    /* tasks of the baseline with a score, and all */
    int partial;           /* n < expected, or a score is partial */
    struct mm_buf missing; /* names of those without one */
};

struct mm_metas {
    struct mm_json_doc baseline;
    struct mm_meta *v; /* of each label, in the order of appearance */
    size_t n, cap;
};

/*
 * A baseline that is not an object of positive numbers is MM_EDATA.  Scores of
 * one label and task that differ in their seed alone are averaged; two others
 * are MM_EUSAGE.
 */
int mm_meta_average(struct mm_metas *m, const char *path,
                    const struct mm_score *scores, size_t n,
                    struct mm_err *err);
void mm_metas_release(struct mm_metas *m);

/* Lines after the table of scores; of JSON an array of objects. */
void mm_meta_table(struct mm_buf *out, const struct mm_metas *m,
                   enum mm_table_format format);

#endif
