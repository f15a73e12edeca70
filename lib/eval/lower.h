/*
 * lower.h - lower case as Python's and Java's strings have it
 */
#ifndef MM_EVAL_LOWER_H
#define MM_EVAL_LOWER_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Append s[0..n) in lower case.  One code point becomes one, but for the
 * dotted capital I, which becomes two; a capital sigma at the end of a word is
 * a final sigma.  Bytes that are not UTF-8 stay.
 */
void mm_add_lower(struct mm_buf *out, const char *s, size_t n);

/*
 * Python's capitalize: the first code point in title case, the rest in lower
 * case.  Letters whose title case is more than one (sharp s) stay.
 */
void mm_add_capitalised(struct mm_buf *out, const char *s, size_t n);

#endif
