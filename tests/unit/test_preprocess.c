/*
 * test_preprocess.c - preprocessor_config.json there and back, and Hugging
 * Face's
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "data/image.h"

#define FILE_NAME "/preprocessor_config.json"
#define SQUARE "{\"size\":{\"height\":4,\"width\":4},"

static char dir[] = "/tmp/mm1-preprocess-XXXXXX";
static struct mm_err err;

static int setup(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    return mm_remove_tree(dir, &err);
}

static void test_round_trip(void **state)
{
    static const char *const tiles[] = { "none", "3x2", "1-9" };
    struct mm_preprocess p, q;

    (void)state;
    for (int i = 0; i < 12; i++) {
        mm_preprocess_default(&p);
        p.size = 336 + (size_t)i;
        p.fit = (enum mm_fit)(i % 3);
        p.filter = (enum mm_filter)(i % 2);
        p.alpha = (enum mm_alpha)(i / 6);
        p.max_pixels = 1000000 + (size_t)i;
        p.mean[1] = 0.1f + 0.01f * (float)i;
        assert_int_equal(mm_tiling_parse(&p.tiling, tiles[i % 3], &err), 0);
        p.tiling.overview = i % 3 ? (enum mm_overview)(i / 3 % 3)
                                  : MM_OVERVIEW_FIRST;
        assert_int_equal(mm_preprocess_save(&p, dir, &err), 0);
        assert_int_equal(mm_preprocess_load(&q, dir, &err), 0);
        assert_int_equal(q.size, p.size);
        assert_int_equal(q.fit, p.fit);
        assert_int_equal(q.filter, p.filter);
        assert_int_equal(q.alpha, p.alpha);
        assert_int_equal(q.max_pixels, p.max_pixels);
        assert_memory_equal(&q.tiling, &p.tiling, sizeof p.tiling);
        assert_memory_equal(q.mean, p.mean, sizeof p.mean);
        assert_memory_equal(q.std, p.std, sizeof p.std);
    }
}

static int load(struct mm_preprocess *p, const char *json)
{
    struct mm_buf path = { 0 };
    int result;

    mm_buf_adds(&path, dir);
    mm_buf_adds(&path, FILE_NAME);
    result = mm_write_file(path.data, json, strlen(json), &err);
    mm_buf_release(&path);
    assert_int_equal(result, 0);
    return mm_preprocess_load(p, dir, &err);
}

static void test_hugging_face(void **state)
{
    struct mm_preprocess p;

    (void)state;
    assert_int_equal(load(&p, "{\"size\":{\"shortest_edge\":224},\"crop_size\":"
                              "{\"height\":224,\"width\":224},"
                              "\"do_center_crop\":true,\"resample\":3}"),
                     0);
    assert_int_equal(p.fit, MM_FIT_CROP);
    assert_int_equal(p.size, 224);
    assert_int_equal(load(&p, "{\"size\":224,\"crop_size\":224,"
                              "\"do_center_crop\":true}"),
                     0);
    assert_int_equal(p.fit, MM_FIT_CROP);
    assert_int_equal(load(&p, "{\"size\":{\"height\":378,\"width\":378},"
                              "\"resample\":2,\"image_mean\":[0.5,0.5,0.5]}"),
                     0);
    assert_int_equal(p.fit, MM_FIT_SQUASH);
    assert_int_equal(p.filter, MM_FILTER_BILINEAR);
    assert_true(p.mean[2] == 0.5f);
}

static void test_refused(void **state)
{
    static const char *const cases[][2] = {
        { "[]", "no object" },
        { "{}", "'size'" },
        { "{\"size\":0}", "'size'" },
        { "{\"size\":{\"height\":3,\"width\":4}}", "'size'" },
        { "{\"size\":{\"height\":4,\"width\":4},\"resample\":1}",
          "'resample' is 1" },
        { "{\"size\":4,\"do_normalize\":false}", "normalising" },
        { "{\"size\":{\"shortest_edge\":4}}", "shortest edge" },
        { "{\"size\":4,\"do_center_crop\":true,\"crop_size\":3}", "crop" },
        { "{\"size\":{\"height\":4,\"width\":4},\"image_mean\":[1,2]}",
          "'image_mean'" },
        { "{\"size\":{\"height\":4,\"width\":4},\"image_std\":[1,0,1]}",
          "'image_std'" },
        { "{\"size\":{\"height\":4,\"width\":4},\"mm1\":{\"alpha\":\"x\"}}",
          "'alpha' is 'x'" },
        { SQUARE "\"mm1\":{\"alpha\":1}}", "'alpha' is no text" },
        { SQUARE "\"mm1\":{\"tiles\":7}}", "'tiles' is no text" },
        { SQUARE "\"mm1\":{\"overview\":[]}}", "'overview'" },
        { SQUARE "\"mm1\":{\"max_pixels\":\"x\"}}", "'max_pixels'" },
    };
    struct mm_preprocess p;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(load(&p, cases[i][0]), -1);
        assert_int_equal(err.code, MM_ECONFIG);
        if (strstr(err.msg, cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], err.msg);
    }
}

static void test_describe(void **state)
{
    struct mm_preprocess p;
    struct mm_buf out = { 0 };
    struct mm_jw w;

    (void)state;
    mm_preprocess_default(&p);
    mm_jw_begin(&w, &out);
    mm_preprocess_describe(&p, &w);
    assert_string_equal(
        out.data,
        "{\"size\":224,\"fit\":\"squash\",\"filter\":\"bicubic\","
        "\"alpha\":\"white\",\"mean\":[0.48145467,0.4578275,0.40821072],"
        "\"std\":[0.26862955,0.2613026,0.2757771]}");
    mm_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_hugging_face),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_describe),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
