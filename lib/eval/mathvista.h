/*
 * mathvista.h - answers to MathVista's questions
 *
 * Lu et al., "MathVista", ICLR 2024: normalize_extracted_answer and the part
 * of extract_answer that needs no language model.
 */
#ifndef MM_EVAL_MATHVISTA_H
#define MM_EVAL_MATHVISTA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct mm_mathvista {
    int multi_choice;
    const char *answer_type; /* "integer", "float", "list", "text" */
    int precision;           /* of a float */
    int is_whole;            /* a float without precision: rounded to int */
    const char *const *choices;
    size_t n_choices;
};

/*
 * Append what the response gives away: itself if it is a choice; a number where
 * one is asked for; what stands in 'The answer is "..."'; else, by our own
 * rule and not by the reference's judge, the last letter in brackets or alone
 * of a choice, the last number, or all of it.  *ruled: it was by our rule.
 */
int mm_mathvista_extract(struct mm_buf *out, int *ruled, const char *response,
                         const struct mm_mathvista *q, struct mm_err *err);

/*
 * Append the extraction normalised: of a choice (the nearest one by edits, the
 * first on ties) its text; an integer; a float rounded.  1: Python's None.
 */
int mm_mathvista_normalise(struct mm_buf *out, const char *extraction,
                           const struct mm_mathvista *q, struct mm_err *err);

#endif
