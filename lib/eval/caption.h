/*
 * caption.h - scores of captions against references: tokens, BLEU, ROUGE-L
 *
 * As pycocoevalcap computes them, and ROUGE-L as rouge-score.  CIDEr stands in
 * cider.h.
 */
#ifndef MM_EVAL_CAPTION_H
#define MM_EVAL_CAPTION_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct mm_caption {
    const char *hyp;
    const char *const *refs;
    size_t n_refs;
};

enum mm_caption_tokenizer {
    MM_CAPTION_PTB,   /* see ptb.h: references one text, captions another */
    MM_CAPTION_ALONE, /* the same, each a text of its own */
    MM_CAPTION_NONE,  /* as they come */
    MM_CAPTION_13A,   /* of sacreBLEU: see sacrebleu.h */
    MM_CAPTION_ROUGE  /* lower case, a-z and 0-9, of Google's rouge-score */
};

/* Captions that are tokenised; hold their own strings. */
struct mm_captions {
    struct mm_caption *v;
    size_t n;
    const char **strings;
    struct mm_buf hyps, refs;
    size_t breaks; /* captions with a line break inside */
};

int mm_captions_tokenise(struct mm_captions *out, const struct mm_caption *in,
                         size_t n, enum mm_caption_tokenizer how,
                         struct mm_err *err);
void mm_captions_release(struct mm_captions *c);

/*
 * BLEU-1..4, Papineni et al., ACL 2002, closest reference length, ties to the
 * shorter.  For k = 1..4, with c matches of g n-grams of each order i <= k:
 *
 *   (prod_i (c_i + 1e-15) / (g_i + 1e-9))^(1/k) exp(min(0, 1 - 1/r))
 *   r = (words + 1e-15) / (words of the reference + 1e-9)
 *
 * scores [n][4] or NULL: of each caption; corpus: with counts and lengths
 * summed before they are divided.  sums [n][MM_BLEU_SUMS] or NULL: those counts
 * and lengths of each caption.
 */
#define MM_BLEU_SUMS 10
int mm_bleu(double (*scores)[4], double (*sums)[MM_BLEU_SUMS],
            double corpus[4], const struct mm_caption *c, size_t n,
            struct mm_err *err);

/* BLEU of an order, 1..4, of counts and lengths that were summed. */
double mm_bleu_of(const double sums[MM_BLEU_SUMS], int order);

/*
 * BLEU-4 of NLTK (corpus_bleu, no smoothing): exp(mean of ln c / g), where no
 * caption has fewer than one guess; an order without a match has the least
 * normal double for c / g, and the first makes it 0.
 */
double mm_bleu_nltk_of(const double sums[MM_BLEU_SUMS]);

/*
 * ROUGE-L, Lin, ACL workshop 2004: with l the longest common subsequence,
 * P = max_r l / |hyp|, R = max_r l / |r| (each over all references by itself),
 * (1 + b^2) P R / (R + b^2 P), b = 1.2; 0 when P or R is 0.  Words are what
 * single spaces part, so that an empty caption is one empty word.
 */
int mm_rouge_l(double *scores, double *mean, const struct mm_caption *c,
               size_t n, struct mm_err *err);

/*
 * The same of rouge-score: the best of 2 P R / (P + R) over references, of an
 * empty text 0.
 */
int mm_rouge_score(double *scores, double *mean, const struct mm_caption *c,
                   size_t n, struct mm_err *err);

#endif
