/*
 * test_qa.c - large JSON files record by record, sets of questions, thoughts
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/io.h"
#include "data/json_list.h"
#include "data/qa.h"
#include "eval/thought.h"

static char path[] = "/tmp/mm1-qa-XXXXXX";

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : mm_io.close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return mm_io.unlink(path);
}

static void put(const char *text)
{
    struct mm_err err;

    assert_int_equal(mm_write_file(path, text, strlen(text), &err), 0);
}

/* "key=VALUE;" of all records; the code of the error after them, if any */
static char *records(const char *text, const char *member, size_t max)
{
    static char out[512];
    struct mm_buf b = { 0 };
    struct mm_err err = { 0 };
    struct mm_json_doc doc;
    struct mm_json_list *l;
    int more = -1;

    put(text);
    l = mm_json_list_open(path, member, max, &err);
    mm_buf_add(&b, "", 0);
    while (l && (more = mm_json_list_next(l, &doc, &err)) > 0) {
        struct mm_jw w;

        mm_buf_addf(&b, "%s=", mm_json_list_key(l));
        mm_jw_begin(&w, &b);
        mm_jw_value(&w, doc.root);
        mm_buf_addc(&b, ';');
        mm_json_release(&doc);
    }
    if (more < 0)
        mm_buf_addf(&b, "error %d", (int)err.code);
    else if (!mm_json_list_found(l))
        mm_buf_adds(&b, "not found");
    mm_json_list_close(l);
    snprintf(out, sizeof out, "%s", b.data);
    mm_buf_release(&b);
    return out;
}

static void test_lists(void **state)
{
    static const struct {
        const char *text, *member, *want;
    } cases[] = {
        { "[]", NULL, "" },
        { " [ 1 , [2,{\"a\":\"]\"}] ] ", NULL,
          "=1;=[2,{\"a\":\"]\"}];" },
        { "{\"a\":1,\"b\\u0041\":[]}", NULL, "a=1;bA=[];" },
        { "{}", NULL, "" },
        { "{\"x\":{\"q\":[9]},\"q\":[1,\"\\\\\\\"]\"],\"y\":2}", "q",
          "=1;=\"\\\\\\\"]\";" },
        { "{\"q\":{\"k\":null}}", "q", "k=null;" },
        { "{\"q\":\"one\"}", "q", "=\"one\";" },
        { "{\"q\":7}", "p", "not found" },
        { "{\"q\":[1,", "q", "=1;error 65" },
        { "{\"q\":[1 2]}", "q", "error 65" },
        { "[1,]", NULL, "=1;error 65" },
        { "[\"open", NULL, "error 65" },
        { "[{\"a\":1}", NULL, "={\"a\":1};error 65" },
        { "[1", "q", "error 65" },
        { "", NULL, "error 65" },
        { "[[[[[1]]]]]", NULL, "=[[[[1]]]];" },
        { "[12345678901]", NULL, "error 65" }, /* over max */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(records(cases[i].text, cases[i].member,
                                    i == 16 ? 10 : 1000),
                            cases[i].want);
}

static void test_file_names(void **state)
{
    static const char *const cases[][3] = {
        { "%s.jpg", "a/b", "a/b.jpg" },
        { "COCO_val_%012d.jpg", "42", "COCO_val_000000000042.jpg" },
        { "%02d", "123", "123" },
        { "fixed", "x", "x" },
    };
    struct mm_buf b = { 0 };
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mm_buf_clear(&b);
        mm_qa_file(&b, cases[i][0], cases[i][1]);
        assert_string_equal(b.data, cases[i][2]);
    }
    mm_buf_release(&b);
    assert_int_equal(mm_qa_pattern_check("%s", &err), 0);
    assert_int_equal(mm_qa_pattern_check("%012d.jpg", &err), 0);
    assert_int_equal(mm_qa_pattern_check("x", &err), -1);
    assert_int_equal(mm_qa_pattern_check("%s%s", &err), -1);
    assert_int_equal(mm_qa_pattern_check("%n", &err), -1);
    assert_int_equal(mm_qa_pattern_check("%999999d", &err), -1);
}

static void test_majority(void **state)
{
    const char *file = path;
    struct mm_qa_set s;
    struct mm_err err;
    struct mm_qa q;

    (void)state;
    put("[{\"image\":\"p\",\"question\":\"Q\",\"answers\":[{\"answer\":\"a\"},"
        "{\"answer\":\"b\"},{\"answer\":\"b\"},{\"answer\":\"a\"}]},"
        "{\"image\":\"p\"}]");
    assert_int_equal(mm_qa_load(&s, MM_QA_VIZWIZ, &file, 1, 1000, &err), 0);
    assert_int_equal(s.n, 2);
    assert_int_equal(mm_qa_get(&s, 0, &q, &err), 0);
    assert_string_equal(q.answer, "a");
    assert_int_equal(q.n_answers, 4);
    assert_string_equal(q.answers[2], "b");
    assert_null(q.bad);
    assert_int_equal(mm_qa_get(&s, 1, &q, &err), 0);
    assert_string_equal(q.bad, "no question");
    assert_null(q.answer);
    mm_qa_release(&s);
}

static void test_thought(void **state)
{
    static const struct {
        const char *text, *answer, *thought;
    } cases[] = {
        { " It barks. So it is a dog.", "a dog", "It barks." },
        { "So it is one. So it is two\nthree", "two", "So it is one." },
        { "So it is\n 3.5", "3.5", "" },
        { "So it is", "", "" },
        { " none here.", " none here.", "" },
        { "", "", "" },
    };
    struct mm_buf text = { 0 }, thought = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int found = strstr(cases[i].text, "So it is") != NULL;

        mm_buf_clear(&text);
        mm_buf_add(&text, cases[i].text, strlen(cases[i].text));
        assert_int_equal(mm_thought_cut(&text, "So it is", &thought), found);
        assert_string_equal(text.data, cases[i].answer);
        assert_int_equal(text.len, strlen(cases[i].answer));
        assert_string_equal(thought.data, cases[i].thought);
    }
    mm_buf_release(&text);
    mm_buf_release(&thought);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_file_names),
        cmocka_unit_test(test_majority),
        cmocka_unit_test(test_thought),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
