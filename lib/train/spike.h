/*
 * spike.h - steps whose loss or gradient is far above those before
 *
 * With mean and deviation over the last MM_SPIKE_WINDOW steps, of loss and of
 * the gradient's norm, a step is a spike where one of them is not finite, or at
 * least half a window is known and
 *
 *     loss > mean + max(sigma, 1.5 tail) deviation           (sigma: 6)
 *     norm > 100 (mean + sigma deviation)
 *
 * tail is how many deviations over the mean the loss of the hardest usual batch
 * was, and is forgotten by a thousandth a step: where hard batches come
 * occasionally, as in small ones, a spike is harder than those.
 *
 * OLMo-core's SkipStepOptimizer takes mean + 6 deviation for both.  But norms
 * of small batches have a heavy tail at losses as usual, so that here a norm
 * counts only where it is of another size, as when numbers break.
 *
 * Measured on the logs of 22 runs (pictures and text, text, fine-tuning, CLIP,
 * AIM; batches of 1 to 16 sequences, models to 2 M parameters), 34,500 usual
 * steps: this rule names 2, both where a CLIP of 8 pairs was unstable; mean + 6
 * deviation names 0.4 %.  Of 16 batches of random tokens or characters put into
 * three such runs, at batch 1 and 4, it names the first 3, 4 and 4; the last 5
 * were less hard for a model that had learnt from those, and where they are
 * skipped, it names 11 of 12.  Shuffled English words are not spikes to models
 * of that size.
 *
 * What enters the window is at most mean + sigma deviation, so that one spike
 * does not hide the next, and a level that stays becomes the usual one.  The
 * state is part of a checkpoint: a run that is resumed sees the spikes of the
 * run that was not stopped.
 */
#ifndef MM_TRAIN_SPIKE_H
#define MM_TRAIN_SPIKE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

#define MM_SPIKE_WINDOW 128
#define MM_SPIKE_STEPS 1024 /* numbers of skipped steps that are kept */

/* Values of the last steps, the oldest first */
struct mm_spike_window {
    double v[MM_SPIKE_WINDOW];
    size_t n;
};

/* All zero: a run begins. */
struct mm_spike {
    struct mm_spike_window loss, norm;
    double tail;                   /* of the loss, in deviations */
    int64_t skipped;               /* steps whose batch was dropped */
    int64_t steps[MM_SPIKE_STEPS]; /* the first of them */
    int64_t in_a_row;              /* of batches that were not finite */
};

/* Infinite while too little is known */
struct mm_spike_limits {
    double loss, norm;             /* what a step may not be over */
    double usual_loss, usual_norm; /* the most that enters the window */
    double mean, dev;              /* of the loss */
};

struct mm_spike_limits mm_spike_limits(const struct mm_spike *s, double sigma);

/* Is it one?  Where it is not finite, always. */
int mm_spike_is(const struct mm_spike_limits *l, double loss, double norm);

/* Take in a step with the limits that it was judged by. */
void mm_spike_add(struct mm_spike *s, const struct mm_spike_limits *l,
                  double loss, double norm);

/* The batch of this step was dropped. */
void mm_spike_skip(struct mm_spike *s, int64_t step);

/* Members "spikes" (the windows) and "skipped" of a manifest, and back. */
void mm_spike_print(const struct mm_spike *s, struct mm_jw *w);
void mm_spike_print_skipped(const struct mm_spike *s, struct mm_jw *w);
int mm_spike_parse(struct mm_spike *s, const struct mm_json *manifest,
                   struct mm_err *err);

#endif
