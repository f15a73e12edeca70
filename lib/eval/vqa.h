/*
 * vqa.h - VQA accuracy and the normalisation of its answers
 *
 * Antol et al., "VQA: Visual Question Answering", ICCV 2015, as the code of
 * GT-Vision-Lab/VQA computes it, its quirks included: an answer that m of n
 * people gave scores
 *
 *   mean over the people left out, i, of min(1, matches among the others / 3)
 */
#ifndef MM_EVAL_VQA_H
#define MM_EVAL_VQA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum mm_vqa_flavour {
    MM_VQA_OFFICIAL,    /* raw strings are compared when all answers agree */
    MM_VQA_OPENFLAMINGO /* always normalised (MM1's family) */
};

/*
 * Newlines and tabs to spaces, strip; punctuation as processPunctuation;
 * lower case, number words, articles, contractions as processDigitArticle.
 * Appends to out.
 */
void mm_vqa_normalise(struct mm_buf *out, const char *s, size_t n);

/* Score of one answer in [0,1] against n answers of people. */
int mm_vqa_score(double *score, enum mm_vqa_flavour flavour,
                 const char *answer, const char *const *people, size_t n,
                 struct mm_err *err);

/*
 * OpenFlamingo's cut of a generation: up to the first "Question", "Answer" or
 * "Short", then up to the first ", ".  Returns the bytes that stay.
 */
size_t mm_vqa_cut(const char *s, size_t n);

#endif
