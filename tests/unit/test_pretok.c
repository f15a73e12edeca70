/*
 * test_pretok.c - where a text is cut, case by case
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/pretok.h"
#include "data/unicode_table.h"

/* The words of text, with a bar after each but the last. */
static void check(const char *text, size_t n, const char *want)
{
    struct mm_buf got = { 0 };

    for (size_t i = 0, len; i < n; i += len) {
        len = mm_pretok_next(text + i, n - i);
        assert_in_range(len, 1, n - i);
        if (i > 0)
            mm_buf_addc(&got, '|');
        mm_buf_add(&got, text + i, len);
    }
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.data, want, got.len);
    mm_buf_release(&got);
}

#define CHECK(text, want) check(text, sizeof(text) - 1, want)

static void words_take_one_space(void **state)
{
    (void)state;
    CHECK("Hello world", "Hello| world");
    CHECK(" x  y", " x| | y");
    CHECK("a   b", "a|  | b");
    CHECK("a1b2", "a|1|b|2");
    CHECK("x= 12!", "x|=| 12|!");
    CHECK(" !? ok", " !?| ok");
}

static void runs_of_space(void **state)
{
    (void)state;
    CHECK("a\n", "a|\n");
    CHECK("a\nb", "a|\n|b");
    CHECK("a\n\nb", "a|\n|\n|b");
    CHECK("a \n b", "a| \n| b");
    CHECK("a  ", "a|  ");
    CHECK(" ", " ");
    CHECK("  ", "  ");
    CHECK("\t\tx", "\t|\t|x");
    CHECK("a\xC2\xA0 b", "a|\xC2\xA0| b");
    CHECK(" \xE3\x80\x80x", " |\xE3\x80\x80|x");
}

static void contractions(void **state)
{
    (void)state;
    CHECK("it's we'll I'd", "it|'s| we|'ll| I|'d");
    CHECK("'sup", "'s|up");
    CHECK("IT'S", "IT|'|S");
    CHECK("a 's", "a| '|s");
    CHECK("!'s", "!'|s");
    CHECK("'", "'");
    CHECK("x'l", "x|'|l");
    CHECK("we've they're", "we|'ve| they|'re");
}

static void other_scripts(void **state)
{
    (void)state;
    CHECK("na\xC3\xAFve \xD0\xB4\xD0\xB0!", "na\xC3\xAFve| \xD0\xB4\xD0\xB0|!");
    CHECK("x\xC2\xB2", "x|\xC2\xB2"); /* superscript two is a number */
    CHECK("e\xCC\x81", "e|\xCC\x81"); /* a mark is no letter */
    CHECK("\xE2\x80\x94x", "\xE2\x80\x94|x");
}

static void wrong_bytes_are_other(void **state)
{
    (void)state;
    CHECK("a\xFF\xFE"
          "b",
          "a|\xFF\xFE|b");
    CHECK(" \x80 \xC3", " \x80| \xC3");
    CHECK("\xED\xA0\x80", "\xED\xA0\x80");
}

static void table_knows_unicode_16(void **state)
{
    (void)state;
    assert_string_equal(mm_unicode_version, "16.0.0");
    assert_int_equal(mm_unicode_class('a'), MM_UNICODE_LETTER);
    assert_int_equal(mm_unicode_class(0x10D40), MM_UNICODE_NUMBER);
    assert_int_equal(mm_unicode_class(0x85), MM_UNICODE_SPACE);
    assert_int_equal(mm_unicode_class(0x180E), MM_UNICODE_OTHER);
    assert_int_equal(mm_unicode_class(0x10FFFF), MM_UNICODE_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_take_one_space),
        cmocka_unit_test(runs_of_space),
        cmocka_unit_test(contractions),
        cmocka_unit_test(other_scripts),
        cmocka_unit_test(wrong_bytes_are_other),
        cmocka_unit_test(table_knows_unicode_16),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
