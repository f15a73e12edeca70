/*
 * test_optimizer.c - whole runs with AdaFactor, and with parts that stay
 */
#include "../run_fixture.h"

/* ---- other optimizers, parts that do not learn ---- */

static void adafactor(struct mm_recipe *r)
{
    r->keep = 100;
    r->optimizer = MM_ADAFACTOR;
}

static void connector_alone(struct mm_recipe *r)
{
    r->keep = 100;
    r->train = "connector";
}

static void encoder_frozen(struct mm_recipe *r)
{
    adafactor(r);
    r->train = "lm,connector";
}

static void remove_steps(const char *name, int64_t from)
{
    struct mm_buf path = { 0 };
    struct mm_err err;

    for (int64_t s = from; s <= 10; s += 2) {
        path_of(&path, name, s, "");
        assert_int_equal(mm_remove_tree(path.data, &err), 0);
    }
    mm_buf_release(&path);
}

static struct mm_model *model_at(const char *name, int64_t step)
{
    struct mm_buf path = { 0 };
    struct mm_model *m;
    struct mm_err err;

    mm_run_step_path(&path, in_dir(name), step);
    m = mm_model_load(path.data, 0, &err);
    assert_non_null(m);
    mm_buf_release(&path);
    return m;
}

/* Hashes of the parts' weights at a step */
static void hash_parts(const char *name, int64_t step, uint64_t hash[3])
{
    struct mm_model *m = model_at(name, step);

    hash[0] = hash[1] = hash[2] = 0;
    for (size_t i = 0; i < m->n_params; i++) {
        const struct mm_param *p = &m->params[i];

        hash[p->part] = hash[p->part] * 31 +
                        mm_hash64(p->tensor.data, mm_tensor_count(&p->tensor) *
                                                      sizeof(float));
    }
    mm_model_free(m);
}

static size_t state_bytes(const char *name)
{
    struct mm_buf path = { 0 };
    struct stat st;

    path_of(&path, name, 10, "optimizer.safetensors");
    assert_int_equal(mm_stat(path.data, &st), 0);
    mm_buf_release(&path);
    return (size_t)st.st_size;
}

static void test_resume_others(void **state)
{
    static void (*const changes[])(struct mm_recipe * r) = {
        adafactor, connector_alone, encoder_frozen
    };
    static const char *const names[] = { "a", "b", "c" };
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    assert_int_equal(run("adamw", keep_all, &err), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(run("straight", changes[i], &err), 0);
        assert_int_equal(run(names[i], changes[i], &err), 0);
        remove_steps(names[i], 6);
        assert_int_equal(newest(names[i]), 4);
        mm_par_set_threads(2);
        assert_int_equal(run(names[i], changes[i], &err), 0);
        mm_par_set_threads(1);
        for (int64_t s = 2; s <= 10; s += 2)
            assert_same_step("straight", names[i], s);
        assert_int_equal(mm_remove_tree(in_dir("straight"), &err), 0);
    }
    /* a mean of squares for each row and column takes little */
    assert_true(state_bytes("a") * 10 < state_bytes("adamw") * 7);
    assert_true(state_bytes("c") < state_bytes("a"));
    assert_int_equal(run("a", encoder_frozen, &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, "'train' is \"connector,lm\" here"));
    assert_int_equal(run("a", keep_all, &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, "'optimizer' is \"adamw\" here"));
}

/* Parts that are not trained keep their bits, the others do not. */
static void test_frozen(void **state)
{
    uint64_t first[3], last[3];
    struct mm_model *m, *model;
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    assert_int_equal(run("run", connector_alone, &err), 0);
    hash_parts("run", 2, first);
    hash_parts("run", 10, last);
    assert_true(first[MM_PART_ENCODER] == last[MM_PART_ENCODER]);
    assert_true(first[MM_PART_CONNECTOR] != last[MM_PART_CONNECTOR]);
    assert_true(first[MM_PART_LM] == last[MM_PART_LM]);
    /* those of the beginning */
    model = model_at("run", 10);
    m = create(NULL, &model->config, &err);
    assert_non_null(m);
    for (size_t i = 0; i < m->n_params; i++)
        if (m->params[i].part != MM_PART_CONNECTOR)
            assert_memory_equal(m->params[i].tensor.data,
                                model->params[i].tensor.data,
                                mm_tensor_count(&m->params[i].tensor) *
                                    sizeof(float));
    mm_model_free(m);
    mm_model_free(model);
}

static void misspelt(struct mm_recipe *r)
{
    r->train = "lm,conector";
}

static void no_part(struct mm_recipe *r)
{
    r->train = "";
}

static void test_parts(void **state)
{
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    assert_int_equal(run("run", misspelt, &err), -1);
    assert_int_equal(err.code, MM_EUSAGE);
    assert_string_equal(err.msg, "option 'train': there is no part "
                                 "'conector'; did you mean 'connector'?");
    assert_int_equal(run("run", no_part, &err), -1);
    assert_int_equal(err.code, MM_EUSAGE);
}

/* A checkpoint that says neither was made by AdamW, with all parts. */
static void test_former(void **state)
{
    static const char *const ours[] = {
        "{\"optimizer\":\"adamw\",\"train\":\"encoder,connector,lm\"}",
        "{\"optimizer\":\"adafactor\",\"train\":\"encoder,connector,lm\"}",
        "{\"optimizer\":\"adamw\",\"train\":\"lm\"}"
    };
    struct mm_json_doc theirs, doc;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_json_parse(&theirs, "{}", 2, &err), 0);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        assert_int_equal(mm_json_parse(&doc, ours[i], strlen(ours[i]), &err),
                         0);
        assert_int_equal(mm_recipe_compare(theirs.root, doc.root, &err),
                         i ? -1 : 0);
        mm_json_release(&doc);
    }
    assert_int_equal(err.code, MM_ECONFIG);
    mm_json_release(&theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_resume_others, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_frozen, make_dir, remove_dir),
        cmocka_unit_test(test_former),
        cmocka_unit_test_setup_teardown(test_parts, make_dir, remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
