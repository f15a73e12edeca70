/*
 * test_compare.c - bootstrap, McNemar's test, comparisons, parts, averages
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/par.h"
#include "base/rng.h"
#include "eval/bootstrap.h"
#include "eval/compare.h"
#include "eval/meta.h"
#include "eval/part.h"

#define N 240
#define R 500

static void near(double have, double want, double off)
{
    if (!(fabs(have - want) <= off))
        fail_msg("%.17g is not %.17g", have, want);
}

/* ---- bootstrap ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Item by item: all items of the pictures that were drawn. */
static double plain_mean(const double *x, const size_t *cluster,
                         size_t clusters, size_t r)
{
    double sum = 0, n = 0;

    for (size_t k = 0; k < clusters; k++) {
        size_t drawn = mm_rng_below(7, MM_RNG_BOOTSTRAP + r, k, clusters);

        for (size_t i = 0; i < N; i++)
            if (cluster[i] == drawn) {
                sum += x[i];
                n++;
            }
    }
    return sum / n;
}

static void test_bootstrap_plain(void **state)
{
    static size_t cluster[N];
    double x[N], means[R], sum = 0, square = 0;
    struct mm_interval got;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = mm_rng_uniform(1, 2, i);
        cluster[i] = mm_rng_below(1, 3, i, 60);
    }
    for (size_t c = 0; c < 60; c++)
        cluster[c] = c; /* none is empty */
    for (size_t r = 0; r < R; r++)
        sum += means[r] = plain_mean(x, cluster, 60, r);
    for (size_t r = 0; r < R; r++)
        square += (means[r] - sum / R) * (means[r] - sum / R);
    qsort(means, R, sizeof *means, by_value);
    assert_int_equal(mm_bootstrap(&got, x, cluster, N, 60, R, 7, &err), 0);
    near(got.low, means[12], 1e-14);
    near(got.high, means[487], 1e-14);
    near(got.error, sqrt(square / (R - 1)), 1e-14);
    near(got.below, 0, 0);
    near(got.above, 1, 0);
}

static void test_bootstrap(void **state)
{
    struct mm_interval a, b;
    double x[400];
    struct mm_err err;

    (void)state;
    for (int i = 0; i < 400; i++)
        x[i] = i % 4 == 0;
    assert_int_equal(mm_bootstrap(&a, x, NULL, 400, 0, 1000, 1, &err), 0);
    /* 0.25 +- 1.96 sqrt(0.25 0.75 / 400) = 0.2076 .. 0.2924 */
    near(a.low, 0.2076, 0.012);
    near(a.high, 0.2924, 0.012);
    near(a.error, sqrt(0.25 * 0.75 / 400), 0.002);
    mm_par_set_threads(1);
    mm_bootstrap(&b, x, NULL, 400, 0, 1000, 1, &err);
    mm_par_set_threads(2);
    assert_memory_equal(&a, &b, sizeof a);
    mm_bootstrap(&b, x, NULL, 0, 0, 1000, 1, &err);
    near(b.low + b.high + b.error, 0, 0);
}

/* ---- McNemar ---- */

static double mean_of_sums(const double *sums, const void *ctx)
{
    (void)ctx;
    return sums[1] > 0 ? sums[0] / sums[1] : 0;
}

/* A mean by its sums has the interval that it has as a mean. */
static void test_bootstrap_sums(void **state)
{
    enum { ROWS = 50 };
    double x[ROWS], rows[2 * ROWS];
    size_t cluster[ROWS];
    struct mm_interval a, b;
    struct mm_err err;
    struct mm_bootstrap_sums of = { rows, 2, mean_of_sums, NULL };

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        rows[2 * i] = x[i] = (double)(i * 7 % 11);
        rows[2 * i + 1] = 1;
        cluster[i] = i * i % 20;
    }
    for (int k = 0; k < 2; k++) {
        const size_t *c = k ? cluster : NULL;

        assert_int_equal(mm_bootstrap(&a, x, c, ROWS, 20, 500, 3, &err), 0);
        assert_int_equal(mm_bootstrap_sums(&b, &of, c, ROWS, 20, 500, 3, &err),
                         0);
        assert_true(a.low == b.low && a.high == b.high);
        assert_true(a.error == b.error && a.below == b.below);
    }
    assert_int_equal(mm_bootstrap_sums(&b, &of, NULL, 0, 0, 500, 3, &err), 0);
    assert_true(b.error == 0);
}

static void test_mcnemar(void **state)
{
    (void)state;
    near(mm_mcnemar(0, 0), 1, 0);
    near(mm_mcnemar(0, 1), 1, 1e-14);
    near(mm_mcnemar(0, 5), 2.0 / 32, 1e-14);
    /* 2 (1 + 10 + 45) / 2^10 */
    near(mm_mcnemar(2, 8), 112.0 / 1024, 1e-13);
    near(mm_mcnemar(8, 2), 112.0 / 1024, 1e-13);
    near(mm_mcnemar(5, 5), 1, 0);
    /* the two ways meet: 2 P(X <= 470), X binomial (1000, 1/2) */
    near(mm_mcnemar(470, 530), 0.06203, 1e-4);
    near(mm_mcnemar(471, 531), 0.0624, 1e-4);
    near(mm_mcnemar(10, 10), 1, 0);
    assert_true(mm_mcnemar(0, 100000) < 1e-300);
}

/* ---- comparisons, on files ---- */

/* Item i of a run: right where the run's bit of i is set. */
static void add_run(struct mm_buf *out, const char *label, size_t n,
                    unsigned bit)
{
    mm_buf_addf(out, "{\"run\":\"%s\",\"label\":\"%s\",\"task\":{\"name\":"
                     "\"t\",\"metric\":\"exact\"},\"n\":%zu}\n",
                label, label, n);
    for (size_t i = 0; i < n; i++)
        mm_buf_addf(out, "{\"run\":\"%s\",\"id\":\"%zu\",\"image_id\":%zu,"
                         "\"kind\":\"%s\",\"tags\":[\"x\",\"%zu\"],"
                         "\"prediction\":\"%s\",\"answers\":[\"a\"]}\n",
                    label, i, i / 2, i % 3 ? "odd" : "even", i % 2,
                    (i * 7 + 3) >> bit & 1 ? "a" : "b");
}

struct run {
    struct mm_predictions p;
    struct mm_score s;
};

static void load(struct run *run, const char *label, size_t n, unsigned bit)
{
    const struct mm_score_how how = { .seed = 1 };
    struct mm_buf text = { 0 };
    struct mm_records records;
    struct mm_err err;

    add_run(&text, label, n, bit);
    assert_int_equal(mm_records_parse(&records, label, text.data, text.len,
                                      &err),
                     0);
    assert_int_equal(mm_predictions_take(&run->p, &records, label, &err), 0);
    assert_int_equal(mm_score_predictions(&run->s, &run->p, &how, &err), 0);
    mm_buf_release(&text);
}

static void unload(struct run *run)
{
    mm_score_release(&run->s);
    mm_predictions_release(&run->p);
}

static void test_compare(void **state)
{
    struct run a, b;
    struct mm_comparison c;
    struct mm_err err;
    size_t lost = 0, won = 0;

    (void)state;
    load(&a, "a", 100, 0);
    load(&b, "b", 90, 1);
    for (size_t i = 0; i < 90; i++) {
        unsigned v = (unsigned)(i * 7 + 3);

        lost += (v & 1) && !(v >> 1 & 1);
        won += !(v & 1) && (v >> 1 & 1);
    }
    assert_int_equal(mm_compare(&c, &a.s, &b.s, 5, &err), 0);
    assert_int_equal(c.n, 90);
    assert_int_equal(c.only_a, 10);
    assert_int_equal(c.only_b, 0);
    assert_int_equal(c.clusters, 45);
    assert_int_equal(c.lost, lost);
    assert_int_equal(c.won, won);
    near(c.difference, 100 * ((double)won - (double)lost) / 90, 1e-11);
    near(c.mean_b - c.mean_a, c.difference, 1e-11);
    near(c.mcnemar, mm_mcnemar(lost, won), 0);
    near(c.resolved, 2.80158521811 * c.error, 1e-9);
    assert_true(c.low <= c.difference && c.difference <= c.high);
    near(c.needed,
         ceil(90 * pow(c.resolved / c.difference, 2)), 1);
    unload(&a);
    unload(&b);
}

static void test_compare_same(void **state)
{
    struct run a, b;
    struct mm_comparison c;
    struct mm_err err;

    (void)state;
    load(&a, "a", 60, 2);
    load(&b, "b", 60, 2);
    assert_int_equal(mm_compare(&c, &a.s, &b.s, 5, &err), 0);
    near(c.difference, 0, 0);
    near(c.p, 1, 0);
    near(c.mcnemar, 1, 0);
    assert_true(isinf(c.needed));
    unload(&b);
    load(&b, "b", 60, 2);
    b.s.metric = "vqa";
    assert_int_equal(mm_compare(&c, &a.s, &b.s, 5, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    unload(&a);
    unload(&b);
}

static void test_parts(void **state)
{
    struct run a;
    struct mm_err err;
    double sum = 0;

    (void)state;
    load(&a, "a", 90, 0);
    assert_int_equal(mm_score_split(&a.s, "kind", 1, &err), 0);
    assert_int_equal(a.s.n_parts, 2);
    assert_string_equal(a.s.parts[0].name, "even");
    assert_int_equal(a.s.parts[0].n, 30);
    assert_int_equal(a.s.parts[1].n, 60);
    for (size_t k = 0; k < 2; k++)
        sum += a.s.parts[k].value * (double)a.s.parts[k].n;
    near(sum / 90, a.s.value, 1e-9);
    mm_parts_release(&a.s);
    assert_int_equal(mm_score_split(&a.s, "tags", 1, &err), 0);
    assert_int_equal(a.s.n_parts, 3);
    assert_int_equal(a.s.parts[0].n, 90);
    assert_int_equal(a.s.parts[1].n, 45);
    mm_parts_release(&a.s);
    assert_int_equal(mm_score_split(&a.s, "colour", 1, &err), -1);
    unload(&a);
}

static void test_meta(void **state)
{
    static const char two[] = "{\"t\":20,\"u\":{\"score\":5,\"max\":10}}";
    char file[] = "/tmp/mm1-test-XXXXXX";
    struct run a;
    struct mm_metas m;
    struct mm_err err;

    (void)state;
    load(&a, "a", 90, 0);
    assert_true(close(mkstemp(file)) == 0);
    mm_write_file(file, two, strlen(two), &err);
    assert_int_equal(mm_meta_average(&m, file, &a.s, 1, &err), 0);
    assert_int_equal(m.n, 1);
    near(m.v[0].ratio, a.s.value / 20, 1e-12);
    near(m.v[0].share, a.s.value / 100, 1e-12);
    assert_int_equal(m.v[0].n, 1);
    assert_int_equal(m.v[0].expected, 2);
    assert_int_equal(m.v[0].partial, 1);
    assert_string_equal(m.v[0].missing.data, "u");
    mm_metas_release(&m);
    mm_write_file(file, "{\"t\":0}", 7, &err);
    assert_int_equal(mm_meta_average(&m, file, &a.s, 1, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    mm_metas_release(&m);
    unlink(file);
    unload(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bootstrap_plain),
        cmocka_unit_test(test_bootstrap),
        cmocka_unit_test(test_bootstrap_sums),
        cmocka_unit_test(test_mcnemar),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_compare_same),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_meta),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
