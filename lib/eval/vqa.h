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

/*
 * People are always left out by their place in the list, never by what they
 * said: files without answer ids would score too low.
 */
enum mm_vqa_flavour {
    MM_VQA_OFFICIAL,     /* raw strings are compared when all answers agree */
    MM_VQA_OPENFLAMINGO, /* always normalised (MM1's family) */
    MM_VQA_M4C,          /* TextVQA's: lower case, commas, 's come first */
    MM_VQA_VLMEVALKIT,   /* always; a period after a digit stays */
    MM_VQA_VIZWIZ_API,   /* the prediction only; curly apostrophes */
    MM_VQA_LMMS_EVAL     /* always; M4C's rule of commas (its VQAv2) */
};

/* 0, or -1 for an unknown name: "official", "openflamingo", ... */
int mm_vqa_flavour_parse(const char *name, enum mm_vqa_flavour *flavour);

/*
 * Newlines and tabs to spaces, strip; punctuation as processPunctuation;
 * lower case, number words, articles, contractions as processDigitArticle.
 * Ports to Python 3 know digits of all scripts, the original those of ASCII.
 * Appends to out.
 */
void mm_vqa_normalise(struct mm_buf *out, enum mm_vqa_flavour flavour,
                      const char *s, size_t n);

/* Of that, processPunctuation alone. */
void mm_vqa_punctuation(struct mm_buf *out, enum mm_vqa_flavour flavour,
                        const char *s, size_t n);

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
