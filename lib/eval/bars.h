/*
 * bars.h - scores as bars with their intervals, an SVG
 */
#ifndef MM_EVAL_BARS_H
#define MM_EVAL_BARS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/score.h"

/*
 * A bar a score, lying, grouped by task in the order of first appearance, each
 * with its value, its 95 % interval and the items that it rests on.  Each task
 * has its own scale: 0 to 100, or to the greatest value there is.
 */
int mm_bars_write(struct mm_buf *out, const char *title,
                  const struct mm_score *scores, size_t n, struct mm_err *err);

#endif
