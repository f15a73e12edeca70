/*
 * normal.h - normalisers of texts, by the name of the scorer that has them
 */
#ifndef MM_EVAL_NORMAL_H
#define MM_EVAL_NORMAL_H

#include <stddef.h>

#include "base/buf.h"

enum mm_normaliser {
    MM_NORMAL_NONE,
    MM_NORMAL_VQA, /* GT-Vision-Lab/VQA; the next five: see vqa.h */
    MM_NORMAL_OPENFLAMINGO,
    MM_NORMAL_M4C,
    MM_NORMAL_VLMEVALKIT,
    MM_NORMAL_VIZWIZ_API,
    MM_NORMAL_LMMS_EVAL,
    MM_NORMAL_TRIVIAQA,            /* lm-eval: lower case, no punctuation */
    MM_NORMAL_GQA_LLAVA,           /* periods at the end go, then lower case */
    MM_NORMAL_LOWER,               /* strip, lower case (VLMEvalKit's GQA) */
    MM_NORMAL_HELLASWAG,           /* see layout.h */
    MM_NORMAL_OPENFLAMINGO_ANSWER, /* cut: see vqa.h */
    MM_NORMAL_OPENFLAMINGO_CAPTION /* up to "Output", without quotes */
};

/* 0, or -1 for an unknown name: "vqa", "triviaqa", "gqa-llava", ... */
int mm_normaliser_parse(const char *name, enum mm_normaliser *which);

/*
 * The harness keeps strings in arrays of a fixed width, that of the longest in
 * code points: where lower case is longer than that it is cut, and NULs at an
 * end are lost.  Appends as mm_normalise, which loses nothing.
 */
void mm_normalise_triviaqa(struct mm_buf *out, const char *s, size_t n,
                           size_t width);

/* Append s[0..n) normalised; out ends with a NUL that is not counted. */
void mm_normalise(struct mm_buf *out, enum mm_normaliser which, const char *s,
                  size_t n);

#endif
