/*
 * test_lanes.c - sequences read side by side predict what each does alone
 */
#include "../levels.h"
#include "../model_batch.h"

#include <math.h>

#include "base/par.h"
#include "model/lanes.h"
#include "model/sampling.h"
#include "model/session.h"
#include "tensor/attention.h"

enum { V = 300,
       CONTEXT = 400,
       N = 5,
       NEXT = 12 }; /* tokens that are written after each prompt */

/* A prompt with a picture in it, or several, and what follows alone */
struct prompt {
    int32_t ids[CONTEXT], next[NEXT];
    size_t n, n_views, picture; /* the first run begins at `picture` */
    float logits[V];            /* after all of them */
};

struct fixture {
    struct mm_model *m;
    struct golden_batch b; /* its pictures are used */
    struct prompt p[N];
};

static const size_t lengths[N] = { 131, 9, 64, 300, 20 };

static void make_prompt(struct fixture *f, size_t i)
{
    struct prompt *p = &f->p[i];
    struct lcg r = lcg_seed(i + 3);
    size_t tokens = f->m->config.connector.tokens;

    p->n = lengths[i];
    p->n_views = i % 3;
    p->picture = 2 + i;
    for (size_t k = 0; k < p->n; k++) {
        int image = k >= p->picture &&
                    k < p->picture + p->n_views * tokens;

        p->ids[k] = image ? f->m->config.text.image
                          : 4 + (int32_t)(lcg_bits(&r) % (V - 4));
    }
}

static int32_t greedy(const float *z)
{
    const struct mm_sampling how = { .top_p = 1 };
    struct mm_err err;

    return mm_sample_token(&how, z, V, 0, &err);
}

static void alone(struct fixture *f, struct prompt *p)
{
    struct mm_err err;
    struct mm_session *s = mm_session_create(f->m, 0, &err);
    struct mm_feed feed = { .tokens = p->ids,
                            .n = p->n,
                            .views = f->b.views,
                            .n_views = p->n_views,
                            .mean = golden_mean,
                            .std = golden_std };

    assert_non_null(s);
    assert_int_equal(mm_session_read(s, &feed, p->logits, &err), 0);
    feed.n = 1;
    feed.n_views = 0;
    for (size_t i = 0; i < NEXT; i++) {
        p->next[i] = greedy(p->logits);
        feed.tokens = &p->next[i];
        assert_int_equal(mm_session_read(s, &feed, p->logits, &err), 0);
    }
    mm_session_free(s);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct mm_err err;

    f->m = mm_model_load(GOLDEN_DIR, 0, &err);
    assert_non_null(f->m);
    f->m->config.text.context = CONTEXT;
    golden_pictures(&f->b, GOLDEN_VIEWS, 12);
    for (size_t i = 0; i < N; i++) {
        make_prompt(f, i);
        alone(f, &f->p[i]);
    }
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

static struct mm_lanes *lanes(const struct fixture *f, size_t n, size_t tokens)
{
    struct mm_err err;
    struct mm_lanes *l = mm_lanes_create(f->m, n, tokens, &err);

    if (!l)
        fail_msg("%s", err.msg);
    return l;
}

static void feed(struct mm_lanes *l, size_t i, const struct fixture *f,
                 const int32_t *ids, size_t n, size_t n_views, int predict)
{
    const struct mm_feed x = { .tokens = ids,
                               .n = n,
                               .views = f->b.views,
                               .n_views = n_views,
                               .mean = golden_mean,
                               .std = golden_std,
                               .predict = predict };
    struct mm_err err;

    if (mm_lane_feed(l, i, &x, &err) < 0)
        fail_msg("%s", err.msg);
}

static void step(struct mm_lanes *l)
{
    struct mm_err err;

    assert_int_equal(mm_lanes_step(l, &err), 1);
}

/* ---- side by side ---- */

/* Prompts on their way: prompt i in lane order[i], which begins at begin[i] */
struct walk {
    const struct fixture *f;
    struct mm_lanes *l;
    size_t n;
    const size_t *order, *begin;
    size_t written[N];
};

/* Lane of prompt i has read what it was fed: 1 where it was fed more. */
static int go_on(struct walk *w, size_t i)
{
    const struct prompt *p = &w->f->p[i];
    const float *z = mm_lane_logits(w->l, w->order[i]);

    if (w->written[i] == NEXT) {
        assert_memory_equal(z, p->logits, sizeof p->logits);
        mm_lane_close(w->l, w->order[i]);
        w->written[i]++;
        return 0;
    }
    assert_int_equal(greedy(z), p->next[w->written[i]]);
    feed(w->l, w->order[i], w->f, &p->next[w->written[i]], 1, 0, 1);
    w->written[i]++;
    return 1;
}

/* Each begins a pass after the one before. */
static void walk(struct walk *w)
{
    struct mm_err err;
    size_t begun = 0;
    int more = 1;

    memset(w->written, 0, sizeof w->written);
    while (more || begun < w->n) {
        if (begun < w->n) {
            const struct prompt *p = &w->f->p[begun];
            size_t skip = w->begin[begun];

            assert_int_equal(mm_lane_open(w->l, w->order[begun], 0, 0,
                                          p->n + NEXT),
                             1);
            if (skip)
                feed(w->l, w->order[begun], w->f, p->ids, skip, 0, 0);
            else
                feed(w->l, w->order[begun], w->f, p->ids, p->n, p->n_views, 1);
            begun++;
        }
        more = mm_lanes_step(w->l, &err);
        assert_true(more >= 0);
        for (size_t i = 0; i < begun; i++) {
            const struct prompt *p = &w->f->p[i];
            size_t at = mm_lane_length(w->l, w->order[i]);

            if (w->written[i] > NEXT || mm_lane_waits(w->l, w->order[i]))
                continue;
            if (at < p->n) { /* the rest, cut elsewhere */
                feed(w->l, w->order[i], w->f, p->ids + at, p->n - at,
                     p->n_views, 1);
                more = 1;
            } else {
                more |= go_on(w, i);
            }
        }
    }
    for (size_t i = 0; i < w->n; i++)
        assert_int_equal(w->written[i], NEXT + 1);
}

static void test_beside(void **state)
{
    static const size_t forth[] = { 0, 1, 2, 3, 4 }, back[] = { 4, 3, 2, 1, 0 };
    static const size_t whole[N] = { 0 }, cut[N] = { 1, 0, 2, 1, 2 };
    const struct fixture *f = *state;
    struct mm_lanes *l = lanes(f, N, N * (CONTEXT + MM_PAGE));
    int threads = mm_par_threads();

    for (int t = 1; t <= 2; t++) {
        mm_par_set_threads(t);
        for (size_t n = 1; n <= N; n++) {
            walk(&(struct walk){ f, l, n, forth, whole, { 0 } });
            walk(&(struct walk){ f, l, n, back, whole, { 0 } });
            walk(&(struct walk){ f, l, n, back, cut, { 0 } });
        }
    }
    mm_par_set_threads(threads);
    mm_lanes_free(l);
}

/* ---- a beginning that is shared ---- */

/* Lanes that begin with the first n positions of another go on as it does. */
static void share(const struct fixture *f, size_t n)
{
    const struct prompt *p = &f->p[3]; /* no picture after its first words */
    struct mm_lanes *l = lanes(f, 3, 3 * (CONTEXT + MM_PAGE));
    static const int32_t other[] = { 5, 6, 7 };

    assert_int_equal(mm_lane_open(l, 0, 0, 0, CONTEXT), 1);
    feed(l, 0, f, p->ids, n, p->n_views, 0);
    while (mm_lane_waits(l, 0))
        step(l);
    for (size_t i = 1; i < 3; i++)
        assert_int_equal(mm_lane_open(l, i, 0, n, CONTEXT), 1);
    /* what one reads after it is not for the others; nor need it stay */
    feed(l, 1, f, other, 3, 0, 0);
    feed(l, 0, f, other, 2, 0, 0);
    step(l);
    mm_lane_close(l, 0);
    mm_lane_rewind(l, 1, n);
    for (size_t i = 1; i < 3; i++)
        feed(l, i, f, p->ids + n, p->n - n, 0, 1);
    while (mm_lane_waits(l, 2))
        step(l);
    assert_int_equal(greedy(mm_lane_logits(l, 2)), p->next[0]);
    assert_int_equal(mm_lane_length(l, 1), p->n);
    for (size_t i = 0; i < NEXT; i++) {
        int32_t id = p->next[i];

        if (i == 0) { /* room for them */
            mm_lane_close(l, 1);
            assert_int_equal(mm_lane_open(l, 1, 2, p->n, p->n + NEXT), 1);
        }
        feed(l, 1, f, &id, 1, 0, 1);
        step(l);
    }
    assert_memory_equal(mm_lane_logits(l, 1), p->logits, sizeof p->logits);
    mm_lanes_free(l);
}

static void test_shared(void **state)
{
    static const size_t at[] = { 1, 63, 64, 65, 128, 200, 299 };

    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        share(*state, at[i]);
}

/* What is promised is there, and comes back. */
static void test_room(void **state)
{
    const struct fixture *f = *state;
    struct mm_lanes *l = lanes(f, 4, 4 * MM_PAGE);

    for (int again = 0; again < 3; again++) {
        assert_int_equal(mm_lane_open(l, 0, 0, 0, 2 * MM_PAGE), 1);
        assert_int_equal(mm_lane_open(l, 1, 0, 0, 2 * MM_PAGE + 1), 0);
        feed(l, 0, f, f->p[3].ids, MM_PAGE + 9, 0, 0);
        step(l);
        /* one page is shared, another is for the rest */
        assert_int_equal(mm_lane_open(l, 1, 0, MM_PAGE + 9, 2 * MM_PAGE), 1);
        assert_int_equal(mm_lane_open(l, 2, 0, MM_PAGE, 2 * MM_PAGE), 1);
        assert_int_equal(mm_lane_open(l, 3, 0, 0, 1), 0);
        mm_lane_rewind(l, 1, MM_PAGE);
        assert_int_equal(mm_lane_open(l, 3, 0, 0, 1), 0);
        mm_lane_close(l, 0); /* its first page has others */
        assert_int_equal(mm_lane_open(l, 3, 0, 0, MM_PAGE + 1), 0);
        assert_int_equal(mm_lane_open(l, 3, 0, 0, MM_PAGE), 1);
        for (size_t i = 0; i < 4; i++)
            mm_lane_close(l, i);
    }
    mm_lanes_free(l);
}

/* ---- scores ---- */

/* The loss of each row as the training graph has it */
static void train_rows(const struct fixture *f, const struct prompt *p,
                       float *rows)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 25, &err);
    int32_t position[CONTEXT], segment[CONTEXT], target[CONTEXT];
    int32_t row[2] = { (int32_t)p->picture };
    struct mm_batch b = { .B = 1,
                          .T = p->n,
                          .tokens = p->ids,
                          .position = position,
                          .segment = segment,
                          .target = target,
                          .n_views = p->n_views,
                          .views = f->b.views,
                          .image_row = row,
                          .mean = golden_mean,
                          .std = golden_std };

    row[1] = row[0] + (int32_t)f->m->config.connector.tokens;
    for (size_t i = 0; i < p->n; i++) {
        position[i] = (int32_t)i;
        segment[i] = 1;
        target[i] = i + 1 < p->n ? p->ids[i + 1] : -1;
    }
    mm_model_loss(f->m, g, &b, 0, rows);
    mm_graph_free(g);
}

/* All that every prompt says, at once and beside each other */
static void test_score(void **state)
{
    const struct fixture *f = *state;
    struct mm_lanes *l = lanes(f, N, N * (CONTEXT + MM_PAGE));
    static double p[N][CONTEXT];
    static unsigned char top[N][CONTEXT];
    float rows[CONTEXT];
    struct mm_err err;

    for (size_t i = 0; i < N; i++) {
        const struct prompt *x = &f->p[i];
        struct mm_feed y = { .tokens = x->ids,
                             .n = x->n,
                             .views = f->b.views,
                             .n_views = x->n_views,
                             .mean = golden_mean,
                             .std = golden_std,
                             .logprob = p[i],
                             .greedy = top[i] };

        assert_int_equal(mm_lane_open(l, i, 0, 0, CONTEXT), 1);
        assert_int_equal(mm_lane_feed(l, i, &y, &err), 0);
    }
    while (mm_lanes_step(l, &err) > 0)
        continue;
    for (size_t i = 0; i < N; i++) {
        const struct prompt *x = &f->p[i];
        double last;
        unsigned char is;
        int32_t pair[2];
        struct mm_feed y = { .tokens = pair, .n = 2 };

        train_rows(f, x, rows);
        for (size_t k = 0; k + 1 < x->n; k++)
            assert_true(fabs(p[i][k] + rows[k]) < 1e-4 * (1 + rows[k]));
        /* the last token again, and the one that would follow */
        y.logprob = &last;
        y.greedy = &is;
        memcpy(pair, x->ids + x->n - 2, sizeof pair);
        mm_lane_rewind(l, i, x->n - 2);
        assert_int_equal(mm_lane_feed(l, i, &y, &err), 0);
        step(l);
        assert_memory_equal(&last, &p[i][x->n - 2], sizeof last);
        assert_int_equal(is, top[i][x->n - 2]);
        pair[0] = x->ids[x->n - 1];
        pair[1] = x->next[0];
        mm_lane_rewind(l, i, x->n - 1);
        assert_int_equal(mm_lane_feed(l, i, &y, &err), 0);
        step(l);
        assert_int_equal(is, 1);
    }
    mm_lanes_free(l);
}

/* What is refused leaves the lane, and the others, as they were. */
static void test_refused(void **state)
{
    const struct fixture *f = *state;
    const struct prompt *p = &f->p[4]; /* with a picture */
    struct mm_lanes *l = lanes(f, 2, 2 * CONTEXT);
    struct mm_feed y = { .tokens = p->ids,
                         .n = p->n,
                         .views = f->b.views,
                         .n_views = 1 + p->n_views,
                         .mean = golden_mean,
                         .std = golden_std,
                         .predict = 1 };
    struct mm_err err;

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(mm_lane_open(l, i, 0, 0, p->n + NEXT), 1);
    y.n = p->n;
    assert_int_equal(mm_lane_feed(l, 0, &y, &err), -1);
    assert_non_null(strstr(err.msg, "room for 1 pictures, but 2"));
    y.n_views = p->n_views;
    assert_int_equal(mm_lane_feed(l, 0, &y, &err), 0);
    assert_int_equal(mm_lane_feed(l, 1, &y, &err), 0);
    step(l);
    assert_int_equal(greedy(mm_lane_logits(l, 0)), p->next[0]);
    y.n_views = 0;
    y.n = NEXT + 1;
    assert_int_equal(mm_lane_feed(l, 0, &y, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    assert_non_null(strstr(err.msg, "33 tokens, but only 32 fit"));
    assert_int_equal(mm_lanes_step(l, &err), 0);
    mm_lanes_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_refused),
    };

    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed |= cmocka_run_group_tests(tests, setup, teardown);
    return failed;
}
