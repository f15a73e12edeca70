/*
 * test_linear.c - linear layers against their formula in double
 */
#include "tensor/linear.h"

#include "../gradcheck.h"
#include "../levels.h"
#include "../ref.h"
#include "tensor/act.h"

/* y = (x w^T + b) u^T + (x w^T + b) v^T: two readers of one activation */
enum { N = 3 * 47,
       D = 19,
       F = 70,
       O = 5 };

static float x[N * D], w[F * D], b[F], u[O * F], v[O * F], c[N * O], y[N * O];
static float dx[N * D], dw[F * D], db[F], du[O * F], dv[O * F];
static double rx[N * D], rw[F * D], rb[F], ru[O * F], rv[O * F];
static double rh[N * F], ry[N * O], rz[N * O];
static int biased;

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx, tw, tb, tu, tv;
    struct mm_tensor *h, *out;

    (void)ctx;
    tx = param(x, dx, 2, 3, N / 3 * D);
    tx.n_dim = 3; /* all but the last dimension are rows */
    tx.dim[1] = N / 3;
    tx.dim[2] = D;
    tw = param(w, dw, 2, F, D);
    tb = param(b, db, 1, F, 1);
    tu = param(u, du, 2, O, F);
    tv = param(v, dv, 2, O, F);
    h = mm_linear(g, &tx, &tw, biased ? &tb : NULL);
    assert_int_equal(h->n_dim, 3);
    assert_int_equal(h->dim[2], F);
    out = mm_add(g, mm_linear(g, h, &tu, NULL), mm_linear(g, h, &tv, NULL));
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, N * O, y);
    return probe(g, out, c);
}

static double ref(void *ctx)
{
    double loss = 0;

    (void)ctx;
    ref_linear(rh, rx, rw, biased ? rb : NULL, N, D, F);
    ref_linear(ry, rh, ru, NULL, N, F, O);
    ref_linear(rz, rh, rv, NULL, N, F, O);
    for (int i = 0; i < N * O; i++) {
        ry[i] += rz[i];
        loss += c[i] * ry[i];
    }
    return loss;
}

static void check(int with_bias)
{
    float *grad[] = { dx, dw, du, dv, db };
    size_t n[] = { N * D, F * D, O * F, O * F, F };

    biased = with_bias;
    fill(x, rx, N * D, 1, 1);
    fill(w, rw, F * D, 0.3, 2);
    fill(b, rb, F, 1, 3);
    fill(u, ru, O * F, 0.3, 4);
    fill(v, rv, O * F, 0.3, 5);
    fill(c, NULL, N * O, 1, 6);
    train(build, NULL, biased ? 5 : 4, grad, n);
    ref(NULL);
    near_all("y", y, ry, N * O, 2e-6);
    gradcheck("dx", ref, NULL, rx, dx, 40, 5e-6);
    gradcheck("dw", ref, NULL, rw, dw, 40, 5e-6);
    gradcheck("du", ref, NULL, ru, du, 40, 5e-6);
    gradcheck("dv", ref, NULL, rv, dv, 40, 5e-6);
    if (biased)
        gradcheck("db", ref, NULL, rb, db, F, 5e-6);
}

static void test_with_bias(void **state)
{
    (void)state;
    check(1);
}

static void test_without_bias(void **state)
{
    (void)state;
    check(0);
}

/* ---- y = x w^T + b + 2 (x a^T) p^T, where w stays or learns too ---- */

enum { R = 3 };

static float a[R * D], da[R * D], p[F * R], dp[F * R], cu[N * F];
static float y2[N * F];
static double ra[R * D], rp[F * R], rr[N * R], ru2[N * F];
static int w_learns;

static struct mm_tensor *build_update(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx, tw, tb, ta, tp;
    static struct mm_low_rank update;
    struct mm_tensor *out;

    (void)ctx;
    tx = param(x, dx, 2, N, D);
    tw = param(w, w_learns ? dw : NULL, 2, F, D);
    tb = param(b, NULL, 1, F, 1);
    ta = param(a, da, 2, R, D);
    tp = param(p, dp, 2, F, R);
    update = (struct mm_low_rank){ &ta, &tp, 2 };
    tw.update = &update;
    out = mm_linear(g, &tx, &tw, &tb);
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, N * F, y2);
    return probe(g, out, cu);
}

static double ref_update(void *ctx)
{
    double loss = 0;

    (void)ctx;
    ref_linear(rh, rx, rw, rb, N, D, F);
    ref_linear(rr, rx, ra, NULL, N, D, R);
    ref_linear(ru2, rr, rp, NULL, N, R, F);
    for (int i = 0; i < N * F; i++) {
        rh[i] += 2 * ru2[i];
        loss += cu[i] * rh[i];
    }
    return loss;
}

static void test_update(void **state)
{
    float *grad[] = { dx, da, dp, dw };
    size_t n[] = { N * D, R * D, F * R, F * D };

    (void)state;
    fill(x, rx, N * D, 1, 1);
    fill(w, rw, F * D, 0.3, 2);
    fill(b, rb, F, 1, 3);
    fill(a, ra, R * D, 0.3, 7);
    fill(p, rp, F * R, 0.3, 8);
    fill(cu, NULL, N * F, 1, 9);
    for (w_learns = 0; w_learns < 2; w_learns++) {
        train(build_update, NULL, w_learns ? 4 : 3, grad, n);
        ref_update(NULL);
        near_all("y", y2, rh, N * F, 2e-6);
        gradcheck("dx", ref_update, NULL, rx, dx, 40, 5e-6);
        gradcheck("da", ref_update, NULL, ra, da, R * D, 5e-6);
        gradcheck("dp", ref_update, NULL, rp, dp, 40, 5e-6);
        if (w_learns)
            gradcheck("dw", ref_update, NULL, rw, dw, 40, 5e-6);
    }
}

/* 2 N D O forward; the same for each gradient that is wanted */
static void test_cost(void **state)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create_plan(1, &err);
    struct mm_tensor tx = param(NULL, NULL, 2, 8, 16);
    struct mm_tensor tw = param(NULL, NULL, 2, 4, 16);

    (void)state;
    assert_non_null(g);
    tw.wants_grad = 1;
    mm_linear(g, &tx, &tw, NULL);
    assert_true(mm_graph_cost(g).forward_flops == 2 * 8 * 16 * 4);
    assert_true(mm_graph_cost(g).backward_flops == 2 * 8 * 16 * 4);
    tx.wants_grad = 1;
    mm_linear(g, &tx, &tw, NULL);
    assert_true(mm_graph_cost(g).forward_flops == 2 * 2 * 8 * 16 * 4);
    assert_true(mm_graph_cost(g).backward_flops == 3 * 2 * 8 * 16 * 4);
    mm_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_bias),
        cmocka_unit_test(test_without_bias),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_cost),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
