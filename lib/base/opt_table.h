/*
 * opt_table.h - the rows of a verb: the common ones, then its own
 *
 * Used by opt.c (parsing) and opt_print.c (help); not by programs.
 */
#ifndef MM_BASE_OPT_TABLE_H
#define MM_BASE_OPT_TABLE_H

#include "base/opt.h"

size_t mm_opt_rows(const struct mm_verb *verb);
const struct mm_opt *mm_opt_row(const struct mm_verb *verb, size_t i); /* NULL */

/* The row of a name (n bytes) or letter, or -1. */
int mm_opt_find(const struct mm_verb *verb, const char *name, size_t n);
int mm_opt_letter(const struct mm_verb *verb, char letter);
const char *mm_opt_suggest(const struct mm_verb *verb, const char *name);

/* "MM1_SEQ_LEN" */
void mm_opt_environment(const struct mm_opt *opt, char *out, size_t n);

/*
 * Parse text into the field; fresh: a list starts over.  text must stay valid.
 * MM_EUSAGE names the option and the range.
 */
int mm_opt_set(const struct mm_opt *opt, void *field, const char *text,
               int fresh, struct mm_err *err);

/* The value of a field as text; nothing for an unset string. */
void mm_opt_text(struct mm_buf *out, const struct mm_opt *opt,
                 const void *field);

#endif
