/*
 * test_act.c - activation functions against libm in double
 */
#include "tensor/act.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { N = 211 };

static float x[N], z[N], c[N], dx[N], dz[N], y[N];
static double rx[N], rz[N], ry[N];

/* An op of one input or of two, and its formula */
struct act {
    struct mm_tensor *(*one)(struct mm_graph *g, struct mm_tensor *x);
    struct mm_tensor *(*two)(struct mm_graph *g, struct mm_tensor *x,
                             struct mm_tensor *z);
    double (*formula)(double x, double z);
};

static double sigmoid(double v)
{
    return 1 / (1 + exp(-v));
}

static double gelu_of(double v, double u)
{
    (void)u;
    return v * (1 + erf(v / sqrt(2))) / 2;
}

static double quick_gelu_of(double v, double u)
{
    (void)u;
    return v * sigmoid(1.702 * v);
}

static double silu_of(double v, double u)
{
    (void)u;
    return v * sigmoid(v);
}

static double sigmoid_of(double v, double u)
{
    (void)u;
    return sigmoid(v);
}

static double swiglu_of(double v, double u)
{
    return v * sigmoid(v) * u;
}

static double sum_of(double v, double u)
{
    return v + u;
}

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx, tz;
    const struct act *a = ctx;
    struct mm_tensor *out;

    tx = param(x, dx, 1, N, 1);
    tz = param(z, dz, 1, N, 1);
    out = a->one ? a->one(g, &tx) : a->two(g, &tx, &tz);
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, N, y);
    return probe(g, out, c);
}

static double ref(void *ctx)
{
    const struct act *a = ctx;
    double loss = 0;

    for (int i = 0; i < N; i++) {
        ry[i] = a->formula(rx[i], rz[i]);
        loss += c[i] * ry[i];
    }
    return loss;
}

static void check(struct act a)
{
    float *grad[] = { dx, dz };
    size_t n[] = { N, N };

    fill(x, rx, N, 6, 1);
    fill(z, rz, N, 2, 2);
    fill(c, NULL, N, 1, 3);
    x[0] = -100; /* where exp() ends */
    x[1] = 100;
    x[2] = 0;
    for (int i = 0; i < 3; i++)
        rx[i] = x[i];
    train(build, &a, a.one ? 1 : 2, grad, n);
    ref(&a);
    near_all("y", y, ry, N, 5e-7);
    gradcheck("dx", ref, &a, rx, dx, N, 2e-6);
    if (a.two)
        gradcheck("dz", ref, &a, rz, dz, N, 2e-6);
}

static void test_one(void **state)
{
    (void)state;
    check((struct act){ mm_gelu, NULL, gelu_of });
    check((struct act){ mm_quick_gelu, NULL, quick_gelu_of });
    check((struct act){ mm_silu, NULL, silu_of });
    check((struct act){ mm_sigmoid, NULL, sigmoid_of });
}

static void test_two(void **state)
{
    (void)state;
    check((struct act){ NULL, mm_swiglu, swiglu_of });
    check((struct act){ NULL, mm_add, sum_of });
}

/* x + x: both gradients go to the same place. */
static struct mm_tensor *build_twice(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx;

    (void)ctx;
    tx = param(x, dx, 1, N, 1);
    return probe(g, mm_add(g, &tx, &tx), c);
}

static void test_twice(void **state)
{
    float *grad[] = { dx };
    size_t n[] = { N };

    (void)state;
    fill(x, NULL, N, 1, 1);
    fill(c, NULL, N, 1, 2);
    train(build_twice, NULL, 1, grad, n);
    for (int i = 0; i < N; i++)
        assert_true(dx[i] == 2 * c[i]);
}

/*
 * A number's image does not depend on where it stands, in a vector or after
 * the last: predictions do not depend on their batch.
 */
static void check_place(struct act a)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 16, &err);
    struct mm_tensor tx = param(x, NULL, 1, N, 1);
    struct mm_tensor tz = param(z, NULL, 1, N, 1), *out;

    assert_non_null(g);
    for (int i = 0; i < N; i++) {
        x[i] = 1.2345f;
        z[i] = -0.4321f;
    }
    out = a.one ? a.one(g, &tx) : a.two(g, &tx, &tz);
    mm_tensor_get(g, out, 0, N, y);
    for (int i = 1; i < N; i++)
        assert_memory_equal(&y[i], &y[0], sizeof y[0]);
    mm_graph_free(g);
}

static void test_place(void **state)
{
    (void)state;
    check_place((struct act){ mm_gelu, NULL, NULL });
    check_place((struct act){ mm_quick_gelu, NULL, NULL });
    check_place((struct act){ mm_silu, NULL, NULL });
    check_place((struct act){ mm_sigmoid, NULL, NULL });
    check_place((struct act){ NULL, mm_swiglu, NULL });
    check_place((struct act){ NULL, mm_add, NULL });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_two),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_place),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
