/*
 * timing.h - what every benchmark needs: the time, and memory or an end
 */
#ifndef MM_BENCH_TIMING_H
#define MM_BENCH_TIMING_H

#include <stdlib.h>
#include <time.h>

static inline double clock_seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Since some moment that does not change. */
static inline double seconds(void)
{
    return clock_seconds(CLOCK_MONOTONIC);
}

/* Of this process: for one thread that works while others share the machine. */
static inline double cpu_seconds(void)
{
    return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* p, or no benchmark. */
static inline void *need(void *p)
{
    if (!p)
        exit(71);
    return p;
}

#endif
