/*
 * test_mix.c - which source comes next, and the order within one
 */
#include "../shard_fixture.h"

#include <math.h>

#include "data/mix.h"
#include "data/mix_plan.h"
#include "data/mix_run.h"
#include "data/mix_source.h"
#include "data/split.h"

/* After every prefix each source is within one of its share. */
static void check_prefixes(const double *w, size_t n, double slack)
{
    struct mm_mix m;
    struct mm_err err;
    double sum = 0;
    size_t taken[8] = { 0 };

    for (size_t i = 0; i < n; i++)
        sum += w[i];
    assert_int_equal(mm_mix_init(&m, w, n, &err), 0);
    for (size_t t = 1; t <= 5000; t++) {
        taken[mm_mix_next(&m)]++;
        for (size_t i = 0; i < n; i++) {
            double off = fabs((double)taken[i] - (double)t * w[i] / sum);

            if (off >= 1 + slack)
                fail_msg("source %zu is off by %f after %zu", i, off, t);
        }
    }
    mm_mix_release(&m);
}

static void test_shares(void **state)
{
    static const double paper[] = { 45, 45, 10 }, one[] = { 7 },
                        uneven[] = { 1, 1000, 3, 0.5 };

    (void)state;
    check_prefixes(paper, 3, 0);
    check_prefixes(one, 1, 0);
    check_prefixes(uneven, 4, 0);
    for (uint64_t k = 0; k < 200; k++) {
        double whole[8], real[8];
        size_t n = 1 + mm_rng_below(1, k, 0, 8);

        for (size_t i = 0; i < n; i++) {
            whole[i] = (double)(1 + mm_rng_below(2, k, i, 100));
            real[i] = 0.01 + mm_rng_uniform(3, k, i);
        }
        check_prefixes(whole, n, 0);
        /* a period of 65536 is off by 1/65536 a step */
        check_prefixes(real, n, 5000. / MM_MIX_PERIOD_MAX);
    }
}

static void test_period(void **state)
{
    static const double paper[] = { 45, 45, 10 };
    struct mm_mix m;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_mix_init(&m, paper, 3, &err), 0);
    assert_int_equal(m.period, 20);
    mm_mix_release(&m);
}

/* ---- the order within a source ---- */

#define N 500

/* Keys of one epoch into order[] as numbers; each must come once. */
static void read_epoch(struct mm_mix_source *s, int *order, int n)
{
    struct mm_sample sample = { 0 };
    struct mm_err err;
    char seen[2 * N] = { 0 };

    for (int i = 0; i < n; i++) {
        const char *slash;

        assert_int_equal(mm_mix_source_next(s, &sample, &err), 1);
        slash = strrchr(sample.key, '/');
        order[i] = (int)strtol(slash + 1, NULL, 10);
        assert_int_equal(seen[order[i]]++, 0);
    }
    assert_int_equal(mm_mix_source_next(s, &sample, &err), 0);
    mm_sample_release(&sample);
}

static int fixed_points(const int *a, const int *b)
{
    int n = 0;

    for (int i = 0; i < N; i++)
        n += a[i] == b[i];
    return n;
}

static void check_shuffle(const char *how, int distance)
{
    static int first[N], again[N], second[N], other_seed[N], plain[N];
    const char *const paths[] = { path };
    struct mm_shuffle shuffle;
    struct mm_mix_source *s;
    struct mm_err err;
    int far = 0;

    assert_int_equal(mm_shuffle_parse(&shuffle, how, &err), 0);
    s = mm_mix_source_open(paths, 1, shuffle, 7, 2, &err);
    read_epoch(s, first, N);
    assert_int_equal(mm_mix_source_again(s, &err), 0);
    read_epoch(s, second, N);
    mm_mix_source_close(s);
    s = mm_mix_source_open(paths, 1, shuffle, 7, 2, &err);
    read_epoch(s, again, N);
    mm_mix_source_close(s);
    s = mm_mix_source_open(paths, 1, shuffle, 8, 2, &err);
    read_epoch(s, other_seed, N);
    mm_mix_source_close(s);
    assert_memory_equal(first, again, sizeof first);
    for (int i = 0; i < N; i++)
        plain[i] = i;
    assert_in_range(fixed_points(first, second), 0, 25);
    assert_in_range(fixed_points(first, other_seed), 0, 25);
    assert_in_range(fixed_points(first, plain), 0, 25);
    for (int i = 0; i < N; i++)
        far += abs(first[i] - i) > distance;
    assert_true(far > N / 4);
}

static void test_shuffles(void **state)
{
    static int order[N];
    const char *const paths[] = { path };
    struct mm_shuffle none;
    struct mm_mix_source *s;
    struct mm_err err;

    (void)state;
    write_shard(path, N, 20000);
    check_shuffle("frames=2", 100);
    check_shuffle("frames=1", 100);
    check_shuffle("frames=100", 100);
    check_shuffle("window=100", 40);
    check_shuffle("window=100000", 100);
    assert_int_equal(mm_shuffle_parse(&none, "none", &err), 0);
    s = mm_mix_source_open(paths, 1, none, 7, 2, &err);
    read_epoch(s, order, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(order[i], i);
    mm_mix_source_close(s);
}

static void test_shuffle_words(void **state)
{
    static const char *const bad[] = { "", "frames", "frames=", "frames=0",
                                       "window=-1", "window=x", "window=1 ",
                                       "all", "window=99999999999999999999" };
    struct mm_shuffle s;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mm_shuffle_parse(&s, bad[i], &err), -1);
        assert_int_equal(err.code, MM_EUSAGE);
    }
}

/* ---- operands ---- */

static void test_inputs(void **state)
{
    static const char *const bad[] = { "a=", "a=1", "a=:x", "a=0:x", "a=-1:x",
                                       "a=nan:x", "a=inf:x", "a=1:", "a=1:x,",
                                       "a=1:,x", "", "," };
    struct mm_mix_input in;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (mm_mix_input_parse(&in, bad[i], &err) == 0)
            fail_msg("accepted: '%s'", bad[i]);
        assert_int_equal(err.code, MM_EUSAGE);
    }
    assert_int_equal(mm_mix_input_parse(&in, "cap=4.5:a=b,c:d", &err), 0);
    assert_string_equal(in.name, "cap");
    assert_true(in.weight == 4.5);
    assert_int_equal(in.n_paths, 2);
    assert_string_equal(in.paths[0], "a=b");
    assert_string_equal(in.paths[1], "c:d");
    mm_mix_input_release(&in);
    assert_int_equal(mm_mix_input_parse(&in, "x/y=1/cap.tar.zst", &err), 0);
    assert_string_equal(in.name, "cap");
    assert_true(in.weight == 1);
    mm_mix_input_release(&in);
    assert_int_equal(mm_mix_input_parse(&in, "-", &err), 0);
    assert_string_equal(in.name, "stdin");
    mm_mix_input_release(&in);
}

/* ---- held out ---- */

static int bucket(const char *key, const char *json)
{
    struct mm_sample s = { 0 };
    struct mm_err err;
    int b;

    assert_int_equal(mm_sample_set_key(&s, key, &err), 0);
    assert_int_equal(mm_sample_add_bytes(&s, "json", json, strlen(json), &err),
                     0);
    assert_int_equal(mm_sample_add_bytes(&s, "0.jpg", "x", 1, &err), 0);
    b = mm_split_bucket(&s, &err);
    mm_sample_release(&s);
    return b;
}

static void check_normal(const char *text, const char *want)
{
    struct mm_buf b = { 0 };

    mm_split_normalise(&b, text, strlen(text));
    assert_string_equal(b.data, want);
    mm_buf_release(&b);
}

static void test_split(void **state)
{
    (void)state;
    check_normal("The  Cat -- on a MAT. ", "cat on a mat");
    check_normal("a", "");
    check_normal("an", "");
    check_normal("Another one", "another one");
    check_normal("the the cat", "the cat");
    check_normal("a an cat", "an cat");
    check_normal("\xc3\x84pfel & Birnen 3x", "\xc3\xa4pfel birnen 3x");
    check_normal("", "");
    check_normal("?!", "");
    /* equal captions stay together, whatever their keys */
    assert_int_equal(bucket("k1", "{\"texts\":[null,\"A cat!\"],"
                                  "\"images\":[\"0.jpg\",null]}"),
                     bucket("k2", "{\"texts\":[\"the  CAT\",null],"
                                  "\"images\":[null,\"0.jpg\"]}"));
    /* of a pair its caption, of all else the key */
    assert_int_equal(bucket("x", "{\"texts\":[null,\"cat\"],"
                                 "\"images\":[\"0.jpg\",null]}"),
                     mm_hash64("cat", 3) % 10);
    /* questions about a picture stay with its caption */
    assert_int_equal(bucket("y", "{\"texts\":[null,\"What?\",\"no\"],"
                                 "\"images\":[\"0.jpg\",null,null],"
                                 "\"roles\":[\"user\",\"user\","
                                 "\"assistant\"],\"caption\":\"A cat\"}"),
                     mm_hash64("cat", 3) % 10);
    assert_int_equal(bucket("some/key", "{\"texts\":[\"cat\"],"
                                        "\"images\":[null]}"),
                     mm_hash64("some/key", 8) % 10);
}

/* Within each piece every source keeps to one sequence of its share. */
static void test_pieces(void **state)
{
    static const char *const texts[] = { "a=3@0,1@10,0@40:x",
                                         "b=1@0,2.5@10:y", "c=0@0,1@40:z" };
    struct mm_mix_input in[3] = { { 0 } };
    struct mm_mix_plan p;
    struct mm_err err;
    size_t taken[3] = { 0 }, begin = 0;

    (void)state;
    assert_int_equal(mm_mix_inputs_parse(in, 3, texts, &err), 0);
    assert_int_equal(mm_mix_plan_init(&p, in, 3, 7, &err), 0);
    assert_int_equal(p.n_pieces, 3);
    for (size_t at = 0; at < 700; at++) {
        const struct mm_mix_piece *y;
        double sum = 0;
        size_t s;

        if (at == 70 || at == 280) {
            begin = at;
            memset(taken, 0, sizeof taken);
        }
        assert_int_equal(mm_mix_plan_next(&p, &s, &err), 0);
        y = &p.pieces[p.piece];
        assert_int_equal(y->from, begin);
        taken[s]++;
        for (size_t i = 0; i < 3; i++)
            sum += y->weight[i];
        for (size_t i = 0; i < 3; i++)
            assert_true(fabs((double)taken[i] -
                             y->weight[i] / sum * (double)(at + 1 - begin)) <
                        1);
    }
    mm_mix_plan_release(&p);
    for (size_t i = 0; i < 3; i++)
        mm_mix_input_release(&in[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_period),
        cmocka_unit_test(test_shuffles),
        cmocka_unit_test(test_shuffle_words),
        cmocka_unit_test(test_inputs),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_pieces)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
