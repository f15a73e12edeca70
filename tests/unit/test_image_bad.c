/*
 * test_image_bad.c - cut, flipped and lying pictures are refused in time and
 * memory, and never give pixels of a wrong size
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/io.h"
#include "data/exif.h"
#include "data/image.h"

#define GOLDEN "tests/golden/image/"

static struct mm_preprocess pre;
static struct mm_image whole, other;
static struct mm_buf file;

static void load(const char *name)
{
    struct mm_err err;
    char path[128];

    mm_preprocess_default(&pre);
    mm_buf_clear(&file);
    snprintf(path, sizeof path, GOLDEN "%s", name);
    assert_int_equal(mm_read_file(path, &file, 1 << 20, &err), 0);
    assert_int_equal(mm_image_decode(&whole, file.data, file.len, &pre, &err),
                     0);
}

static int teardown(void **state)
{
    (void)state;
    mm_image_release(&whole);
    mm_image_release(&other);
    mm_buf_release(&file);
    return 0;
}

static const char *const names[] = {
    "444.jpg", "420p.jpg", "restart.jpg", "cmyk.jpg", "grey.jpg",
    "exif6.jpg", "rgb.png", "rgbai.png", "pal4.png", "pal8t.png",
    "rgba16i.png", "texts.png"
};

#define N_NAMES (sizeof names / sizeof *names)

/* n bytes of the file in memory of just that size, so that a read past them
   is seen */
static int decode_copy(const void *p, size_t n)
{
    struct mm_err err = { 0 };
    char *copy = malloc(n ? n : 1);
    int result;

    memcpy(copy, p, n);
    result = mm_image_decode(&other, copy, n, &pre, &err);
    free(copy);
    if (result != 0) {
        assert_int_equal(err.code, MM_EDATA);
        assert_true(err.msg[0] != 0);
    }
    return result;
}

/* Each prefix is refused or, where only the end mark is gone, complete. */
static void test_truncated(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_NAMES; f++) {
        load(names[f]);
        for (size_t n = 0; n < file.len; n++) {
            if (decode_copy(file.data, n) != 0)
                continue;
            assert_true(n + 16 > file.len);
            assert_int_equal(other.width, whole.width);
            assert_memory_equal(other.rgb, whole.rgb,
                                3 * whole.width * whole.height);
        }
    }
}

static void test_flipped(void **state)
{
    size_t refused = 0, taken = 0;

    (void)state;
    for (size_t f = 0; f < N_NAMES; f++) {
        load(names[f]);
        for (size_t bit = f % 3; bit < 8 * file.len; bit += 3) {
            file.data[bit / 8] ^= (char)(1 << bit % 8);
            if (decode_copy(file.data, file.len) == 0)
                taken++;
            else
                refused++;
            file.data[bit / 8] ^= (char)(1 << bit % 8);
        }
    }
    assert_true(refused > 1000 && taken > 100);
}

/* ---- bombs ---- */

static void put32(struct mm_buf *b, uint32_t v)
{
    unsigned char p[4] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16),
                           (unsigned char)(v >> 8), (unsigned char)v };

    mm_buf_add(b, p, 4);
}

static void put_chunk(struct mm_buf *b, const char *name, const void *p,
                      size_t n)
{
    size_t begin = b->len + 4;

    put32(b, (uint32_t)n);
    mm_buf_add(b, name, 4);
    mm_buf_add(b, p, n);
    put32(b, (uint32_t)crc32(0, (const Bytef *)b->data + begin,
                             (uInt)(n + 4)));
}

/* A black PNG of one bit a pixel, with a chunk that inflates to much more */
static void make_png_bomb(struct mm_buf *b, uint32_t side, const char *extra,
                          uLong extra_bytes)
{
    unsigned char head[13] = { 0 };
    uLong raw = (uLong)side * (side / 8 + 1);
    uLong most = compressBound(raw > extra_bytes ? raw : extra_bytes), n = most;
    Bytef *zeros = calloc(raw > extra_bytes ? raw : extra_bytes, 1);
    Bytef *packed = malloc(most + 4);

    mm_buf_clear(b);
    mm_buf_add(b, "\x89PNG\r\n\x1a\n", 8);
    head[2] = head[6] = (unsigned char)(side >> 8);
    head[3] = head[7] = (unsigned char)side;
    head[8] = 1;
    put_chunk(b, "IHDR", head, sizeof head);
    if (extra) {
        memcpy(packed, "x\0\0", 3);
        assert_int_equal(compress(packed + 3, &n, zeros, extra_bytes), Z_OK);
        put_chunk(b, extra, packed, n + 3);
        n = most;
    }
    assert_int_equal(compress(packed, &n, zeros, raw), Z_OK);
    put_chunk(b, "IDAT", packed, n);
    put_chunk(b, "IEND", "", 0);
    free(zeros);
    free(packed);
}

/* A grey JPEG, maybe progressive */
static void make_jpeg(struct mm_buf *b, unsigned side, int progressive)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr error;
    unsigned char *out = NULL, *row = calloc(side, 1);
    unsigned long n = 0;

    c.err = jpeg_std_error(&error);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out, &n);
    c.image_width = c.image_height = side;
    c.input_components = 1;
    c.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&c);
    if (progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < side)
        jpeg_write_scanlines(&c, &row, 1);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    mm_buf_clear(b);
    mm_buf_add(b, out, n);
    free(out);
    free(row);
}

/* Write another size into the frame header. */
static void claim_size(struct mm_buf *b, unsigned width, unsigned height)
{
    for (size_t i = 2; i + 9 < b->len; i++)
        if ((unsigned char)b->data[i] == 0xff &&
            ((unsigned char)b->data[i + 1] == 0xc0 ||
             (unsigned char)b->data[i + 1] == 0xc2)) {
            b->data[i + 5] = (char)(height >> 8);
            b->data[i + 6] = (char)height;
            b->data[i + 7] = (char)(width >> 8);
            b->data[i + 8] = (char)width;
            return;
        }
    fail();
}

/* The last scan again and again, before the end mark */
static void repeat_scan(struct mm_buf *b, int times)
{
    struct mm_buf scan = { 0 };
    size_t begin = b->len - 2;

    while ((unsigned char)b->data[begin] != 0xff ||
           (unsigned char)b->data[begin + 1] != 0xda)
        begin--;
    mm_buf_add(&scan, b->data + begin, b->len - 2 - begin);
    b->len -= 2;
    for (int i = 0; i < times; i++)
        mm_buf_add(b, scan.data, scan.len);
    mm_buf_add(b, "\xff\xd9", 2);
    mm_buf_release(&scan);
}

static double seconds(void)
{
    return mm_clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static long peak_kb(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

static void refused(const char *why)
{
    struct mm_err err = { 0 };
    double begin = seconds();
    long peak = peak_kb();

    assert_int_equal(mm_image_decode(&other, file.data, file.len, &pre, &err),
                     -1);
    assert_int_equal(err.code, MM_EDATA);
    if (strstr(err.msg, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.msg, why);
    assert_true(seconds() - begin < 0.5); /* 0.1 but for sanitizers */
    assert_true(peak_kb() - peak < 64 << 10);
}

static void test_png_bombs(void **state)
{
    (void)state;
    mm_preprocess_default(&pre);
    make_png_bomb(&file, 20000, NULL, 0);
    refused("over the limit");
    make_png_bomb(&file, 9000, NULL, 0);
    refused("a bomb");
}

/* A colour profile and a text that inflate to 200 MB are not looked at. */
static void test_chunk_bombs(void **state)
{
    struct mm_err err;
    long peak;

    (void)state;
    mm_preprocess_default(&pre);
    for (int i = 0; i < 2; i++) {
        make_png_bomb(&file, 64, i ? "iCCP" : "zTXt", 50000000);
        peak = peak_kb();
        assert_int_equal(mm_image_decode(&other, file.data, file.len, &pre,
                                         &err),
                         0);
        assert_true(peak_kb() - peak < 16 << 10);
    }
}

static void test_jpeg_bombs(void **state)
{
    (void)state;
    mm_preprocess_default(&pre);
    make_jpeg(&file, 64, 1);
    claim_size(&file, 65500, 65500);
    refused("over the limit");
    claim_size(&file, 9000, 9000);
    refused("a bomb");
    make_jpeg(&file, 640, 1);
    repeat_scan(&file, 50000);
    refused("scans");
}

/* What is no picture is named. */
static void test_foreign(void **state)
{
    static const struct {
        const char *bytes, *what;
    } cases[] = { { "", "empty" },
                  { "GIF89a...", "GIF" },
                  { "<html>", "HTML" },
                  { "\xff\xd8\xff", "cut short" },
                  { "\x89PNG\r\n\x1a\n", "no header" },
                  { "hello", "something else" } };

    (void)state;
    mm_preprocess_default(&pre);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mm_buf_clear(&file);
        mm_buf_adds(&file, cases[i].bytes);
        refused(cases[i].what);
    }
}

/* An EXIF directory that lies about its place and length */
static void test_exif(void **state)
{
    static const char head[] = "\xff\xd8\xff\xe1\0\x22"
                               "Exif\0\0MM\0*\0\0\0\x08\0\x01"
                               "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0";
    char bytes[sizeof head];

    (void)state;
    memcpy(bytes, head, sizeof head);
    assert_int_equal(mm_exif_orientation(bytes, sizeof head - 1), 1); /* cut */
    bytes[5] = 0x1e;
    assert_int_equal(mm_exif_orientation(bytes, sizeof head - 1), 6);
    bytes[19] = 0x7f; /* the directory stands after the end */
    assert_int_equal(mm_exif_orientation(bytes, sizeof head - 1), 1);
    bytes[19] = 8;
    bytes[20] = 0x7f; /* many entries, of which one is there */
    bytes[23] = 0x13;
    assert_int_equal(mm_exif_orientation(bytes, sizeof head - 1), 1);
    for (size_t n = 0; n < sizeof head; n++)
        mm_exif_orientation(head, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_png_bombs), cmocka_unit_test(test_chunk_bombs),
        cmocka_unit_test(test_jpeg_bombs), cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_exif)
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
