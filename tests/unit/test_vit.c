/*
 * test_vit.c - layers that make features, fixed positions
 *
 * Values and gradients of both kinds: tests/unit/test_vit_golden.c.
 */
#include "../model_batch.h"

#include <math.h>

#include "train/optimizer.h"

static struct mm_config deep(enum mm_vision_kind kind, size_t layers, int at)
{
    struct mm_config c = tiny_config();

    c.vision.kind = kind;
    c.vision.layers = layers;
    c.vision.feature_layer = at;
    return c;
}

/* Features of a picture; what they took, in FLOPs of a plan for training */
static size_t features(struct mm_model *m, float *to, double *flops)
{
    struct golden_batch b;
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 20, &err);
    struct mm_graph *plan = mm_graph_create_plan(1, &err);
    struct mm_tensor *x;
    size_t n;

    assert_non_null(g);
    assert_non_null(plan);
    golden_make(&b, &m->config, 8);
    mm_model_encode(m, plan, &b.b);
    *flops = mm_graph_cost(plan).forward_flops;
    x = mm_model_encode(m, g, &b.b);
    n = mm_tensor_count(x);
    assert_true(n <= 256);
    mm_tensor_get(g, x, 0, n, to);
    mm_graph_free(g);
    mm_graph_free(plan);
    return n;
}

/*
 * A layer is what a shorter encoder of the same weights ends with, and costs
 * no more.  (First values of the layers' outputs depend on their number.)
 */
static void compare(enum mm_vision_kind kind, int at, size_t depth)
{
    const struct mm_config c = deep(kind, 4, at);
    const struct mm_config cut = deep(kind, depth, 0);
    struct mm_model *m = new_model(&c, 0), *s = new_model(&cut, 0);
    float x[256], y[256];
    double x_flops, y_flops;
    size_t n;

    for (size_t i = 0, j = 0; i < m->n_params; i++) {
        const struct mm_param *p = &m->params[i];

        if (p->part == MM_PART_ENCODER && !p->idle)
            memcpy(s->params[j++].tensor.data, p->tensor.data,
                   mm_tensor_count(&p->tensor) * sizeof(float));
    }
    n = features(m, x, &x_flops);
    assert_int_equal(features(s, y, &y_flops), n);
    assert_memory_equal(x, y, n * sizeof *x);
    assert_true(x_flops == y_flops);
    mm_model_free(m);
    mm_model_free(s);
}

static void test_layers(void **state)
{
    (void)state;
    for (int kind = MM_VISION_CLIP; kind <= MM_VISION_AIM; kind++) {
        compare((enum mm_vision_kind)kind, 0, 4);
        compare((enum mm_vision_kind)kind, -1, 4);
        compare((enum mm_vision_kind)kind, -2, 3);
        compare((enum mm_vision_kind)kind, 1, 1);
    }
}

static void recipe(struct mm_recipe *r, int optimizer)
{
    *r = (struct mm_recipe){ .optimizer = optimizer,
                             .beta1 = 0.9,
                             .beta2 = 0.95,
                             .epsilon = 1e-8,
                             .decay = 0.1 };
    r->lr = r->lr_encoder = r->lr_connector = 0.1;
}

/* Weights decay, but not those that no forward uses. */
static void test_idle(void **state)
{
    const struct mm_config c = deep(MM_VISION_CLIP, 3, -2);

    (void)state;
    for (int kind = MM_ADAMW; kind <= MM_ADAFACTOR; kind++) {
        struct mm_model *m = new_model(&c, 1), *old = new_model(&c, 0);
        struct mm_optimizer o;
        struct mm_recipe r;
        struct mm_err err;
        size_t idle = 0;

        recipe(&r, kind);
        assert_int_equal(mm_optimizer_init(&o, m, &r, &err), 0);
        mm_optimizer_step(&o, 1, 1, 1);
        for (size_t i = 0; i < m->n_params; i++) {
            struct mm_tensor states[MM_MAX_STATES];
            const struct mm_param *p = &m->params[i];
            int same = !memcmp(p->tensor.data, old->params[i].tensor.data,
                               mm_tensor_count(&p->tensor) * sizeof(float));

            idle += (size_t)p->idle;
            if (p->std > 0)
                assert_int_equal(same, p->idle);
            assert_int_equal(mm_optimizer_states(&o, i, states) == 0,
                             p->idle);
            assert_int_equal(p->tensor.wants_grad, !p->idle);
        }
        assert_int_equal(idle, 16); /* of one layer */
        mm_optimizer_release(&o);
        mm_model_free(m);
        mm_model_free(old);
    }
}

static void test_sines(void **state)
{
    enum { SIDE = 5,
           Q = 67,
           D = 4 * Q };
    static float y[SIDE * SIDE * D];
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 18, &err);

    (void)state;
    assert_non_null(g);
    mm_tensor_get(g, mm_vit_sines(g, SIDE, D), 0, SIDE * SIDE * D, y);
    for (int i = 0; i < SIDE * SIDE * D; i++) {
        int row = i / D / SIDE, col = i / D % SIDE, d = i % D;
        double a = (d < 2 * Q ? col : row) *
                   pow(10000, -(double)(d % Q) / Q);
        double want = d / Q % 2 ? cos(a) : sin(a);

        assert_true(fabs(y[i] - want) < 1e-6);
    }
    mm_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_sines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
