/*
 * test_expert.c - rows to their experts, through them, and back
 */
#include "tensor/expert.h"

#include "../gradcheck.h"
#include "../levels.h"
#include "../ref.h"

enum { N = 37,
       E = 4,
       D = 19,
       O = 21 };

static float x[N * D], z[N * E], w[E * O * D], c[N * O], y[N * O];
static float dx[N * D], dz[N * E], dw[E * O * D];
static double rx[N * D], rz[N * E], rw[E * O * D], ry[N * O];
static int32_t segment[N];
static float capacity;

static void set_experts(struct mm_tensor *to, struct mm_tensor **w_of)
{
    for (size_t e = 0; e < E; e++) {
        to[e] = param(w + e * O * D, dw + e * O * D, 2, O, D);
        w_of[e] = &to[e];
    }
}

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx, tz, tw[E];
    const struct mm_route_how how = { 1, capacity, 0, 0 };
    struct mm_tensor *w_of[E], *out;
    struct mm_route r;

    (void)ctx;
    tx = param(x, dx, 2, N, D);
    tz = param(z, dz, 2, N, E);
    set_experts(tw, w_of);
    r = mm_route(g, &tz, mm_input_ids(g, segment, N), &how, NULL);
    out = mm_expert_spread(g, &tx, &r);
    out = mm_expert_linear(g, out, w_of, &r);
    out = mm_expert_combine(g, out, &r);
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, N * O, y);
    return probe(g, out, c);
}

/* ---- the plain reference, token by token ---- */

static int choice(const double *p, int other)
{
    int best = -1;

    for (int e = 0; e < E; e++)
        if (e != other && (best < 0 || p[e] > p[best]))
            best = e;
    return best;
}

/* ry[n] += weight (x[n] w[e]^T) */
static void add_expert(int n, int e, double weight)
{
    double h[O];

    ref_linear(h, rx + n * D, rw + e * O * D, NULL, 1, D, O);
    for (int o = 0; o < O; o++)
        ry[n * O + o] += weight * h[o];
}

static double ref(void *ctx)
{
    int taken[E] = { 0 }, live = 0, room;
    double loss = 0;

    (void)ctx;
    memset(ry, 0, sizeof ry);
    for (int n = 0; n < N; n++)
        live += segment[n] != 0;
    room = capacity > 0 ? (int)(capacity * (float)live / E) : N;
    for (int j = 0; j < 2; j++)
        for (int n = 0; n < N; n++) {
            const double *l = rz + n * E;
            int e0 = choice(l, -1), e1 = choice(l, e0), e = j ? e1 : e0;

            if (segment[n] && taken[e]++ < room)
                add_expert(n, e, exp(l[e]) / (exp(l[e0]) + exp(l[e1])));
        }
    for (int i = 0; i < N * O; i++)
        loss += c[i] * ry[i];
    return loss;
}

static void check(float limit)
{
    float *grad[] = { dx, dz, dw };
    size_t n[] = { N * D, N * E, E * O * D };

    capacity = limit;
    for (int i = 0; i < N; i++)
        segment[i] = i < N - 5;
    fill(x, rx, N * D, 1, 1);
    fill(z, rz, N * E, 2, 2);
    fill(w, rw, E * O * D, 0.3, 3);
    fill(c, NULL, N * O, 1, 4);
    train(build, NULL, 3, grad, n);
    ref(NULL);
    near_all("y", y, ry, N * O, 2e-6);
    gradcheck("dx", ref, NULL, rx, dx, N * D, 5e-6);
    gradcheck("dz", ref, NULL, rz, dz, N * E, 5e-6);
    gradcheck("dw", ref, NULL, rw, dw, E * O * D, 5e-6);
}

static void test_no_limit(void **state)
{
    (void)state;
    check(0);
}

static void test_capacity(void **state)
{
    (void)state;
    check(1.25f);
}

/* An expert that nobody chose */
static void test_empty(void **state)
{
    float *grad[] = { dx, dz, dw };
    size_t n[] = { N * D, N * E, E * O * D };

    (void)state;
    capacity = 0;
    for (int i = 0; i < N; i++)
        z[i * E + 1] = -50;
    train(build, NULL, 3, grad, n);
    for (int i = O * D; i < 2 * O * D; i++)
        assert_true(dw[i] == 0);
}

/* ---- inference: a row does not depend on the rows beside it ---- */

static void infer(float *out, size_t begin, size_t n)
{
    static struct mm_tensor tw[E];
    const struct mm_route_how how = { 1, 0, 0, 0 };
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 20, &err);
    size_t dim_x[] = { n, D }, dim_z[] = { n, E };
    struct mm_tensor *w_of[E], *h;
    struct mm_route r;

    assert_non_null(g);
    set_experts(tw, w_of);
    r = mm_route(g, mm_input(g, MM_F32, z + begin * E, 2, dim_z), NULL, &how,
                 NULL);
    h = mm_expert_spread(g, mm_input(g, MM_F32, x + begin * D, 2, dim_x), &r);
    h = mm_expert_combine(g, mm_expert_linear(g, h, w_of, &r), &r);
    mm_tensor_get(g, h, 0, n * O, out);
    mm_graph_free(g);
}

static void test_rows_alone(void **state)
{
    static float whole[N * O], one[O];

    (void)state;
    fill(x, NULL, N * D, 1, 1);
    fill(z, NULL, N * E, 2, 2);
    fill(w, NULL, E * O * D, 0.3, 3);
    infer(whole, 0, N);
    for (size_t n = 0; n < N; n++) {
        infer(one, n, 1);
        assert_memory_equal(one, whole + n * O, sizeof one);
    }
}

/* 2 S O D forward, the same for x and for w backward; S = 2 N */
static void test_cost(void **state)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create_plan(1, &err);
    const double products = 2.0 * (2 * N) * O * D;
    double forward, backward;

    (void)state;
    assert_non_null(g);
    capacity = 0;
    build(g, NULL);
    forward = mm_graph_cost(g).forward_flops;
    backward = mm_graph_cost(g).backward_flops;
    assert_true(forward >= products && forward < 1.2 * products);
    assert_true(backward >= 2 * products && backward < 2.2 * products);
    mm_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_rows_alone),
        cmocka_unit_test(test_cost),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
