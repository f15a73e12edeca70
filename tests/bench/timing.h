/*
 * timing.h - what every benchmark needs: the time, and memory or an end
 */
#ifndef MM_BENCH_TIMING_H
#define MM_BENCH_TIMING_H

#include <stdlib.h>

#include "base/clock.h"

/* Of this process: for one thread that works while others share the machine. */
static inline double cpu_seconds(void)
{
    return mm_clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* p, or no benchmark. */
static inline void *need(void *p)
{
    if (!p)
        exit(71);
    return p;
}

#endif
