/*
 * judge.h - benchmarks that a language model judges: what it is asked, and
 * what its verdict is worth
 *
 * There is no network here: requests go out as lines, verdicts come back as
 * lines, and which judge it was is for the caller to say.
 */
#ifndef MM_EVAL_JUDGE_H
#define MM_EVAL_JUDGE_H

#include "base/buf.h"
#include "base/err.h"
#include "eval/record.h"

/*
 * LLaVA-Bench (in the wild): the request for a record with context, question,
 * reference (of the first assistant) and rule, and text, the model's answer.
 * 1: a field is missing.
 */
int mm_judge_llava(struct mm_buf *out, const struct mm_record *it,
                   const char *text);

/*
 * MM-Vet: the last row of the prompt: question, answer (<AND>, <OR>), text.
 */
int mm_judge_mmvet(struct mm_buf *out, const struct mm_record *it,
                   const char *text);

/*
 * The two scores on the first line of a review: commas are spaces, single
 * spaces part exactly two numbers; else both are -1, as the reference has it.
 */
void mm_judge_pair(double pair[2], const char *review);

/* The first word of a verdict, a number in [0,1]; else -1. */
double mm_judge_grade(const char *verdict);

#endif
