/*
 * stop.h - SIGINT, SIGTERM and SIGUSR1 ask for a stop
 */
#ifndef MM_BASE_STOP_H
#define MM_BASE_STOP_H

/*
 * From now on the first signal sets a flag that the work looks at between two
 * steps, and the second ends the process at once, as the signal would have.
 */
void mm_stop_install(void);

/* The number of the signal that came, or 0. */
int mm_stop_requested(void);

#endif
