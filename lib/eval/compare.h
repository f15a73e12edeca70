/*
 * compare.h - is one run better than another?
 *
 * On the items that both have a score for.  The difference of the means is
 * bootstrapped over items, or over pictures where several items share one,
 * both runs' scores of an item drawn together (a paired bootstrap).  Items that
 * are right or wrong are also counted: McNemar's test (1947) asks whether as
 * many went from right to wrong as from wrong to right.
 *
 * Of a metric of the whole set, such as BLEU or F1, the values of both
 * resamples are compared, from sums over their items; CIDEr's items keep the
 * document frequencies of the whole set, so that what varies is which pictures
 * there are, and not how rare a word is.
 */
#ifndef MM_EVAL_COMPARE_H
#define MM_EVAL_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/score.h"

struct mm_comparison {
    const struct mm_score *a, *b; /* borrowed */
    const char *name_a, *name_b;  /* labels, or else the files' names */
    double scale;                 /* of all values below */
    size_t n, clusters;           /* compared items, and their pictures */
    size_t only_a, only_b;        /* scored in one of them only */
    int whole;                    /* values of the sets, and no means */
    double mean_a, mean_b;
    double difference;       /* b - a */
    double error, low, high; /* of the difference: s.e., 95 % interval; with p
                                and mcnemar NaN where there is one picture */
    double p;                /* two-sided, by the bootstrap */
    int binary;              /* every score is 0 or 1: */
    size_t lost, won;        /* right in a only, right in b only */
    double mcnemar;          /* two-sided p; exact up to 1000 of those */
    double needed;           /* items to resolve this difference; INFINITY */
    double resolved;         /* difference that this many items resolve; NaN,
                                and needed INFINITY, where the s.e. is 0 */
};

/* "resolve": a test at 5 % finds it in 80 % of all samples. */
int mm_compare(struct mm_comparison *c, const struct mm_score *a,
               const struct mm_score *b, uint64_t seed, struct mm_err *err);

/* Is one of them partial, or has one an item that the other has not? */
int mm_comparison_partial(const struct mm_comparison *c);

/* Two-sided p of McNemar's test. */
double mm_mcnemar(size_t lost, size_t won);

/* One row a comparison, and below it what it takes to be sure. */
void mm_compare_table(struct mm_buf *out, const struct mm_comparison *c,
                      size_t n, enum mm_table_format format);

#endif
