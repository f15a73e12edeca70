/*
 * test_interp.c - interpolation of positions
 *
 * Values: tests/golden/interp.txt, recorded from Pillow, and interp_torch.txt,
 * from PyTorch.  Gradients: the op is
 * linear, so <c, f(x)> = <f'(c), x> for any x, and f' is checked whole.
 */
#include "tensor/interp.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { MOST = 1 + 64 * 64,
       D = 3,
       SAMPLE = 24 };

static size_t extra, n, m;
static float x[MOST * D], dx[MOST * D], c[MOST * D], y[MOST * D];
static double want[MOST];

static size_t rows_in(void)
{
    return extra + n * n;
}

static size_t rows_out(void)
{
    return extra + m * m;
}

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx;
    struct mm_tensor *out;

    (void)ctx;
    tx = param(x, dx, 2, rows_in(), D);
    out = mm_interp_grid(g, &tx, extra, m);
    assert_int_equal(mm_tensor_rows(out), rows_out());
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, rows_out() * D, y);
    return probe(g, out, c);
}

static double run(void)
{
    float *grad[] = { dx };
    size_t count[] = { rows_in() * D };

    return train(build, NULL, 1, grad, count);
}

/* One golden case in channel 1 of D, others and the class row about it */
static void check_case(FILE *f)
{
    double product = 0;

    fill(x, NULL, MOST * D, 1, 1);
    fill(c, NULL, MOST * D, 1, 2);
    for (size_t i = 0; i < n * n; i++)
        assert_int_equal(fscanf(f, "%f", &x[(extra + i) * D + 1]), 1);
    for (size_t i = 0; i < m * m; i++)
        assert_int_equal(fscanf(f, "%lf", &want[i]), 1);
    run();
    for (size_t i = 0; i < m * m; i++)
        near_all("y", &y[(extra + i) * D + 1], &want[i], 1, 1e-6);
    for (size_t i = 0; i < rows_in() * D; i++)
        product += (double)dx[i] * x[i];
    for (size_t i = 0; i < rows_out() * D; i++)
        product -= (double)c[i] * y[i];
    assert_true(fabs(product) < 1e-4);
}

static void test_golden(void **state)
{
    FILE *f = fopen("tests/golden/interp.txt", "r");
    int cases = 0;

    (void)state;
    assert_non_null(f);
    for (; fscanf(f, "%zu %zu", &n, &m) == 2; cases++) {
        extra = (size_t)cases % 2;
        check_case(f);
    }
    fclose(f);
    assert_int_equal(cases, 8);
}

/* Positions of 224, 336 and 378 pixels at up to 896, the class row kept */
static void check_torch(FILE *f, unsigned seed)
{
    static float grid[27 * 27];
    size_t at;
    double v;

    fill(x, NULL, MOST * D, 1, 1);
    fill(grid, NULL, n * n, 1, seed);
    for (size_t i = 0; i < n * n; i++)
        x[(extra + i) * D + 2] = grid[i];
    run();
    assert_memory_equal(y, x, extra * D * sizeof *x);
    for (int i = 0; i < SAMPLE; i++) {
        assert_int_equal(fscanf(f, "%zu %lf", &at, &v), 2);
        near_all("y", &y[(extra + at) * D + 2], &v, 1, 2e-6);
    }
}

static void test_torch(void **state)
{
    FILE *f = fopen("tests/golden/interp_torch.txt", "r");
    unsigned seed;
    int cases = 0;

    (void)state;
    assert_non_null(f);
    for (; fscanf(f, "%zu %zu %u", &n, &m, &seed) == 3; cases++) {
        extra = 1;
        check_torch(f, seed);
    }
    fclose(f);
    assert_int_equal(cases, 18);
}

/* The op's loss as a function of x, by running it: exact for a linear op */
static double ref(void *ctx)
{
    const double *rx = ctx;
    double loss = 0;
    float saved[MOST * D];

    memcpy(saved, dx, sizeof saved);
    for (size_t i = 0; i < rows_in() * D; i++)
        x[i] = (float)rx[i];
    run();
    memcpy(dx, saved, sizeof saved);
    for (size_t i = 0; i < rows_out() * D; i++)
        loss += (double)c[i] * y[i];
    return loss;
}

/* d loss / d x[i] = loss(unit vector i) */
static void test_gradient(void **state)
{
    static double unit[MOST * D];

    (void)state;
    extra = 1;
    for (int shrink = 0; shrink < 2; shrink++) {
        n = shrink ? 6 : 4;
        m = shrink ? 4 : 6;
        fill(x, NULL, MOST * D, 1, 1);
        fill(c, NULL, MOST * D, 1, 2);
        run();
        for (size_t i = 0; i < rows_in() * D; i++) {
            memset(unit, 0, sizeof unit);
            unit[i] = 1;
            assert_true(fabs(ref(unit) - dx[i]) < 1e-5);
        }
    }
}

/* A constant stays one, and the same size is the tensor itself. */
static void test_constant(void **state)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 20, &err);
    struct mm_tensor t = param(x, NULL, 2, 17, D), *out;

    (void)state;
    assert_non_null(g);
    for (size_t i = 0; i < 17 * D; i++)
        x[i] = 3;
    assert_ptr_equal(mm_interp_grid(g, &t, 1, 4), &t);
    out = mm_interp_grid(g, &t, 1, 9);
    mm_tensor_get(g, out, 0, 82 * D, y);
    for (size_t i = 0; i < 82 * D; i++)
        assert_true(fabsf(y[i] - 3) < 1e-5f);
    mm_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_torch),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_constant),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
