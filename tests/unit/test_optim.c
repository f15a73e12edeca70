/*
 * test_optim.c - AdamW and AdaFactor against their formulas in double; norms
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

/* ---- AdaFactor ---- */

static const struct mm_adafactor factor = { .lr = 1e-2,
                                            .beta1 = 0.9,
                                            .threshold = 1,
                                            .weight_decay = 0.1 };
static float rows[N], cols[N];
static double rows64[N], cols64[N], u64[N];

/* From u64 on, for both kinds */
static void apply64(const struct mm_adafactor *o, size_t n)
{
    double sum = 0, rms;

    for (size_t i = 0; i < n; i++)
        sum += u64[i] * u64[i];
    rms = sqrt(sum / (double)n);
    for (size_t i = 0; i < n; i++) {
        double u = u64[i] / fmax(1, rms / o->threshold);

        m64[i] = o->beta1 * m64[i] + (1 - o->beta1) * o->lr * u;
        p64[i] -= m64[i] + o->lr * o->weight_decay * p64[i];
    }
}

static void matrix64(const struct mm_adafactor *o, int step, double scale,
                     size_t R, size_t C)
{
    double b = 1 - pow(step, -0.8), mean = 0;

    for (size_t r = 0; r < R; r++)
        rows64[r] *= b;
    for (size_t c = 0; c < C; c++)
        cols64[c] *= b;
    for (size_t i = 0; i < R * C; i++) {
        double h = scale * g64[i], h2 = h * h + 1e-30;

        rows64[i / C] += (1 - b) * h2 / (double)C;
        cols64[i % C] += (1 - b) * h2 / (double)R;
    }
    for (size_t r = 0; r < R; r++)
        mean += rows64[r] / (double)R;
    for (size_t i = 0; i < R * C; i++)
        u64[i] = scale * g64[i] / sqrt(rows64[i / C] / mean) /
                 sqrt(cols64[i % C]);
    apply64(o, R * C);
}

static void vector64(const struct mm_adafactor *o, int step, double scale,
                     size_t n)
{
    double b = 1 - pow(step, -0.8);

    for (size_t i = 0; i < n; i++) {
        double h = scale * g64[i];

        v64[i] = b * v64[i] + (1 - b) * (h * h + 1e-30);
        u64[i] = h / sqrt(v64[i]);
    }
    apply64(o, n);
}

static void start_factored(void)
{
    start();
    memset(rows, 0, sizeof rows);
    memset(cols, 0, sizeof cols);
    memset(rows64, 0, sizeof rows64);
    memset(cols64, 0, sizeof cols64);
}

/* Gradients of a step; a third of them are 0, as an embedding's rows are. */
static double gradients(int step)
{
    fill(g, g64, N, 0.3, (uint64_t)step);
    for (size_t i = 0; i < N; i++)
        if (i / 100 % 3 == (size_t)step % 3)
            g[i] = 0, g64[i] = 0;
    return step == 3 ? 0.25 : 1;
}

static void test_adafactor_matrix(void **state)
{
    static const size_t shapes[][2] = {
        { 7, 10000 }, { 10000, 7 }, { 233, 300 }, { 2, 2 }
    };

    (void)state;
    for (int l = 0; level_begin(l); l++) {
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            size_t R = shapes[s][0], C = shapes[s][1];

            start_factored();
            for (int step = 1; step <= 20; step++) {
                double scale = gradients(step);

                mm_optim_adafactor_matrix(&factor, (uint64_t)step, scale, p, m,
                                          rows, cols, g, R, C);
                matrix64(&factor, step, scale, R, C);
            }
            near_all("p", p, p64, R * C, 2e-6);
            near_all("m", m, m64, R * C, 1e-6);
            near_all("row", rows, rows64, R, 1e-6);
            near_all("col", cols, cols64, C, 1e-6);
        }
    }
}

static void test_adafactor_vector(void **state)
{
    static const size_t sizes[] = { N, 13, 1 };

    (void)state;
    for (int l = 0; level_begin(l); l++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            start();
            for (int step = 1; step <= 20; step++) {
                double scale = gradients(step);

                mm_optim_adafactor_vector(&factor, (uint64_t)step, scale, p, m,
                                          v, g, sizes[s]);
                vector64(&factor, step, scale, sizes[s]);
            }
            near_all("p", p, p64, sizes[s], 2e-6);
            near_all("m", m, m64, sizes[s], 1e-6);
            near_all("v", v, v64, sizes[s], 1e-6);
        }
    }
}

/*
 * The first update of one number is its sign; one of many that were still
 * before is clipped: u = 1 / sqrt(1 - b) there.
 */
static void test_adafactor_by_hand(void **state)
{
    struct mm_adafactor o = { .lr = 0.5, .threshold = 1 };
    float q = 2, a = 0, b = 0, one = -3, zero = 0;

    (void)state;
    mm_optim_adafactor_vector(&o, 1, 1, &q, &a, &b, &one, 1);
    assert_true(fabsf(q - 2.5f) < 1e-6f);
    assert_true(fabsf(b - 9) < 1e-5f);
    b = 0;
    mm_optim_adafactor_vector(&o, 9, 1, &q, &a, &b, &one, 1);
    assert_true(fabsf(q - 3) < 1e-6f); /* and not by 0.5 * 9^0.4 */
    mm_optim_adafactor_vector(&o, 10, 1, &q, &a, &b, &zero, 1);
    assert_true(fabsf(q - 3) < 1e-6f);
}

static void test_adafactor_threads(void **state)
{
    int threads = mm_par_threads();

    (void)state;
    gradients(1);
    for (int n = 1; n <= 3; n++) {
        mm_par_set_threads(n);
        start_factored();
        mm_optim_adafactor_matrix(&factor, 2, 1, p, m, rows, cols, g, 233,
                                  300);
        mm_optim_adafactor_vector(&factor, 2, 1, p, m, v, g, N);
        if (n == 1)
            memcpy(before, p, sizeof p);
        assert_memory_equal(before, p, sizeof p);
    }
    mm_par_set_threads(threads);
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
        cmocka_unit_test(test_adafactor_matrix),
        cmocka_unit_test(test_adafactor_vector),
        cmocka_unit_test(test_adafactor_by_hand),
        cmocka_unit_test(test_adafactor_threads),
        cmocka_unit_test(test_sum_squares),
        cmocka_unit_test(test_finite),
        cmocka_unit_test(test_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
