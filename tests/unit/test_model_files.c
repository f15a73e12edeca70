/*
 * test_model_files.c - model directories: saved, loaded, in parts, damaged
 */
#include "../model_batch.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "model/safetensors.h"

static char *directory(void)
{
    char *path = strdup("/tmp/mm1-test-XXXXXX");

    assert_non_null(mkdtemp(path));
    return path;
}

static void read_file(const char *dir, const char *name, struct mm_buf *b)
{
    char path[256];
    struct mm_err err;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(mm_read_file(path, b, 1 << 28, &err), 0);
}

static void test_files(void **state)
{
    const struct mm_config c = tiny_config();
    char *a = directory(), *b = directory();
    struct mm_model *m = new_model(&c, 1), *back;
    struct mm_buf x = { 0 }, y = { 0 };
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_model_save(m, a, &err), 0);
    back = mm_model_load(a, 0, &err);
    assert_non_null(back);
    assert_null(back->grads);
    assert_memory_equal(m->weights, back->weights,
                        m->size * sizeof *m->weights);
    assert_int_equal(mm_model_save(back, b, &err), 0);
    read_file(a, "model.safetensors", &x);
    read_file(b, "model.safetensors", &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    mm_buf_clear(&x);
    mm_buf_clear(&y);
    read_file(a, "config.json", &x);
    read_file(b, "config.json", &y);
    assert_string_equal(x.data, y.data);
    mm_buf_release(&x);
    mm_buf_release(&y);
    mm_model_free(m);
    mm_model_free(back);
    assert_int_equal(mm_remove_tree(a, &err), 0);
    assert_int_equal(mm_remove_tree(b, &err), 0);
    free(a);
    free(b);
}

/* ---- several files, as Hugging Face's writers make them ---- */

/* Parameters 0, 2, ... go into the first file, the others into the second. */
static void save_in_two(const struct mm_model *m, const char *dir,
                        struct mm_buf *index)
{
    const struct mm_tensor *t[256];
    struct mm_err err;

    mm_buf_adds(index, "{\"metadata\":{\"total_size\":1},\"weight_map\":{");
    for (size_t f = 0; f < 2; f++) {
        char path[128];
        struct mm_out *out;
        size_t n = 0;

        snprintf(path, sizeof path, "%s/model-0000%zu-of-00002.safetensors",
                 dir, f + 1);
        for (size_t i = f; i < m->n_params; i += 2) {
            assert_true(n < 256);
            mm_buf_addf(index, "%s\"%s\":\"%s\"", i ? "," : "",
                        m->params[i].name, strrchr(path, '/') + 1);
            t[n++] = &m->params[i].tensor;
        }
        out = mm_out_open(path, &err);
        assert_non_null(out);
        assert_int_equal(mm_safetensors_put(out, t, n, &err), 0);
        assert_int_equal(mm_out_commit(out, &err), 0);
    }
    mm_buf_adds(index, "}}");
}

static void write_text(const char *dir, const char *name, const char *text)
{
    char path[256];
    struct mm_err err;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(mm_write_file(path, text, strlen(text), &err), 0);
}

static void test_several(void **state)
{
    static const char *const bad[] = {
        "{}", "{\"weight_map\":[1]}",
        "{\"weight_map\":{\"x\":\"../model-00001-of-00002.safetensors\"}}",
        "{\"weight_map\":{\"x\":\"model-00001-of-00002.safetensors\"}}",
        "{\"weight_map\":{\"x\":\"none.safetensors\"}}"
    };
    const char *name = "model.safetensors.index.json";
    const struct mm_config c = tiny_config();
    char *dir = directory(), path[256];
    struct mm_model *m = new_model(&c, 0), *back;
    struct mm_buf index = { 0 };
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_model_save(m, dir, &err), 0);
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    assert_int_equal(unlink(path), 0);
    save_in_two(m, dir, &index);
    assert_null(mm_model_load(dir, 0, &err)); /* no index */
    write_text(dir, name, index.data);
    back = mm_model_load(dir, 0, &err);
    assert_non_null(back);
    assert_memory_equal(m->weights, back->weights,
                        m->size * sizeof *m->weights);
    memset(back->weights, 0, m->size * sizeof *m->weights);
    assert_int_equal(mm_model_load_part(back, dir, MM_PART_ENCODER, &err), 0);
    assert_int_equal(mm_model_load_part(back, dir, MM_PART_CONNECTOR, &err),
                     0);
    assert_int_equal(mm_model_load_part(back, dir, MM_PART_LM, &err), 0);
    assert_memory_equal(m->weights, back->weights,
                        m->size * sizeof *m->weights);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(dir, name, bad[i]);
        assert_null(mm_model_load(dir, 0, &err));
        assert_int_equal(err.code, i < 4 ? MM_EDATA : MM_ENOINPUT);
    }
    mm_model_free(m);
    mm_model_free(back);
    mm_buf_release(&index);
    assert_int_equal(mm_remove_tree(dir, &err), 0);
    free(dir);
}

/* Parts come from other models; what does not fit is named. */
static void test_parts(void **state)
{
    struct mm_config c = tiny_config();
    char *dir = directory();
    struct mm_model *m = new_model(&c, 0), *other;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_model_save(m, dir, &err), 0);
    c.text.hidden = 32;
    other = new_model(&c, 0);
    memset(other->weights, 0, other->size * sizeof *other->weights);
    assert_int_equal(mm_model_load_part(other, dir, MM_PART_ENCODER, &err),
                     0);
    assert_int_equal(mm_model_load_part(other, dir, MM_PART_CONNECTOR, &err),
                     0);
    for (size_t i = 0; i < m->n_params; i++) {
        if (m->params[i].part != MM_PART_LM)
            assert_memory_equal(m->params[i].tensor.data,
                                other->params[i].tensor.data,
                                mm_tensor_count(&m->params[i].tensor) *
                                    sizeof(float));
    }
    assert_int_equal(mm_model_load_part(other, dir, MM_PART_LM, &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, "text_config: intermediate_size is 24 "
                                    "there and 32 in this model"));
    mm_model_free(m);
    mm_model_free(other);
    assert_int_equal(mm_remove_tree(dir, &err), 0);
    free(dir);
}

static void test_missing(void **state)
{
    char *dir = directory(), path[256];
    struct mm_config c = tiny_config();
    struct mm_model *m = new_model(&c, 0);
    struct mm_err err;

    (void)state;
    assert_null(mm_model_load(dir, 0, &err));
    assert_int_equal(err.code, MM_ENOINPUT);
    assert_int_equal(mm_model_save(m, dir, &err), 0);
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    assert_int_equal(truncate(path, 10000), 0);
    assert_null(mm_model_load(dir, 0, &err));
    assert_int_equal(err.code, MM_EDATA);
    assert_non_null(strstr(err.msg, path));
    assert_int_equal(unlink(path), 0);
    assert_null(mm_model_load(dir, 0, &err));
    assert_int_equal(err.code, MM_ENOINPUT);
    mm_model_free(m);
    assert_int_equal(mm_remove_tree(dir, &err), 0);
    free(dir);
}

/* A config of 70 TB beside a small file: no memory is taken. */
static void test_lying(void **state)
{
    char *dir = directory(), path[256];
    struct mm_config c = tiny_config();
    struct mm_model *m = new_model(&c, 0);
    struct mm_buf text = { 0 };
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_model_save(m, dir, &err), 0);
    c.text.layers = 1024;
    c.text.width = c.text.hidden = 65536;
    c.text.heads = c.text.kv_heads = 512;
    mm_config_print(&c, &text);
    snprintf(path, sizeof path, "%s/config.json", dir);
    assert_int_equal(mm_write_file(path, text.data, text.len, &err), 0);
    assert_null(mm_model_load(dir, 1, &err));
    assert_int_equal(err.code, MM_EDATA);
    assert_non_null(strstr(err.msg, "the model's is"));
    mm_buf_release(&text);
    mm_model_free(m);
    assert_int_equal(mm_remove_tree(dir, &err), 0);
    free(dir);
}

static void test_views(void **state)
{
    const struct mm_config c = tiny_config();
    struct mm_model *m = new_model(&c, 0);
    struct mm_pixels good = { NULL, 12, 12 }, bad = { NULL, 12, 8 };
    struct mm_pixels odd = { NULL, 10, 10 };
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_model_check_view(m, &good, &err), 0);
    assert_int_equal(mm_model_check_view(m, &bad, &err), -1);
    assert_int_equal(mm_model_check_view(m, &odd, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    mm_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_lying),
        cmocka_unit_test(test_views),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
