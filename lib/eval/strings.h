/*
 * strings.h - lists of strings in records
 */
#ifndef MM_EVAL_STRINGS_H
#define MM_EVAL_STRINGS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "eval/record.h"

struct mm_strings {
    const char **v; /* in the record, or in text */
    size_t n, cap;
    struct mm_buf text;
};

/*
 * Of an array (see mm_record_list), or of a list that Python printed: 0, 1 when
 * it is missing or no such, -1 without memory.  *s is zeroed before.
 */
int mm_strings_get(struct mm_strings *s, const struct mm_json *v,
                   struct mm_err *err);

/*
 * What there is to choose from: "options" or "choices", else the members A, B,
 * C and so on, up to one that is missing, empty or "nan".
 */
int mm_strings_options(struct mm_strings *s, const struct mm_record *it,
                       struct mm_err *err);

void mm_strings_release(struct mm_strings *s);

#endif
