/*
 * test_tar.c - tar archives of every kind, and hostile ones
 */
#include "../shard_fixture.h"

#include "data/tar.h"

/* ---- archives made by hand ---- */

/* A header block; fields that are NULL keep what mm_tar_header() wrote. */
struct block {
    const char *name;
    char type;
    const char *size; /* 12 bytes, as they stand there */
    const char *magic;
    const char *prefix;
};

static void add_block(struct mm_buf *out, const struct block *b)
{
    size_t at = out->len;
    unsigned sum = 8 * ' ';
    char *p;

    mm_tar_header(out, "x", 0);
    p = out->data + at;
    memset(p, 0, 100);
    memcpy(p, b->name, strlen(b->name));
    p[156] = b->type;
    if (b->size)
        memcpy(p + 124, b->size, 12);
    if (b->magic)
        memcpy(p + 257, b->magic, 8);
    if (b->prefix)
        memcpy(p + 345, b->prefix, strlen(b->prefix));
    for (int i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? 0 : (uint8_t)p[i];
    snprintf(p + 148, 8, "%06o", sum);
}

static void add_data(struct mm_buf *out, const char *text)
{
    mm_buf_adds(out, text);
    mm_tar_pad(out, strlen(text));
}

static void add_file(struct mm_buf *out, const char *name, const char *text)
{
    mm_tar_header(out, name, strlen(text));
    add_data(out, text);
}

static void add_pax(struct mm_buf *out, char type, const char *records)
{
    char size[13];
    const struct block b = { "pax", type, size, NULL, NULL };

    snprintf(size, sizeof size, "%011o", (unsigned)strlen(records));
    add_block(out, &b);
    add_data(out, records);
}

/* "KEY:MEMBER=TEXT,MEMBER=TEXT;KEY:..." of all samples, or the message. */
static const char *listing(const struct mm_buf *tar)
{
    static struct mm_buf b;
    struct mm_sample s = { 0 };
    struct mm_err err = { 0 };
    struct mm_shard *r;
    int got = -1;

    mm_buf_release(&b);
    mm_buf_adds(&b, "");
    write_bytes(path, tar->data, tar->len);
    r = mm_shard_open(path, &err);
    while (r && (got = mm_shard_next(r, &s, &err)) > 0) {
        mm_buf_addf(&b, "%s:", s.key);
        for (size_t i = 0; i < s.n; i++)
            mm_buf_addf(&b, "%s%s=%s", i ? "," : "", s.members[i].name,
                        s.members[i].data.data);
        mm_buf_addc(&b, ';');
    }
    if (got < 0) {
        assert_int_equal(err.code, MM_EDATA);
        mm_buf_clear(&b);
        mm_buf_adds(&b, err.msg);
    }
    mm_shard_close(r);
    mm_sample_release(&s);
    return b.data;
}

static void expect(struct mm_buf *tar, const char *want)
{
    mm_tar_end(tar);
    assert_string_equal(listing(tar), want);
    mm_buf_release(tar);
}

static void expect_refused(struct mm_buf *tar, const char *why)
{
    const char *got;

    mm_tar_end(tar);
    got = listing(tar);
    assert_non_null(got);
    if (!strstr(got, why))
        fail_msg("'%s' lacks '%s'", got, why);
    mm_buf_release(tar);
}

/* ---- what is taken ---- */

static void test_foreign(void **state)
{
    struct mm_buf t = { 0 };
    const struct block folder = { "./img/", '5', NULL, NULL, NULL };
    const struct block link = { "img/z.jpg", '2', "00000001000", NULL, NULL };

    (void)state;
    add_block(&t, &folder);
    add_file(&t, "./img/a.JPG", "1");
    add_file(&t, "img/a.Seg.PNG", "2");
    add_file(&t, "README", "no dot");
    add_block(&t, &link);
    add_file(&t, "img/b.jpg", "3");
    add_file(&t, "._b.jpg", "4");
    add_file(&t, "b.jpg", "5");
    expect(&t, "img/a:jpg=1,seg.png=2;img/b:jpg=3;b:jpg=5;");
}

static void test_long_names(void **state)
{
    struct mm_buf t = { 0 }, name = { 0 }, want = { 0 };
    const struct block l = { "././@LongLink", 'L', NULL, "ustar  ", NULL };
    const struct block split = { "a.b", '0', NULL, NULL, "dir/sub" };
    const struct block gnu = { "c.d", '0', NULL, "ustar  ", "times" };
    struct block l_sized = l;
    char size[13];

    (void)state;
    for (int i = 0; i < 30; i++)
        mm_buf_addf(&name, "folder%d/", i);
    mm_buf_adds(&name, "k.txt");
    add_file(&t, name.data, "pax");
    snprintf(size, sizeof size, "%011o", (unsigned)name.len + 1);
    l_sized.size = size;
    add_block(&t, &l_sized);
    name.data[name.len - 1] = 'u';
    mm_buf_add(&t, name.data, name.len + 1);
    mm_tar_pad(&t, name.len + 1);
    add_file(&t, "short", "gnu");
    add_block(&t, &split);
    add_block(&t, &gnu);
    mm_buf_add(&want, name.data, name.len - 4);
    mm_buf_adds(&want, ":txt=pax,txu=gnu;dir/sub/a:b=;c:d=;");
    expect(&t, want.data);
    mm_buf_release(&name);
    mm_buf_release(&want);
}

static void test_sizes(void **state)
{
    struct mm_buf t = { 0 };
    const struct block spaces = { "a.b", '0', "         3 \0", NULL, NULL };
    const struct block base256 = {
        "a.c", '0', "\x80\0\0\0\0\0\0\0\0\0\0\4", NULL, NULL
    };
    const struct block any = { "a.d", '0', "00000000777", NULL, NULL };

    (void)state;
    add_block(&t, &spaces);
    add_data(&t, "123");
    add_block(&t, &base256);
    add_data(&t, "1234");
    add_pax(&t, 'x', "9 size=5\n");
    add_block(&t, &any);
    add_data(&t, "12345");
    expect(&t, "a:b=123,c=1234,d=12345;");
}

static void test_empty(void **state)
{
    struct mm_buf t = { 0 };

    (void)state;
    expect(&t, "");
}

/* ---- what is refused ---- */

static void test_names(void **state)
{
    static const char *const bad[] = {
        "../a.b", "a/../b.c", "/etc/passwd.x", "a//b.c", "..//x.y",
        "a/./b.c", "/.x/a.b"
    };
    struct mm_buf t = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        add_file(&t, bad[i], "x");
        expect_refused(&t, "'.' or '..'");
    }
    add_pax(&t, 'x', "20 path=../../a.txt\n");
    add_file(&t, "innocent.txt", "x");
    expect_refused(&t, "'.' or '..'");
    add_file(&t, "a.b", "x");
    add_file(&t, "a.B", "y");
    expect_refused(&t, "twice");
}

static void test_bad_sizes(void **state)
{
    static const char *const bad[] = {
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0", /* -16 */
        "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        "\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        "-0000000001", "00000000x00", "0000 000001", "99999999999"
    };
    struct mm_buf t = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct block b = { "a.b", '0', bad[i], NULL, NULL };

        add_block(&t, &b);
        expect_refused(&t, "a wrong size");
    }
    add_pax(&t, 'x', "10 size=-5\n");
    expect_refused(&t, "corrupted");
    add_pax(&t, 'x', "28 size=9999999999999999999\n");
    add_file(&t, "a.b", "");
    expect_refused(&t, "a wrong size");
    add_pax(&t, 'x', "27 size=999999999999999999\n");
    add_file(&t, "a.b", "");
    expect_refused(&t, "limit");
}

static void test_bad_pax(void **state)
{
    static const char *const bad[] = {
        "x", "0 \n", "5 a=b", "6 a=b\n7", "99 a=b\n", "5 ab\n",
        "18446744073709551617 a=b\n", "2 \n", "3 =\n8 a=", "6a=b\n\n"
    };
    struct mm_buf t = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        add_pax(&t, 'x', bad[i]);
        add_file(&t, "a.b", "");
        expect_refused(&t, "extended header");
        add_pax(&t, 'g', bad[i]);
        expect_refused(&t, "pax global header");
    }
    for (int i = 0; i < 3; i++)
        add_pax(&t, 'x', "10 path=a\n");
    expect_refused(&t, "in a row");
    add_pax(&t, 'x', "10 path=a\n");
    expect_refused(&t, "cut short");
    add_pax(&t, 'x', "22 GNU.sparse.major=1\n");
    add_file(&t, "a.b", "");
    expect_refused(&t, "sparse");
}

static void test_long_name_loop(void **state)
{
    const struct block l = { "././@LongLink", 'L', "00000000004",
                             "ustar  ", NULL };
    const struct block huge = { "././@LongLink", 'L', "77777777777",
                                "ustar  ", NULL };
    struct mm_buf t = { 0 };

    (void)state;
    for (int i = 0; i < 100; i++) {
        add_block(&t, &l);
        add_data(&t, "a.b");
    }
    expect_refused(&t, "in a row");
    add_block(&t, &huge);
    expect_refused(&t, "limit");
}

static void test_bad_sum(void **state)
{
    struct mm_buf t = { 0 };

    (void)state;
    add_file(&t, "a.b", "x");
    t.data[0] = 'b';
    expect_refused(&t, "no tar header");
}

/* Any bytes after a good beginning: never a crash, never a hang. */
static void test_garbage(void **state)
{
    struct mm_buf t = { 0 };

    (void)state;
    for (uint64_t k = 0; k < 300; k++) {
        add_pax(&t, 'x', "11 path=a.b\n");
        add_file(&t, "a.b", "some text that is not short");
        add_file(&t, "a.c", "and more");
        mm_tar_end(&t);
        for (uint64_t i = 0; i < 1 + k % 4; i++)
            t.data[mm_rng_below(1, k, i, t.len)] =
                (char)mm_rng_bits(2, k, i);
        listing(&t);
        mm_buf_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foreign), cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_sizes), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_names), cmocka_unit_test(test_bad_sizes),
        cmocka_unit_test(test_bad_pax), cmocka_unit_test(test_long_name_loop),
        cmocka_unit_test(test_bad_sum), cmocka_unit_test(test_garbage)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
