/*
 * clock.c - the time in seconds
 */
#include "base/clock.h"

double mm_clock_seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double mm_seconds(void)
{
    return mm_clock_seconds(CLOCK_MONOTONIC);
}
