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
#include "eval/mersenne.h"
#include "eval/metric.h"
#include "eval/python.h"

#define FOLDER "tests/golden/scores/"
#define ODD "tests/golden/odd/" /* the same with texts that are odd */

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

/* Members that are wanted, and those of them; others may be there. */
static void expect_corpus(const struct mm_json *want,
                          const struct mm_json *have, double near, int depth)
{
    for (const struct mm_json *v = want->child; v; v = v->next) {
        double least = fabs(v->number) > 1 ? fabs(v->number) : 1;
        const struct mm_json *ours = mm_json_get(have, v->key);

        if (v->type == MM_JSON_OBJECT) {
            assert_true(depth > 0 && ours);
            expect_corpus(v, ours, near, depth - 1);
        } else if (!(fabs(mm_json_num(ours, NAN) - v->number) <=
                     near * least)) {
            fail_msg("corpus: %s", v->key);
        }
    }
}

/* A number near to it, the same text, or null (NaN, or nothing found). */
static int is_near(const struct mm_json *have, const struct mm_json *want,
                   double near)
{
    double least = fabs(want->number) > 1 ? fabs(want->number) : 1;

    assert_non_null(have);
    if (want->type == MM_JSON_NUMBER)
        return fabs(mm_json_num(have, NAN) - want->number) <= near * least;
    if (want->type != MM_JSON_STRING)
        return have->type == MM_JSON_NULL;
    return have->type == MM_JSON_STRING && have->len == want->len &&
           memcmp(have->str, want->str, want->len) == 0;
}

static int is_filter(const char *name)
{
    return strcmp(name, "normalise") == 0 || strcmp(name, "parse") == 0;
}

static void ask(const char *path, const char *metric, const char *flavour)
{
    struct mm_err err;
    int partial;

    mm_buf_clear(&golden);
    mm_buf_clear(&out);
    assert_int_equal(mm_read_file(path, &golden, 1 << 24, &err), 0);
    if (is_filter(metric))
        assert_int_equal(mm_text_filter(&out, path, metric, flavour, &partial,
                                        &err),
                         0);
    else
        assert_int_equal(mm_metric_filter(&out, path, metric, flavour,
                                          MM_CAPTION_PTB, &partial, &err),
                         0);
}

static void expect_line(const char *path, const char **theirs,
                        const char **ours, const char *key, double near)
{
    struct mm_json_doc a, b;
    const struct mm_json *want;

    assert_true(next_line(&a, theirs) && next_line(&b, ours));
    want = mm_json_get(a.root, "want");
    assert_non_null(want);
    if (!is_near(mm_json_get(b.root, key), want, near))
        fail_msg("%s: %lld: %s", path,
                 (long long)mm_json_int(mm_json_get(a.root, "id"), -1),
                 mm_json_str(mm_json_get(a.root, "hyp"), ""));
    mm_json_release(&a);
    mm_json_release(&b);
}

/* The first line of the file is of the corpus, and no record. */
static void expect_file(const char *folder, const char *metric,
                        const char *flavour)
{
    double near = strcmp(metric, "cider") == 0 ? 1e-9 : 1e-12;
    const char *key = is_filter(metric) ? "out" : "score", *theirs, *ours;
    struct mm_json_doc b, corpus;
    struct mm_buf path = { 0 };

    mm_buf_addf(&path, "%s%s.%s.jsonl", folder, metric, flavour);
    ask(path.data, metric, flavour);
    theirs = golden.data;
    ours = out.data;
    assert_true(next_line(&corpus, &theirs) && next_line(&b, &ours));
    mm_json_release(&b);
    while (*theirs)
        expect_line(path.data, &theirs, &ours, key, near);
    if (!is_filter(metric)) {
        assert_true(next_line(&b, &ours));
        expect_corpus(mm_json_get(corpus.root, "want"),
                      mm_json_get(b.root, "corpus"), near, 3);
        mm_json_release(&b);
    }
    assert_int_equal(*ours, '\0');
    mm_json_release(&corpus);
    mm_buf_release(&path);
}

static void expect_scores(const char *metric, const char *flavour)
{
    expect_file(FOLDER, metric, flavour);
    expect_file(ODD, metric, flavour);
}

static void test_captions(void **state)
{
    (void)state;
    expect_file(FOLDER, "cider", "d");
    expect_file(FOLDER, "rouge-l", "beta-1.2");
    expect_file(FOLDER, "bleu", "1");
    expect_file(FOLDER, "bleu", "2");
    expect_file(FOLDER, "bleu", "3");
    expect_file(FOLDER, "bleu", "4");
    expect_scores("bleu", "sacrebleu");
    expect_scores("bleu", "nltk");
    expect_scores("rouge-l", "rouge-score");
}

static void test_vqa(void **state)
{
    (void)state;
    expect_scores("vqa", "official");
    expect_scores("vqa", "openflamingo");
    expect_scores("vqa", "m4c");
    expect_scores("vqa", "lmms-eval");
    expect_scores("vqa", "vlmevalkit");
    expect_scores("vqa", "vizwiz-api");
    expect_scores("textvqa", "m4c");
    expect_scores("textvqa", "lmms-eval");
    expect_scores("answerability", "vizwiz");
    expect_scores("gqa", "official");
    expect_scores("gqa", "llava");
    expect_scores("gqa", "lmms-eval");
    expect_scores("gqa", "vlmevalkit");
}

static void test_choices(void **state)
{
    (void)state;
    expect_scores("pope", "official");
    expect_scores("pope", "lmms-eval");
    expect_scores("pope", "vlmevalkit");
    expect_scores("mme", "official");
    expect_scores("mme", "lmms-eval");
    expect_scores("mme", "vlmevalkit");
    expect_scores("scienceqa", "llava");
    expect_scores("scienceqa", "lmms-eval");
    expect_scores("seed", "llava");
    expect_scores("seed", "lmms-eval");
    expect_scores("mmbench", "vlmevalkit");
    expect_scores("mmmu", "official");
    expect_scores("mmmu", "official-guess");
    expect_scores("mmmu", "lmms-eval");
    expect_scores("mathvista", "extracted");
    expect_scores("mathvista", "lmms-eval");
}

static void test_texts(void **state)
{
    (void)state;
    expect_scores("exact", "triviaqa");
    expect_scores("exact", "plain");
    expect_scores("choice", "acc");
    expect_scores("choice", "acc_norm");
    expect_scores("choice", "acc_bytes");
    expect_scores("perplexity", "lm-eval");
    expect_scores("mm-vet", "v1");
    expect_scores("llava-bench", "in-the-wild");
}

static void test_filters(void **state)
{
    (void)state;
    expect_scores("normalise", "m4c");
    expect_scores("normalise", "openflamingo");
    expect_scores("normalise", "openflamingo-answer");
    expect_scores("normalise", "openflamingo-caption");
    expect_scores("normalise", "hellaswag");
    expect_scores("parse", "letter-mmbench-lmms-eval");
    expect_scores("parse", "letter-mmmu-lmms-eval");
    expect_scores("parse", "mathvista-extracted");
    expect_scores("parse", "yesno");
    expect_scores("parse", "yesno-vlmevalkit");
    expect_scores("parse", "letter");
    expect_scores("parse", "letter-vlmevalkit");
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

/* random.Random(42): random() twice; random.Random(7): choice of 5 */
static void test_mersenne(void **state)
{
    static const uint32_t choices[] = { 2, 1, 3, 0, 0, 4, 0, 2, 4, 0 };
    struct mm_mersenne m;

    (void)state;
    mm_mersenne_seed(&m, 42);
    assert_true(mm_mersenne_uniform(&m) == 0.6394267984578837);
    assert_true(mm_mersenne_uniform(&m) == 0.025010755222666936);
    mm_mersenne_seed(&m, 7);
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        assert_int_equal(mm_mersenne_below(&m, 5), choices[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captions),
        cmocka_unit_test(test_vqa),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_python),
        cmocka_unit_test(test_mersenne),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
