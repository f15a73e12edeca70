/*
 * answer.h - what a model meant: yes or no, a letter
 *
 * Each as one scorer does it, quirks included.
 */
#ifndef MM_EVAL_ANSWER_H
#define MM_EVAL_ANSWER_H

#include <stddef.h>

#include "base/err.h"

/*
 * POPE (RUCAIBox/POPE): the text up to the first period, without commas, split
 * at spaces; "No", "not" or "no" among the words is "no", all else "yes".
 */
const char *mm_yesno_pope(const char *s);

/*
 * MME (eval_tool): in lower case "yes" or "no"; else "yes", else "no" within
 * the first four characters; else "other".
 */
const char *mm_yesno_mme(const char *s);

/* lmms-eval's MME: stripped, without periods; a lone y or n will do. */
int mm_yesno_mme_lmms(const char **answer, const char *s, struct mm_err *err);

/*
 * VLMEvalKit: lower case, VQA's punctuation; yes or no among the words, and
 * not both; else "unknown".
 */
int mm_yesno_vlmevalkit(const char **answer, const char *s,
                        struct mm_err *err);

/* lmms-eval: "yes" or "no" in lower case, stripped; else "unknown" */
const char *mm_yesno_lmms(const char *s);

/*
 * ScienceQA (LLaVA): a lone A..E; or one with ". " after it; or the only match
 * of "The answer is ([A-Z])." where the period is any character.  0: none.
 */
char mm_letter_llava(const char *s);

/* The first character that is not white space, when it is a letter of ASCII, in
 * upper case (SEED-Bench in lmms-eval); else 0. */
char mm_letter_first(const char *s);

/*
 * ScienceQA (lmms-eval): a lone letter in either case, or a capital with a
 * period after it, white space at the ends stripped.  0: none.
 */
char mm_letter_sqa_lmms(const char *s);

/*
 * VLMEvalKit's exact matching against the texts of options A, B, ... (NULL:
 * none such): a refusal is 'Z'; exactly one option's letter among the words,
 * within the last four; a Z among them and no option's letter is 'Z'; else
 * "answer is **X**"; else exactly one option's text inside, unless the answer
 * is over twice as long as all options.  0: none.
 */
int mm_letter_vlmevalkit(char *letter, const char *s,
                         const char *const *options, size_t n,
                         struct mm_err *err);

/*
 * MMBench in lmms-eval, without its random guess: exactly one of A..E among
 * the words (but A among more than three, which is taken for an article), or
 * with one of ". , : ) ). (x) (x). :x :x, :x. :x) :x)." around it; else exactly
 * one option's text inside.  0: none.
 */
int mm_letter_mmbench_lmms(char *letter, const char *s,
                           const char *const *options, size_t n,
                           struct mm_err *err);

#endif
