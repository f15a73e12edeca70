/*
 * stop.c - SIGINT, SIGTERM and SIGUSR1 ask for a stop
 */
#include "base/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t requested;

/*
 * SA_RESETHAND has put the default action back, so the same signal again ends
 * us; so must another of the three.
 */
static void on_signal(int sig)
{
    if (requested)
        raise(sig);
    requested = sig;
}

void mm_stop_install(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGUSR1 };
    struct sigaction sa = { .sa_handler = on_signal,
                            .sa_flags = (int)(SA_RESETHAND | SA_RESTART) };

    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &sa, NULL);
}

int mm_stop_requested(void)
{
    return requested;
}
