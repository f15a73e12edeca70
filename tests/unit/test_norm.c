/*
 * test_norm.c - normalisations against their formulas in double
 */
#include "tensor/norm.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { N = 37,
       D = 21 };
static const double eps = 1e-3;

static float x[N * D], w[D], b[D], c[N * D], dx[N * D], dw[D], db[D], y[N * D];
static double rx[N * D], rw[D], rb[D], ry[N * D];
static int centre;

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx, tw, tb;
    struct mm_tensor *out;

    (void)ctx;
    tx = param(x, dx, 2, N, D);
    tw = param(w, dw, 1, D, 1);
    tb = param(b, db, 1, D, 1);
    out = centre ? mm_layernorm(g, &tx, &tw, &tb, (float)eps)
                 : mm_rmsnorm(g, &tx, &tw, (float)eps);
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, N * D, y);
    return probe(g, out, c);
}

static void ref_row(double *out, const double *in)
{
    double mean = 0, square = 0;

    for (int d = 0; centre && d < D; d++)
        mean += in[d] / D;
    for (int d = 0; d < D; d++)
        square += (in[d] - mean) * (in[d] - mean) / D;
    for (int d = 0; d < D; d++)
        out[d] = (in[d] - mean) / sqrt(square + eps) * rw[d] +
                 (centre ? rb[d] : 0);
}

static double ref(void *ctx)
{
    double loss = 0;

    (void)ctx;
    for (int n = 0; n < N; n++)
        ref_row(ry + n * D, rx + n * D);
    for (int i = 0; i < N * D; i++)
        loss += c[i] * ry[i];
    return loss;
}

static void check(int with_mean)
{
    float *grad[] = { dx, dw, db };
    size_t n[] = { N * D, D, D };

    centre = with_mean;
    fill(x, rx, N * D, 2, 1);
    fill(w, rw, D, 1, 2);
    fill(b, rb, D, 1, 3);
    fill(c, NULL, N * D, 1, 4);
    train(build, NULL, with_mean ? 3 : 2, grad, n);
    ref(NULL);
    near_all("y", y, ry, N * D, 1e-6);
    gradcheck("dx", ref, NULL, rx, dx, N * D, 5e-6);
    gradcheck("dw", ref, NULL, rw, dw, D, 5e-6);
    if (with_mean)
        gradcheck("db", ref, NULL, rb, db, D, 5e-6);
}

static void test_layernorm(void **state)
{
    (void)state;
    check(1);
}

static void test_rmsnorm(void **state)
{
    (void)state;
    check(0);
}

/* A large common offset must not eat the deviations: two passes, not one. */
static void test_offset(void **state)
{
    (void)state;
    check(1);
    for (int i = 0; i < N * D; i++) {
        x[i] += 1000;
        rx[i] = x[i];
    }
    train(build, NULL, 0, NULL, NULL);
    ref(NULL);
    near_all("y", y, ry, N * D, 2e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layernorm),
        cmocka_unit_test(test_rmsnorm),
        cmocka_unit_test(test_offset),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
