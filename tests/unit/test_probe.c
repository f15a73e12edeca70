/*
 * test_probe.c - classifiers on features whose classes are known
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/par.h"
#include "base/rng.h"
#include "eval/probe.h"

enum { D = 8,
       CLASSES = 3 };

/*
 * Noise, and in one of the rows a direction that says the class; `far` moves
 * and stretches all, which standardising takes back.
 */
static struct mm_probe_set make(size_t n, size_t rows, uint64_t seed,
                                double far)
{
    struct mm_probe_set s = { n, rows, D, NULL, NULL };

    s.x = malloc(n * rows * D * sizeof *s.x);
    s.label = malloc(n * sizeof *s.label);
    assert_non_null(s.x);
    assert_non_null(s.label);
    for (size_t i = 0; i < n; i++) {
        float *x = s.x + i * rows * D;
        int32_t c = (int32_t)mm_rng_below(seed, 1, i, CLASSES);
        size_t row = mm_rng_below(seed, 2, i, rows);

        s.label[i] = c;
        for (size_t j = 0; j < rows * D; j++)
            x[j] = (float)(0.3 * mm_rng_normal(seed, 3 + i, j));
        x[row * D + (size_t)c] += 2;
        for (size_t j = 0; j < rows * D; j++)
            x[j] = (float)(far * x[j] + 10 * far * (double)(j % D));
    }
    return s;
}

static void drop(struct mm_probe_set *s)
{
    free(s->x);
    free(s->label);
}

static struct mm_probe_how how(int attentive)
{
    return (struct mm_probe_how){ .attentive = attentive,
                                  .classes = CLASSES,
                                  .epochs = 20,
                                  .batch = 32,
                                  .heads = 2,
                                  .rate = 0.02,
                                  .decay = -1,
                                  .seed = 1 };
}

static double accuracy(size_t rows, int attentive, double far,
                       uint8_t right[200])
{
    struct mm_probe_set train = make(400, rows, 5, far);
    struct mm_probe_set test = make(200, rows, 6, far);
    struct mm_probe_how h = how(attentive);
    struct mm_probe_result r;
    struct mm_err err;

    test.label[7] = -1; /* a class that nobody has learnt is never right */
    if (mm_probe_run(&r, &train, &test, &h, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(r.n, 200);
    assert_int_equal(r.right[7], 0);
    assert_true(r.decay > 0);
    if (right)
        memcpy(right, r.right, 200);
    free(r.right);
    drop(&train);
    drop(&test);
    return (double)r.n_right / (double)r.n;
}

static void test_linear(void **state)
{
    (void)state;
    assert_true(accuracy(1, 0, 1, NULL) > 0.98);
    assert_true(accuracy(1, 0, 1000, NULL) > 0.98);
}

/* One of many rows says it: their mean hides it, attention finds it. */
static void test_attentive(void **state)
{
    (void)state;
    assert_true(accuracy(16, 1, 1, NULL) > 0.95);
}

static void test_threads(void **state)
{
    uint8_t one[200], two[200];
    int threads = mm_par_threads();

    (void)state;
    for (int attentive = 0; attentive < 2; attentive++) {
        size_t rows = attentive ? 16 : 1;

        mm_par_set_threads(1);
        accuracy(rows, attentive, 1, one);
        mm_par_set_threads(2);
        accuracy(rows, attentive, 1, two);
        assert_memory_equal(one, two, sizeof one);
    }
    mm_par_set_threads(threads);
}

static void test_diverges(void **state)
{
    struct mm_probe_set train = make(40, 1, 5, 1), test = make(20, 1, 6, 1);
    struct mm_probe_how h = how(0);
    struct mm_probe_result r;
    struct mm_err err;

    (void)state;
    train.x[3] = NAN;
    assert_int_equal(mm_probe_run(&r, &train, &test, &h, &err), -1);
    assert_int_equal(err.code, MM_EDIVERGE);
    assert_null(r.right);
    drop(&train);
    drop(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_attentive),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_diverges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
