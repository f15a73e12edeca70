/*
 * test_metrics.c - CIDEr-D, VQA accuracy, bootstrap
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/json.h"
#include "eval/cider.h"
#include "eval/vqa.h"

static void near(double a, double b, double tolerance)
{
    if (!(a - b <= tolerance && b - a <= tolerance))
        fail_msg("%.17g is not %.17g", a, b);
}

static void add_line(struct mm_cider *c, const struct mm_json *line)
{
    const struct mm_json *refs = mm_json_get(line, "refs");
    const char *list[16];
    size_t n = 0;
    struct mm_err err;

    for (const struct mm_json *r = refs->child; r; r = r->next)
        list[n++] = r->str;
    assert_int_equal(mm_cider_add(c, mm_json_str(mm_json_get(line, "hyp"), ""),
                                  list, n, &err),
                     0);
}

/* Against pycocoevalcap, see tests/golden/cider.py */
static void test_cider_golden(void **state)
{
    struct mm_in *in;
    struct mm_buf line = { 0 };
    struct mm_json_doc d;
    struct mm_err err;
    struct mm_cider *c = mm_cider_create(&err);
    double want[256], corpus = -1, got[256];
    size_t n = 0;

    (void)state;
    in = mm_in_open("tests/golden/cider.jsonl", &err);
    assert_non_null(in);
    while (mm_in_line(in, &line, 1 << 20, &err) > 0) {
        assert_int_equal(mm_json_parse(&d, line.data, line.len, &err), 0);
        corpus = mm_json_num(mm_json_get(d.root, "corpus"), -1);
        if (corpus < 0) {
            want[n++] = mm_json_num(mm_json_get(d.root, "score"), -1);
            add_line(c, d.root);
        }
        mm_json_release(&d);
    }
    mm_in_close(in);
    assert_int_equal(n, 200);
    near(mm_cider_score(c, MM_CIDER_D, got), corpus, 1e-12);
    for (size_t i = 0; i < n; i++)
        near(got[i], want[i], 1e-11);
    mm_cider_free(c);
    mm_buf_release(&line);
}

static void test_cider_edges(void **state)
{
    static const char *const ref[] = { "a man rides a horse" };
    struct mm_err err;
    struct mm_cider *c = mm_cider_create(&err);

    (void)state;
    near(mm_cider_score(c, MM_CIDER_D, NULL), 0, 0);
    assert_int_equal(mm_cider_add(c, ref[0], ref, 1, &err), 0);
    /* one image: every n-gram is in all images, so a perfect caption gets 0 */
    near(mm_cider_score(c, MM_CIDER_D, NULL), 0, 0);
    assert_int_equal(mm_cider_add(c, "", ref, 0, &err), 0);
    /* now it is not, and a perfect caption gets 10 */
    near(mm_cider_score(c, MM_CIDER_D, NULL), 5, 1e-12);
    near(mm_cider_score(c, MM_CIDER_PLAIN, NULL), 5, 1e-12);
    mm_cider_free(c);
}

static void test_vqa_normalise(void **state)
{
    static const char *const cases[][2] = {
        { "Yes.", "yes" },
        { "  The dog ", "dog" },
        { "two", "2" },
        { "none", "0" },
        { "dont", "don't" },
        { "1,000", "1000" },
        { "a, b", "b" }, /* the comma touches a space: deleted */
        { "red/blue", "red blue" },
        { "3.5", "3.5" },
        { "U.S.", "us" },
        { "somebody'd", "somebodyd" },
        { "well-known", "well known" },
        { "a\tb\nc", "b c" },
        { "\xc4\xb0", "i\xcc\x87" },
        { "what?! ok", "what ok" },
        { "", "" },
        { "the", "" },
    };
    struct mm_buf b = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mm_buf_clear(&b);
        mm_vqa_normalise(&b, MM_VQA_OFFICIAL, cases[i][0], strlen(cases[i][0]));
        assert_string_equal(b.data, cases[i][1]);
    }
    mm_buf_release(&b);
}

static double vqa(enum mm_vqa_flavour flavour, const char *answer,
                  const char *const *people, size_t n)
{
    struct mm_err err;
    double s;

    assert_int_equal(mm_vqa_score(&s, flavour, answer, people, n, &err), 0);
    return s;
}

static void test_vqa_score(void **state)
{
    static const double want[] = { 0, 0.3, 0.6, 0.9, 1, 1 };
    const char *people[10];

    (void)state;
    for (size_t m = 0; m < 6; m++) {
        for (size_t i = 0; i < 10; i++)
            people[i] = i < m ? "Cat." : i == 9 ? "dog"
                                                : "bird";
        near(vqa(MM_VQA_OFFICIAL, "the cat", people, 10), want[m], 1e-12);
    }
    for (size_t i = 0; i < 10; i++)
        people[i] = "2";
    /* all agree: the official code compares raw strings */
    near(vqa(MM_VQA_OFFICIAL, "two", people, 10), 0, 0);
    near(vqa(MM_VQA_OPENFLAMINGO, "two", people, 10), 1, 0);
    near(vqa(MM_VQA_OFFICIAL, "x", people, 0), 0, 0);
}

static void test_vqa_cut(void **state)
{
    (void)state;
    assert_int_equal(mm_vqa_cut("red Question: x", 15), 4);
    assert_int_equal(mm_vqa_cut("red, blue", 9), 3);
    assert_int_equal(mm_vqa_cut("red,blue", 8), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cider_golden), cmocka_unit_test(test_cider_edges),
        cmocka_unit_test(test_vqa_normalise), cmocka_unit_test(test_vqa_score),
        cmocka_unit_test(test_vqa_cut)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
