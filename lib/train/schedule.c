/*
 * schedule.c - the learning rate over the steps
 */
#define _DEFAULT_SOURCE /* M_PI */

#include "train/schedule.h"

#include <assert.h>
#include <math.h>

double mm_schedule_at(const struct mm_schedule *s, int64_t t)
{
    double done;

    assert(t >= 1 && s->warmup >= 0);
    if (t <= s->warmup)
        return (double)t / (double)s->warmup;
    if (t >= s->steps)
        return s->floor;
    done = (double)(t - s->warmup) / (double)(s->steps - s->warmup);
    return s->floor + (1 - s->floor) * 0.5 * (1 + cos(M_PI * done));
}

double mm_peak_rate(double n)
{
    return exp(-0.4214 * log(n) - 0.5535);
}
