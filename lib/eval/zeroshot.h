/*
 * zeroshot.h - which of these does the picture show? by a CLIP, untrained
 *
 * The row of a class is the mean of the rows of its name in every template, of
 * length 1 again (Radford et al., arXiv 2103.00020, 3.1.4); a picture's class
 * is the nearest, of equals the first.
 */
#ifndef MM_EVAL_ZEROSHOT_H
#define MM_EVAL_ZEROSHOT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/score.h"

struct mm_zeroshot_run {
    const char *model, *data;
    const char *classes;   /* file: "answer" or "answer TAB name" a line; NULL:
                            * the different first answers of the data */
    const char *templates; /* file: a line with {} each; NULL: "{}" alone */
    size_t limit;          /* items; 0: all */
};

struct mm_zeroshot {
    double top1, top5;       /* shares */
    double recall;           /* mean over the classes that occur, of top 1 */
    double chance, majority; /* of top 1: 1 / classes; the most frequent */
    size_t n, of;            /* items that were classified, and looked at */
    size_t classes, templates;
};

/* Items whose answer is not a class are counted and left out. */
int mm_zeroshot(struct mm_zeroshot *z, const struct mm_zeroshot_run *run,
                struct mm_err *err);

void mm_zeroshot_print(struct mm_buf *out, const struct mm_zeroshot *z,
                       const struct mm_zeroshot_run *run,
                       enum mm_table_format format);

#endif
