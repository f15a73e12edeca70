/*
 * test_tiling.c - grids, and the views of a picture as plain Pillow cuts them
 *
 * Expected values: tests/golden/views.txt, written by tests/golden/views.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "../image_fixture.h"
#include "base/cpu.h"
#include "base/io.h"
#include "data/image_fit.h"
#include "data/png.h"
#include "data/tiling.h"

#define GOLDEN "tests/golden/views.txt"

static struct mm_fitter fitter;
static struct mm_image source, result;

/* made() of views.py */

static void check_grid(const char *line)
{
    struct mm_tiling t = { 0 };
    struct mm_grid g;
    size_t side, width, height, cols, rows;

    assert_int_equal(sscanf(line, "%zu %zu %zu %zu %zu %zu %zu", &side, &t.min,
                            &t.max, &width, &height, &cols, &rows),
                     7);
    g = mm_tiling_grid(&t, side, width, height);
    if (g.cols != cols || g.rows != rows)
        fail_msg("%s: got %zu x %zu", line, g.cols, g.rows);
}

static void test_grid(void **state)
{
    (void)state;
    assert_true(each_line(GOLDEN, "grid ", check_grid) > 100);
}

static void check_result(const char *line, size_t side, size_t n, uint32_t crc)
{
    uint32_t got = (uint32_t)crc32(0, result.rgb,
                                   (uInt)(3 * result.width * result.height));

    if (result.width != side || result.height != side * n || got != crc)
        fail_msg("%s: got %zu x %zu, %08x", line, result.width, result.height,
                 got);
}

/* Of a picture in memory, and of a file in one pass */
static void check_views(const char *line)
{
    static const char *const fits[] = { "squash", "crop", "pad" };
    struct mm_preprocess pre;
    struct mm_buf file = { 0 };
    struct mm_err err;
    char tiles[16], overview[16], fit[16], filter[16];
    size_t width, height, n;
    uint32_t crc;

    mm_preprocess_default(&pre);
    assert_int_equal(sscanf(line, "%zu %zu %zu %15s %15s %15s %15s %zu %x",
                            &width, &height, &pre.size, tiles, overview, fit,
                            filter, &n, &crc),
                     9);
    for (int i = 0; i < 3; i++)
        if (strcmp(fit, fits[i]) == 0)
            pre.fit = (enum mm_fit)i;
    pre.filter = strcmp(filter, "bicubic") ? MM_FILTER_BILINEAR
                                           : MM_FILTER_BICUBIC;
    assert_int_equal(mm_tiling_parse(&pre.tiling, tiles, &err), 0);
    pre.tiling.overview = (enum mm_overview)mm_overview_find(overview);
    make(&source, width, height);
    assert_int_equal(mm_fitter_run(&fitter, &result, &source, &pre, &err), 0);
    check_result(line, pre.size, n, crc);
    assert_true(n <= mm_tiling_most(&pre.tiling));

    assert_int_equal(mm_png_encode(&file, &source, &err), 0);
    assert_int_equal(mm_fitter_decode(&fitter, &result, file.data, file.len,
                                      &pre, &err),
                     0);
    check_result(line, pre.size, n, crc);
    mm_buf_release(&file);
}

/* Every level of instructions that this machine has gives the same bytes. */
static void test_views(void **state)
{
    static const char *const levels[] = { "plain", "avx2", "avx512" };
    struct mm_err err;

    (void)state;
    for (int i = 0; i < 3; i++) {
        setenv("MM1_ISA", levels[i], 1);
        if (mm_cpu_init(&err) == 0)
            assert_true(each_line(GOLDEN, "views ", check_views) > 100);
    }
    unsetenv("MM1_ISA");
    assert_int_equal(mm_cpu_init(&err), 0);
    mm_fitter_release(&fitter);
    mm_image_release(&source);
    mm_image_release(&result);
}

static void test_text(void **state)
{
    static const char *const good[] = { "none", "2x2", "3x1", "1-9", "4-16" };
    static const char *const bad[] = { "", "2", "x2", "2x", "0x2", "2x0", "9-4",
                                       "2x2x2", "-3", "8x9", "1-65", "1 -2",
                                       "4294967296x4294967296", "2X2" };
    char text[MM_TILING_TEXT];
    struct mm_tiling t = { 0 };
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(mm_tiling_parse(&t, good[i], &err), 0);
        mm_tiling_print(&t, text);
        assert_string_equal(text, good[i]);
        assert_int_equal(mm_tiling_is_on(&t), i > 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mm_tiling_parse(&t, bad[i], &err), -1);
        assert_int_equal(err.code, MM_EUSAGE);
    }
}

/* MM1's way: an overview and four tiles, five times the tokens */
static void test_most(void **state)
{
    struct mm_tiling t = { .cols = 2, .rows = 2 };

    (void)state;
    assert_int_equal(mm_tiling_most(&t), 5);
    assert_int_equal(mm_tiling_overview(&t, 5), 0);
    t.overview = MM_OVERVIEW_LAST;
    assert_int_equal(mm_tiling_overview(&t, 5), 4);
    assert_int_equal(mm_tiling_overview(&t, 1), 0);
    t.overview = MM_OVERVIEW_NONE;
    assert_int_equal(mm_tiling_most(&t), 4);
    assert_int_equal(mm_tiling_overview(&t, 4), 4);
    assert_int_equal(mm_tiling_most(&(struct mm_tiling){ 0 }), 1);
    assert_false(mm_tiling_is_on(&(struct mm_tiling){ .cols = 1, .rows = 1 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
