/*
 * cider.h - CIDEr-D and CIDEr of captions
 *
 * Vedantam et al., "CIDEr: Consensus-based Image Description Evaluation", CVPR
 * 2015, as the COCO caption code computes it (pycocoevalcap).  For n = 1..4:
 *
 *   df(g)   images in which a reference has the n-gram g
 *   v(g)    tf(g) (ln N - ln max(1, df(g)))           N images
 *   sim     sum_g min(v_h(g), v_r(g)) v_r(g) / (|v_h| |v_r|)
 *           exp(-(l_h - l_r)^2 / (2 6^2))             l: bigrams, not words
 *   score   10 mean_n mean_r sim
 *
 * CIDEr without D has v_h(g) v_r(g) for the minimum and no exponential.  The
 * score depends on the set of images, through df and N: scores of subsets are
 * not comparable.
 */
#ifndef MM_EVAL_CIDER_H
#define MM_EVAL_CIDER_H

#include <stddef.h>

#include "base/err.h"

enum mm_cider_flavour {
    MM_CIDER_D,
    MM_CIDER_PLAIN /* without clipping and length penalty */
};

struct mm_cider;

struct mm_cider *mm_cider_create(struct mm_err *err);
void mm_cider_free(struct mm_cider *c);

/*
 * One image: a caption and its references, already tokenised; words are split
 * at Unicode white space, as Python's str.split() does.
 */
int mm_cider_add(struct mm_cider *c, const char *hyp, const char *const *refs,
                 size_t n_refs, struct mm_err *err);

size_t mm_cider_count(const struct mm_cider *c); /* images so far */

/* scores [mm_cider_count()] (or NULL); returns their mean, 0 for none. */
double mm_cider_score(const struct mm_cider *c, enum mm_cider_flavour flavour,
                      double *scores);

#endif
