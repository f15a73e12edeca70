/*
 * test_base.c - memory, bytes, maps, text, random numbers, files, threads
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

#include "base/buf.h"
#include "base/io.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/par.h"
#include "base/rng.h"
#include "base/utf8.h"

static void test_err(void **state)
{
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_fail(&err, MM_EDATA, "no %d", 7), -1);
    assert_int_equal(err.code, MM_EDATA);
    mm_fail_in(&err, "'%s'", "x");
    assert_string_equal(err.msg, "'x': no 7");
}

static void test_mem(void **state)
{
    struct mm_err err;
    struct mm_arena a;
    size_t sum;

    (void)state;
    assert_null(mm_alloc(SIZE_MAX / 2, 4, &err));
    assert_int_equal(err.code, MM_ESYS);
    assert_int_equal(mm_size_add(&sum, SIZE_MAX, 1), -1);
    mm_arena_measure(&a);
    assert_null(mm_arena_take(&a, 1));
    assert_null(mm_arena_take(&a, 100));
    assert_int_equal(a.peak, 64 + 128);
    assert_int_equal(mm_arena_init(&a, a.peak, &err), 0);
    assert_int_equal((uintptr_t)mm_arena_take(&a, 1) % MM_ALIGN, 0);
    assert_non_null(mm_arena_take(&a, 128));
    mm_arena_rewind(&a, 0);
    assert_int_equal(a.peak, 192);
    mm_arena_release(&a);
}

static void test_map(void **state)
{
    struct mm_map m = { 0 };
    struct mm_err err;
    char key[16];
    const char *k;
    size_t pos = 0, n, seen = 0;
    int64_t v;

    (void)state;
    assert_null(mm_map_get(&m, "a", 1));
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(mm_map_put(&m, key, strlen(key), i, &err), 0);
    }
    assert_int_equal(mm_map_put(&m, "k7", 2, 70, &err), 0);
    assert_int_equal(*mm_map_get(&m, "k7", 2), 70);
    assert_int_equal(*mm_map_get(&m, "k999", 4), 999);
    assert_null(mm_map_get(&m, "k1000", 5));
    while (mm_map_next(&m, &pos, &k, &n, &v)) {
        assert_int_equal(v, seen == 7 ? 70 : seen);
        seen++;
    }
    assert_int_equal(seen, 1000);
    mm_map_release(&m);
}

static void test_utf8(void **state)
{
    static const char *const wrong[] = {
        "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82"
    };
    struct mm_buf b = { 0 };
    char out[4];
    uint32_t cp;

    (void)state;
    for (uint32_t c = 0; c < 0x110000; c += c < 0x900 ? 1 : 97) {
        size_t n = mm_utf8_encode(c, out);

        if (c >= 0xd800 && c < 0xe000) {
            assert_int_equal(n, 0);
            continue;
        }
        assert_int_equal(mm_utf8_decode(out, n, &cp), n);
        assert_int_equal(cp, c);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(mm_utf8_decode(wrong[i], strlen(wrong[i]), &cp), 0);
    /* Python: b"a\xf0\x90\x80b\xff".decode(errors="replace") */
    mm_utf8_repair(&b, "a\xf0\x90\x80\x62\xff", 6);
    assert_string_equal(b.data, "a\xef\xbf\xbd\x62\xef\xbf\xbd");
    mm_buf_release(&b);
}

/* The known answers of Random123's kat_vectors. */
static void test_philox(void **state)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } kat[] = {
        { { 0 }, { 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    uint32_t out[4];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        mm_philox_block(kat[i].key, kat[i].counter, out);
        assert_memory_equal(out, kat[i].out, sizeof out);
    }
}

static void test_permute(void **state)
{
    enum { N = 1000 };
    int moved = 0;

    (void)state;
    for (uint64_t n = 1; n < 70; n++) {
        char hit[70] = { 0 };

        for (uint64_t i = 0; i < n; i++)
            hit[mm_rng_permute(1, 2, i, n)]++;
        for (uint64_t i = 0; i < n; i++)
            assert_int_equal(hit[i], 1);
    }
    for (uint64_t i = 0; i < N; i++)
        moved += mm_rng_permute(3, 4, i, N) != i;
    assert_true(moved > N * 9 / 10);
}

static void test_normal(void **state)
{
    enum { N = 20000 };
    double sum = 0, square = 0;

    (void)state;
    for (uint64_t i = 0; i < N; i++) {
        double x = mm_rng_normal(5, 6, i);

        sum += x;
        square += x * x;
        assert_true(mm_rng_below(5, 7, i, 10) < 10);
    }
    assert_true(sum / N < 0.03 && sum / N > -0.03);
    assert_true(square / N < 1.04 && square / N > 0.96);
}

/* A directory of our own, path "<dir>/a" in it. */
static void make_path(char *dir, char *path, size_t n)
{
    assert_non_null(mkdtemp(dir));
    snprintf(path, n, "%s/a", dir);
}

/* Folders that were made go, with those above; what holds something stays. */
static void test_dirs(void **state)
{
    static const char *const below[] = { "/a", "/a/", "/a/b/c", "/a//b///c//" };
    char dir[] = "/tmp/mm1-test-XXXXXX", path[64], kept[64];
    struct mm_err err;
    struct stat st;
    size_t n = strlen(dir);

    (void)state;
    make_path(dir, path, sizeof path);
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        snprintf(path, sizeof path, "%s%s", dir, below[i]);
        assert_int_equal(mm_dirs_there(path), n);
        assert_int_equal(mm_mkdirs(path, &err), 0);
        assert_int_equal(mm_dirs_there(path), strlen(path));
        mm_remove_empty(path, n);
        assert_int_equal(mm_dirs_there(path), n);
    }
    snprintf(path, sizeof path, "%s/a/b/c", dir);
    snprintf(kept, sizeof kept, "%s/a/x", dir);
    assert_int_equal(mm_mkdirs(path, &err), 0);
    assert_int_equal(mm_write_file(kept, "x", 1, &err), 0);
    mm_remove_empty(path, n);
    assert_int_equal(mm_dirs_there(path), n + 2);
    assert_int_equal(mm_stat(kept, &st), 0);
    assert_int_equal(mm_dirs_there(kept), n + 2); /* a file is none */
    assert_int_equal(mm_dirs_there("mm1-no-such-folder"), 0);
    assert_int_equal(mm_remove_tree(dir, &err), 0);
}

static void test_output(void **state)
{
    char dir[] = "/tmp/mm1-test-XXXXXX", path[64];
    struct mm_err err;
    struct mm_buf b = { 0 };
    struct mm_out *out;
    struct stat st;

    (void)state;
    make_path(dir, path, sizeof path);
    out = mm_out_open(path, &err);
    assert_int_equal(mm_out_write(out, "one\ntwo", 7, &err), 0);
    assert_int_equal(mm_stat(path, &st), -1); /* not yet there */
    assert_int_equal(mm_out_commit(out, &err), 0);
    out = mm_out_open(path, &err);
    assert_int_equal(mm_out_write(out, "lost", 4, &err), 0);
    mm_out_discard(out);
    assert_int_equal(mm_read_file(path, &b, 100, &err), 0);
    assert_string_equal(b.data, "one\ntwo");
    assert_int_equal(mm_remove_tree(dir, &err), 0);
    assert_int_equal(mm_stat(dir, &st), -1);
    mm_buf_release(&b);
}

static void put_file(const char *path, const char *behind, long pid)
{
    char name[128];
    struct mm_err err;

    snprintf(name, sizeof name, "%s%s%ld", path, behind, pid);
    assert_int_equal(mm_write_file(name, "x", 1, &err), 0);
}

/* What a killed process left goes, what a living one writes stays. */
static void test_stale(void **state)
{
    const long nobody = 2147483000; /* over what a system gives out */
    char dir[] = "/tmp/mm1-test-XXXXXX", path[64], **names;
    struct mm_out *one, *two;
    struct mm_err err;
    size_t n;

    (void)state;
    make_path(dir, path, sizeof path);
    put_file(path, ".tmp.", nobody);
    put_file(path, ".tmp.", (long)getppid());
    put_file(path, ".tmp.0", nobody);
    put_file(path, "-other.tmp.", nobody);
    one = mm_out_open(path, &err);
    assert_non_null(one);
    assert_int_equal(mm_list_dir(dir, &names, &n, &err), 0);
    assert_int_equal(n, 4); /* three of these and its own */
    mm_names_free(names, n);
    two = mm_out_open(path, &err);
    assert_non_null(two);
    mm_out_discard(two);
    mm_out_discard(one);
    assert_int_equal(mm_remove_tree(dir, &err), 0);
}

static void test_input(void **state)
{
    char dir[] = "/tmp/mm1-test-XXXXXX", path[64];
    struct mm_err err;
    struct mm_buf b = { 0 };
    struct mm_in *in;
    char **names;
    size_t n;

    (void)state;
    make_path(dir, path, sizeof path);
    assert_int_equal(mm_write_file(path, "one\ntwo", 7, &err), 0);
    in = mm_in_open(path, &err);
    assert_int_equal(mm_in_line(in, &b, 100, &err), 1);
    assert_string_equal(b.data, "one");
    assert_int_equal(mm_in_line(in, &b, 100, &err), 1);
    assert_string_equal(b.data, "two");
    assert_int_equal(mm_in_line(in, &b, 100, &err), 0);
    mm_in_close(in);
    assert_int_equal(mm_read_file(path, &b, 3, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    assert_null(mm_in_open(dir, &err));
    assert_int_equal(err.code, MM_ENOINPUT);
    assert_int_equal(mm_list_dir(dir, &names, &n, &err), 0);
    assert_int_equal(n, 1);
    mm_names_free(names, n);
    assert_int_equal(mm_remove_tree(dir, &err), 0);
    mm_buf_release(&b);
}

struct counter {
    int next, written, stop_at;
};

static int read_item(void *ctx, void *item, struct mm_err *err)
{
    struct counter *c = ctx;

    (void)err;
    *(int *)item = c->next++;
    return c->next <= 200;
}

static int work_item(void *ctx, void *item, struct mm_err *err)
{
    struct counter *c = ctx;
    int i = *(int *)item;

    if (i == c->stop_at)
        return mm_fail(err, MM_EDATA, "item %d", i);
    *(int *)item = i * i;
    return 0;
}

static int write_item(void *ctx, void *item, struct mm_err *err)
{
    struct counter *c = ctx;
    int want = c->written * c->written;

    (void)err;
    assert_int_equal(*(int *)item, want);
    c->written++;
    return 0;
}

static void test_pipeline(void **state)
{
    struct mm_err err;

    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        struct counter c = { .stop_at = -1 };
        struct mm_pipeline p = { sizeof(int), read_item, work_item,
                                 write_item, NULL, &c };

        assert_int_equal(mm_pipeline_run(&p, threads, &err), 0);
        assert_int_equal(c.written, 200);
        c = (struct counter){ .stop_at = 50 };
        assert_int_equal(mm_pipeline_run(&p, threads, &err), -1);
        assert_string_equal(err.msg, "item 50");
        assert_int_equal(c.written, 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err), cmocka_unit_test(test_mem),
        cmocka_unit_test(test_map), cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_philox), cmocka_unit_test(test_permute),
        cmocka_unit_test(test_normal), cmocka_unit_test(test_output),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_dirs),
        cmocka_unit_test(test_input), cmocka_unit_test(test_pipeline)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
