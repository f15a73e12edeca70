/*
 * test_session.c - the same predictions with and without the cache, in any
 * cut, on any number of threads; choosing tokens
 */
#include "../model_batch.h"

#include <math.h>

#include "base/par.h"
#include "model/model.h"
#include "model/sampling.h"
#include "model/session.h"

enum { V = 300,
       PROMPT = 11,
       NEXT = 12,
       LONG = 300 };

struct fixture {
    struct mm_model *m;
    struct golden_batch b; /* its pictures are used */
    int32_t prompt[PROMPT], next[NEXT];
    double logits[V];
};

static size_t ints(int32_t *to, const struct mm_json *list)
{
    size_t n = 0;

    for (const struct mm_json *v = list->child; v; v = v->next)
        to[n++] = (int32_t)v->integer;
    return n;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct mm_json_doc doc;
    struct mm_err err;
    const struct mm_json *greedy, *v;
    size_t n = 0;

    f->m = mm_model_load(GOLDEN_DIR, 0, &err);
    assert_non_null(f->m);
    f->m->config.text.context = LONG; /* more than one pass */
    golden_pictures(&f->b, GOLDEN_VIEWS, 12);
    assert_int_equal(
        mm_json_parse_file(&doc, GOLDEN_DIR "/expect.json", &err), 0);
    greedy = mm_json_get(doc.root, "greedy");
    assert_int_equal(ints(f->prompt, mm_json_get(greedy, "prompt")), PROMPT);
    assert_int_equal(ints(f->next, mm_json_get(greedy, "next")), NEXT);
    for (v = mm_json_get(greedy, "logits")->child; v; v = v->next)
        f->logits[n++] = v->number;
    assert_int_equal(n, V);
    mm_json_release(&doc);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mm_model_free(f->m);
    free(f);
    return 0;
}

static struct mm_session *session(const struct fixture *f, size_t capacity)
{
    struct mm_err err;
    struct mm_session *s = mm_session_create(f->m, capacity, &err);

    if (!s)
        fail_msg("%s", err.msg);
    return s;
}

/* n tokens and the n_views views from `skip` on */
static int read_views(struct mm_session *s, const struct fixture *f,
                      size_t skip, const int32_t *tokens, size_t n,
                      size_t n_views, float *logits, struct mm_err *err)
{
    const struct mm_feed feed = { .tokens = tokens,
                                  .n = n,
                                  .views = f->b.views + skip,
                                  .n_views = n_views,
                                  .mean = golden_mean,
                                  .std = golden_std };

    return mm_session_read(s, &feed, logits, err);
}

static void read_tokens(struct mm_session *s, const struct fixture *f,
                        const int32_t *tokens, size_t n, size_t n_views,
                        float *logits)
{
    struct mm_err err;

    if (read_views(s, f, 0, tokens, n, n_views, logits, &err) < 0)
        fail_msg("%s", err.msg);
}

/* ---- against PyTorch ---- */

static void test_greedy(void **state)
{
    const struct fixture *f = *state;
    const struct mm_sampling greedy = { .temperature = 0, .top_p = 1 };
    struct mm_session *s = session(f, 0);
    struct mm_err err;
    float z[V];
    double most = 0;

    read_tokens(s, f, f->prompt, PROMPT, 1, z);
    for (size_t i = 0; i < V; i++)
        most = fmax(most, fabs(f->logits[i]));
    for (size_t i = 0; i < V; i++)
        assert_true(fabs(z[i] - f->logits[i]) < 1e-4 * most);
    for (size_t i = 0; i < NEXT; i++) {
        int32_t id = mm_sample_token(&greedy, z, V, i, &err);

        assert_int_equal(id, f->next[i]);
        read_tokens(s, f, &id, 1, 0, z);
    }
    assert_int_equal(mm_session_length(s), PROMPT + NEXT);
    mm_session_free(s);
}

/* ---- the same bits however it is read ---- */

/* Pictures, words, a picture again, words */
static size_t make_prompt(const struct fixture *f, int32_t *ids, size_t n)
{
    struct lcg r = lcg_seed(11);

    for (size_t i = 0; i < n; i++) {
        int is_image = (i >= 1 && i < 9) || (i >= 20 && i < 24);

        ids[i] = is_image ? f->m->config.text.image
                          : 4 + (int32_t)(lcg_bits(&r) % (V - 4));
    }
    return n;
}

/* Views whose runs begin in ids[begin..end): runs are 1-4, 5-8, 20-23. */
static size_t views_in(size_t begin, size_t end)
{
    static const size_t start[] = { 1, 5, 20 };
    size_t n = 0;

    for (size_t k = 0; k < 3; k++)
        n += start[k] >= begin && start[k] < end;
    return n;
}

static void read_range(struct mm_session *s, const struct fixture *f,
                       const int32_t *ids, size_t begin, size_t end,
                       float *logits)
{
    size_t skip = views_in(0, begin);
    struct mm_err err;

    if (read_views(s, f, skip, ids + begin, end - begin,
                   views_in(begin, end), logits, &err) < 0)
        fail_msg("%s", err.msg);
}

static void test_any_cut(void **state)
{
    const struct fixture *f = *state;
    struct mm_session *s = session(f, 0);
    int32_t ids[64];
    size_t n = make_prompt(f, ids, 64);
    float whole[V], z[V];
    int threads = mm_par_threads();

    mm_par_set_threads(1);
    read_range(s, f, ids, 0, n, whole);
    for (int t = 1; t <= 2; t++) {
        mm_par_set_threads(t);
        for (size_t cut = 1; cut < n; cut++) {
            mm_session_rewind(s, 0);
            read_range(s, f, ids, 0, cut, NULL);
            read_range(s, f, ids, cut, n, z);
            assert_memory_equal(whole, z, sizeof z);
        }
    }
    mm_session_rewind(s, 0);
    for (size_t i = 0; i < n; i++)
        read_range(s, f, ids, i, i + 1, z);
    assert_memory_equal(whole, z, sizeof z);
    mm_par_set_threads(threads);
    mm_session_free(s);
}

static void test_long(void **state)
{
    const struct fixture *f = *state;
    static const size_t cuts[] = { 7, 99, 130, 131, 256, LONG };
    struct mm_session *s = session(f, 0);
    int32_t ids[LONG];
    float whole[V], z[V];
    size_t at = 0;

    make_prompt(f, ids, LONG);
    read_range(s, f, ids, 0, LONG, whole);
    mm_session_rewind(s, 0);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; at = cuts[i++])
        read_range(s, f, ids, at, cuts[i], z);
    assert_memory_equal(whole, z, sizeof z);
    mm_session_free(s);
}

static void test_rewind(void **state)
{
    const struct fixture *f = *state;
    struct mm_session *s = session(f, 0);
    int32_t ids[64], other = 77;
    size_t n = make_prompt(f, ids, 64);
    float whole[V], z[V];

    read_range(s, f, ids, 0, n, whole);
    mm_session_rewind(s, 30);
    assert_int_equal(mm_session_length(s), 30);
    read_tokens(s, f, &other, 1, 0, z);
    mm_session_rewind(s, 30);
    read_range(s, f, ids, 30, n, z);
    assert_memory_equal(whole, z, sizeof z);
    mm_session_free(s);
}

/* ---- refusals ---- */

static void refuse(struct mm_session *s, const struct fixture *f,
                   const int32_t *ids, size_t n, size_t n_views,
                   const char *word)
{
    size_t length = mm_session_length(s);
    struct mm_err err;
    float z[V];

    assert_int_equal(read_views(s, f, 0, ids, n, n_views, z, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    if (!strstr(err.msg, word))
        fail_msg("'%s' has no '%s'", err.msg, word);
    assert_int_equal(mm_session_length(s), length);
}

static void test_refused(void **state)
{
    const struct fixture *f = *state;
    struct mm_session *s = session(f, 16);
    int32_t ids[64];

    for (size_t i = 0; i < 64; i++)
        ids[i] = 5;
    refuse(s, f, ids, 17, 0, "17 tokens, but only 16 fit");
    read_tokens(s, f, ids, 10, 0, NULL);
    refuse(s, f, ids, 7, 0, "17 tokens, but only 16 fit");
    refuse(s, f, ids, 2, 1, "room for 0 pictures, but 1");
    ids[1] = V;
    refuse(s, f, ids, 2, 0, "token 300");
    ids[1] = -1;
    refuse(s, f, ids, 2, 0, "token -1");
    ids[1] = f->m->config.text.image;
    refuse(s, f, ids, 2, 0, "room for 1 pictures, but 0");
    mm_session_free(s);
}

/* ---- choosing ---- */

static int32_t sample(double t, size_t k, double p, const float *z, size_t n,
                      uint64_t index)
{
    const struct mm_sampling s = { t, k, p, 3, 4, NULL, 0 };
    struct mm_err err;

    return mm_sample_token(&s, z, n, index, &err);
}

static void test_greedy_ties(void **state)
{
    const float z[] = { 0, 2, 1, 2 };

    (void)state;
    assert_int_equal(sample(0, 0, 1, z, 4, 0), 1);
    assert_int_equal(sample(0, 3, 0.5, z, 4, 9), 1);
    for (uint64_t i = 0; i < 50; i++) {
        assert_int_equal(sample(1, 1, 1, z, 4, i), 1);
        assert_int_equal(sample(1, 0, 0, z, 4, i), 1);
        assert_int_equal(sample(1e-3, 0, 0.4, z, 4, i), 1);
    }
}

/* Drawn about as often as probable, and only from what is kept. */
static void frequencies(double t, size_t k, double p, const double want[4])
{
    /* probabilities 0.1, 0.4, 0.2, 0.3 */
    const float z[] = { logf(1), logf(4), logf(2), logf(3) };
    enum { N = 20000 };
    double count[4] = { 0 };

    for (uint64_t i = 0; i < N; i++)
        count[sample(t, k, p, z, 4, i)]++;
    for (int i = 0; i < 4; i++) {
        if (fabs(count[i] / N - want[i]) > 0.015 ||
            (want[i] == 0 && count[i] > 0))
            fail_msg("token %d: %g, should be %g", i, count[i] / N, want[i]);
    }
}

static void test_frequencies(void **state)
{
    (void)state;
    frequencies(1, 0, 1, (double[]){ 0.1, 0.4, 0.2, 0.3 });
    frequencies(1, 4, 1, (double[]){ 0.1, 0.4, 0.2, 0.3 });
    frequencies(1, 3, 1, (double[]){ 0, 4 / 9.0, 2 / 9.0, 3 / 9.0 });
    frequencies(1, 2, 1, (double[]){ 0, 4 / 7.0, 0, 3 / 7.0 });
    frequencies(1, 0, 0.65, (double[]){ 0, 4 / 7.0, 0, 3 / 7.0 });
    frequencies(1, 0, 0.75, (double[]){ 0, 4 / 9.0, 2 / 9.0, 3 / 9.0 });
    frequencies(1, 3, 0.7, (double[]){ 0, 4 / 7.0, 0, 3 / 7.0 });
    frequencies(0.5, 0, 1,
                (double[]){ 1 / 30.0, 16 / 30.0, 4 / 30.0, 9 / 30.0 });
}

static void test_seeds(void **state)
{
    float z[V];
    const int32_t barred = 9;
    struct mm_sampling a = { 1, 0, 1, 3, 4, NULL, 0 }, b = a, c = a;
    struct mm_err err;
    int differ = 0, differ_stream = 0;

    (void)state;
    b.seed = 5;
    c.stream = 5;
    for (size_t i = 0; i < V; i++)
        z[i] = (float)(i % 7);
    for (uint64_t i = 0; i < 20; i++) {
        int32_t id = mm_sample_token(&a, z, V, i, &err);

        assert_int_equal(id, mm_sample_token(&a, z, V, i, &err));
        differ += id != mm_sample_token(&b, z, V, i, &err);
        differ_stream += id != mm_sample_token(&c, z, V, i, &err);
    }
    assert_true(differ > 10 && differ_stream > 10);
    a.barred = &barred;
    a.n_barred = 1;
    z[9] = 20;
    for (uint64_t i = 0; i < 20; i++)
        assert_int_not_equal(mm_sample_token(&a, z, V, i, &err), barred);
    a.temperature = 0;
    assert_int_equal(mm_sample_token(&a, z, V, 0, &err), 6);
    a.n_barred = 0;
    assert_int_equal(mm_sample_token(&a, z, V, 0, &err), barred);
    z[9] = NAN;
    assert_int_equal(mm_sample_token(&a, z, V, 0, &err), -1);
    assert_int_equal(err.code, MM_EDIVERGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greedy),
        cmocka_unit_test(test_any_cut),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_rewind),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_greedy_ties),
        cmocka_unit_test(test_frequencies),
        cmocka_unit_test(test_seeds),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
