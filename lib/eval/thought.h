/*
 * thought.h - an answer after a chain of thought
 *
 * A model that was shown examples with their reasons (Wei et al., arXiv
 * 2201.11903, section 2) says its own before it answers, and the answer stands
 * after words that the examples have there: the marker.
 */
#ifndef MM_EVAL_THOUGHT_H
#define MM_EVAL_THOUGHT_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Leave of text the answer, and put what stands before the marker into thought
 * (cleared first).  The last marker counts; the answer ends with its line,
 * without spaces around it and one full stop after it.  0, and text as it was,
 * when there is no marker.
 */
int mm_thought_cut(struct mm_buf *text, const char *marker,
                   struct mm_buf *thought);

#endif
