/*
 * test_xent.c - cross-entropy with its head against the formula in double
 */
#include "tensor/xent.h"

#include "../gradcheck.h"
#include "../levels.h"
#include "../ref.h"

enum { N = 1200, /* more than two blocks of rows, even of the supervised */
       V = 37,
       D = 9 };

static float h[N * D], w[V * D], dh[N * D], dw[V * D], row_loss[N];
static double rh[N * D], rw[V * D];
static int32_t target[N];
static double z_loss;

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor th, tw;
    size_t n = N;

    (void)ctx;
    th = param(h, dh, 2, N, D);
    tw = param(w, dw, 2, V, D);
    return mm_cross_entropy(g, &th, &tw, mm_input(g, MM_I32, target, 1, &n),
                            (float)z_loss, row_loss);
}

/* lse - z[target]; lse through *lse */
static double ref_row(int n, double *lse)
{
    double z[V];

    ref_linear(z, rh + n * D, rw, NULL, 1, D, V);
    *lse = ref_logsumexp(z, V);
    return *lse - z[target[n]];
}

static double ref(void *ctx)
{
    double sum = 0, lse;

    (void)ctx;
    for (int n = 0; n < N; n++)
        if (target[n] >= 0)
            sum += ref_row(n, &lse) + z_loss * lse * lse;
    return sum;
}

static void start(double with_z_loss)
{
    z_loss = with_z_loss;
    fill(h, rh, N * D, 2, 1);
    fill(w, rw, V * D, 1, 2);
    for (int n = 0; n < N; n++)
        target[n] = n % 10 == 3 ? -1 : n * 7 % V;
}

static void check(double with_z_loss)
{
    float *grad[] = { dh, dw };
    size_t n[] = { N * D, V * D };
    double loss, want;

    start(with_z_loss);
    loss = train(build, NULL, 2, grad, n);
    want = ref(NULL);
    assert_true(fabs(loss - want) < 1e-6 * want);
    for (int i = 0; i < N; i++) {
        double lse, nll = target[i] < 0 ? 0 : ref_row(i, &lse);

        assert_true(fabs(row_loss[i] - nll) < 1e-5);
    }
    gradcheck("dh", ref, NULL, rh, dh, 5 * D, 1e-5);
    gradcheck("dw", ref, NULL, rw, dw, 3 * D, 1e-5);
    for (int d = 0; d < D; d++)
        assert_true(dh[3 * D + d] == 0); /* not supervised */
}

static void test_plain(void **state)
{
    (void)state;
    check(0);
}

static void test_z_loss(void **state)
{
    (void)state;
    check(0.05);
}

static void test_nothing_supervised(void **state)
{
    float *grad[] = { dh, dw };
    size_t n[] = { N * D, V * D };

    (void)state;
    start(0.1);
    for (int i = 0; i < N; i++)
        target[i] = -1;
    assert_true(train(build, NULL, 2, grad, n) == 0);
    for (int i = 0; i < N * D; i++)
        assert_true(dh[i] == 0);
    for (int i = 0; i < V * D; i++)
        assert_true(dw[i] == 0);
}

/* Logits far apart and far from zero */
static void test_large(void **state)
{
    double want;

    (void)state;
    start(0);
    for (int i = 0; i < N * D; i++) {
        h[i] *= 100;
        rh[i] = h[i];
    }
    want = ref(NULL);
    assert_true(fabs(train(build, NULL, 0, NULL, NULL) - want) < 1e-5 * want);
}

/* Numbers that are none reach the loss, where the trainer looks for them. */
static void test_not_finite(void **state)
{
    (void)state;
    start(0);
    h[5] = NAN;
    assert_true(isnan(train(build, NULL, 0, NULL, NULL)));
    h[5] = INFINITY;
    assert_false(isfinite(train(build, NULL, 0, NULL, NULL)));
}

/* Without a gradient the loss has the same bits and needs less memory. */
static void test_infer(void **state)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create_plan(0, &err);
    size_t peak, train_peak = planned(build, NULL);
    double loss;

    (void)state;
    start(0);
    build(g, NULL);
    peak = mm_graph_peak(g);
    assert_true(peak < train_peak);
    mm_graph_free(g);
    g = mm_graph_create(MM_INFER, peak, &err);
    assert_non_null(g);
    loss = mm_tensor_scalar(g, build(g, NULL));
    assert_int_equal(mm_graph_peak(g), peak);
    mm_graph_free(g);
    assert_true(loss == train(build, NULL, 0, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_z_loss),
        cmocka_unit_test(test_nothing_supervised),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_infer),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
