/*
 * test_shard.c - shards: round trips, in order and by number
 */
#include "../shard_fixture.h"

#include "base/par.h"
#include "data/shard_index.h"

static void test_in_order(void **state)
{
    struct mm_sample s = { 0 }, want = { 0 };
    struct mm_err err;
    struct mm_shard *r;
    size_t n = 0;

    (void)state;
    write_shard(path, 300, 20000);
    r = mm_shard_open(path, &err);
    assert_non_null(r);
    assert_int_equal(mm_shard_header(r)->version, 1);
    assert_string_equal(mm_shard_header(r)->kind, "documents");
    assert_string_equal(mm_shard_header(r)->meta, "{\"a\":1}");
    assert_string_equal(mm_shard_header(r)->history,
                        "[{\"program\":\"x\"},{}]");
    assert_null(mm_shard_trailer(r));
    while (mm_shard_next(r, &s, &err) == 1) {
        make_sample(&want, n++, 20000);
        assert_true(same_sample(&s, &want));
    }
    assert_int_equal(n, 300);
    assert_int_equal(mm_shard_next(r, &s, &err), 0);
    assert_non_null(strstr(mm_shard_trailer(r), "\"samples\":300"));
    assert_non_null(strstr(mm_shard_trailer(r), "\"counts\":{\"seen\":7}"));
    mm_shard_close(r);
    mm_sample_release(&s);
    mm_sample_release(&want);
}

static void test_by_number(void **state)
{
    struct mm_sample s = { 0 }, want = { 0 };
    struct mm_err err;
    struct mm_shard *r;
    size_t frames;

    (void)state;
    write_shard(path, 300, 20000);
    r = mm_shard_open(path, &err);
    assert_int_equal(mm_shard_index(r, &err), 0);
    assert_int_equal(mm_shard_count(r), 300);
    frames = mm_shard_frames(r);
    assert_in_range(frames, 2, 10);
    assert_int_equal(mm_shard_frame_begin(r, 0), 0);
    assert_int_equal(mm_shard_frame_begin(r, frames), 300);
    for (size_t k = 0; k < 300; k++) {
        size_t i = mm_rng_permute(5, 0, k, 300);

        assert_int_equal(mm_shard_get(r, i, &s, &err), 0);
        make_sample(&want, i, 20000);
        assert_true(same_sample(&s, &want));
    }
    /* both ways at once do not disturb each other */
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(mm_shard_next(r, &s, &err), 1);
        make_sample(&want, i, 20000);
        assert_true(same_sample(&s, &want));
        assert_int_equal(mm_shard_get(r, 299 - i, &s, &err), 0);
    }
    mm_shard_close(r);
    mm_sample_release(&s);
    mm_sample_release(&want);
}

/* Samples longer than a frame, among short ones. */
static void test_large(void **state)
{
    static const size_t sizes[] = { 100, (10u << 20) + 7, 100, 4u << 20,
                                    (4u << 20) - 512, (4u << 20) - 1024,
                                    9u << 20, 3u << 20, 3u << 20, 5 };
    enum { N = sizeof sizes / sizeof *sizes };
    struct mm_sample s = { 0 };
    struct mm_err err;
    struct mm_shard_writer *w = mm_shard_create(path, "x", NULL, NULL, &err);
    struct mm_shard *r;
    uint64_t a, b;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        char key[8];
        struct mm_member *m;

        mm_sample_clear(&s);
        snprintf(key, sizeof key, "%zu", i);
        assert_int_equal(mm_sample_set_key(&s, key, &err), 0);
        m = mm_sample_add(&s, "a", &err);
        memset(mm_buf_extend(&m->data, sizes[i]), (int)i, sizes[i]);
        assert_int_equal(mm_sample_add_bytes(&s, "b", "end", 3, &err), 0);
        assert_int_equal(mm_shard_put(w, &s, &err), 0);
    }
    assert_int_equal(mm_shard_commit(w, NULL, &err), 0);
    assert_int_equal(read_all(path, &a, &err), 0);
    assert_int_equal(get_all(path, &b, &err), 0);
    assert_int_equal(a, b);
    r = mm_shard_open(path, &err);
    assert_int_equal(mm_shard_index(r, &err), 0);
    for (size_t i = N; i-- > 0;) {
        assert_int_equal(mm_shard_get(r, i, &s, &err), 0);
        assert_int_equal(s.members[0].data.len, sizes[i]);
        assert_int_equal(s.members[0].data.data[sizes[i] - 1], (char)i);
        assert_memory_equal(s.members[1].data.data, "end", 3);
    }
    mm_shard_close(r);
    mm_sample_release(&s);
}

/* Same samples, any number of threads: same bytes. */
static void test_threads(void **state)
{
    struct mm_buf a = { 0 }, b = { 0 };
    struct mm_err err;

    (void)state;
    mm_par_set_threads(1);
    write_shard(path, 400, 20000);
    mm_par_set_threads(3);
    write_shard(other, 400, 20000);
    mm_par_set_threads(0);
    assert_int_equal(mm_read_file(path, &a, SIZE_MAX, &err), 0);
    assert_int_equal(mm_read_file(other, &b, SIZE_MAX, &err), 0);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    mm_buf_release(&a);
    mm_buf_release(&b);
}

static void test_empty(void **state)
{
    uint64_t hash, hash2;
    struct mm_err err;

    (void)state;
    write_shard(path, 0, 1);
    assert_int_equal(read_all(path, &hash, &err), 0);
    assert_int_equal(get_all(path, &hash2, &err), 0);
    assert_int_equal(hash, hash2);
}

/* ---- the index ---- */

static void test_index(void **state)
{
    struct mm_shard_index x = { 0 }, y;
    struct mm_buf b = { 0 };
    struct mm_in *in;
    struct mm_err err;

    (void)state;
    memset(mm_buf_extend(&b, 600), 'x', 600);
    assert_int_equal(mm_shard_index_add(&x, 100, 2000, 0, &err), 0);
    assert_int_equal(mm_shard_index_add(&x, 200, 3000, 5, &err), 0);
    assert_int_equal(mm_shard_index_add(&x, 250, 4000, 7, &err), 0);
    assert_int_equal(mm_shard_index_add(&x, 50, 1000, 0, &err), 0);
    mm_shard_index_print(&x, &b);
    write_bytes(path, b.data, b.len);
    in = mm_in_open(path, &err);
    assert_int_equal(mm_shard_index_read(&y, in, &err), 0);
    assert_int_equal(y.n, 4);
    assert_int_equal(y.samples, 12);
    assert_int_equal(y.frames[2].at, 300);
    assert_int_equal(y.frames[2].first, 5);
    assert_int_equal(mm_shard_index_find(&y, 0), 1);
    assert_int_equal(mm_shard_index_find(&y, 4), 1);
    assert_int_equal(mm_shard_index_find(&y, 5), 2);
    assert_int_equal(mm_shard_index_find(&y, 11), 2);
    mm_in_close(in);
    mm_shard_index_release(&x);
    mm_shard_index_release(&y);
    mm_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order), cmocka_unit_test(test_by_number),
        cmocka_unit_test(test_large), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_empty), cmocka_unit_test(test_index)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
