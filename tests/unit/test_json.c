/*
 * test_json.c - JSON texts: what is accepted, what is refused, round trips
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static int parse(struct mm_json_doc *d, const char *text, struct mm_err *err)
{
    return mm_json_parse(d, text, strlen(text), err);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "", " ", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "{}}",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:2}", "01", "-", "+1",
        "1.", ".5", "1e", "1e+", "0x10", "NaN", "Infinity", "nul", "truex",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\t\"", "\"\x80\"", "\"\xed\xa0\x80\"",
        "1 2", "[1]x", "'a'", "//", "[\"a\":1]", "{\"a\":1 \"b\":2}"
    };
    struct mm_json_doc d;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (parse(&d, bad[i], &err) == 0)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.code, MM_EDATA);
    }
}

static void test_depth(void **state)
{
    enum { N = 100000 };
    char *text = malloc(N + 1);
    struct mm_json_doc d;
    struct mm_err err;

    (void)state;
    memset(text, '[', N);
    text[N] = '\0';
    assert_int_equal(parse(&d, text, &err), -1);
    memset(text + 128, ']', 128);
    text[256] = '\0';
    assert_int_equal(parse(&d, text, &err), 0);
    mm_json_release(&d);
    free(text);
}

static void test_values(void **state)
{
    static const char text[] =
        " {\"a\":[1,-2.5e3,true,null,\"\\u00e9\\ud83d\\ude00\\n\"],"
        "\"b\":{},\"c\":9223372036854775807,\"c\":7,\"d\":1e400} ";
    struct mm_json_doc d;
    struct mm_err err;
    const struct mm_json *a;

    (void)state;
    assert_int_equal(parse(&d, text, &err), 0);
    a = mm_json_get(d.root, "a");
    assert_int_equal(a->n, 5);
    assert_int_equal(mm_json_int(a->child, 0), 1);
    assert_true(mm_json_num(a->child->next, 0) == -2500);
    assert_int_equal(mm_json_bool(a->child->next->next, 0), 1);
    assert_string_equal(mm_json_str(a->child->next->next->next->next, ""),
                        "\xc3\xa9\xf0\x9f\x98\x80\n");
    assert_int_equal(mm_json_int(mm_json_get(d.root, "c"), 0), 7);
    assert_null(mm_json_get(d.root, "e"));
    assert_int_equal(mm_json_int(mm_json_get(a, "x"), -1), -1);
    mm_json_release(&d);
}

static void test_round_trip(void **state)
{
    static const char text[] =
        "{\"a\":[1,2.5,[],{}],\"b\":\"x\\\"\\\\\\n\\u0001\",\"c\":"
        "{\"d\":[{\"e\":null},false]},\"f\":0.1}";
    struct mm_json_doc d;
    struct mm_buf out = { 0 };
    struct mm_jw w;
    struct mm_err err;

    (void)state;
    assert_int_equal(parse(&d, text, &err), 0);
    mm_jw_begin(&w, &out);
    mm_jw_value(&w, d.root);
    assert_string_equal(out.data, text);
    mm_json_release(&d);
    mm_buf_release(&out);
}

static void test_message(void **state)
{
    struct mm_json_doc d;
    struct mm_err err;

    (void)state;
    parse(&d, "{\"a\": 1,\n \"b\": x}", &err);
    assert_string_equal(err.msg, "bad JSON at line 2, column 7: a value was "
                                 "expected");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_values), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_message)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
