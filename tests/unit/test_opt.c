/*
 * test_opt.c - options: layers, ranges, messages
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/opt.h"

struct options {
    struct mm_common common;
    int64_t seed, size;
    double rate;
    const char *name;
    int flag, kind;
    struct mm_strs list;
};

#define FIELD(f) offsetof(struct options, f)

static const struct mm_opt rows[] = {
    { 's', "seed", MM_OPT_INT, FIELD(seed), "n", "1", "s", 0, 100, NULL, 0 },
    { 0, "size", MM_OPT_SIZE, FIELD(size), "n", "4K", "s", 0, 0, NULL, 0 },
    { 0, "rate", MM_OPT_NUM, FIELD(rate), "x", "0.5", "r", 0, 1, NULL, 0 },
    { 'n', "name", MM_OPT_STR, FIELD(name), "s", NULL, "n", 0, 0, NULL, 0 },
    { 'f', "flag", MM_OPT_FLAG, FIELD(flag), NULL, NULL, "f", 0, 0, NULL, 0 },
    { 0, "kind", MM_OPT_CHOICE, FIELD(kind), "k", "b", "k", 0, 0, "a|b|cc",
      0 },
    { 'l', "list", MM_OPT_LIST, FIELD(list), "x", NULL, "l", 0, 0, NULL, 0 },
    { 0 }
};

static int run(const void *options, int argc, char **argv, struct mm_err *err)
{
    (void)options, (void)argc, (void)argv, (void)err;
    return 0;
}

static const struct mm_verb verbs[] = {
    { NULL, "file ...", "test", rows, sizeof(struct options), run },
    { 0 }
};

static const char *preset(const char *name)
{
    return strcmp(name, "big") ? NULL : "seed = 7\nsize = 1M\n";
}

/* By itself a rate of 0.5 is one of the seed's. */
static int resolve(const struct mm_verb *verb, void *options,
                   struct mm_err *err)
{
    struct options *o = options;

    if (verb != verbs)
        return mm_fail(err, MM_EUSAGE, "another verb");
    if (o->rate == 0.5)
        o->rate = 0.25 * (double)o->seed;
    return 0;
}

static const struct mm_program program = { .name = "mm1-test",
                                           .summary = "test",
                                           .verbs = verbs,
                                           .preset = preset,
                                           .resolve = resolve };

static int parse(struct mm_opts *o, struct mm_err *err, const char *const *w)
{
    char *argv[16] = { (char *)(uintptr_t) "mm1-test" };
    int argc = 1;

    for (; *w; w++)
        argv[argc++] = (char *)(uintptr_t)*w;
    return mm_opts_parse(o, &program, argc, argv, err);
}
#define PARSE(...) parse(&o, &err, (const char *const[]){ __VA_ARGS__, NULL })

static void test_command_line(void **state)
{
    struct mm_opts o;
    struct mm_err err;
    const struct options *x;

    (void)state;
    assert_int_equal(PARSE("a", "-fs3", "--rate=0.25", "--name", "z", "-l1",
                           "-l", "2", "--kind=cc", "b", "--", "-c"),
                     0);
    x = o.options;
    assert_int_equal(x->seed, 3);
    assert_int_equal(x->size, 4096);
    assert_true(x->rate == 0.25);
    assert_string_equal(x->name, "z");
    assert_int_equal(x->flag, 1);
    assert_int_equal(x->kind, 2);
    assert_int_equal(x->list.n, 2);
    assert_string_equal(x->list.v[1], "2");
    assert_int_equal(o.argc, 3);
    assert_string_equal(o.argv[2], "-c");
    mm_opts_release(&o);
}

static void test_refused(void **state)
{
    struct mm_opts o;
    struct mm_err err;

    (void)state;
    assert_int_equal(PARSE("--seed=x"), -1);
    assert_int_equal(err.code, MM_EUSAGE);
    assert_int_equal(PARSE("--seed=101"), -1);
    assert_string_equal(err.msg, "option 'seed': '101' is not a whole number "
                                 "from 0 to 100");
    assert_int_equal(PARSE("--sed=1"), -1);
    assert_string_equal(err.msg,
                        "unknown option '--sed'; did you mean '--seed'?");
    assert_int_equal(PARSE("--name"), -1);
    assert_int_equal(PARSE("-x"), -1);
    assert_int_equal(PARSE("--kind=d"), -1);
    assert_int_equal(PARSE("--rate=nan"), -1);
    assert_int_equal(PARSE("--size=9999999999G"), -1);
    assert_int_equal(PARSE("--preset=small"), -1);
}

static void test_layers(void **state)
{
    static const char ini[] = "[common]\nunknown = 1\nname = file\n"
                              "[mm1-other]\nseed = x\n"
                              "[mm1-test]\n# comment\nseed = 9\nlist = a\n";
    char path[] = "/tmp/mm1-test-XXXXXX";
    struct mm_opts o;
    struct mm_err err;
    const struct options *x;

    (void)state;
    close(mkstemp(path));
    assert_int_equal(mm_write_file(path, ini, strlen(ini), &err), 0);
    setenv("MM1_NAME", "environment", 1);
    assert_int_equal(PARSE("-c", path, "--preset", "big", "-lb", "-lc"), 0);
    x = o.options;
    assert_int_equal(x->seed, 9);       /* the file over the preset */
    assert_int_equal(x->size, 1 << 20); /* the preset over the default */
    assert_string_equal(x->name, "environment");
    assert_int_equal(x->list.n, 2); /* a layer's list replaces the one below */
    mm_opts_release(&o);
    unsetenv("MM1_NAME");
    assert_int_equal(mm_write_file(path, "[mm1-test]\nsede = 1\n", 20, &err),
                     0);
    assert_int_equal(PARSE("-c", path), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, ":2: unknown key 'sede'"));
    assert_non_null(strstr(err.msg, "did you mean 'seed'?"));
    unlink(path);
}

static void test_print(void **state)
{
    struct mm_opts o;
    struct mm_err err;
    struct mm_buf text = { 0 };
    struct mm_jw w;

    (void)state;
    assert_int_equal(PARSE("-s5"), 0);
    assert_int_equal(mm_opts_print(&text, &o, &err), 0);
    assert_non_null(strstr(text.data, "# command line\nseed = 5\n"));
    assert_non_null(strstr(text.data, "# default\nkind = b\n"));
    assert_non_null(strstr(text.data,
                           "# default, which makes 1.25\nrate = 0.5\n"));
    assert_non_null(strstr(text.data, "# name is not set\n"));
    mm_buf_clear(&text);
    mm_jw_begin(&w, &text);
    mm_opts_json(&w, &o);
    assert_string_equal(text.data,
                        "{\"seed\":5,\"size\":4096,\"rate\":0.5,\"name\":null,"
                        "\"flag\":false,\"kind\":\"b\",\"list\":[]}");
    mm_buf_release(&text);
    mm_opts_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command_line), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_layers), cmocka_unit_test(test_print)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
