/*
 * test_rundir.c - manifests find every damage, run directories fall back
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "model/manifest.h"
#include "model/rundir.h"

#define BIG (2 * MM_CHUNK_BYTES + 100)

static char root[64], step_dir[128], path[192];
static char warning[1024];

static void on_message(void *ctx, enum mm_log_level level, const char *text)
{
    (void)ctx;
    assert_int_equal(level, MM_LOG_WARN);
    snprintf(warning, sizeof warning, "%s", text);
}

static int set_up(void **state)
{
    const struct mm_log_sink sink = { .message = on_message };

    (void)state;
    snprintf(root, sizeof root, "/tmp/test_rundir.XXXXXX");
    mm_log_set_sink(&sink);
    return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct mm_err err;

    (void)state;
    mm_log_set_sink(NULL);
    return mm_remove_tree(root, &err);
}

static const char *in_step(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", step_dir, name);
    return path;
}

static void put_file(struct mm_manifest *m, const char *name, size_t n)
{
    struct mm_err err;
    struct mm_out *out = mm_out_open(in_step(name), &err);

    assert_non_null(out);
    assert_int_equal(mm_manifest_add(m, name, out, &err), 0);
    for (size_t i = 0; i < n; i += 7) {
        char bytes[7] = { 0 };
        size_t left = n - i < 7 ? n - i : 7;

        bytes[0] = (char)i;
        assert_int_equal(mm_out_write(out, bytes, left, &err), 0);
    }
    assert_int_equal(mm_out_commit(out, &err), 0);
}

static void make_step(int64_t step)
{
    struct mm_manifest m = { 0 };
    struct mm_buf about = { 0 };
    struct mm_err err;

    snprintf(step_dir, sizeof step_dir, "%s/step-%08lld", root,
             (long long)step);
    assert_int_equal(mm_mkdirs(step_dir, &err), 0);
    put_file(&m, "config.json", 10);
    put_file(&m, "model.safetensors", BIG);
    put_file(&m, "empty", 0);
    mm_buf_addf(&about, "\"step\":%lld", (long long)step);
    assert_int_equal(mm_manifest_write(&m, step_dir, about.data, &err), 0);
    mm_buf_release(&about);
    mm_manifest_release(&m);
}

static int verify(struct mm_err *err)
{
    struct mm_json_doc doc;
    int result = mm_manifest_verify(step_dir, &doc, err);

    if (result == 0)
        mm_json_release(&doc);
    return result;
}

/* Change one bit of a file, or with n < 0 cut it by one byte. */
static void damage(const char *name, long at)
{
    struct mm_buf b = { 0 };
    struct mm_err err;

    assert_int_equal(mm_read_file(in_step(name), &b, 1 << 24, &err), 0);
    if (at >= 0)
        b.data[at] ^= 0x10;
    else
        b.len--;
    assert_int_equal(mm_write_file(path, b.data, b.len, &err), 0);
    mm_buf_release(&b);
}

static void test_verify(void **state)
{
    struct mm_json_doc doc;
    struct mm_err err;

    (void)state;
    make_step(3);
    assert_int_equal(mm_manifest_verify(step_dir, &doc, &err), 0);
    assert_int_equal(mm_json_int(mm_json_get(doc.root, "step"), 0), 3);
    assert_int_equal(mm_json_get(doc.root, "files")->n, 3);
    mm_json_release(&doc);
}

static void test_damage(void **state)
{
    static const long at[] = { 0, MM_CHUNK_BYTES - 1, MM_CHUNK_BYTES,
                               BIG - 1 };
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        make_step(3);
        damage("model.safetensors", at[i]);
        assert_int_equal(verify(&err), -1);
        assert_int_equal(err.code, MM_EDATA);
        assert_non_null(strstr(err.msg, "model.safetensors' is damaged"));
    }
    make_step(3);
    damage("model.safetensors", -1);
    assert_int_equal(verify(&err), -1);
    assert_non_null(strstr(err.msg, "its manifest says 2097252"));
    make_step(3);
    assert_int_equal(unlink(in_step("empty")), 0);
    assert_int_equal(verify(&err), -1);
}

/* No byte of the manifest itself can change unseen. */
static void test_manifest_damage(void **state)
{
    struct stat st;
    struct mm_err err;

    (void)state;
    make_step(3);
    assert_int_equal(mm_stat(in_step(MM_MANIFEST), &st), 0);
    for (long i = 0; i < st.st_size; i++) {
        damage(MM_MANIFEST, i);
        assert_int_equal(verify(&err), -1);
        assert_int_equal(err.code, MM_EDATA);
        damage(MM_MANIFEST, i);
    }
    assert_int_equal(verify(&err), 0);
    damage(MM_MANIFEST, -1);
    assert_int_equal(verify(&err), -1);
}

static void test_newest(void **state)
{
    struct mm_err err;
    int64_t step;

    (void)state;
    assert_int_equal(mm_run_newest(root, &step, NULL, &err), -1);
    assert_int_equal(err.code, MM_ENOINPUT);
    assert_int_equal(mm_run_newest("/nowhere", &step, NULL, &err), -1);
    assert_int_equal(err.code, MM_ENOINPUT);
    make_step(7);
    make_step(123456789);
    make_step(20);
    assert_int_equal(mm_run_newest(root, &step, NULL, &err), 0);
    assert_int_equal(step, 123456789);
    make_step(123456789);
    damage("model.safetensors", 5);
    assert_int_equal(mm_run_newest(root, &step, NULL, &err), 0);
    assert_int_equal(step, 20);
    assert_non_null(strstr(warning, "passing over step 123456789"));
    make_step(20);
    damage("config.json", 5);
    make_step(7);
    damage("config.json", 5);
    assert_int_equal(mm_run_newest(root, &step, NULL, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
}

static void test_model_dir(void **state)
{
    struct mm_buf dir = { 0 };
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_model_dir(root, &dir, &err), -1);
    assert_int_equal(err.code, MM_ENOINPUT);
    make_step(9);
    assert_int_equal(mm_model_dir(root, &dir, &err), 0);
    assert_string_equal(dir.data, step_dir);
    mm_buf_clear(&dir);
    assert_int_equal(mm_model_dir(step_dir, &dir, &err), 0);
    assert_string_equal(dir.data, step_dir);
    damage("model.safetensors", 5);
    assert_int_equal(mm_model_dir(step_dir, &dir, &err), -1);
    assert_int_equal(unlink(in_step(MM_MANIFEST)), 0);
    mm_buf_clear(&dir);
    assert_int_equal(mm_model_dir(step_dir, &dir, &err), 0);
    mm_buf_release(&dir);
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(mm_run_step_number("step-00000012"), 12);
    assert_int_equal(mm_run_step_number("step-123456789"), 123456789);
    assert_int_equal(mm_run_step_number("step-0000012"), -1);
    assert_int_equal(mm_run_step_number("step-00000012.tmp.5"), -1);
    assert_int_equal(mm_run_step_number("step-1234567890123456789"), -1);
    assert_int_equal(mm_run_step_number("metrics.jsonl"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_verify, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_manifest_damage, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_newest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_model_dir, set_up, tear_down),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
