/*
 * schedule.h - the learning rate: how high, and how it runs over the steps
 */
#ifndef MM_TRAIN_SCHEDULE_H
#define MM_TRAIN_SCHEDULE_H

#include <stdint.h>

/*
 * Linear warm-up, then a cosine down to a fraction of the peak (MM1, appendix
 * B.1: 2000 steps, 10 %).
 */
struct mm_schedule {
    int64_t steps, warmup;
    double floor; /* 0.1: the last step is at a tenth of the peak */
};

/*
 * The factor of update t, counted from 1:
 *
 *   t <= W   t / W
 *   else     floor + (1 - floor) (1 + cos(pi (t - W) / (T - W))) / 2
 *
 * It scales the rate and the decay alike (decoupled, Loshchilov and Hutter,
 * "Decoupled Weight Decay Regularization", algorithm 2).
 */
double mm_schedule_at(const struct mm_schedule *s, int64_t t);

/*
 * MM1's equation 1: the peak rate for a model with n parameters that are not
 * embeddings, exp(-0.4214 ln n - 0.5535).
 */
double mm_peak_rate(double n);

#endif
