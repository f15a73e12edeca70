/*
 * test_encode_image.c - samples with pictures to samples with pixels
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/encode_image.h"
#include "data/npy.h"
#include "data/png.h"

#define IMAGE 3 /* the id of <image> */

static struct mm_encode_image_item item;
static struct mm_encode_image how;
static struct mm_err err;

/* A sample with that document */
static void begin(const char *json)
{
    mm_preprocess_default(&how.pre);
    how.pre.size = 4;
    how.image_token = IMAGE;
    mm_sample_clear(&item.sample);
    assert_int_equal(mm_sample_set_key(&item.sample, "k", &err), 0);
    assert_int_equal(mm_sample_add_bytes(&item.sample, "json", json,
                                         strlen(json), &err),
                     0);
}

/* A PNG of one colour, or what is none */
static void add_picture(const char *name, int shade)
{
    struct mm_member *m = mm_sample_add(&item.sample, name, &err);
    struct mm_image im = { 0 };

    assert_non_null(m);
    assert_int_equal(mm_image_room(&im, 3, 2, &err), 0);
    memset(im.rgb, shade, 18);
    if (shade > 0)
        assert_int_equal(mm_png_encode(&m->data, &im, &err), 0);
    mm_image_release(&im);
}

static void add_tokens(const int32_t *ids, size_t n, size_t n_loss)
{
    struct mm_member *m = mm_sample_add(&item.sample, "tokens.npy", &err);
    uint8_t loss[16];

    for (size_t i = 0; i < n_loss; i++)
        loss[i] = i < n && ids[i] != IMAGE;
    mm_npy_write(&m->data, MM_NPY_I4, 1, &n, ids);
    m = mm_sample_add(&item.sample, "loss.npy", &err);
    mm_npy_write(&m->data, MM_NPY_U1, 1, &n_loss, loss);
}

static void check_json(const char *want)
{
    assert_string_equal(mm_sample_find(&item.sample, "json")->data.data, want);
}

static void check_ids(const char *name, const int32_t *want, size_t n)
{
    struct mm_member *m = mm_sample_find(&item.sample, name);
    int32_t *ids;
    size_t got;

    assert_int_equal(mm_npy_ints(&ids, &got, m->data.data, m->data.len, &err),
                     0);
    assert_int_equal(got, n);
    assert_memory_equal(ids, want, n * sizeof *want);
    free(ids);
}

static int pixel(const char *name)
{
    struct mm_member *m = mm_sample_find(&item.sample, name);
    struct mm_npy a;

    assert_non_null(m);
    assert_int_equal(mm_npy_parse(&a, m->data.data, m->data.len, &err), 0);
    assert_int_equal(a.n_dim, 4);
    assert_int_equal(a.dim[0], 1);
    assert_int_equal(a.dim[1], 4);
    assert_int_equal(a.dim[2], 4);
    assert_int_equal(a.dim[3], 3);
    return *(const uint8_t *)a.data;
}

/* Pictures are numbered in the order of the document, not by their names. */
static void test_order(void **state)
{
    const int32_t ids[] = { 1, IMAGE, 5, IMAGE, IMAGE, 2 };

    (void)state;
    begin("{\"texts\":[null,\"x\",null,null],"
          "\"images\":[\"7.png\",null,\"0.png\",\"7.png\"]}");
    add_picture("0.png", 10);
    add_tokens(ids, 6, 6);
    add_picture("7.png", 20);
    assert_int_equal(mm_encode_image_sample(&how, &item, &err), 0);
    assert_int_equal(item.dropped + item.unusable, 0);
    assert_int_equal(pixel("0.u8.npy"), 20);
    assert_int_equal(pixel("1.u8.npy"), 10);
    assert_int_equal(pixel("2.u8.npy"), 20);
    assert_null(mm_sample_find(&item.sample, "7.png"));
    check_ids("tokens.npy", ids, 6);
    check_json("{\"texts\":[null,\"x\",null,null],\"images\":[\"0.u8.npy\","
               "null,\"1.u8.npy\",\"2.u8.npy\"],\"views\":[1,1,1]}");
}

static void test_unusable(void **state)
{
    const int32_t ids[] = { 1, IMAGE, 5, IMAGE, 2 };
    const int32_t left[] = { 1, 5, IMAGE, 2 };
    const int32_t loss[] = { 1, 1, 0, 1 };

    (void)state;
    begin("{\"texts\":[null,\"x\",null],\"images\":[\"a.png\",null,"
          "\"b.png\"],\"source\":{\"n\":1}}");
    add_picture("a.png", 0);
    add_picture("b.png", 30);
    add_tokens(ids, 5, 5);
    assert_int_equal(mm_encode_image_sample(&how, &item, &err), 0);
    assert_int_equal(item.dropped, 0);
    assert_int_equal(item.unusable, 1);
    assert_string_equal(item.report.data,
                        "sample 'k': 'a.png': neither JPEG nor PNG but empty");
    assert_int_equal(pixel("0.u8.npy"), 30);
    check_ids("tokens.npy", left, 4);
    check_ids("loss.npy", loss, 4);
    check_json("{\"texts\":[\"x\",null],\"images\":[null,\"0.u8.npy\"],"
               "\"source\":{\"n\":1},\"views\":[1]}");
}

static void refused(const char *why)
{
    assert_int_equal(mm_encode_image_sample(&how, &item, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    assert_non_null(strstr(err.msg, why));
}

/* Tokens that are of another document */
static void test_mismatch(void **state)
{
    const char *json = "{\"texts\":[null,\"x\"],\"images\":[\"a.png\",null]}";
    const int32_t ids[] = { 1, IMAGE, 5, IMAGE, 2 };

    (void)state;
    begin(json);
    add_picture("a.png", 1);
    add_tokens(ids, 5, 5);
    refused("2 image tokens for 1 pictures");
    begin(json);
    add_picture("a.png", 1);
    add_tokens(ids, 3, 2);
    refused("loss.npy");
    begin(json);
    add_picture("a.png", 1);
    refused("no tokens.npy");
    begin(json);
    add_picture("a.png", 1);
    how.image_token = -1;
    assert_int_equal(mm_encode_image_sample(&how, &item, &err), 0);
    begin("{\"texts\":[null],\"images\":[\"0.u8.npy\",null]}");
    refused("length");
}

/* Without pictures not a byte changes. */
static void test_text(void **state)
{
    (void)state;
    begin("{ \"texts\" : [\"x\"], \"images\" : [null] }");
    assert_int_equal(mm_encode_image_sample(&how, &item, &err), 0);
    assert_int_equal(item.kind, MM_DOC_TEXT);
    check_json("{ \"texts\" : [\"x\"], \"images\" : [null] }");
}

static int teardown(void **state)
{
    (void)state;
    mm_encode_image_release(&item);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order), cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_mismatch), cmocka_unit_test(test_text)
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
