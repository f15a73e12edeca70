/*
 * part.h - scores of the items of a kind
 */
#ifndef MM_EVAL_PART_H
#define MM_EVAL_PART_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "eval/score.h"

/*
 * Sort the items by a member of their records (a string, a number, a yes or no,
 * or a list, whose items count in each part; "a.b" is b of a), in the order in
 * which values appear, into s->parts: the mean of each with its own bootstrap.
 * Those without a score are missing in their part; where some are missing whose
 * part nobody knows, all parts are partial.  It is an error when no item has
 * the member.
 */
int mm_score_split(struct mm_score *s, const char *by, uint64_t seed,
                   struct mm_err *err);
void mm_parts_release(struct mm_score *s);

#endif
