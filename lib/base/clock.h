/*
 * clock.h - the time in seconds
 */
#ifndef MM_BASE_CLOCK_H
#define MM_BASE_CLOCK_H

#include <time.h>

/* Of one of the clocks of POSIX: CLOCK_REALTIME, ... */
double mm_clock_seconds(clockid_t clock);

/* Since some fixed moment; never goes back. */
double mm_seconds(void);

#endif
