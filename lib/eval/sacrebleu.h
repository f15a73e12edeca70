/*
 * sacrebleu.h - BLEU as machine translation reports it
 *
 * Post, "A call for clarity in reporting BLEU scores", WMT 2018: tokenizer 13a
 * (mteval-v13a), counts as in caption.h, exponential smoothing: the k-th order
 * without a match has the precision 1 / (2^k guesses).
 */
#ifndef MM_EVAL_SACREBLEU_H
#define MM_EVAL_SACREBLEU_H

#include "base/buf.h"
#include "eval/caption.h"

/*
 * Append the words of s with one space between: ASCII marks stand alone, but
 * for an apostrophe, a hyphen that follows no digit, and periods and commas
 * between digits; four XML entities are resolved.
 */
void mm_sacrebleu_words(struct mm_buf *out, const char *s);

/*
 * 100 exp(mean over orders of ln p) min(1, exp(1 - reference / words)) from
 * sums of mm_bleu.  effective: orders that are longer than the text do not
 * count (sentences); else they make it 0 (corpora).  Without a match it is 0.
 */
double mm_sacrebleu_of(const double sums[MM_BLEU_SUMS], int effective);

#endif
