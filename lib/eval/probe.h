/*
 * probe.h - how much of a set of classes a frozen encoder's features tell
 *
 * A classifier is trained on the features of one set of pictures and asked
 * about another; the encoder does not learn.  Features are brought to mean 0
 * and deviation 1 in each channel, by the numbers of the training set.
 *
 *   linear      softmax(w x + b), x the mean over a picture's patches
 *   attentive   softmax(w y), y what one learned query gets of all patches by
 *               attention with keys and values of its own (El-Nouby et al.,
 *               arXiv 2401.08541, section 3.3)
 *
 * Trained by AdamW (0.9, 0.999) on cross-entropy, rate along a cosine to 0,
 * batches drawn by the seed.  Where the decay is not given, each of 0.001,
 * 0.01, 0.1 and 1 is tried on nine tenths of the training set and judged by
 * the tenth; the best, of equals the largest, then learns from all.
 */
#ifndef MM_EVAL_PROBE_H
#define MM_EVAL_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* n pictures: `rows` feature rows of `width` each, and their classes */
struct mm_probe_set {
    size_t n, rows, width;
    float *x;       /* [n,rows,width] */
    int32_t *label; /* [n] from 0; -1: a class that is not trained */
};

struct mm_probe_how {
    int attentive;
    size_t classes, epochs, batch, heads; /* heads: of the attentive one */
    double rate;                          /* peak */
    double decay;                         /* of the rate; < 0: to be chosen */
    uint64_t seed;
};

struct mm_probe_result {
    double decay;   /* that was taken */
    uint8_t *right; /* [n] of the test set: is the answer right? */
    size_t n, n_right;
};

/*
 * The rows of both sets are changed: standardised.  right is the caller's.
 * MM_EDIVERGE when the training leaves the finite.
 */
int mm_probe_run(struct mm_probe_result *r, struct mm_probe_set *train,
                 struct mm_probe_set *test, const struct mm_probe_how *how,
                 struct mm_err *err);

#endif
