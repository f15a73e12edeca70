/*
 * sheet.h - pictures with question, answers, truth and why each was scored so,
 * on one HTML page that needs no other file; its script turns pages and shows
 * what is wrong, right, or right in one run only
 */
#ifndef MM_EVAL_SHEET_H
#define MM_EVAL_SHEET_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/prediction.h"
#include "eval/score.h"
#include "eval/source.h"

/*
 * limit of the items that a run said something about, spread evenly, with what
 * each of the n_runs runs said; one whose picture is missing says so.  scores
 * belong to the runs, item by item; data has the pictures.
 */
int mm_sheet_write(struct mm_buf *out, const char *title,
                   const struct mm_predictions *runs,
                   const struct mm_score *scores, size_t n_runs,
                   struct mm_source *data, size_t limit, struct mm_err *err);

#endif
