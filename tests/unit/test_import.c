/*
 * test_import.c - the parts of import: gzip, CSV, picture headers, paths, PNG
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/io.h"
#include "data/csv.h"
#include "data/gzip.h"
#include "data/import_reader.h"
#include "data/picture.h"
#include "data/png_grey.h"

/* ---- gzip ---- */

/* One gzip member after what out holds. */
static void pack(struct mm_buf *out, const char *p, size_t n)
{
    z_stream z = { 0 };
    size_t room = n + n / 1000 + 100;
    void *to = mm_buf_extend(out, room);

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8,
                                  Z_DEFAULT_STRATEGY),
                     Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)p;
    z.avail_in = (unsigned)n;
    z.next_out = to;
    z.avail_out = (unsigned)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->len -= z.avail_out;
    deflateEnd(&z);
}

/* A file of the bytes, removed by the caller. */
static void put(char *path, const struct mm_buf *b)
{
    struct mm_err err;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(mm_write_file(path, b->data, b->len, &err), 0);
}

/* All of a file, or the error's code. */
static int slurp(const struct mm_buf *file, struct mm_buf *out, size_t max)
{
    char path[] = "/tmp/mm1-import-XXXXXX";
    struct mm_gzip *z;
    struct mm_err err;
    int result;

    put(path, file);
    z = mm_gzip_open(path, &err);
    assert_non_null(z);
    mm_buf_clear(out);
    result = mm_gzip_rest(z, out, max, &err);
    if (result == 0)
        assert_int_equal(mm_gzip_offset(z), out->len);
    mm_gzip_close(z);
    unlink(path);
    return result < 0 ? (int)err.code : 0;
}

static void test_gzip(void **state)
{
    struct mm_buf text = { 0 }, file = { 0 }, out = { 0 };

    (void)state;
    for (int i = 0; i < 100000; i++)
        mm_buf_addf(&text, "%d\n", i * 7919);
    assert_int_equal(slurp(&text, &out, 1 << 24), 0); /* plain */
    assert_int_equal(out.len, text.len);
    pack(&file, text.data, text.len);
    pack(&file, "", 0);
    pack(&file, "more", 4);
    memset(mm_buf_extend(&file, 700), 0, 700);
    assert_int_equal(slurp(&file, &out, 1 << 24), 0);
    assert_int_equal(out.len, text.len + 4);
    assert_memory_equal(out.data, text.data, text.len);
    assert_int_equal(slurp(&file, &out, text.len + 3), MM_EDATA);
    assert_int_equal(slurp(&file, &out, text.len + 4), 0);
    mm_buf_release(&text);
    mm_buf_release(&file);
    mm_buf_release(&out);
}

/* Cut anywhere it is an error, never a shorter text; so is a flipped bit. */
static void test_gzip_damage(void **state)
{
    const char text[] = "abcabcabcabcabcabcabcabc, and that is all of it";
    struct mm_buf whole = { 0 }, file = { 0 }, out = { 0 };

    (void)state;
    pack(&whole, text, sizeof text - 1);
    for (size_t n = 2; n < whole.len; n++) {
        mm_buf_clear(&file);
        mm_buf_add(&file, whole.data, n);
        assert_int_equal(slurp(&file, &out, 1000), MM_EDATA);
    }
    for (size_t i = 10; i < whole.len; i++) { /* after the header */
        mm_buf_clear(&file);
        mm_buf_add(&file, whole.data, whole.len);
        file.data[i] ^= 1;
        if (slurp(&file, &out, 1000) == 0)
            assert_memory_equal(out.data, text, sizeof text - 1);
    }
    mm_buf_clear(&file);
    mm_buf_add(&file, whole.data, whole.len);
    mm_buf_adds(&file, "tail");
    assert_int_equal(slurp(&file, &out, 1000), MM_EDATA);
    mm_buf_release(&whole);
    mm_buf_release(&file);
    mm_buf_release(&out);
}

/* A bomb of 64 MiB is read in constant memory up to what is wanted. */
static void test_gzip_bomb(void **state)
{
    struct mm_buf zeros = { 0 }, file = { 0 }, out = { 0 };
    size_t n = (size_t)64 << 20;

    (void)state;
    memset(mm_buf_extend(&zeros, n), 0, n);
    pack(&file, zeros.data, n);
    mm_buf_release(&zeros);
    assert_true(file.len < n / 900);
    assert_int_equal(slurp(&file, &out, 1 << 20), MM_EDATA);
    assert_true(out.cap <= (size_t)2 << 20);
    mm_buf_release(&file);
    mm_buf_release(&out);
}

static void test_gzip_lines(void **state)
{
    char path[] = "/tmp/mm1-import-XXXXXX";
    struct mm_buf file = { 0 }, line = { 0 };
    struct mm_gzip *z;
    struct mm_err err;
    const char *p;
    size_t n = 3;

    (void)state;
    pack(&file, "ab\n\ncde", 7);
    put(path, &file);
    z = mm_gzip_open(path, &err);
    assert_int_equal(mm_gzip_peek(z, &p, &n, &err), 0);
    assert_int_equal(n, 3);
    assert_memory_equal(p, "ab\n", 3);
    assert_int_equal(mm_gzip_line(z, &line, 3, &err), 1);
    assert_string_equal(line.data, "ab");
    assert_int_equal(mm_gzip_line(z, &line, 3, &err), 1);
    assert_int_equal(line.len, 0);
    n = 100;
    assert_int_equal(mm_gzip_peek(z, &p, &n, &err), 0);
    assert_int_equal(n, 3);
    assert_int_equal(mm_gzip_line(z, &line, 3, &err), 1);
    assert_string_equal(line.data, "cde");
    assert_int_equal(mm_gzip_line(z, &line, 3, &err), 0);
    mm_gzip_close(z);
    z = mm_gzip_open(path, &err);
    assert_int_equal(mm_gzip_line(z, &line, 1, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    mm_gzip_close(z);
    unlink(path);
    mm_buf_release(&file);
    mm_buf_release(&line);
}

/* ---- CSV ---- */

static void test_csv(void **state)
{
    static const char *const cases[][2] = {
        { "", "[]" },
        { "a,b", "[a][b]" },
        { "a,,", "[a][][]" },
        { "\"a,\"\"b\"\"\nc\",d", "[a,\"b\"\nc][d]" },
        { "a\"\"b,\"c\"d", "[a\"\"b][cd]" },
    };
    struct mm_csv c = { 0 };
    struct mm_buf out = { 0 };
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mm_buf_clear(&out);
        assert_int_equal(mm_csv_parse(&c, cases[i][0], strlen(cases[i][0]),
                                      &err),
                         0);
        for (size_t k = 0; k < c.n; k++) {
            size_t n;
            const char *field = mm_csv_field(&c, k, &n);

            assert_int_equal(strlen(field), n);
            mm_buf_addf(&out, "[%s]", field);
        }
        assert_string_equal(out.data, cases[i][1]);
    }
    assert_int_equal(mm_csv_parse(&c, "\"a", 2, &err), -1);
    mm_buf_clear(&out);
    for (int i = 0; i < MM_CSV_FIELDS_MAX; i++)
        mm_buf_addc(&out, ',');
    assert_int_equal(mm_csv_parse(&c, out.data, out.len, &err), -1);
    assert_int_equal(mm_csv_parse(&c, out.data, out.len - 1, &err), 0);
    mm_csv_release(&c);
    mm_buf_release(&out);
}

/* ---- pictures ---- */

static void test_grey(void **state)
{
    uint8_t grey[5 * 300];
    struct mm_buf a = { 0 }, b = { 0 };
    struct mm_picture pic;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof grey; i++)
        grey[i] = (uint8_t)(i * i >> 3);
    mm_buf_adds(&a, "kept");
    assert_int_equal(mm_png_grey(&a, grey, 300, 5, &err), 0);
    assert_int_equal(mm_png_grey(&b, grey, 300, 5, &err), 0);
    assert_memory_equal(a.data, "kept", 4);
    assert_int_equal(a.len, b.len + 4);
    assert_memory_equal(a.data + 4, b.data, b.len);
    assert_int_equal(mm_picture_probe(&pic, b.data, b.len, &err), 0);
    assert_int_equal(pic.width, 300);
    assert_int_equal(pic.height, 5);
    assert_string_equal(pic.ext, "png");
    for (size_t n = 0; n < b.len; n++) { /* cut anywhere, header or not */
        assert_int_equal(mm_picture_probe(&pic, b.data, n, &err), -1);
        assert_int_equal(err.code, MM_EDATA);
    }
    mm_buf_release(&a);
    mm_buf_release(&b);
}

/* A header cut anywhere is refused; only what is needed is looked at. */
static void test_probe(void **state)
{
    static const unsigned char jpeg[] = {
        0xff, 0xd8, 0xff, 0xe0, 0, 4, 0xff, 0xc0,       /* APP0 */
        0xff, 0xff, 0xc4, 0, 2,                         /* fill, DHT */
        0xff, 0xc2, 0, 11, 8, 1, 2, 3, 4, 1, 1, 0x11, 0 /* SOF2 */
    };
    static const unsigned char endless[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 0,
                                             0xff, 0xe0, 0, 0, 1, 1 };
    unsigned char cut[sizeof jpeg];
    struct mm_picture pic;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_picture_probe(&pic, jpeg, sizeof jpeg, &err), 0);
    assert_int_equal(pic.height, 0x102);
    assert_int_equal(pic.width, 0x304);
    assert_string_equal(pic.ext, "jpg");
    for (size_t n = 0; n < 22; n++) {
        memcpy(cut, jpeg, n);
        assert_int_equal(mm_picture_probe(&pic, cut, n, &err), -1);
        assert_int_equal(err.code, MM_EDATA);
    }
    assert_int_equal(mm_picture_probe(&pic, endless, sizeof endless, &err),
                     -1);
    assert_int_equal(mm_picture_probe(&pic, "RIFFxxxxWEBP", 12, &err), -1);
    assert_non_null(strstr(err.msg, "WebP"));
}

/* ---- paths ---- */

static void check_path(const char *base, const char *ref, int url,
                       enum mm_import_drop why, const char *want)
{
    struct mm_buf path = { 0 };

    assert_int_equal(mm_import_path(&path, "r", base, ref, strlen(ref), url),
                     why);
    if (want)
        assert_string_equal(path.data, want);
    mm_buf_release(&path);
}

static void test_path(void **state)
{
    (void)state;
    check_path("", "a.png", 0, MM_DROP_NONE, "r/a.png");
    check_path("b/c", "./a//d.png", 0, MM_DROP_NONE, "r/b/c/a/d.png");
    check_path("b/c", "../../a", 0, MM_DROP_NONE, "r/a");
    check_path("b/c", "../../../r/a", 0, MM_DROP_OUTSIDE, NULL);
    check_path("", "a/../../r/b", 0, MM_DROP_OUTSIDE, NULL);
    check_path("", "..", 0, MM_DROP_OUTSIDE, NULL);
    check_path("", "...", 0, MM_DROP_NONE, "r/...");
    check_path("", "a/..", 0, MM_DROP_MISSING, NULL);
    check_path("", "/a", 0, MM_DROP_OUTSIDE, NULL);
    check_path("b", "/a", 1, MM_DROP_NONE, "r/a");
    check_path("b", "/../a", 1, MM_DROP_OUTSIDE, NULL);
    check_path("b", "%2e%2E/%2e./a", 1, MM_DROP_OUTSIDE, NULL);
    check_path("b", "a%20b%zz%4?q=1#f", 1, MM_DROP_NONE, "r/b/a b%zz%4");
    check_path("b", "a%00.png", 1, MM_DROP_OUTSIDE, NULL);
    check_path("b", "a%20b?c", 0, MM_DROP_NONE, "r/b/a%20b?c");
    check_path("", "https://x/a.png", 1, MM_DROP_MISSING, NULL);
    check_path("", "//x/a.png", 1, MM_DROP_MISSING, NULL);
    check_path("", "data:image/png;base64,AAAA", 1, MM_DROP_MISSING, NULL);
    check_path("", "#top", 1, MM_DROP_MISSING, NULL);
    check_path("", "", 0, MM_DROP_MISSING, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_damage),
        cmocka_unit_test(test_gzip_bomb),
        cmocka_unit_test(test_gzip_lines),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_grey),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
