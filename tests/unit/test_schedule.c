/*
 * test_schedule.c - the learning rate over the steps, and equation 1
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/recipe.h"
#include "train/schedule.h"

static void near(double want, double got, double tol)
{
    assert_true(got > want - tol && got < want + tol);
}

static void test_shape(void **state)
{
    const struct mm_schedule s = { 2000, 200, 0.1 };

    (void)state;
    near(1.0 / 200, mm_schedule_at(&s, 1), 1e-12);
    near(1, mm_schedule_at(&s, 200), 1e-12);
    near(0.55, mm_schedule_at(&s, 1100), 1e-12);
    near(0.1, mm_schedule_at(&s, 2000), 1e-12);
    near(0.1, mm_schedule_at(&s, 5000), 1e-12);
    for (int64_t t = 201; t <= 2000; t++)
        assert_true(mm_schedule_at(&s, t) < mm_schedule_at(&s, t - 1));
}

static void test_edges(void **state)
{
    const struct mm_schedule none = { 10, 0, 0 }, all = { 10, 10, 0.1 };

    (void)state;
    near(0.975, mm_schedule_at(&none, 1), 1e-3);
    near(0, mm_schedule_at(&none, 10), 1e-12);
    near(1, mm_schedule_at(&all, 10), 1e-12);
}

/* The table of the paper's models */
static void test_peak(void **state)
{
    static const double n[] = { 9e6, 85e6, 302e6, 1.2e9, 2.9e9, 6.4e9, 30e9 };
    static const double rate[] = { 6.75e-4, 2.62e-4, 1.54e-4, 8.58e-5,
                                   5.92e-5, 4.24e-5, 2.21e-5 };

    (void)state;
    for (size_t i = 0; i < sizeof n / sizeof *n; i++)
        near(1, mm_peak_rate(n[i]) / rate[i], 5e-3);
}

/* What is not said: the paper's, as far as the run goes. */
static void test_defaults(void **state)
{
    struct mm_recipe r = { .batch = 512, .steps = 200000, .warmup = -1 };
    struct mm_recipe given = r, small = r;

    (void)state;
    mm_recipe_resolve(&r, 2900000000);
    assert_int_equal(r.warmup, 2000);
    assert_int_equal(mm_recipe_micro(&r, 4096), 1);
    near(1, r.lr / 5.92e-5, 5e-3);
    near(r.lr, r.lr_encoder, 1e-15);
    near(8e-5, r.lr_connector, 1e-15);
    given.old_connector = 1;
    mm_recipe_resolve(&given, 2900000000);
    near(given.lr, given.lr_connector, 1e-15);
    small.steps = 1000;
    mm_recipe_resolve(&small, 9000000);
    assert_int_equal(small.warmup, 100);
    assert_int_equal(mm_recipe_micro(&small, 256), 16);
    near(small.lr, small.lr_connector, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_peak),
        cmocka_unit_test(test_defaults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
