/*
 * test_vecmath.c - own exp, log, tanh, erf against libm in double
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tensor/kernel/vecmath.h"

/* distance in units of the last place of want */
static double ulps(float x, double want)
{
    float w = fabsf((float)want);

    return fabs(x - want) / (double)(nextafterf(w, INFINITY) - w);
}

static double worst(float (*f)(float), double (*ref)(double),
                    float from, float to, float step)
{
    double most = 0;

    for (float x = from; x < to; x += step) {
        double u = ulps(f(x), ref(x));

        most = u > most ? u : most;
    }
    return most;
}

static void test_accuracy(void **state)
{
    (void)state;
    assert_true(worst(mm_expf, exp, -87.3f, 88.7f, 1.3e-3f) < 1.1);
    assert_true(worst(mm_logf, log, 0.4f, 3.0f, 1.3e-5f) < 1.1);
    assert_true(worst(mm_logf, log, 3.0f, 1e6f, 7.77f) < 1.1);
    assert_true(worst(mm_tanhf, tanh, -10.0f, 10.0f, 1.1e-4f) < 1.6);
    assert_true(worst(mm_erff, erf, -5.0f, 5.0f, 1.1e-4f) < 1.6);
}

static void test_edges(void **state)
{
    (void)state;
    assert_true(mm_expf(0) == 1);
    assert_true(mm_expf(-INFINITY) == 0);
    assert_true(mm_expf(-1e30f) == 0);
    assert_true(mm_expf(-87.4f) == 0);
    assert_true(isinf(mm_expf(INFINITY)) && isinf(mm_expf(88.8f)));
    assert_true(isnan(mm_expf(NAN)));
    assert_true(mm_logf(1) == 0);
    assert_true(isnan(mm_logf(NAN)) && isinf(mm_logf(INFINITY)));
    assert_true(mm_tanhf(INFINITY) == 1 && mm_tanhf(-INFINITY) == -1);
    assert_true(isnan(mm_tanhf(NAN)) && isnan(mm_erff(NAN)));
    assert_true(mm_erff(INFINITY) == 1 && mm_erff(-INFINITY) == -1);
    assert_true(mm_sigmoidf(0) == 0.5f && mm_sigmoidf(-INFINITY) == 0);
    assert_true(mm_tanhf(0) == 0 && mm_erff(0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
