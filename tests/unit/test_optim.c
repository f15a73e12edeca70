/*
 * test_optim.c - AdamW against its formulas in double; norms
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../gradcheck.h"
#include "../levels.h"
#include "base/par.h"
#include "tensor/optim.h"

#define N 70001 /* more than two tasks, and a remainder */

static float p[N], m[N], v[N], g[N], before[N];
static double p64[N], m64[N], v64[N], g64[N];

static struct mm_adamw settings(double lr)
{
    return (struct mm_adamw){ .lr = lr,
                              .beta1 = 0.9,
                              .beta2 = 0.95,
                              .eps = 1e-8,
                              .weight_decay = 0.1 };
}

static void adamw64(const struct mm_adamw *o, int step, double scale)
{
    for (size_t i = 0; i < N; i++) {
        double h = scale * g64[i];

        m64[i] = o->beta1 * m64[i] + (1 - o->beta1) * h;
        v64[i] = o->beta2 * v64[i] + (1 - o->beta2) * h * h;
        p64[i] -= o->lr * o->weight_decay * p64[i];
        p64[i] -= o->lr * (m64[i] / (1 - pow(o->beta1, step))) /
                  (sqrt(v64[i] / (1 - pow(o->beta2, step))) + o->eps);
    }
}

static void start(void)
{
    fill(p, p64, N, 1, 1);
    memset(m, 0, sizeof m);
    memset(v, 0, sizeof v);
    memset(m64, 0, sizeof m64);
    memset(v64, 0, sizeof v64);
}

static void test_adamw(void **state)
{
    struct mm_adamw o = settings(1e-2);

    (void)state;
    for (int l = 0; level_begin(l); l++) {
        start();
        for (int step = 1; step <= 5; step++) {
            double scale = step == 3 ? 0.25 : 1;

            fill(g, g64, N, 0.3, (uint64_t)step);
            mm_optim_adamw(&o, (uint64_t)step, scale, p, m, v, g, N);
            adamw64(&o, step, scale);
        }
        near_all("p", p, p64, N, 1e-6);
        near_all("m", m, m64, N, 1e-7);
        near_all("v", v, v64, N, 1e-7);
    }
}

/* No gradient ever: only the decay moves a parameter. */
static void test_adamw_idle(void **state)
{
    struct mm_adamw o = settings(0.5);
    float q = 2, a = 0, b = 0, zero = 0;

    (void)state;
    mm_optim_adamw(&o, 1, 1, &q, &a, &b, &zero, 1);
    assert_true(fabsf(q - 1.9f) < 1e-6f);
    assert_true(a == 0 && b == 0);
}

static void test_adamw_threads(void **state)
{
    struct mm_adamw o = settings(1e-2);
    int threads = mm_par_threads();

    (void)state;
    fill(g, NULL, N, 0.3, 7);
    mm_par_set_threads(1);
    start();
    mm_optim_adamw(&o, 1, 1, p, m, v, g, N);
    memcpy(before, p, sizeof p);
    mm_par_set_threads(3);
    start();
    mm_optim_adamw(&o, 1, 1, p, m, v, g, N);
    mm_par_set_threads(threads);
    assert_memory_equal(before, p, sizeof p);
}

static void test_sum_squares(void **state)
{
    double want = 0, one;
    int threads = mm_par_threads();

    (void)state;
    fill(g, g64, N, 10, 3);
    for (size_t i = 0; i < N; i++)
        want += g64[i] * g64[i];
    for (int l = 0; level_begin(l); l++) {
        mm_par_set_threads(1);
        one = mm_sum_squares(g, N);
        assert_true(fabs(one - want) < 1e-10 * want);
        mm_par_set_threads(3);
        assert_true(mm_sum_squares(g, N) == one);
        mm_par_set_threads(threads);
        assert_true(mm_sum_squares(g, 0) == 0);
        assert_true(mm_sum_squares(g, 1) == g64[0] * g64[0]);
    }
}

static void test_finite(void **state)
{
    (void)state;
    for (int l = 0; level_begin(l); l++) {
        fill(g, NULL, N, 1, 3);
        assert_true(mm_all_finite(g, N));
        g[N - 1] = 3.4e38f; /* its square is no float */
        assert_true(mm_all_finite(g, N));
        g[N - 1] = INFINITY;
        assert_false(mm_all_finite(g, N));
        g[N - 1] = -INFINITY;
        assert_false(mm_all_finite(g, N));
        g[N - 1] = 0;
        g[40000] = NAN;
        assert_false(mm_all_finite(g, N));
    }
}

static void test_zero(void **state)
{
    (void)state;
    fill(g, NULL, N, 1, 3);
    mm_grad_zero(g, N - 1);
    for (size_t i = 0; i < N - 1; i++)
        assert_true(g[i] == 0);
    assert_true(g[N - 1] != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adamw),
        cmocka_unit_test(test_adamw_idle),
        cmocka_unit_test(test_adamw_threads),
        cmocka_unit_test(test_sum_squares),
        cmocka_unit_test(test_finite),
        cmocka_unit_test(test_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
