/*
 * python.h - texts as Python reads and writes them
 *
 * Scorers lean on float(), round(), str() and on lists that were printed.
 */
#ifndef MM_EVAL_PYTHON_H
#define MM_EVAL_PYTHON_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * float(s): white space at the ends, digits of all scripts, single underscores
 * between digits, inf and nan.  0, or -1 where Python raises.
 */
int mm_python_float(double *value, const char *s, size_t n);

/* Append s[0..n) with ASCII digits for those of all scripts. */
void mm_python_digits(struct mm_buf *out, const char *s, size_t n);

/* round(x, digits): to even where the binary number is half way */
double mm_python_round(double x, int digits);

/* Append repr(x). */
void mm_python_repr(struct mm_buf *out, double x);

/*
 * A printed list of strings: ['a', "b's"].  Appends the strings, each with a
 * NUL after it, and counts them; -1 when it is not such a list (out is as it
 * was).
 */
int mm_python_list(struct mm_buf *out, size_t *n, const char *s);

#endif
