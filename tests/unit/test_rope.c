/*
 * test_rope.c - rotations against sin and cos in double
 */
#include "tensor/rope.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { N = 6,
       H = 3,
       C = 10,
       D = H * C };

static const int32_t near_positions[N] = { 0, 1, 2, 5, 1, 77 };
static const int32_t far_positions[N] = { 4095, 8191, 65535, 262143, 0, 99999 };

static float x[N * D], c[N * D], dx[N * D], y[N * D];
static double rx[N * D], ry[N * D], theta;
static const int32_t *position;

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx;
    struct mm_tensor *out;

    (void)ctx;
    tx = param(x, dx, 2, N, D);
    out = mm_rope(g, &tx, mm_input_ids(g, position, N), C, (float)theta);
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, N * D, y);
    return probe(g, out, c);
}

static double ref(void *ctx)
{
    double loss = 0;

    (void)ctx;
    for (int k = 0; k < N * H * (C / 2); k++) {
        int n = k / (H * (C / 2)), h = k / (C / 2) % H, i = k % (C / 2);
        double a = position[n] * pow(theta, -2.0 * i / C);
        const double *p = rx + n * D + h * C + i;
        double *q = ry + n * D + h * C + i;

        q[0] = p[0] * cos(a) - p[C / 2] * sin(a);
        q[C / 2] = p[C / 2] * cos(a) + p[0] * sin(a);
    }
    for (int i = 0; i < N * D; i++)
        loss += c[i] * ry[i];
    return loss;
}

static void check(const int32_t *at, double base)
{
    float *grad[] = { dx };
    size_t n[] = { N * D };

    position = at;
    theta = base;
    fill(x, rx, N * D, 1, 1);
    fill(c, NULL, N * D, 1, 2);
    train(build, NULL, 1, grad, n);
    ref(NULL);
    near_all("y", y, ry, N * D, 2e-7);
    gradcheck("dx", ref, NULL, rx, dx, N * D, 1e-6);
}

static void test_near(void **state)
{
    (void)state;
    check(near_positions, 10000);
}

static void test_far(void **state)
{
    (void)state;
    check(far_positions, 10000);
    check(far_positions, 500000);
}

/* Position 0 changes nothing at all. */
static void test_zero(void **state)
{
    static const int32_t zero[N];

    (void)state;
    check(zero, 10000);
    assert_memory_equal(x, y, sizeof x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_far),
        cmocka_unit_test(test_zero),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
