/*
 * test_eval.c - task files, predictions, scores, plots
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "eval/plot.h"
#include "eval/prediction.h"
#include "eval/score.h"
#include "eval/task.h"

static char path[64];

static int make_path(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/mm1-test-XXXXXX");
    close(mkstemp(path));
    return 0;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_text(const char *text)
{
    struct mm_err err;

    assert_int_equal(mm_write_file(path, text, strlen(text), &err), 0);
}

static void test_task(void **state)
{
    struct mm_task t;
    struct mm_err err;

    (void)state;
    write_text("[task]\nname = x\nmetric = choice\nprompt = \"{image} Q:\\n\"\n"
               "stop = \"\\n\" . \"a \\\"b\\\"\"\nmax-tokens = 7\ncut = vqa\n");
    assert_int_equal(mm_task_load(&t, path, "", &err), 0);
    assert_string_equal(t.prompt, "{image} Q:\n");
    assert_string_equal(t.answer, " {answer}");
    assert_int_equal(t.n_stops, 3);
    assert_string_equal(t.stop[2], "a \"b\"");
    assert_string_equal(t.metric, "choice");
    assert_int_equal(t.ask, MM_ASK_RANK);
    assert_int_equal(t.max_tokens, 7);
    mm_task_release(&t);
}

static void test_task_refused(void **state)
{
    static const char *const bad[][2] = {
        { "[task]\nprompt = x\n", "the key 'name' is missing" },
        { "[task]\nname = x\n", "neither 'prompt' nor 'chat'" },
        { "[task]\nnam = x\n", "did you mean 'name'?" },
        { "[other]\nname = x\n", "only [task]" },
        { "[task]\nname = x\nprompt = x\nmetric = blue\n",
          "there is no metric 'blue'" },
        { "[task]\nprompt = \"x\n", "a quote has no end" },
        { "[task]\nmax-tokens = 0\n", "no number" },
        { "[task]\nstop = 1 2 3 4 5 6 7 8 9\n", "more than 8" },
        { "name", "expected key = value" },
    };
    struct mm_task t;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(bad[i][0]);
        assert_int_equal(mm_task_load(&t, path, "", &err), -1);
        assert_int_equal(err.code, MM_ECONFIG);
        if (!strstr(err.msg, bad[i][1]))
            fail_msg("'%s' does not say '%s'", err.msg, bad[i][1]);
    }
}

#define HEADER                                                            \
    "{\"run\":\"k\",\"label\":\"l\",\"task\":{\"name\":\"t\",\"metric\":" \
    "\"exact\"},\"n\":4,\"shots\":2}\n"
#define LINE(id, text)                                        \
    "{\"run\":\"k\",\"id\":\"" id "\",\"prediction\":\"" text \
    "\",\"answers\":[\"yes\",\"no\"]}\n"

static void test_predictions(void **state)
{
    struct mm_predictions p;
    struct mm_err err;

    (void)state;
    write_text(HEADER LINE("a", "yes") LINE("b", "maybe") "{\"run\":\"k\",\"i");
    assert_int_equal(mm_predictions_load(&p, path, &err), 0);
    assert_int_equal(p.n, 2);
    assert_string_equal(mm_predictions_run(&p), "k");
    assert_string_equal(p.items[1].text, "maybe");
    assert_int_equal(p.items[1].n_answers, 2);
    assert_int_equal(p.records.size - p.records.whole, 13);
    mm_predictions_release(&p);
    assert_int_equal(mm_predictions_load(&p, "/nonexistent/x", &err), 0);
    assert_int_equal(p.n, 0);
    mm_predictions_release(&p);
}

/* Wrong lines end the reading; wrong records are counted. */
static void test_predictions_refused(void **state)
{
    static const char *const bad[][2] = {
        { HEADER "{\n" LINE("a", "x"), "line 2: bad JSON" },
        { HEADER "{\"run\":\"other\",\"task\":{}}\n",
          "line 2: the header of another run" },
    };
    static const struct {
        const char *text;
        enum mm_fault fault;
    } odd[] = {
        { HEADER LINE("a", "x") LINE("a", "y"), MM_FAULT_DUPLICATE },
        { HEADER "{\"run\":\"k\"}\n", MM_FAULT_NO_ID },
        { "{\"id\":\"a\",\"n\":NaN}\n", MM_FAULT_NUMBER },
        { HEADER "{\"id\":\"a\"}", MM_FAULT_CUT },
    };
    struct mm_predictions p;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(bad[i][0]);
        assert_int_equal(mm_predictions_load(&p, path, &err), -1);
        assert_int_equal(err.code, MM_EDATA);
        if (!strstr(err.msg, bad[i][1]))
            fail_msg("'%s' does not say '%s'", err.msg, bad[i][1]);
    }
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        write_text(odd[i].text);
        assert_int_equal(mm_predictions_load(&p, path, &err), 0);
        assert_int_equal(p.records.faults[odd[i].fault], 1);
        mm_predictions_release(&p);
    }
}

static void test_score(void **state)
{
    struct mm_predictions p;
    struct mm_score_how how = { 0 };
    struct mm_score s;
    struct mm_buf out = { 0 };
    struct mm_err err;

    (void)state;
    write_text(HEADER LINE("a", " yes ") LINE("b", "maybe") LINE("c", "no"));
    assert_int_equal(mm_predictions_load(&p, path, &err), 0);
    assert_int_equal(mm_score_predictions(&s, &p, &how, &err), 0);
    assert_true(s.value > 66.6 && s.value < 66.7);
    assert_true(s.low <= s.value && s.high >= s.value);
    mm_score_table(&out, &s, 1, MM_TABLE_TEXT);
    assert_non_null(strstr(out.data, "3 of 4 (partial)"));
    mm_buf_clear(&out);
    mm_score_table(&out, &s, 1, MM_TABLE_JSON);
    assert_non_null(strstr(out.data, "\"expected\":4,\"partial\":true"));
    mm_score_release(&s);
    how.metric = "blue";
    assert_int_equal(mm_score_predictions(&s, &p, &how, &err), -1);
    assert_int_equal(err.code, MM_EUSAGE);
    mm_predictions_release(&p);
    mm_buf_release(&out);
}

static void test_plot(void **state)
{
    struct mm_plot p = { 0 };
    struct mm_buf out = { 0 };
    struct mm_err err;

    (void)state;
    write_text("{\"ev\":\"step\",\"step\":1,\"loss\":4}\n"
               "{\"ev\":\"step\",\"step\":2,\"loss\":3}\n"
               "{\"ev\":\"eval\",\"step\":2,\"loss\":9,\"source\":{\"a<b\":{"
               "\"loss\":2.5}}}\n"
               "{\"ev\":\"resume\",\"step\":1}\n"
               "{\"ev\":\"step\",\"step\":2,\"loss\":2}\n"
               "{\"ev\":\"step\",\"step\":3,\"loss\":null}\n");
    assert_int_equal(mm_plot_add_metrics(&p, path, "run", &err), 0);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.curves[0].n, 2); /* step 2 was done again */
    assert_true(p.curves[0].points[1].y == 2);
    assert_int_equal(mm_plot_write(&out, &p, "x & y", &err), 0);
    assert_non_null(strstr(out.data, "run, held-out a&lt;b (2.5)"));
    assert_null(strstr(out.data, "nan"));
    mm_plot_release(&p);
    mm_buf_clear(&out);
    assert_int_equal(mm_plot_write(&out, &p, "empty", &err), 0);
    assert_null(strstr(out.data, "nan"));
    mm_buf_release(&out);
    write_text("{\"ev\":\n");
    assert_int_equal(mm_plot_add_metrics(&p, path, "run", &err), -1);
    mm_plot_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_task), cmocka_unit_test(test_task_refused),
        cmocka_unit_test(test_predictions),
        cmocka_unit_test(test_predictions_refused),
        cmocka_unit_test(test_score), cmocka_unit_test(test_plot)
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
