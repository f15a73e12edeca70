/*
 * test_watchdog.c - who takes too long is named, who does not is left alone
 */
#include "base/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static atomic_int hangs;
static char said[512];

static void on_hang(const char *what)
{
    snprintf(said, sizeof said, "%s", what);
    hangs++;
}

static void wait_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    nanosleep(&t, NULL);
}

static struct mm_watchdog *start(double seconds)
{
    struct mm_watchdog *w;
    struct mm_err err;

    hangs = 0;
    mm_watchdog_on_hang(on_hang);
    assert_int_equal(mm_watchdog_start(&w, seconds, &err), 0);
    return w;
}

/* However long the machine lets it wait */
static void test_hang(void **state)
{
    struct mm_watchdog *w = start(0.01);

    (void)state;
    mm_watchdog_work(w, 1, "rank %d, step %d: loading", 0, 7);
    while (!hangs)
        wait_ms(1);
    mm_watchdog_stop(w);
    assert_int_equal(hangs, 1);
    assert_true(strncmp(said, "rank 0, step 7: loading has taken", 33) == 0);
}

/* Work that ends, and none, is no hang; nor is the first of its kind. */
static void test_quiet(void **state)
{
    struct mm_watchdog *w = start(3600);

    (void)state;
    for (int i = 0; i < 10; i++) {
        mm_watchdog_work(w, i % 3, "step %d", i);
        mm_watchdog_rest(w);
    }
    wait_ms(20);
    mm_watchdog_stop(w);
    w = start(0);
    for (int i = 0; i < 10; i++)
        mm_watchdog_work(w, i % 3, "step %d", i);
    wait_ms(20);
    mm_watchdog_stop(w);
    assert_int_equal(hangs, 0);
}

/* None was wanted: all of it is nothing. */
static void test_none(void **state)
{
    struct mm_watchdog *w = start(-1);

    (void)state;
    assert_null(w);
    mm_watchdog_work(w, 0, "step");
    mm_watchdog_rest(w);
    mm_watchdog_stop(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hang),
        cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
