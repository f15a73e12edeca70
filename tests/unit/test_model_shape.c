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

/* In billions: all of the model, what a token passes, N of equation 1 */
static void test_experts(void **state)
{
    static const struct {
        const char *name;
        double all, active, n;
    } want[] = { { "mm1-64b", 64.88 + 0.66, 4.69, 2.944 },
                 { "mm1-47b", 46.60 + 0.67, 8.77, 6.476 } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct mm_model *m = shape(want[i].name);
        double all = 1e-9 * (double)mm_model_count(m);
        double active = 1e-9 * (double)mm_model_count_active(m);
        double n = 1e-9 * (double)mm_model_count_nonembedding(m);

        if (fabs(all - want[i].all) > 0.02 ||
            fabs(active - want[i].active) > 0.01 ||
            fabs(n - want[i].n) > 0.01)
            fail_msg("%s has %.3f, %.3f and %.3f", want[i].name, all, active,
                     n);
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

/* ViT-L's 1024 before 3072 of the decoder: 28.4 M, the same readout */
static void test_connector_of_l(void **state)
{
    struct mm_config c = preset_config("mm1-3b");
    struct mm_err err;
    struct mm_model *m;
    size_t n;

    (void)state;
    assert_int_equal(mm_vision_preset(&c.vision, "vit-l-14", &err), 0);
    m = mm_model_create(&c, 0, 1, &err);
    assert_non_null(m);
    n = mm_model_count_part(m, MM_PART_CONNECTOR) - 16 * 16 * 1024;
    assert_int_equal(n / 100000, 284);
    mm_model_free(m);
}

static size_t count_encoder(const char *name)
{
    struct mm_config c = { 0 };
    struct mm_err err;
    struct mm_model *m;
    size_t n;

    assert_int_equal(mm_vision_preset(&c.vision, name, &err), 0);
    m = mm_model_create(&c, 0, 1, &err);
    if (!m)
        fail_msg("%s: %s", name, err.msg);
    n = mm_model_count(m);
    assert_int_equal(n, mm_model_count_part(m, MM_PART_ENCODER));
    mm_model_free(m);
    return n;
}

/* 12 L D^2, biases and norms, patches, positions; DeiT's and CLIP's counts */
static void test_encoders(void **state)
{
    static const struct {
        const char *name;
        size_t millions;
    } want[] = {
        { "vit-tiny", 5 },
        { "vit-small", 21 },
        { "vit-base", 85 },
        { "vit-l-14", 303 },
        { "vit-l-14-336", 303 },
        { "vit-h-14", 630 },
        { "vit-h-14-378", 631 },
        { "aim-600m", 680 },
        { "aim-1b", 1209 },
        { "aim-3b", 2720 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        size_t n = count_encoder(want[i].name);

        if (n / 1000000 != want[i].millions)
            fail_msg("%s has %zu parameters", want[i].name, n);
    }
    assert_int_equal(count_encoder("aim-mini"),
                     4 * (12 * 128 * 128 + 4 * 128) + 128 * (48 + 1 + 2));
}

/* A question of the demo: 64 tokens, 16 of a picture, 8 of the answer. */
static void test_demo_cost(void **state)
{
    struct mm_model *m = shape("mm1-demo");
    struct mm_pixels view = { NULL, 56, 56 };
    struct mm_batch b = { .B = 1,
                          .T = 64,
                          .n_views = 1,
                          .views = &view,
                          .mean = golden_mean,
                          .std = golden_std };
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
        cmocka_unit_test(test_experts),
        cmocka_unit_test(test_connector_count),
        cmocka_unit_test(test_connector_of_l),
        cmocka_unit_test(test_encoders),
        cmocka_unit_test(test_demo_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
