/*
 * test_image_size.c - an encoder for another size: positions are interpolated
 * once, as they are on the fly
 */
#include "../model_batch.h"

static struct mm_err err;

/* Image tokens of the golden pictures of this size; released by the caller */
static float *connect(struct mm_model *m, size_t side, size_t *n)
{
    static struct golden_batch golden;
    struct mm_batch b = { 0 };
    struct mm_graph *plan, *g;
    struct mm_tensor *y;
    float *rows;

    golden_pictures(&golden, GOLDEN_VIEWS, side);
    b.n_views = GOLDEN_VIEWS;
    b.views = golden.views;
    b.mean = golden_mean;
    b.std = golden_std;
    plan = mm_graph_create(MM_PLAN, 0, &err);
    mm_model_connect(m, plan, &b);
    g = mm_graph_create(MM_INFER, mm_graph_peak(plan), &err);
    y = mm_model_connect(m, g, &b);
    *n = mm_tensor_count(y);
    rows = calloc(*n, sizeof *rows);
    assert_non_null(rows);
    mm_tensor_get(g, y, 0, *n, rows);
    mm_graph_free(plan);
    mm_graph_free(g);
    return rows;
}

static void test_same(void **state)
{
    struct mm_model *m = mm_model_load(GOLDEN_DIR, 0, &err), *large;
    size_t n, k;
    float *there, *once;

    (void)state;
    assert_non_null(m);
    assert_int_equal(m->config.vision.image_size, 12);
    large = mm_model_at_image_size(m, 16, 0, &err);
    assert_non_null(large);
    assert_int_equal(large->config.vision.image_size, 16);
    there = connect(m, 16, &n);
    once = connect(large, 16, &k);
    assert_int_equal(n, k);
    assert_memory_equal(there, once, n * sizeof *once);
    free(there);
    free(once);

    /* and at the old size nothing is as before */
    there = connect(m, 12, &n);
    once = connect(large, 12, &k);
    assert_true(memcmp(there, once, n * sizeof *once) != 0);
    free(there);
    free(once);
    mm_model_free(large);
    mm_model_free(m);
}

/* An encoder goes into a model for pictures of another size. */
static void test_part(void **state)
{
    struct mm_model *m = mm_model_load(GOLDEN_DIR, 0, &err), *large, *to;

    (void)state;
    assert_non_null(m);
    large = mm_model_at_image_size(m, 16, 0, &err);
    assert_non_null(large);
    to = mm_model_create(&large->config, 1, 1, &err);
    assert_non_null(to);
    assert_int_equal(mm_model_load_part(to, GOLDEN_DIR, MM_PART_ENCODER, &err),
                     0);
    for (size_t i = 0; i < to->n_params; i++) {
        const struct mm_tensor *x = &to->params[i].tensor;

        if (to->params[i].part == MM_PART_ENCODER)
            assert_memory_equal(x->data, large->params[i].tensor.data,
                                mm_tensor_count(x) * sizeof(float));
    }
    mm_model_free(to);
    mm_model_free(large);
    mm_model_free(m);
}

static void test_refused(void **state)
{
    struct mm_model *m = mm_model_load(GOLDEN_DIR, 0, &err);

    (void)state;
    assert_non_null(m);
    assert_null(mm_model_at_image_size(m, 18, 0, &err));
    assert_int_equal(err.code, MM_ECONFIG);
    mm_model_free(m);
}

static void test_note(void **state)
{
    struct mm_config c;
    char note[MM_VISION_NOTE];

    (void)state;
    assert_int_equal(mm_config_preset(&c, "mm1-9m", &err), 0);
    assert_false(mm_vision_size_note(&c.vision, c.vision.image_size, note));
    assert_true(mm_vision_size_note(&c.vision, 672, note));
    assert_non_null(strstr(note, "48 x 48"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_part),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_note),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
