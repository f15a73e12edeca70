/*
 * test_moe.c - a decoder with experts: as the dense one where they are equal;
 * the same whatever is computed together; in training and from a cache
 */
#include "../train_fixture.h"

#include <math.h>

#include "model/lanes.h"
#include "model/session.h"
#include "tensor/attention.h"
#include "train/router_sums.h"

enum { E = 4 };

static struct mm_config with_experts(size_t every, float capacity)
{
    struct mm_config c = tiny;

    mm_config_add_experts(&c.text, E);
    c.text.moe.every = every;
    c.text.moe.capacity = capacity;
    return c;
}

static struct mm_model *create(const struct mm_config *c, int trainable)
{
    struct mm_err err;
    struct mm_model *m = mm_model_create(c, 1, trainable, &err);

    if (!m)
        fail_msg("%s", err.msg);
    mm_model_init(m, 3);
    return m;
}

static const struct mm_param *param_of(const struct mm_model *m,
                                       const char *name)
{
    for (size_t i = 0; i < m->n_params; i++)
        if (strstr(m->params[i].name, name))
            return &m->params[i];
    fail_msg("no '%s'", name);
    return NULL;
}

/* ---- equal experts ---- */

static double loss_of(struct mm_model *m, struct mm_batch *b, float *rows)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_TRAIN, 1 << 24, &err);
    static const float half[] = { 0.5f, 0.5f, 0.5f };
    struct mm_tensor *loss;
    double value;

    assert_non_null(g);
    b->mean = b->std = half;
    memset(m->grads, 0, m->size * sizeof *m->grads);
    loss = mm_model_loss(m, g, b, 0, rows);
    value = mm_tensor_scalar(g, loss);
    mm_graph_backward(g, loss, 1);
    mm_graph_free(g);
    return value;
}

/* The gradients of equal experts add up to that of the MLP. */
static void same_gradients(const struct mm_model *dense,
                           const struct mm_model *moe, const char *what)
{
    char name[64];
    const struct mm_param *d;
    double error = 0, size = 0;

    snprintf(name, sizeof name, "layers.1.mlp.%s_proj", what);
    d = param_of(dense, name);
    for (size_t i = 0; i < mm_tensor_count(&d->tensor); i++) {
        double sum = 0;

        for (size_t e = 0; e < E; e++) {
            snprintf(name, sizeof name, "layers.1.mlp.experts.%zu.%s_proj", e,
                     what);
            sum += param_of(moe, name)->tensor.grad[i];
        }
        error += pow(sum - d->tensor.grad[i], 2);
        size += pow(d->tensor.grad[i], 2);
    }
    assert_true(size > 0 && sqrt(error / size) < 1e-5);
}

static void test_equal_experts(void **state)
{
    struct mm_config c = with_experts(2, 0);
    struct mm_model *dense = create(&tiny, 1), *moe = create(&c, 1);
    float rows[2][8 * SEQ_LEN];
    struct bench b;
    struct mm_batch piece;
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 9);
    assert_int_equal(mm_model_save(dense, in_dir("dense"), &err), 0);
    if (mm_model_upcycle(moe, in_dir("dense"), &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < moe->n_params; i++) /* upcycled: the decoder */
        if (moe->params[i].part != MM_PART_LM)
            memcpy(moe->params[i].tensor.data,
                   param_of(dense, moe->params[i].name)->tensor.data,
                   mm_tensor_count(&moe->params[i].tensor) * sizeof(float));
    bench_open(&b, in_dir("a.tar.zst"), 8, 8);
    piece = mm_step_batch_piece(&b.batch, 0);
    assert_true(fabs(loss_of(dense, &piece, rows[0]) /
                         loss_of(moe, &piece, rows[1]) -
                     1) < 1e-5);
    for (size_t i = 0; i < 8 * SEQ_LEN; i++)
        assert_true(fabsf(rows[0][i] - rows[1][i]) <=
                    1e-5f * (1 + rows[0][i]));
    same_gradients(dense, moe, "gate");
    same_gradients(dense, moe, "up");
    same_gradients(dense, moe, "down");
    bench_close(&b);
    mm_model_free(dense);
    mm_model_free(moe);
}

/* ---- upcycling what does not fit ---- */

static void refuse_upcycle(const struct mm_config *c, const char *dir_,
                           const char *word)
{
    struct mm_model *m = create(c, 0);
    struct mm_err err;

    assert_int_equal(mm_model_upcycle(m, dir_, &err), -1);
    if (!strstr(err.msg, word))
        fail_msg("'%s' has no '%s'", err.msg, word);
    mm_model_free(m);
}

static void test_upcycle_refused(void **state)
{
    struct mm_config c = with_experts(2, 0);
    struct mm_model *dense = create(&tiny, 0), *moe = create(&c, 0);
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_model_save(dense, in_dir("dense"), &err), 0);
    assert_int_equal(mm_model_save(moe, in_dir("moe"), &err), 0);
    refuse_upcycle(&c, in_dir("moe"), "experts already");
    c.text.moe.hidden = 32;
    refuse_upcycle(&c, in_dir("dense"), "width 64 does not fill experts of 32");
    c = with_experts(2, 0);
    c.text.kv_heads = 4;
    refuse_upcycle(&c, in_dir("dense"), "num_key_value_heads is 2, but this");
    mm_model_free(dense);
    mm_model_free(moe);
}

/* ---- files ---- */

static void test_saved(void **state)
{
    struct mm_config c = with_experts(1, 1.25f);
    struct mm_model *m = create(&c, 0), *back;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_model_save(m, in_dir("m"), &err), 0);
    back = mm_model_load(in_dir("m"), 0, &err);
    assert_non_null(back);
    assert_int_equal(back->config.text.moe.experts, E);
    assert_true(back->config.text.moe.capacity == 1.25f);
    assert_memory_equal(m->weights, back->weights,
                        m->size * sizeof *m->weights);
    param_of(back, "layers.0.mlp.gate.weight");
    param_of(back, "layers.1.mlp.experts.3.down_proj.weight");
    mm_model_free(m);
    mm_model_free(back);
}

/* ---- accumulation ---- */

static void gradient(struct bench *b, const struct mm_config *c, size_t micro,
                     double *loss)
{
    struct mm_err err;

    bench_open_config(b, c, in_dir("a.tar.zst"), 8, micro);
    if (mm_engine_gradient(&b->engine, &b->batch, loss, &err) < 0)
        fail_msg("%s", err.msg);
}

/* Drops, losses and gradients are those of the whole batch in any pieces. */
static void test_accumulation(void **state)
{
    struct mm_config c = with_experts(1, 1.25f);
    struct bench whole, parts;
    double loss[2];

    (void)state;
    c.text.moe.balance = 0.5f;
    c.text.moe.z_loss = 0.1f;
    write_packed(in_dir("a.tar.zst"), 9);
    gradient(&whole, &c, 8, &loss[0]);
    for (size_t micro = 1; micro <= 3; micro += 2) {
        const struct mm_router_sums *a = &whole.engine.routers, *s;
        size_t n = a->layers * (MM_ROUTE_LOAD + E);

        gradient(&parts, &c, micro, &loss[1]);
        assert_true(fabs(loss[0] / loss[1] - 1) < 1e-6);
        s = &parts.engine.routers;
        for (size_t i = 0; i < n; i++)
            assert_true(fabs(a->sums[i] - s->sums[i]) <=
                        1e-5 * fabs(a->sums[i]));
        assert_true(a->sums[MM_ROUTE_DROPPED] > 0);
        assert_true(a->sums[MM_ROUTE_TOKENS] == (double)whole.batch.used);
        for (size_t i = 0; i < whole.model->size; i++)
            assert_true(fabsf(whole.model->grads[i] - parts.model->grads[i]) <
                        1e-6f + 1e-5f * fabsf(whole.model->grads[i]));
        bench_close(&parts);
    }
    bench_close(&whole);
}

/* The router's losses reach its gradient with the weight that they have. */
static double router_loss(struct bench *b)
{
    const struct mm_router_sums *s = &b->engine.routers;
    size_t width = MM_ROUTE_LOAD + E;
    struct mm_err err;
    double loss, sum = 0;

    assert_int_equal(mm_engine_gradient(&b->engine, &b->batch, &loss, &err),
                     0);
    for (size_t l = 0; l < s->layers; l++)
        sum += s->balance * s->sums[l * width + MM_ROUTE_BALANCE] +
               s->z_loss * s->sums[l * width + MM_ROUTE_Z];
    return loss + sum / (double)(s->layers * b->batch.used);
}

static void test_losses(void **state)
{
    struct mm_config c = with_experts(1, 0);
    struct bench b;
    const struct mm_param *p;

    (void)state;
    c.text.moe.balance = 3;
    c.text.moe.z_loss = 2;
    write_packed(in_dir("a.tar.zst"), 9);
    bench_open_config(&b, &c, in_dir("a.tar.zst"), 4, 2);
    p = param_of(b.model, "layers.0.mlp.gate.weight");
    for (size_t i = 0; i < mm_tensor_count(&p->tensor); i += 17) {
        float *x = (float *)p->tensor.data + i, x0 = *x, h = 1e-2f;
        double up, down, want, is;

        *x = x0 + h;
        up = router_loss(&b);
        *x = x0 - h;
        down = router_loss(&b);
        *x = x0;
        router_loss(&b);
        want = (up - down) / (2 * (double)h);
        is = p->tensor.grad[i];
        if (fabs(want - is) > 0.02 * (1 + fabs(want)))
            fail_msg("%zu: numeric %g, analytic %g", i, want, is);
    }
    bench_close(&b);
}

/* ---- inference ---- */

enum { LONG = 50 };

static void infer_rows(struct mm_model *m, const int32_t *ids, size_t B,
                       float *rows)
{
    static int32_t position[3 * LONG], segment[3 * LONG], target[3 * LONG];
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 22, &err);
    struct mm_batch b = { .B = B,
                          .T = LONG,
                          .tokens = ids,
                          .position = position,
                          .segment = segment,
                          .target = target };

    assert_non_null(g);
    for (size_t i = 0; i < B * LONG; i++) {
        position[i] = (int32_t)(i % LONG);
        segment[i] = 1;
        target[i] = i % LONG + 1 < LONG ? ids[i + 1] : -1;
    }
    mm_model_loss(m, g, &b, 0, rows);
    mm_graph_free(g);
}

/* The log-probabilities of what a lane reads beside another */
static void score(struct mm_model *m, const int32_t *ids, double *p)
{
    struct mm_feed f = { .tokens = ids, .n = LONG, .logprob = p };
    struct mm_err err;
    struct mm_lanes *l = mm_lanes_create(m, 2, 2 * LONG + MM_PAGE, &err);
    double other[LONG];

    assert_non_null(l);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(mm_lane_open(l, i, 0, 0, LONG), 1);
        assert_int_equal(mm_lane_feed(l, i, &f, &err), 0);
        f.tokens = ids + LONG;
        f.logprob = other;
    }
    while (mm_lanes_step(l, &err) > 0)
        continue;
    mm_lanes_free(l);
}

/* A capacity of nearly nothing, which an inference does not know. */
static void test_inference(void **state)
{
    struct mm_config c = with_experts(2, 0.1f);
    struct mm_model *m = create(&c, 0);
    float together[3 * LONG], alone[LONG], z[2][VOCAB];
    int32_t ids[3 * LONG];
    double p[LONG];
    struct mm_session *s;
    struct mm_err err;

    (void)state;
    for (int i = 0; i < 3 * LONG; i++)
        ids[i] = WORD + i * 7 % 20;
    infer_rows(m, ids, 3, together);
    for (size_t b = 0; b < 3; b++) {
        infer_rows(m, ids + b * LONG, 1, alone);
        assert_memory_equal(alone, together + b * LONG, sizeof alone);
    }
    s = mm_session_create(m, 0, &err);
    assert_non_null(s);
    score(m, ids, p);
    for (int i = 0; i + 1 < LONG; i++)
        assert_true(fabs(p[i] + together[i]) < 1e-5 * (1 + together[i]));
    for (int cut = 0; cut < 2; cut++) { /* at once, and one by one */
        mm_session_rewind(s, 0);
        for (int i = 0; i < LONG; i += cut ? 1 : LONG) {
            const struct mm_feed feed = { .tokens = ids + i,
                                          .n = cut ? 1 : LONG };

            assert_int_equal(mm_session_read(s, &feed, z[cut], &err), 0);
        }
    }
    assert_memory_equal(z[0], z[1], sizeof z[0]);
    mm_session_free(s);
    mm_model_free(m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_equal_experts),
        TEST(test_upcycle_refused),
        TEST(test_saved),
        TEST(test_accumulation),
        TEST(test_losses),
        TEST(test_inference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
