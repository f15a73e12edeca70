/*
 * mmmu.h - answers to MMMU's questions
 *
 * Yue et al., "MMMU", CVPR 2024, as eval_utils.py reads and judges them, but
 * for its random guess where no option can be read.
 */
#ifndef MM_EVAL_MMMU_H
#define MM_EVAL_MMMU_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum mm_mmmu_reader {
    MM_MMMU_OFFICIAL,
    MM_MMMU_LMMS_EVAL,
    MM_MMMU_ROBUST
};

/* 0, or -1 for an unknown name: "official", "lmms-eval", "robust" */
int mm_mmmu_reader_parse(const char *name, enum mm_mmmu_reader *how);

/*
 * Official (parse_multi_choice_response): candidates are the letters in
 * brackets; else those between spaces; else, in more than five words, the
 * options whose text is inside; of several, the one that comes last.
 * lmms-eval: "A " without a space before, then "A.", come in the middle's
 * place; of several the one whose " A " comes last, or the first option.
 * Robust, a rule of our own for what the official one reads wrongly ("C. A big
 * green car", "**B**", "(a)", "b", "D)"): a letter alone or in front, with
 * marks around it; a capital after "answer is" or "answer:"; a last line that
 * is one; else the official rule.  0: none.
 */
int mm_mmmu_letter(char *letter, enum mm_mmmu_reader how, const char *s,
                   const char *const *options, size_t n, struct mm_err *err);

/* What an open answer may mean: numbers are rounded to two places. */
struct mm_mmmu_value {
    int is_number;
    double number;
    size_t at, len; /* of a text, in the buffer */
};

struct mm_mmmu_values {
    struct mm_buf text;
    struct mm_mmmu_value *v;
    size_t n, cap;
};

/*
 * parse_open_response: what follows "is ", "answer " and the like in each line,
 * and the numbers in it; normalised, without doubles, in the order found.
 */
int mm_mmmu_open(struct mm_mmmu_values *out, const char *s,
                 struct mm_err *err);

/* normalize_str of one gold answer. */
int mm_mmmu_normalise(struct mm_mmmu_values *out, const char *s, size_t n,
                      struct mm_err *err);

/* eval_open: a text of ours has one of theirs inside, or a number is equal. */
int mm_mmmu_match(const struct mm_mmmu_values *ours,
                  const struct mm_mmmu_values *theirs);

void mm_mmmu_release(struct mm_mmmu_values *v);

#endif
