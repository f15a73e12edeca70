/*
 * why.h - in words, how an item came to its score
 */
#ifndef MM_EVAL_WHY_H
#define MM_EVAL_WHY_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/score.h"

/*
 * Append to out, for item i of the predictions that s is of, what was compared
 * with what: the normalised answer and how many people gave it, the option
 * that was the most probable, what a parser read; for a caption its score
 * beside the mean.
 */
int mm_score_why(struct mm_buf *out, const struct mm_score *s, size_t i,
                 struct mm_err *err);

/* Is it right, or for captions at least as good as the mean? */
int mm_score_is_good(const struct mm_score *s, size_t i);

/* Its true answers, each once, with how many people gave it: "a (7), b (3)" */
int mm_score_truth(struct mm_buf *out, const struct mm_score *s, size_t i,
                   struct mm_err *err);

#endif
