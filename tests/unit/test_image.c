/*
 * test_image.c - decoding and resizing equal what Pillow gave
 *
 * Expected values: tests/golden/image.txt, written by tests/golden/image.py.
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
#include "data/exif.h"
#include "data/image.h"
#include "data/image_fit.h"
#include "data/png.h"
#include "data/resize.h"

#define GOLDEN "tests/golden/"

static uint32_t crc_of(const struct mm_image *im)
{
    return (uint32_t)crc32(0, im->rgb,
                           (uInt)(im->width * im->height * 3));
}

/* made() of image.py */

static void check_crc(const struct mm_image *im, unsigned long w,
                      unsigned long h, uint32_t crc, const char *line)
{
    if (im->width != w || im->height != h || crc_of(im) != crc)
        fail_msg("%s: got %zu x %zu, %08x", line, im->width, im->height,
                 crc_of(im));
}

static void check_decode(const char *line)
{
    struct mm_preprocess pre;
    struct mm_image im = { 0 };
    struct mm_buf file = { 0 };
    struct mm_err err = { 0 };
    char name[64], alpha[16], path[128];
    unsigned long w, h;
    uint32_t crc;

    assert_int_equal(sscanf(line, "%63s %15s %lu %lu %x", name, alpha, &w, &h,
                            &crc),
                     5);
    mm_preprocess_default(&pre);
    pre.alpha = strcmp(alpha, "drop") == 0 ? MM_ALPHA_DROP : MM_ALPHA_WHITE;
    snprintf(path, sizeof path, GOLDEN "image/%s", name);
    assert_int_equal(mm_read_file(path, &file, 1 << 20, &err), 0);
    if (mm_image_decode(&im, file.data, file.len, &pre, &err) != 0)
        fail_msg("%s: %s", name, err.msg);
    check_crc(&im, w, h, crc, line);
    mm_image_release(&im);
    mm_buf_release(&file);
}

static enum mm_filter filter_of(const char *name)
{
    return strcmp(name, "bicubic") == 0 ? MM_FILTER_BICUBIC
                                        : MM_FILTER_BILINEAR;
}

static struct mm_resizer resizer; /* tables and memory used again and again */
static struct mm_fitter fitter;
static struct mm_image source, result;

static uint8_t *result_row(void *ctx, size_t i)
{
    (void)ctx;
    return result.rgb + 3 * result.width * i;
}

/* The window of source resized to width x height, as result */
static void resize(size_t width, size_t height, const struct mm_window *window,
                   enum mm_filter filter)
{
    const struct mm_resize_job job = { source.width, source.height, width,
                                       height, *window, filter,
                                       result_row, NULL, NULL };
    size_t bytes = 3 * source.width, last = source.height - 1;
    uint8_t *rows = calloc(4, bytes + 64);
    const uint8_t *four[4];
    struct mm_err err;

    assert_int_equal(mm_image_room(&result, window->width, window->height,
                                   &err),
                     0);
    assert_int_equal(mm_resize_begin(&resizer, &job, &err), 0);
    for (size_t y = 0; y <= last; y += 4) {
        for (size_t i = 0; i < 4; i++)
            four[i] = memcpy(rows + i * (bytes + 64),
                             source.rgb +
                                 bytes * (y + i < last ? y + i : last),
                             bytes);
        mm_resize_rows(&resizer, four);
    }
    free(rows);
}

static void check_resize(const char *line)
{
    struct mm_window all = { 0, 0, 0, 0 };
    unsigned long w, h;
    uint32_t crc;
    char filter[16];

    assert_int_equal(sscanf(line, "%lu %lu %zu %zu %15s %x", &w, &h,
                            &all.width, &all.height, filter, &crc),
                     6);
    make(&source, w, h);
    resize(all.width, all.height, &all, filter_of(filter));
    check_crc(&result, all.width, all.height, crc, line);
}

static void check_fit(const char *line)
{
    static const char *const fits[] = { "squash", "crop", "pad" };
    struct mm_preprocess pre;
    struct mm_err err;
    unsigned long w, h;
    uint32_t crc;
    char fit[16], filter[16];

    mm_preprocess_default(&pre);
    assert_int_equal(sscanf(line, "%lu %lu %zu %15s %15s %x", &w, &h,
                            &pre.size, fit, filter, &crc),
                     6);
    for (int i = 0; i < 3; i++)
        if (strcmp(fit, fits[i]) == 0)
            pre.fit = (enum mm_fit)i;
    pre.filter = filter_of(filter);
    make(&source, w, h);
    assert_int_equal(mm_fitter_run(&fitter, &result, &source, &pre, &err), 0);
    check_crc(&result, pre.size, pre.size, crc, line);
}

static void release(void)
{
    mm_resizer_release(&resizer);
    mm_fitter_release(&fitter);
    mm_image_release(&source);
    mm_image_release(&result);
}

static void test_decode(void **state)
{
    (void)state;
    assert_true(each_line(GOLDEN "image.txt", "decode ", check_decode) > 100);
}

/* Every level of instructions that this machine has gives the same bytes. */
static void each_level(const char *word, void (*check)(const char *line))
{
    static const char *const levels[] = { "plain", "avx2", "avx512" };
    struct mm_err err;

    for (int i = 0; i < 3; i++) {
        setenv("MM1_ISA", levels[i], 1);
        if (mm_cpu_init(&err) == 0)
            assert_true(each_line(GOLDEN "image.txt", word, check) > 100);
    }
    unsetenv("MM1_ISA");
    assert_int_equal(mm_cpu_init(&err), 0);
    release();
}

static void test_resize(void **state)
{
    (void)state;
    each_level("resize ", check_resize);
}

static void test_fit(void **state)
{
    (void)state;
    each_level("fit ", check_fit);
}

/* A window has the pixels of the whole. */
static void test_window(void **state)
{
    struct mm_window all = { 0, 0, 40, 30 }, part = { 7, 11, 20, 5 };
    uint8_t whole[3 * 40 * 30];

    (void)state;
    make(&source, 77, 60);
    resize(40, 30, &all, MM_FILTER_BICUBIC);
    memcpy(whole, result.rgb, sizeof whole);
    resize(40, 30, &part, MM_FILTER_BICUBIC);
    for (size_t y = 0; y < part.height; y++)
        assert_memory_equal(result.rgb + 3 * 20 * y,
                            whole + 3 * (40 * (y + part.y) + part.x), 3 * 20);
    release();
}

/* Decoding and fitting in one pass is the same as one after the other. */
static void check_one_pass(const char *line)
{
    char name[64], path[128];
    struct mm_preprocess pre;
    struct mm_buf file = { 0 };
    struct mm_err err;

    assert_int_equal(sscanf(line, "%63s", name), 1);
    snprintf(path, sizeof path, GOLDEN "image/%s", name);
    assert_int_equal(mm_read_file(path, &file, 1 << 20, &err), 0);
    mm_preprocess_default(&pre);
    pre.size = 23;
    for (int fit = 0; fit < 3; fit++) {
        uint8_t pixels[3 * 23 * 23];

        pre.fit = (enum mm_fit)fit;
        assert_int_equal(mm_image_decode(&source, file.data, file.len, &pre,
                                         &err),
                         0);
        assert_int_equal(mm_fitter_run(&fitter, &result, &source, &pre, &err),
                         0);
        memcpy(pixels, result.rgb, sizeof pixels);
        memset(result.rgb, 1, sizeof pixels);
        assert_int_equal(mm_fitter_decode(&fitter, &result, file.data,
                                          file.len, &pre, &err),
                         0);
        if (memcmp(pixels, result.rgb, sizeof pixels) != 0)
            fail_msg("%s: fit %d", name, fit);
    }
    mm_buf_release(&file);
}

static void test_one_pass(void **state)
{
    (void)state;
    each_level("decode ", check_one_pass);
}

static void test_png_round_trip(void **state)
{
    struct mm_preprocess pre;
    struct mm_buf file = { 0 };
    struct mm_err err;

    (void)state;
    mm_preprocess_default(&pre);
    make(&source, 37, 19);
    assert_int_equal(mm_png_encode(&file, &source, &err), 0);
    assert_int_equal(mm_image_decode(&result, file.data, file.len, &pre, &err),
                     0);
    check_crc(&result, 37, 19, crc_of(&source), "round trip");
    mm_buf_release(&file);
    release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_resize),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_one_pass),
        cmocka_unit_test(test_png_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
