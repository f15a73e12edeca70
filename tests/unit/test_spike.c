/*
 * test_spike.c - which steps are spikes, and what becomes of their batches
 */
#include "../run_fixture.h"

#include <math.h>

#include "train/spike.h"

/* ---- the rule ---- */

/* About 2 with a deviation of 0.1, the same numbers each time */
static double usual(int i)
{
    static const double d[] = { 0.1, -0.1, 0.14, -0.05, 0, -0.14, 0.05, 0 };

    return 2 + d[i % 8];
}

static void learn(struct mm_spike *s, int n)
{
    for (int i = 0; i < n; i++) {
        struct mm_spike_limits l = mm_spike_limits(s, 6);

        assert_false(mm_spike_is(&l, usual(i), usual(i + 3)));
        mm_spike_add(s, &l, usual(i), usual(i + 3));
    }
}

static void test_rule(void **state)
{
    struct mm_spike s = { 0 };
    struct mm_spike_limits l;
    double mean = 0, square = 0;

    (void)state;
    learn(&s, MM_SPIKE_WINDOW / 2 - 1);
    l = mm_spike_limits(&s, 6);
    assert_false(mm_spike_is(&l, 1e9, 1e9)); /* too little is known */
    assert_true(mm_spike_is(&l, NAN, 1));
    assert_true(mm_spike_is(&l, 1, INFINITY));
    learn(&s, 300);
    for (int i = 300 - MM_SPIKE_WINDOW; i < 300; i++)
        mean += usual(i) / MM_SPIKE_WINDOW;
    for (int i = 300 - MM_SPIKE_WINDOW; i < 300; i++)
        square += (usual(i) - mean) * (usual(i) - mean);
    l = mm_spike_limits(&s, 6);
    assert_true(fabs(l.loss - mean - 6 * sqrt(square / 127)) < 1e-12);
    assert_true(fabs(l.norm - 100 * l.loss) < 1);
    assert_false(mm_spike_is(&l, l.loss, l.norm));
    assert_true(mm_spike_is(&l, l.loss + 1e-9, 0));
    assert_true(mm_spike_is(&l, 0, l.norm + 1e-9));
    l = mm_spike_limits(&s, 0);
    assert_false(mm_spike_is(&l, 1e30, 1e30)); /* none are looked for */
}

/* A spike does not hide the next; a level that stays becomes the usual one. */
static void test_after(void **state)
{
    struct mm_spike s = { 0 };
    struct mm_spike_limits l;
    int n = 0;

    (void)state;
    learn(&s, MM_SPIKE_WINDOW);
    for (int i = 0; i < 3; i++) {
        l = mm_spike_limits(&s, 6);
        assert_true(mm_spike_is(&l, 1e6, 2));
        mm_spike_add(&s, &l, 1e6, 2);
        assert_true(l.loss < 4);
    }
    do {
        l = mm_spike_limits(&s, 6);
        mm_spike_add(&s, &l, 4, 2);
    } while (mm_spike_is(&l, 4, 2) && ++n < 100);
    assert_in_range(n, 1, 20);
}

/*
 * Norms many deviations over the usual are none as long as they are of its
 * size; hard batches raise what the loss may be, and are forgotten.
 */
static void test_tail(void **state)
{
    struct mm_spike s = { 0 };
    struct mm_spike_limits l;
    double before;

    (void)state;
    learn(&s, MM_SPIKE_WINDOW);
    l = mm_spike_limits(&s, 6);
    assert_false(mm_spike_is(&l, 2, 200));
    assert_true(mm_spike_is(&l, 2, 400));
    before = l.loss;
    mm_spike_add(&s, &l, l.mean + 5 * l.dev, 2);
    assert_true(fabs(s.tail - 5) < 1e-9);
    l = mm_spike_limits(&s, 6);
    assert_true(l.loss > l.mean + 7.4 * l.dev && l.loss > before);
    assert_true(mm_spike_is(&l, l.mean + 7.6 * l.dev, 2));
    mm_spike_add(&s, &l, l.mean + 7.6 * l.dev, 2); /* a spike is not usual */
    assert_true(s.tail < 5);
    learn(&s, 3000);
    l = mm_spike_limits(&s, 6);
    assert_true(fabs(l.loss - l.mean - 6 * l.dev) < 1e-9);
}

/* To a manifest and back: every bit. */
static void test_manifest(void **state)
{
    static struct mm_spike s, back;
    struct mm_buf text = { 0 };
    struct mm_json_doc doc;
    struct mm_err err;
    struct mm_jw w;

    (void)state;
    learn(&s, 77);
    s.in_a_row = 2;
    s.tail = 10. / 3;
    for (int i = 0; i < MM_SPIKE_STEPS + 5; i++)
        mm_spike_skip(&s, 100 + i);
    mm_jw_begin(&w, &text);
    mm_jw_open(&w, '{');
    mm_spike_print(&s, &w);
    mm_spike_print_skipped(&s, &w);
    mm_jw_close(&w, '}');
    assert_int_equal(mm_json_parse(&doc, text.data, text.len, &err), 0);
    assert_int_equal(mm_spike_parse(&back, doc.root, &err), 0);
    assert_memory_equal(&s, &back, sizeof s);
    mm_json_release(&doc);
    mm_buf_release(&text);
}

/* Nothing of it, as in older checkpoints, is a beginning; half of it is not. */
static void test_bad_manifest(void **state)
{
    static const char *const bad[] = {
        "{\"spikes\":{}}", "{\"spikes\":{\"loss\":[1],\"gnorm\":[\"x\"]}}",
        "{\"skipped\":{}}", "{\"skipped\":{\"batches\":1,\"steps\":[3,4]}}"
    };
    struct mm_spike s;
    struct mm_err err;
    struct mm_json_doc doc;

    (void)state;
    assert_int_equal(mm_json_parse(&doc, "{}", 2, &err), 0);
    assert_int_equal(mm_spike_parse(&s, doc.root, &err), 0);
    assert_int_equal(s.loss.n + (size_t)s.skipped, 0);
    mm_json_release(&doc);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mm_json_parse(&doc, bad[i], strlen(bad[i]), &err), 0);
        assert_int_equal(mm_spike_parse(&s, doc.root, &err), -1);
        assert_int_equal(err.code, MM_EDATA);
        mm_json_release(&doc);
    }
}

/* ---- runs ---- */

enum { STEPS = 75,
       BAD = 71 };

/* A text that counts backwards, in steps of seven */
static void add_nonsense(struct sequence *s)
{
    add_token(s, BOS, 0);
    for (int i = 0; i < 28; i++)
        add_token(s, WORD + (200 - 7 * i) % 20, 1);
    end_segment(s, 0, "nonsense", 1, 0);
}

/* One sequence a step; that of step BAD is another kind of text. */
static void write_data(void)
{
    struct mm_shard_writer *w = create_shard(in_dir("a.tar.zst"));

    for (size_t i = 0; i < STEPS; i++) {
        struct sequence s = { 0 };

        if (i == BAD - 1) {
            add_nonsense(&s);
        } else {
            add_text(&s, 1);
            add_text(&s, 3);
            add_text(&s, 2);
        }
        put_sequence(w, &s, i);
    }
    commit_shard(w);
}

static void watch(struct mm_recipe *r)
{
    r->batch = r->micro = 1;
    r->steps = STEPS;
    r->lr = 1e-2;
    r->spike_sigma = 6;
    r->save_every = 1;
    r->keep = 8;
}

static void skip_spikes(struct mm_recipe *r)
{
    watch(r);
    r->skip_on_spike = 1;
}

static int has(const char *path, const char *text)
{
    struct mm_buf b = { 0 };
    struct mm_err err;
    int found;

    assert_int_equal(mm_read_file(path, &b, 1 << 24, &err), 0);
    found = strstr(b.data, text) != NULL;
    mm_buf_release(&b);
    return found;
}

static int step_has(const char *name, int64_t step, const char *file,
                    const char *text)
{
    struct mm_buf path = { 0 };
    int found;

    path_of(&path, name, step, file);
    found = has(path.data, text);
    mm_buf_release(&path);
    return found;
}

/* Said with its samples, and learnt from. */
static void test_said(void **state)
{
    struct mm_err err;
    uint64_t before[2], after[2];

    (void)state;
    write_data();
    assert_int_equal(run("watch", watch, &err), 0);
    assert_true(has(in_dir("watch/metrics.jsonl"),
                    "\"ev\":\"spike\",\"step\":71,"));
    assert_true(has(in_dir("watch/metrics.jsonl"),
                    "a.tar.zst\",\"number\":70,\"segments\":[{\"source\":"
                    "\"nonsense\",\"key\":\"k1\"}]"));
    hash_step("watch", BAD - 1, before);
    hash_step("watch", BAD, after);
    assert_true(before[0] != after[0]);
    assert_false(step_has("watch", STEPS, "mm1.json", "skipped"));
}

/* No update, said in manifest and stamp; what follows is one update behind. */
static void test_skipped(void **state)
{
    struct mm_err err;
    uint64_t before[2], after[2];

    (void)state;
    write_data();
    assert_int_equal(run("skip", skip_spikes, &err), 0);
    hash_step("skip", BAD - 1, before);
    hash_step("skip", BAD, after);
    assert_int_equal(before[0], after[0]);
    assert_int_equal(before[1], after[1]);
    hash_step("skip", BAD + 1, after);
    assert_true(before[0] != after[0]);
    assert_true(has(in_dir("skip/metrics.jsonl"), "\"skipped\":true"));
    assert_true(step_has("skip", STEPS, "mm1.json",
                         "\"skipped\":{\"batches\":1,\"steps\":[71]}"));
    assert_true(step_has("skip", STEPS, "MANIFEST",
                         "\"skipped\":{\"batches\":1,\"steps\":[71]}"));
}

static void remove_steps(const char *name, int64_t from)
{
    struct mm_buf path = { 0 };
    struct mm_err err;

    for (int64_t step = from; step <= STEPS; step++) {
        mm_buf_clear(&path);
        mm_run_step_path(&path, in_dir(name), step);
        assert_int_equal(mm_remove_tree(path.data, &err), 0);
    }
    mm_buf_release(&path);
}

/* Resumed before the spike and after it: the bits of the straight run. */
static void test_resumed(void **state)
{
    static const int64_t from[] = { BAD, BAD + 1, BAD + 3 };
    struct mm_err err;

    (void)state;
    write_data();
    assert_int_equal(run("skip", skip_spikes, &err), 0);
    assert_int_equal(run("again", skip_spikes, &err), 0);
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        remove_steps("again", from[i]);
        assert_int_equal(run("again", skip_spikes, &err), 0);
        assert_same_step("skip", "again", STEPS);
        assert_true(step_has("again", STEPS, "MANIFEST",
                             "\"skipped\":{\"batches\":1,\"steps\":[71]}"));
    }
    assert_int_equal(run("again", watch, &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, "skip-on-spike"));
}

/* A rate that breaks the numbers: not finite is dropped twice, then it ends. */
static void break_numbers(struct mm_recipe *r)
{
    skip_spikes(r);
    r->z_loss = 1e38f;
    r->clip = 0;
}

static void test_not_finite(void **state)
{
    struct mm_err err;

    (void)state;
    write_data();
    assert_int_equal(run("broken", break_numbers, &err), -1);
    assert_int_equal(err.code, MM_EDIVERGE);
    assert_int_equal(newest("broken"), 2);
    assert_true(step_has("broken", 2, "MANIFEST",
                         "\"skipped\":{\"batches\":2,\"steps\":[1,2]}"));
}

#define RUN(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_after),
        cmocka_unit_test(test_tail),
        cmocka_unit_test(test_manifest),
        cmocka_unit_test(test_bad_manifest),
        RUN(test_said),
        RUN(test_skipped),
        RUN(test_resumed),
        RUN(test_not_finite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
