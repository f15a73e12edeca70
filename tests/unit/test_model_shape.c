/*
 * test_model_shape.c - what a model consists of: counts, costs, first values
 */
#include "../model_batch.h"

#include <math.h>

static void test_init(void **state)
{
    const struct mm_config c = preset_config("mm1-demo");
    struct mm_model *m = new_model(&c, 0), *again = new_model(&c, 0);

    (void)state;
    assert_memory_equal(m->weights, again->weights,
                        m->size * sizeof *m->weights);
    for (size_t i = 0; i < m->n_params; i++) {
        const struct mm_param *p = &m->params[i];
        size_t n = mm_tensor_count(&p->tensor);
        const float *x = p->tensor.data;
        double s = 0, v = 0;

        for (size_t j = 0; j < n; j++) {
            s += x[j];
            v += (double)x[j] * x[j];
        }
        assert_int_equal(p->offset % 16, 0);
        if (p->std == 0)
            assert_true(s == p->value * (double)n);
        else
            assert_true(fabs(sqrt(v / (double)n) - p->std) <
                        4 * p->std / sqrt((double)n) + 1e-3 * p->std);
    }
    mm_model_free(m);
    mm_model_free(again);
}

static struct mm_model *shape(const char *name)
{
    const struct mm_config c = preset_config(name);
    struct mm_err err;
    struct mm_model *m = mm_model_create(&c, 0, 1, &err);

    assert_non_null(m);
    assert_null(m->weights);
    return m;
}

static void test_counts(void **state)
{
    /* 12 L D^2 in millions (9m has a wider feed-forward), and the encoder */
    static const struct {
        const char *name;
        double n, encoder;
    } want[] = {
        { "mm1-9m", 10.23, 303.5 },
        { "mm1-85m", 84.9, 303.5 },
        { "mm1-302m", 302, 303.5 },
        { "mm1-1.2b", 1208, 303.5 },
        { "mm1-2.9b", 2944, 631 },
        { "mm1-6.4b", 6442, 631 },
        { "mm1-30b", 29595, 631 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct mm_model *m = shape(want[i].name);
        double n = 1e-6 * (double)mm_model_count_nonembedding(m);
        double e = 1e-6 * (double)mm_model_count_part(m, MM_PART_ENCODER);

        if (fabs(n - want[i].n) > 0.025 * want[i].n ||
            fabs(e - want[i].encoder) > 0.005 * want[i].encoder)
            fail_msg("%s has %.2f M and %.2f M", want[i].name, n, e);
        assert_int_equal(mm_model_count(m),
                         mm_model_count_part(m, MM_PART_ENCODER) +
                             mm_model_count_part(m, MM_PART_CONNECTOR) +
                             mm_model_count_part(m, MM_PART_LM));
        mm_model_free(m);
    }
}

/* Honeybee's: 17.53 M of convolutions for ViT-H, with readout 30.1 M. */
static void test_connector_count(void **state)
{
    struct mm_model *m = shape("mm1-3b");
    size_t n = mm_model_count_part(m, MM_PART_CONNECTOR);
    size_t positions = 27 * 27 * 1280, readout = 3072 * (1024 + 3072 + 2);

    (void)state;
    assert_int_equal((n - positions) / 100000, 301);
    assert_int_equal((n - positions - readout) / 10000, 1753);
    mm_model_free(m);
    m = shape("mm1-1.2b");
    n = mm_model_count_part(m, MM_PART_CONNECTOR);
    positions = 24 * 24 * 1024;
    readout = 2048 * (1024 + 2048 + 2);
    assert_int_equal((n - positions - readout) / 10000, 1582);
    mm_model_free(m);
}

/* A question of the demo: 64 tokens, 16 of a picture, 8 of the answer. */
static void test_demo_cost(void **state)
{
    struct mm_model *m = shape("mm1-demo");
    struct mm_pixels view = { NULL, 56, 56 };
    struct mm_batch b = { 1, 64, NULL, NULL, NULL, NULL, 1, &view, NULL,
                          golden_mean, golden_std };
    const struct mm_text_config *t = &m->config.text;
    struct mm_err err;
    struct mm_graph *g = mm_graph_create_plan(1, &err);
    size_t n = mm_model_count(m);
    struct mm_cost cost;
    double flops;

    (void)state;
    mm_model_hidden(m, g, &b);
    cost = mm_graph_cost(g);
    flops = cost.forward_flops + cost.backward_flops +
            8 * 6.0 * (double)(t->width * t->vocab);
    if (n < 3000000 || n > 4000000 || flops > 0.8e9)
        fail_msg("%zu parameters, %.3f GFLOP", n, 1e-9 * flops);
    assert_true(mm_vision_patches(&m->config.vision) <= 50);
    mm_graph_free(g);
    mm_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_connector_count),
        cmocka_unit_test(test_demo_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
