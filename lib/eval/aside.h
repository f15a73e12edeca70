/*
 * aside.h - the items of a benchmark that are in no headline
 *
 * MMBench's rotations, GQA's unbalanced questions, MME's cognition: a score
 * rests on so many items of all but these.
 */
#ifndef MM_EVAL_ASIDE_H
#define MM_EVAL_ASIDE_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "eval/source.h"

/* "aside": how many there are by the metric, where there are some. */
int mm_aside_describe(struct mm_source *s, const char *metric, struct mm_jw *w,
                      struct mm_err *err);

#endif
