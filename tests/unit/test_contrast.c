/*
 * test_contrast.c - losses over all pairs, unit rows and products, against the
 * formulas in double
 */
#include "tensor/contrast.h"
#include "tensor/unit.h"

#include "../gradcheck.h"
#include "../levels.h"
#include "../ref.h"

enum { MOST = 1100, /* three blocks of rows */
       D = 5 };

static float a[MOST * D], b[MOST * D], da[MOST * D], db[MOST * D];
static float scale[1], bias[1], dscale[1], dbias[1], row_loss[MOST];
static double ra[MOST * D], rb[MOST * D], rscale[1], rbias[1];
static double z[MOST * MOST];
static size_t N;
static enum mm_contrast kind;

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor ta, tb, tscale, tbias;

    (void)ctx;
    ta = param(a, da, 2, N, D);
    tb = param(b, db, 2, N, D);
    tscale = param(scale, dscale, 0, 1, 1);
    tbias = param(bias, dbias, 0, 1, 1);
    return mm_contrast(g, kind, &ta, &tb, &tscale,
                       kind == MM_CONTRAST_SIGMOID ? &tbias : NULL, row_loss);
}

static double softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double ref_row(size_t i)
{
    double col[MOST] = { 0 }, sum = 0;

    if (kind == MM_CONTRAST_INFONCE) {
        for (size_t j = 0; j < N; j++)
            col[j] = z[j * N + i];
        return (ref_logsumexp(z + i * N, N) + ref_logsumexp(col, N)) / 2 -
               z[i * N + i];
    }
    for (size_t j = 0; j < N; j++)
        sum += softplus((i == j ? -1 : 1) * (z[i * N + j] + rbias[0]));
    return sum;
}

static double ref(void *ctx)
{
    double sum = 0;

    (void)ctx;
    ref_linear(z, ra, rb, NULL, N, D, N);
    for (size_t i = 0; i < N * N; i++)
        z[i] *= exp(rscale[0]);
    for (size_t i = 0; i < N; i++)
        sum += ref_row(i);
    return sum;
}

static void start(size_t n, enum mm_contrast k, double spread)
{
    N = n;
    kind = k;
    fill(a, ra, n * D, spread, 1);
    fill(b, rb, n * D, 1, 2);
    scale[0] = 0.7f;
    bias[0] = -1.3f;
    rscale[0] = scale[0];
    rbias[0] = bias[0];
}

static double run(void)
{
    float *grad[] = { da, db, dscale, dbias };
    size_t n[] = { N * D, N * D, 1, 1 };

    return train(build, NULL, 4, grad, n);
}

/* Gradients of the first `some` numbers of a and b, and of the scalars */
static void check(size_t n, enum mm_contrast k, size_t some, double tol)
{
    double loss, want;

    start(n, k, 1);
    loss = run();
    want = ref(NULL);
    assert_true(fabs(loss - want) < 1e-6 * (1 + want));
    for (size_t i = 0; i < N; i++) {
        double row = ref_row(i);

        assert_true(fabs(row_loss[i] - row) < 1e-5 * (1 + row));
    }
    gradcheck("da", ref, NULL, ra, da, some, tol);
    gradcheck("db", ref, NULL, rb, db, some, tol);
    gradcheck("dscale", ref, NULL, rscale, dscale, 1, tol);
    if (k == MM_CONTRAST_SIGMOID)
        gradcheck("dbias", ref, NULL, rbias, dbias, 1, tol);
}

static void test_infonce(void **state)
{
    (void)state;
    check(33, MM_CONTRAST_INFONCE, 33 * D, 2e-6);
    check(1, MM_CONTRAST_INFONCE, D, 1e-6);
}

static void test_sigmoid(void **state)
{
    (void)state;
    check(33, MM_CONTRAST_SIGMOID, 33 * D, 2e-6);
    check(1, MM_CONTRAST_SIGMOID, D, 1e-6);
}

/* The blocks together are the whole. */
static void test_blocks(void **state)
{
    (void)state;
    check(MOST, MM_CONTRAST_INFONCE, 2, 1e-5);
    check(MOST, MM_CONTRAST_SIGMOID, 2, 1e-5);
}

/* Products far apart: what overflows in e^z must not show. */
static void test_large(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        double want;

        start(40, (enum mm_contrast)k, 100);
        want = ref(NULL);
        assert_true(fabs(run() - want) < 1e-5 * want);
    }
}

static void test_not_finite(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        start(20, (enum mm_contrast)k, 1);
        a[7] = NAN;
        assert_false(isfinite(run()));
    }
}

/* Without gradients: the same loss */
static void test_infer(void **state)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create_plan(0, &err);
    size_t peak;

    (void)state;
    start(MOST, MM_CONTRAST_INFONCE, 1);
    build(g, NULL);
    peak = mm_graph_peak(g);
    mm_graph_free(g);
    g = mm_graph_create(MM_INFER, peak, &err);
    assert_non_null(g);
    assert_true(mm_tensor_scalar(g, build(g, NULL)) == (float)run());
    mm_graph_free(g);
}

/* ---- unit rows and the product ---- */

static float c[MOST * D];
static double rc[MOST * D];

static struct mm_tensor *build_unit(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor ta, tc;

    (void)ctx;
    ta = param(a, da, 2, N, D);
    tc = param(c, NULL, 2, N, D);
    return mm_dot(g, mm_unit_rows(g, &ta), &tc);
}

static double ref_unit(void *ctx)
{
    double sum = 0;

    (void)ctx;
    for (size_t i = 0; i < N; i++) {
        double square = 0, along = 0;

        for (size_t d = 0; d < D; d++) {
            square += ra[i * D + d] * ra[i * D + d];
            along += ra[i * D + d] * rc[i * D + d];
        }
        sum += along / sqrt(square);
    }
    return sum;
}

static void test_unit(void **state)
{
    float *grad[] = { da };
    size_t n[] = { 300 * D };

    (void)state;
    start(300, MM_CONTRAST_INFONCE, 3);
    fill(c, rc, N * D, 1, 3);
    assert_true(fabs(train(build_unit, NULL, 1, grad, n) - ref_unit(NULL)) <
                1e-5);
    gradcheck("unit", ref_unit, NULL, ra, da, 60, 1e-6);
}

/* A row of zeros stays one and breaks nothing. */
static void test_zero_row(void **state)
{
    float *grad[] = { da };
    size_t n[] = { 2 * D };

    (void)state;
    start(2, MM_CONTRAST_INFONCE, 3);
    memset(a, 0, D * sizeof *a);
    fill(c, rc, N * D, 1, 3);
    assert_true(isfinite(train(build_unit, NULL, 1, grad, n)));
    for (int d = 0; d < D; d++)
        assert_true(isfinite(da[d]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_infonce),
        cmocka_unit_test(test_sigmoid),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_infer),
        cmocka_unit_test(test_unit),
        cmocka_unit_test(test_zero_row),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
