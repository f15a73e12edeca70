/*
 * watchdog.h - a thread that notices when the work hangs
 *
 * The work says what it is about to do; when that takes too long the watchdog
 * hands the words to the program, which says them and ends: a hung call cannot
 * be called back, and a job that waits for it wastes the machine.
 */
#ifndef MM_BASE_WATCHDOG_H
#define MM_BASE_WATCHDOG_H

#include "base/err.h"

struct mm_watchdog;

/* Kinds of work, of which each has its own usual time. */
#define MM_WATCH_KINDS 8

/*
 * Without a limit of the caller's: this multiple of the longest, and at least
 * this many seconds
 */
#define MM_WATCH_TIMES 10
#define MM_WATCH_LEAST 600

/*
 * Who ends the process, with status 71 (MM_ESYS); called on the watchdog's
 * thread, must not return, and may rely on nothing that the work holds.  Set
 * once by main(); without one, nothing happens.
 */
void mm_watchdog_on_hang(void (*fn)(const char *what));

/*
 * seconds > 0: each piece of work may take that long.  0: ten times the longest
 * one of its kind so far, and ten minutes at least; the first of a kind may
 * take any time.  < 0: there is no watchdog, and *w is NULL, which the
 * functions below take.
 */
int mm_watchdog_start(struct mm_watchdog **w, double seconds,
                      struct mm_err *err);
void mm_watchdog_stop(struct mm_watchdog *w);

/* The former work is done, this begins: "rank 0, step 7: loading". */
void mm_watchdog_work(struct mm_watchdog *w, int kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The work is done; what follows is not watched. */
void mm_watchdog_rest(struct mm_watchdog *w);

#endif
