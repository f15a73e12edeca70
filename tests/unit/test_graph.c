/*
 * test_graph.c - the tape: modes, memory, the order of backward
 */
#include "tensor/graph.h"

#include "../gradcheck.h"
#include "tensor/act.h"
#include "tensor/linear.h"

enum { N = 64,
       D = 32,
       DEPTH = 20 };

static float x[N * D], w[D * D], c[N * D], dw[D * D], first[D * D];

/* The same layer many times over, with residuals */
static struct mm_tensor *stack(struct mm_graph *g, int depth, int keep)
{
    static struct mm_tensor tw;
    size_t dim[] = { N, D };
    struct mm_tensor *h = mm_input(g, MM_F32, x, 2, dim);
    size_t mark = mm_graph_mark(g);

    tw = param(w, dw, 2, D, D);
    for (int i = 0; i < depth; i++) {
        h = mm_add(g, h, mm_silu(g, mm_linear(g, h, &tw, NULL)));
        if (keep)
            mm_graph_keep(g, mark, h);
    }
    return h;
}

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    return probe(g, stack(g, *(int *)ctx, 0), c);
}

static void start(void)
{
    fill(x, NULL, N * D, 1, 1);
    fill(w, NULL, D * D, 0.1, 2);
    fill(c, NULL, N * D, 1, 3);
}

/*
 * Gradients of activations go when they are used: beside the forward pass,
 * backward needs a few of them, however deep the stack is.
 */
static void test_memory(void **state)
{
    size_t one = N * D * sizeof(float), peak[2];
    int depth[] = { DEPTH, 2 * DEPTH };

    (void)state;
    for (int i = 0; i < 2; i++) {
        peak[i] = planned(build, &depth[i]);
        assert_true(peak[i] >= (size_t)depth[i] * 3 * one);
        assert_true(peak[i] <= ((size_t)depth[i] * 3 + 4) * one);
    }
    assert_int_equal(peak[1] - peak[0], DEPTH * 3 * one);
}

/* A second step in the same graph is the first one again. */
static void test_reset(void **state)
{
    struct mm_err err;
    int depth = DEPTH;
    struct mm_graph *g = mm_graph_create(MM_TRAIN, planned(build, &depth),
                                         &err);
    float loss;

    (void)state;
    start();
    assert_non_null(g);
    for (int i = 0; i < 2; i++) {
        struct mm_tensor *l = build(g, &depth);

        memset(dw, 0, sizeof dw);
        if (i == 0)
            loss = mm_tensor_scalar(g, l);
        else
            assert_true(mm_tensor_scalar(g, l) == loss);
        mm_graph_backward(g, l, 1);
        if (i == 0)
            memcpy(first, dw, sizeof dw);
        else
            assert_memory_equal(first, dw, sizeof dw);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
}

/* Backward adds: two steps give twice the gradient, a seed scales it. */
static void test_adds(void **state)
{
    int depth = 3;
    size_t arena = planned(build, &depth);

    (void)state;
    start();
    memset(dw, 0, sizeof dw);
    run_once(build, &depth, arena);
    memcpy(first, dw, sizeof dw);
    run_once(build, &depth, arena);
    for (int i = 0; i < D * D; i++)
        assert_true(fabsf(dw[i] - 2 * first[i]) <= 1e-4f * fabsf(first[i]));
}

static void test_seed(void **state)
{
    struct mm_err err;
    int depth = 3;
    size_t arena = planned(build, &depth);
    struct mm_graph *g = mm_graph_create(MM_TRAIN, arena, &err);

    (void)state;
    start();
    assert_non_null(g);
    memset(dw, 0, sizeof dw);
    run_once(build, &depth, arena);
    memcpy(first, dw, sizeof dw);
    memset(dw, 0, sizeof dw);
    mm_graph_backward(g, build(g, &depth), 0.5f);
    for (int i = 0; i < D * D; i++)
        assert_true(dw[i] == first[i] / 2);
    mm_graph_free(g);
}

/* An inference keeps one activation between layers and has the same bits. */
static void test_keep(void **state)
{
    static float straight[N * D], kept[N * D];
    struct mm_err err;
    size_t one = N * D * sizeof(float), peak;
    struct mm_graph *g = mm_graph_create_plan(0, &err);

    (void)state;
    start();
    assert_non_null(g);
    stack(g, DEPTH, 1);
    peak = mm_graph_peak(g);
    mm_graph_free(g);
    assert_int_equal(peak, 4 * one);
    g = mm_graph_create(MM_INFER, peak, &err);
    assert_non_null(g);
    mm_tensor_get(g, stack(g, DEPTH, 1), 0, N * D, kept);
    assert_int_equal(mm_graph_peak(g), peak);
    mm_graph_free(g);
    g = mm_graph_create(MM_INFER, 3 * DEPTH * one, &err);
    assert_non_null(g);
    mm_tensor_get(g, stack(g, DEPTH, 0), 0, N * D, straight);
    mm_graph_free(g);
    assert_memory_equal(straight, kept, sizeof kept);
}

/* ---- stretches ---- */

/* Two layers and two outputs, of which the second is made first. */
static void two_layers(struct mm_graph *g, const void *args,
                       struct mm_tensor **y)
{
    struct mm_tensor *const *in = args, *tw = in[1], *h;

    y[1] = mm_add(g, in[0], mm_silu(g, mm_linear(g, in[0], tw, NULL)));
    h = mm_silu(g, mm_linear(g, y[1], tw, NULL));
    y[0] = mm_add(g, in[0], h);
}

struct stretches {
    int depth, recompute;
    float *grad; /* of the weight; NULL: frozen */
};

static struct mm_tensor *build_stretches(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tw, tx;
    const struct stretches *s = ctx;
    struct mm_tensor *in[2] = { &tx, &tw }, *y[2];

    tw = param(w, s->grad, 2, D, D);
    tx = param(x, NULL, 2, N, D);
    mm_graph_recompute(g, s->recompute);
    for (int i = 0; i < s->depth; i++) {
        mm_graph_stretch(g, two_layers, in, sizeof in, y, 2);
        in[0] = mm_add(g, y[0], y[1]);
    }
    return probe(g, in[0], c);
}

static float run_stretches(struct stretches *s, size_t arena)
{
    memset(dw, 0, sizeof dw);
    return (float)run_once(build_stretches, s, arena);
}

/*
 * Run again in backward: the same bits in the memory of the plan, which grows
 * with the outputs of the stretches only.
 */
static void test_recompute(void **state)
{
    struct stretches plain = { DEPTH, 0, dw }, again = { DEPTH, 1, dw };
    struct stretches twice = { 2 * DEPTH, 1, dw };
    size_t one = N * D * sizeof(float), peak = planned(build_stretches, &again);
    float loss;

    (void)state;
    start();
    loss = run_stretches(&plain, planned(build_stretches, &plain));
    memcpy(first, dw, sizeof dw);
    assert_true(run_stretches(&again, peak) == loss);
    assert_memory_equal(first, dw, sizeof dw);
    assert_true(planned(build_stretches, &plain) >= DEPTH * 7 * one);
    assert_true(peak <= (DEPTH * 3 + 12) * one);
    assert_int_equal(planned(build_stretches, &twice) - peak, DEPTH * 3 * one);
}

/* Nothing to learn: no record, and the loss is there. */
static void test_recompute_frozen(void **state)
{
    struct mm_err err;
    struct stretches frozen = { 3, 1, NULL }, plain = { 3, 0, dw };
    float loss = run_stretches(&plain, planned(build_stretches, &plain));
    struct mm_graph *g = mm_graph_create(MM_TRAIN, 1 << 20, &err);
    struct mm_tensor *l;

    (void)state;
    assert_non_null(g);
    l = build_stretches(g, &frozen);
    assert_false(l->wants_grad);
    assert_true(mm_tensor_scalar(g, l) == loss);
    mm_graph_free(g);
}

/* What no loss depends on gets no backward; an input wants no gradient. */
static void test_unreached(void **state)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_TRAIN, 1 << 20, &err);
    struct mm_tensor tw = param(w, dw, 2, D, D), *a, *b;
    size_t dim[] = { N, D };

    (void)state;
    start();
    assert_non_null(g);
    memset(dw, 0, sizeof dw);
    a = mm_input(g, MM_F32, x, 2, dim);
    b = mm_silu(g, a);
    assert_false(b->wants_grad);
    assert_true(mm_linear(g, b, &tw, NULL)->wants_grad); /* leads nowhere */
    b = mm_linear(g, a, &tw, NULL);
    mm_graph_backward(g, probe(g, b, c), 0);
    for (int i = 0; i < D * D; i++)
        assert_true(dw[i] == 0);
    assert_null(b->grad);
    mm_graph_free(g);
}

static void test_modes(void **state)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 20, &err);
    struct mm_tensor tw = param(w, dw, 2, D, D);
    size_t dim[] = { N, D };

    (void)state;
    assert_non_null(g);
    assert_int_equal(mm_graph_mode(g), MM_INFER);
    assert_false(mm_graph_records(g));
    assert_false(mm_linear(g, mm_input(g, MM_F32, x, 2, dim), &tw,
                           NULL)
                     ->wants_grad);
    mm_graph_free(g);
    g = mm_graph_create_plan(1, &err);
    assert_non_null(g);
    assert_int_equal(mm_graph_mode(g), MM_PLAN);
    assert_true(mm_graph_records(g));
    assert_null(mm_linear(g, mm_input(g, MM_F32, NULL, 2, dim), &tw, NULL)
                    ->data);
    mm_graph_free(g);
    mm_graph_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_adds),
        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_keep),
        cmocka_unit_test(test_recompute),
        cmocka_unit_test(test_recompute_frozen),
        cmocka_unit_test(test_unreached),
        cmocka_unit_test(test_modes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
