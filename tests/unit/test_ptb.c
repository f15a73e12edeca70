/*
 * test_ptb.c - the PTB tokenizer
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/rng.h"
#include "eval/lower.h"
#include "eval/ptb.h"

#define MAX_LINES 4096

/* The tokens of one caption after others. */
static void expect(const char *text, const char *tokens)
{
    const char *captions[] = { text, "x" };
    struct mm_buf out = { 0 };
    struct mm_err err;
    size_t at[2];

    assert_int_equal(mm_ptb_captions(&out, at, captions, 2, MM_PTB_PUNCTUATION,
                                     NULL, &err),
                     0);
    assert_string_equal(out.data + at[0], tokens);
    assert_string_equal(out.data + at[1], "x");
    mm_buf_release(&out);
}

static void test_brackets_and_marks(void **state)
{
    (void)state;
    expect("A man (in a hat) rides.", "a man -lrb- in a hat -rrb- rides .");
    expect("[x] {y}", "-lsb- x -rsb- -lcb- y -rcb-");
    expect("wait... what?! no!! -- yes --- ok ----",
           "wait ... what ?! no !! -- yes -- ok --");
    expect("stop\u2026", "stop ...");
    expect(". . . .", "...");
    expect("a_b ** * <b>x</b> a < b", "a_b ** * <b> x </b> a < b");
    expect(":) :-(", ":-rrb- :--lrb-");
    expect("A CAT,DOG,BIRD", "a cat , dog , bird");
    expect("snow-capped mountain/hill and/or 50/50 4-4-0 Wi-Fi",
           "snow-capped mountain/hill and/or 50/50 4-4-0 wi-fi");
    expect("\U0001f600a\u200bb\ufeffc d\u00ade f\u2013g\u2014h",
           "a b c de f -- g -- h");
    expect("", "");
}

static void test_apostrophes(void **state)
{
    (void)state;
    expect("can't won't isn't ain't shan't", "ca n't wo n't is n't ai n't "
                                             "sha n't");
    expect("the dogs' bowls", "the dogs ' bowls");
    expect("'hello", "` hello");
    expect("it\u2019s", "it 's");
    expect("\u201cq\u201d", "`` q ''");
    expect("\u00abx\u00bb", "`` x ''");
    expect("'twas 'tis y'all o'clock 'em rock 'n' roll '80s 1990's",
           "'t was 't is y' all o'clock 'em rock 'n' roll '80s 1990 's");
    expect("cannot gonna gotta wanna lemme gimme",
           "can not gon na got ta wan na lem me gim me");
}

static void test_abbreviations(void **state)
{
    (void)state;
    expect("Mr. St. vs. etc. Jan. U.S. a.m. Inc. c. x.y.z. ok",
           "mr. st. vs. etc. . jan. . u.s. a.m. inc. c. x.y.z. ok");
    expect("no. 5 no. x fig. 3", "no. 5 no . x fig. 3");
    expect("Pty. Ltd. is", "pty. ltd. is");
    expect("Acme Inc. The end", "acme inc. . the end");
    expect("Acme Co. Ltd is", "acme co. ltd is");
    expect("Acme Pte. Limited is", "acme pte. limited is");
    expect("Acme Pty. Ltx is", "acme pty. . ltx is");
}

static void test_numbers(void **state)
{
    (void)state;
    expect("3/4 1 1/2 \u00bd 1,000,000 3.14 10-12 10:30 -5 +3",
           "3/4 1\u00a01/2 1/2 1,000,000 3.14 10-12 10:30 -5 +3");
    expect("(555) 123-4567", "-lrb-555-rrb-\u00a0"
                             "123-4567");
    expect("$5.00 \u00a33 \u20ac4 \u00a55 5\u00a2",
           "$ 5.00 # 3 $ 4 \u00a5 5 5 cents");
    expect("#1 #tag @user a@b.com http://x.y/z foo.com",
           "# 1 #tag @user a@b.com http://x.y/z foo.com");
    expect("&amp; &lt; &nbsp;", "& <");
    expect("R&B M&Ms AT&T", "r&b m&m s at&t");
    expect("100\u00b0F 10'6\"", "100 \u00b0 f 10 ' 6 ''");
}

/* What follows a caption decides about its last word. */
static void test_stream(void **state)
{
    const char *captions[] = { "a letter C.", "A man", "a letter C.",
                               "the man", "it'll" };
    struct mm_buf out = { 0 };
    struct mm_err err;
    size_t at[5];

    (void)state;
    assert_int_equal(mm_ptb_captions(&out, at, captions, 5, 0, NULL, &err), 0);
    assert_string_equal(out.data + at[0], "a letter c");
    assert_string_equal(out.data + at[2], "a letter c.");
    assert_string_equal(out.data + at[4], "it ll");
    mm_buf_clear(&out);
    assert_int_equal(
        mm_ptb_captions(&out, at, captions, 5, MM_PTB_ALONE, NULL, &err), 0);
    assert_string_equal(out.data + at[0], "a letter c.");
    mm_buf_release(&out);
}

/* Where the reference would shift all captions after. */
static void test_line_breaks(void **state)
{
    const char *captions[] = { "a\rb", "c\u2028d", "e\nf", "g\vh\fi\u2029j",
                               "\377k" };
    struct mm_buf out = { 0 };
    struct mm_err err;
    size_t at[5], breaks = 0;

    (void)state;
    assert_int_equal(mm_ptb_captions(&out, at, captions, 5, 0, &breaks, &err),
                     0);
    assert_string_equal(out.data + at[0], "a b");
    assert_string_equal(out.data + at[1], "c d");
    assert_string_equal(out.data + at[3], "g h i j");
    assert_string_equal(out.data + at[4], "k");
    assert_int_equal(breaks, 3);
    mm_buf_release(&out);
}

/* Real lines with the tokens of the reference, recorded by ptb.py. */
static void test_recorded(void **state)
{
    struct mm_buf file = { 0 }, out = { 0 };
    static const char *captions[MAX_LINES];
    static size_t at[MAX_LINES];
    static char *tokens[MAX_LINES];
    struct mm_err err;
    size_t n = 0;

    (void)state;
    assert_int_equal(mm_read_file("tests/golden/ptb.tsv", &file, 1 << 24,
                                  &err),
                     0);
    for (char *line = file.data; *line && n < MAX_LINES; n++) {
        char *end = strchr(line, '\n'), *tab = strchr(line, '\t');

        *end = *tab = '\0';
        captions[n] = line;
        tokens[n] = tab + 1;
        line = end + 1;
    }
    assert_true(n > 1000);
    assert_int_equal(mm_ptb_captions(&out, at, captions, n, MM_PTB_PUNCTUATION,
                                     NULL, &err),
                     0);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(out.data + at[i], tokens[i]);
    mm_buf_release(&out);
    mm_buf_release(&file);
}

/* Bytes of all kinds: nothing is read beside them, every caption comes back. */
static void test_noise(void **state)
{
    static const char *const parts[] = {
        "<a b=\"", "http://", "a@b", "www.", ".com/", "n't", "'s", "1-2", "..",
        "\xc3\xa9", "\xf0\x9f\x98\x80", "\xff", "(555) ", "x.txt", " ", "--",
        "U.S. ", "The ", "&amp;", "&", ">", "c", "9", "'", "$", "\xc2\xa0"
    };
    char text[256];
    const char *captions[2] = { text, text };
    struct mm_buf out = { 0 };
    struct mm_err err;
    size_t at[2];

    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        size_t n = 0;

        for (uint64_t k = 0; k < mm_rng_below(1, i, 99, 12); k++) {
            const char *p = parts[mm_rng_below(
                1, i, k, sizeof parts / sizeof *parts)];

            memcpy(text + n, p, strlen(p));
            n += strlen(p);
        }
        text[n] = '\0';
        mm_buf_clear(&out);
        assert_int_equal(mm_ptb_captions(&out, at, captions, 2, 0, NULL, &err),
                         0);
        assert_true(at[0] < at[1] && at[1] < out.len);
    }
    mm_buf_release(&out);
}

/* Rules look far ahead; no run may be walked for each of its tokens. */
static void test_linear(void **state)
{
    static const char *const parts[] = { "a,", "<!x", "~.", "a@.", "1.a.",
                                         "a.b,", "<a b='", "http://(", "a. ",
                                         "www.", "\"'", "&x" };
    size_t n = 1 << 19;
    char *text = malloc(n + 8);
    const char *captions[1] = { text };
    struct mm_err err;
    size_t at[1];

    (void)state;
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        struct mm_buf out = { 0 };
        size_t len = 0;

        while (len < n) {
            memcpy(text + len, parts[k], strlen(parts[k]));
            len += strlen(parts[k]);
        }
        text[len] = '\0';
        assert_int_equal(mm_ptb_captions(&out, at, captions, 1, 0, NULL, &err),
                         0);
        mm_buf_release(&out);
    }
    free(text);
}

static void expect_lower(const char *text, const char *lower)
{
    struct mm_buf out = { 0 };

    mm_add_lower(&out, text, strlen(text));
    mm_buf_addc(&out, '\0');
    assert_string_equal(out.data, lower);
    mm_buf_release(&out);
}

static void test_lower(void **state)
{
    (void)state;
    expect_lower("ABC \u00c4\u0130\u1e9e", "abc \u00e4i\u0307\u00df");
    expect_lower("\u039f\u03a3 \u03a3 \u039f\u03a3\u039f \u039f\u03a3'\u039f",
                 "\u03bf\u03c2 \u03c3 \u03bf\u03c3\u03bf \u03bf\u03c3'\u03bf");
    expect_lower("A\xff"
                 "B",
                 "a\xff"
                 "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brackets_and_marks),
        cmocka_unit_test(test_apostrophes),
        cmocka_unit_test(test_abbreviations),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_line_breaks),
        cmocka_unit_test(test_recorded),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_lower),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
