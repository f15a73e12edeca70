/*
 * test_tables.c - base64, tables between tabs, texts as a harness cleans them
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "data/base64.h"
#include "data/tsv.h"
#include "eval/layout.h"

/* RFC 4648, section 10 */
static void test_base64(void **state)
{
    static const char *const known[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" }
    };
    struct mm_buf text = { 0 }, back = { 0 };
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        mm_buf_clear(&text);
        mm_buf_clear(&back);
        mm_base64_encode(&text, known[i][0], strlen(known[i][0]));
        mm_buf_add(&text, "", 0);
        assert_string_equal(text.data, known[i][1]);
        assert_int_equal(mm_base64_decode(&back, text.data, text.len, &err),
                         0);
        assert_int_equal(back.len, strlen(known[i][0]));
        assert_memory_equal(back.data ? back.data : "", known[i][0],
                            back.len);
    }
    mm_buf_clear(&back);
    assert_int_equal(mm_base64_decode(&back, "Zm\n9v Yg", 8, &err), 0);
    assert_string_equal(back.data, "foob");
    mm_buf_release(&text);
    mm_buf_release(&back);
}

static void test_base64_refused(void **state)
{
    static const char *const bad[] = { "Z", "Zm9v=", "Zg==x", "Zg=x", "Z*==",
                                       "=", "Zm9vZ", "Zg===" };
    struct mm_buf out = { 0 };
    struct mm_err err;

    (void)state;
    mm_buf_adds(&out, "kept");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (mm_base64_decode(&out, bad[i], strlen(bad[i]), &err) == 0)
            fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(err.code, MM_EDATA);
        assert_string_equal(out.data, "kept");
    }
    mm_buf_release(&out);
}

static const char table[] = "\xef\xbb\xbf"
                            "a\tb\tc\r\n"
                            "1\t\"x \"\"y\"\"\tz\nw\"\t5\" wide\n"
                            "\n"
                            "\t\tlast";

static void test_tsv(void **state)
{
    static const char *const want[3][3] = { { "a", "b", "c" },
                                            { "1", "x \"y\"\tz\nw",
                                              "5\" wide" },
                                            { "", "", "last" } };
    static const size_t lines[] = { 1, 2, 5 };
    struct mm_tsv t = { 0 };
    struct mm_err err;
    size_t n;

    (void)state;
    mm_tsv_begin(&t, table, sizeof table - 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mm_tsv_next(&t, &err), 1);
        assert_int_equal(t.n, 3);
        assert_int_equal(t.line, lines[i]);
        for (size_t k = 0; k < 3; k++)
            assert_string_equal(mm_tsv_field(&t, k, &n), want[i][k]);
    }
    assert_int_equal(mm_tsv_next(&t, &err), 0);
    mm_tsv_release(&t);
}

/* Cut anywhere and with random bytes: a record, an end or MM_EDATA. */
static void test_tsv_damaged(void **state)
{
    char text[sizeof table];
    struct mm_err err;

    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        size_t n = mm_rng_below(7, 1, i, sizeof table);
        struct mm_tsv t = { 0 };
        char *own;
        int more;

        memcpy(text, table, sizeof text);
        if (i >= 2000 && n)
            text[mm_rng_below(7, 2, i, n)] =
                "\t\n\"\r\0x"[mm_rng_below(7, 3, i, 6)];
        own = malloc(n ? n : 1); /* so that a sanitizer sees its end */
        assert_non_null(own);
        memcpy(own, text, n);
        mm_tsv_begin(&t, own, n);
        while ((more = mm_tsv_next(&t, &err)) > 0)
            assert_true(t.n > 0 && t.n <= MM_TSV_FIELDS_MAX);
        if (more < 0)
            assert_int_equal(err.code, MM_EDATA);
        mm_tsv_release(&t);
        free(own);
    }
}

/* lm-evaluation-harness, tasks/hellaswag/utils.py, run on these */
static void test_clean(void **state)
{
    static const char *const known[][2] = {
        { " a  b ", "a b" },
        { "x [title] y", "x. y" },
        { "a [b] c", "a c" },
        { "a [b", "a [b" },
        { "a    b", "a  b" },
        { "", "" },
        { "[header] how [title] to", " how. to" },
        { "[a\nb] c", "[a\nb] c" }
    };
    struct mm_buf out = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        mm_buf_clear(&out);
        mm_layout_clean(&out, known[i][0]);
        assert_string_equal(out.data, known[i][1]);
    }
    mm_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64), cmocka_unit_test(test_base64_refused),
        cmocka_unit_test(test_tsv), cmocka_unit_test(test_tsv_damaged),
        cmocka_unit_test(test_clean)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
