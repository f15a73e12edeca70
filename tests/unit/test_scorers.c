/*
 * test_scorers.c - metrics against recorded scores of the references
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/json.h"
#include "eval/metric.h"
#include "eval/python.h"

#define FOLDER "tests/golden/scores/"

static struct mm_buf golden, out;

static int teardown(void **state)
{
    (void)state;
    mm_buf_release(&golden);
    mm_buf_release(&out);
    return 0;
}

/* The next line of a text that is a JSON object; moves on. */
static int next_line(struct mm_json_doc *doc, const char **s)
{
    const char *end = strchr(*s, '\n');
    struct mm_err err;

    if (!end)
        return 0;
    assert_int_equal(mm_json_parse(doc, *s, (size_t)(end - *s), &err), 0);
    *s = end + 1;
    return 1;
}

static void expect_corpus(const struct mm_json *want,
                          const struct mm_json *have, double near)
{
    for (const struct mm_json *v = want->child; v; v = v->next)
        assert_true(fabs(mm_json_num(mm_json_get(have, v->key), NAN) -
                         v->number) <= near);
}

/* The first line of the file is of the corpus, and no record. */
static void expect_scores(const char *metric, const char *flavour)
{
    double near = strcmp(metric, "cider") == 0 ? 1e-9 : 1e-12;
    const char *theirs, *ours;
    struct mm_json_doc a, b, corpus;
    struct mm_buf path = { 0 };
    struct mm_err err;
    int partial;

    mm_buf_addf(&path, FOLDER "%s.%s.jsonl", metric, flavour);
    mm_buf_clear(&golden);
    mm_buf_clear(&out);
    assert_int_equal(mm_read_file(path.data, &golden, 1 << 24, &err), 0);
    assert_int_equal(mm_metric_filter(&out, path.data, metric, flavour,
                                      MM_CAPTION_PTB, &partial, &err),
                     0);
    theirs = golden.data;
    ours = out.data;
    assert_true(next_line(&corpus, &theirs) && next_line(&b, &ours));
    mm_json_release(&b);
    while (next_line(&a, &theirs)) {
        double want = mm_json_num(mm_json_get(a.root, "want"), NAN);

        assert_true(next_line(&b, &ours));
        if (!(fabs(mm_json_num(mm_json_get(b.root, "score"), NAN) - want) <=
              near))
            fail_msg("%s: %s", path.data,
                     mm_json_str(mm_json_get(a.root, "hyp"), ""));
        mm_json_release(&a);
        mm_json_release(&b);
    }
    assert_true(next_line(&b, &ours));
    expect_corpus(mm_json_get(corpus.root, "want"),
                  mm_json_get(b.root, "corpus"), near);
    mm_json_release(&b);
    mm_json_release(&corpus);
    mm_buf_release(&path);
}

static void test_captions(void **state)
{
    (void)state;
    expect_scores("cider", "d");
    expect_scores("rouge-l", "beta-1.2");
    expect_scores("bleu", "1");
    expect_scores("bleu", "2");
    expect_scores("bleu", "3");
    expect_scores("bleu", "4");
}

static void test_vqa(void **state)
{
    (void)state;
    expect_scores("vqa", "official");
    expect_scores("vqa", "openflamingo");
    expect_scores("vqa", "m4c");
    expect_scores("vqa", "vlmevalkit");
    expect_scores("vqa", "vizwiz-api");
}

static void test_choices(void **state)
{
    (void)state;
    expect_scores("pope", "official");
    expect_scores("pope", "vlmevalkit");
    expect_scores("scienceqa", "llava");
    expect_scores("exact", "triviaqa");
    expect_scores("mmmu", "official");
    expect_scores("mathvista", "extracted");
}

static void expect_float(const char *text, double want)
{
    double x;

    assert_int_equal(mm_python_float(&x, text, strlen(text)), 0);
    assert_true(x == want);
}

static void expect_repr(double x, const char *want)
{
    struct mm_buf text = { 0 };

    mm_python_repr(&text, x);
    assert_string_equal(text.data, want);
    mm_buf_release(&text);
}

static void test_python(void **state)
{
    struct mm_buf list = { 0 };
    size_t n;
    double x;

    (void)state;
    expect_float(" 1_000 ", 1000);
    expect_float("\uff11\uff12.5", 12.5);
    expect_float("-1e3", -1000);
    expect_float(".5", 0.5);
    assert_int_equal(mm_python_float(&x, "1__0", 4), -1);
    assert_int_equal(mm_python_float(&x, "_1", 2), -1);
    assert_int_equal(mm_python_float(&x, "1,000", 5), -1);
    assert_int_equal(mm_python_float(&x, "0x10", 4), -1);
    assert_int_equal(mm_python_float(&x, "", 0), -1);
    assert_true(mm_python_round(2.675, 2) == 2.67);
    assert_true(mm_python_round(0.125, 2) == 0.12);
    expect_repr(1, "1.0");
    expect_repr(0.1, "0.1");
    expect_repr(1e16, "1e+16");
    expect_repr(123456789012345680.0, "1.2345678901234568e+17");
    expect_repr(0.00001, "1e-05");
    expect_repr(-2.5, "-2.5");
    expect_repr(100, "100.0");
    assert_int_equal(mm_python_list(&list, &n, "['a', \"it's\", 'x\\'y']"), 0);
    assert_int_equal(n, 3);
    assert_string_equal(list.data, "a");
    assert_string_equal(list.data + 2, "it's");
    assert_string_equal(list.data + 7, "x'y");
    assert_int_equal(mm_python_list(&list, &n, "['a', 2]"), -1);
    assert_int_equal(mm_python_list(&list, &n, "['a"), -1);
    mm_buf_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captions),
        cmocka_unit_test(test_vqa),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_python),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
