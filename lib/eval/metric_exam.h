/*
 * metric_exam.h - what metrics and parsers of MathVista share
 */
#ifndef MM_EVAL_METRIC_EXAM_H
#define MM_EVAL_METRIC_EXAM_H

#include "base/buf.h"
#include "base/err.h"
#include "eval/record.h"

/*
 * The normalised answer to a record's question (fields question_type,
 * answer_type, precision, choices); extract: find it in the response first.
 * 1: there is none (Python's None), or a field is missing.
 */
int mm_exam_mathvista(struct mm_buf *out, int *ruled,
                      const struct mm_record *it, const char *response,
                      int extract, struct mm_err *err);

#endif
