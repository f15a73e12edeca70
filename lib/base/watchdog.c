/*
 * watchdog.c - a thread that notices when the work hangs
 */
#include "base/watchdog.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

#define REST (-1)

struct mm_watchdog {
    pthread_t id;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t news;
    double seconds;
    double longest[MM_WATCH_KINDS];
    int kind, stops;
    double begin; /* of the work */
    char what[256];
};

static void (*on_hang)(const char *what);

void mm_watchdog_on_hang(void (*fn)(const char *what))
{
    on_hang = fn;
}

/* When the work has taken too long; infinite: it may take any time */
static double deadline(const struct mm_watchdog *w)
{
    double longest = w->kind == REST ? 0 : w->longest[w->kind];
    double limit = MM_WATCH_TIMES * longest;

    if (w->kind == REST)
        return INFINITY;
    if (w->seconds > 0)
        return w->begin + w->seconds;
    if (longest == 0)
        return INFINITY;
    return w->begin + (limit > MM_WATCH_LEAST ? limit : MM_WATCH_LEAST);
}

static void hang(const struct mm_watchdog *w)
{
    char text[320];

    snprintf(text, sizeof text, "%s has taken %.0f s and goes no further",
             w->what, mm_seconds() - w->begin);
    if (on_hang)
        on_hang(text);
}

static void *watch(void *arg)
{
    struct mm_watchdog *w = arg;

    pthread_mutex_lock(&w->lock);
    while (!w->stops) {
        double end = deadline(w);

        if (!isfinite(end)) {
            pthread_cond_wait(&w->news, &w->lock);
        } else if (mm_seconds() < end) {
            struct timespec t = { (time_t)end,
                                  (long)((end - floor(end)) * 1e9) };

            pthread_cond_timedwait(&w->news, &w->lock, &t);
        } else {
            hang(w);
            w->kind = REST;
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Deadlines use the clock that cannot be set. */
static void init_news(struct mm_watchdog *w)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->news, &attr);
    pthread_condattr_destroy(&attr);
}

int mm_watchdog_start(struct mm_watchdog **w, double seconds,
                      struct mm_err *err)
{
    *w = NULL;
    if (seconds < 0)
        return 0;
    *w = mm_alloc(1, sizeof **w, err);
    if (!*w)
        return -1;
    (*w)->seconds = seconds;
    (*w)->kind = REST;
    pthread_mutex_init(&(*w)->lock, NULL);
    init_news(*w);
    if (pthread_create(&(*w)->id, NULL, watch, *w) == 0)
        return 0;
    free(*w);
    *w = NULL;
    return mm_fail(err, MM_ESYS, "cannot start a thread");
}

void mm_watchdog_stop(struct mm_watchdog *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stops = 1;
    pthread_cond_signal(&w->news);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->id, NULL);
    pthread_cond_destroy(&w->news);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

/* Under the lock: the former work has ended. */
static void end_work(struct mm_watchdog *w)
{
    double t = mm_seconds();

    if (w->kind != REST && t - w->begin > w->longest[w->kind])
        w->longest[w->kind] = t - w->begin;
    w->begin = t;
}

void mm_watchdog_work(struct mm_watchdog *w, int kind, const char *fmt, ...)
{
    va_list ap;

    if (!w)
        return;
    assert(kind >= 0 && kind < MM_WATCH_KINDS);
    pthread_mutex_lock(&w->lock);
    end_work(w);
    w->kind = kind;
    va_start(ap, fmt);
    vsnprintf(w->what, sizeof w->what, fmt, ap);
    va_end(ap);
    pthread_cond_signal(&w->news);
    pthread_mutex_unlock(&w->lock);
}

void mm_watchdog_rest(struct mm_watchdog *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    end_work(w);
    w->kind = REST;
    pthread_cond_signal(&w->news);
    pthread_mutex_unlock(&w->lock);
}
