/*
 * parser.h - what an answer means, by the name of whose way it is read
 *
 * yesno, letter, mmmu-open, ...: mm1-eval(1) has the list.
 */
#ifndef MM_EVAL_PARSER_H
#define MM_EVAL_PARSER_H

#include "base/err.h"
#include "base/json.h"
#include "eval/record.h"

/* MM_EUSAGE with the names that there are. */
int mm_parser_check(const char *name, struct mm_err *err);

/*
 * What text means, as a JSON value; null where nothing can be read.  it has
 * the other fields that a parser needs (choices, ...).
 */
int mm_parser_write(struct mm_jw *w, const char *name, struct mm_records *in,
                    const struct mm_record *it, const char *text,
                    struct mm_err *err);

/*
 * Put what each prediction means in the place of what it says, for the metric;
 * "" where nothing can be read, which *failed counts.
 */
int mm_parser_apply(struct mm_records *in, const char *name, size_t *failed,
                    struct mm_err *err);

#endif
