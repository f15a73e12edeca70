/*
 * spike.h - steps whose loss or gradient is far above those before
 *
 * With mean and deviation over the last MM_SPIKE_WINDOW steps, of loss and of
 * the gradient's norm, a step is a spike where one of them is over
 *
 *     mean + sigma deviation          (sigma 6: OLMo-core's SkipStepOptimizer)
 *
 * or not finite, and at least half a window is known.  What enters the window
 * is at most that limit, so that one spike does not hide the next, and a level
 * that stays becomes the usual one.  The window is part of a checkpoint: a run
 * that is resumed sees the spikes of the run that was not stopped.
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
    int64_t skipped;               /* steps whose batch was dropped */
    int64_t steps[MM_SPIKE_STEPS]; /* the first of them */
    int64_t in_a_row;              /* of batches that were not finite */
};

/* What a step may not be over; infinite while too little is known. */
struct mm_spike_limits {
    double loss, norm;
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
