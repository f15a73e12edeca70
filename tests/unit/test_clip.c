/*
 * test_clip.c - two towers: texts of a batch, the gradient in two passes,
 * validation, files, bad input
 */
#include "../train_fixture.h"

#include <math.h>

#include "model/clip.h"
#include "train/objective.h"
#include "train/validate.h"

static struct mm_config clip_config(enum mm_clip_loss loss)
{
    struct mm_config c = tiny;

    c.connector = (struct mm_connector_config){ 0 };
    c.text.kv_heads = c.text.heads;
    c.text.context = 16;
    c.clip = (struct mm_clip_config){ 12, MM_ACT_QUICK_GELU, loss };
    return c;
}

/* n sequences of `pairs` captions each */
static void write_pairs(const char *path, size_t n, size_t pairs)
{
    struct mm_shard_writer *w = create_shard(path);

    for (size_t i = 0; i < n; i++) {
        struct sequence s = { 0 };

        for (size_t k = 0; k < pairs; k++)
            add_caption(&s, (int)(i * pairs + k));
        put_sequence(w, &s, i);
    }
    commit_shard(w);
}

static struct mm_packed *pairs_shard(size_t n, size_t pairs)
{
    char path[80];

    snprintf(path, sizeof path, "%s/%zu-%zu.tar.zst", dir, n, pairs);
    write_pairs(path, n, pairs);
    return open_packed(path);
}

/* ---- an engine ---- */

static enum mm_recompute recompute = MM_RECOMPUTE_NONE;

static void clip_open(struct bench *b, struct mm_packed *data, size_t batch,
                      size_t micro, enum mm_clip_loss loss)
{
    const struct mm_config c = clip_config(loss);

    bench_open_with(b, &mm_objective_clip, &c, recompute, data, batch, micro);
}

/* Loss and gradient of 8 pairs; the caller frees the gradient. */
static float *gradient(size_t n, size_t pairs, size_t micro,
                       enum mm_clip_loss kind, double *loss)
{
    struct mm_err err;
    struct bench b;
    float *g;

    clip_open(&b, pairs_shard(n, pairs), n, micro, kind);
    if (mm_engine_gradient(&b.engine, &b.batch, loss, &err) < 0)
        fail_msg("%s", err.msg);
    g = malloc(b.model->size * sizeof *g);
    assert_non_null(g);
    memcpy(g, b.model->grads, b.model->size * sizeof *g);
    bench_close(&b);
    return g;
}

static size_t model_size(enum mm_clip_loss kind)
{
    const struct mm_config c = clip_config(kind);
    struct mm_err err;
    struct mm_model *m = mm_model_create(&c, 0, 0, &err);
    size_t n = m->size;

    mm_model_free(m);
    return n;
}

/* Relative difference of all gradients together */
static double apart(const float *a, const float *b, size_t n)
{
    double d = 0, s = 0;

    for (size_t i = 0; i < n; i++) {
        d += (a[i] - b[i]) * (a[i] - b[i]);
        s += b[i] * b[i];
    }
    return sqrt(d / s);
}

/* ---- the gradient ---- */

/* Pieces of any size give the gradient of one, to rounding. */
static void test_two_passes(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        enum mm_clip_loss kind = (enum mm_clip_loss)k;
        size_t n = model_size(kind);
        double one, two;
        float *a = gradient(8, 1, 8, kind, &one);

        for (size_t micro = 1; micro < 8; micro += 2) {
            float *b = gradient(8, 1, micro, kind, &two);

            assert_true(fabs(two - one) < 1e-6 * one);
            assert_true(apart(b, a, n) < 2e-6);
            free(b);
        }
        free(a);
    }
}

/* Pairs that share a sequence do not see each other. */
static void test_packing(void **state)
{
    size_t n = model_size(MM_CLIP_INFONCE);
    double one, two;
    float *a = gradient(8, 1, 8, MM_CLIP_INFONCE, &one);
    float *b = gradient(4, 2, 4, MM_CLIP_INFONCE, &two);

    (void)state;
    assert_true(fabs(two - one) < 1e-6 * one);
    assert_true(apart(b, a, n) < 2e-6);
    free(a);
    free(b);
}

/* Both ways have the same bits on one thread and on two. */
static void test_threads(void **state)
{
    size_t n = model_size(MM_CLIP_INFONCE);
    int before = mm_par_threads();

    (void)state;
    for (size_t micro = 3; micro <= 8; micro += 5) {
        double one, two;
        float *a, *b;

        mm_par_set_threads(1);
        a = gradient(8, 1, micro, MM_CLIP_INFONCE, &one);
        mm_par_set_threads(2);
        b = gradient(8, 1, micro, MM_CLIP_INFONCE, &two);
        assert_true(one == two);
        assert_memory_equal(a, b, n * sizeof *a);
        free(a);
        free(b);
    }
    mm_par_set_threads(before);
}

/* Layers that run again in the backward pass leave the bits as they are. */
static void test_recompute(void **state)
{
    size_t n = model_size(MM_CLIP_INFONCE);

    (void)state;
    for (size_t micro = 3; micro <= 8; micro += 5) {
        double one, two;
        float *a, *b;

        a = gradient(8, 1, micro, MM_CLIP_INFONCE, &one);
        recompute = MM_RECOMPUTE_BLOCK;
        b = gradient(8, 1, micro, MM_CLIP_INFONCE, &two);
        recompute = MM_RECOMPUTE_NONE;
        assert_true(one == two);
        assert_memory_equal(a, b, n * sizeof *a);
        free(a);
        free(b);
    }
}

/* Four colours and their words are told apart. */
static void test_learns(void **state)
{
    struct mm_step_result s;
    struct mm_err err;
    struct bench b;

    (void)state;
    clip_open(&b, pairs_shard(4, 1), 4, 2, MM_CLIP_INFONCE);
    for (int t = 1; t <= 60; t++)
        assert_int_equal(mm_engine_step(&b.engine, &b.batch, t, 1, &s, &err),
                         0);
    assert_true(s.loss < 0.1); /* log 4 = 1.39 by chance */
    bench_close(&b);
}

/* The scale stays under 100, however it is pulled. */
static void test_scale(void **state)
{
    struct mm_step_result s;
    struct mm_err err;
    struct bench b;
    float *scale;

    (void)state;
    clip_open(&b, pairs_shard(4, 1), 4, 4, MM_CLIP_INFONCE);
    scale = b.model->clip.scale->data;
    assert_true(fabsf(*scale - logf(1 / 0.07f)) < 1e-6f);
    *scale = 9;
    assert_int_equal(mm_engine_step(&b.engine, &b.batch, 1, 1, &s, &err), 0);
    assert_true(*scale == 4.605170186f);
    *scale = -3;
    assert_int_equal(mm_engine_step(&b.engine, &b.batch, 1, 1, &s, &err), 0);
    assert_true(*scale == 0);
    assert_string_equal(b.engine.terms.v[0].name, "pairs");
    assert_true(b.engine.terms.v[0].sum == 4);
    bench_close(&b);
}

/* ---- texts ---- */

static void check_row(const struct mm_texts *t, size_t row, int32_t id,
                      int32_t position, int32_t segment)
{
    assert_int_equal(((int32_t *)t->ids->data)[row], id);
    assert_int_equal(((int32_t *)t->position->data)[row], position);
    assert_int_equal(((int32_t *)t->segment->data)[row], segment);
}

/* Images are taken out; what is too long ends with EOS all the same. */
static void test_texts(void **state)
{
    const size_t contexts[] = { 16, 5, 4, 2 }, rows[] = { 5, 5, 4, 2 };
    struct mm_err err;
    struct bench b;

    (void)state;
    clip_open(&b, pairs_shard(2, 2), 2, 2, MM_CLIP_INFONCE);
    for (size_t i = 0; i < 4; i++) {
        const struct mm_batch piece = mm_step_batch_piece(&b.batch, 0);
        struct mm_graph *g = mm_graph_create(MM_INFER, 4096, &err);
        struct mm_texts t;

        b.model->config.text.context = contexts[i];
        t = mm_clip_texts(b.model, g, &piece, 0);
        assert_int_equal(mm_tensor_count(t.ids), 4 * rows[i]);
        for (size_t k = 0; k < 4; k++) {
            size_t at = k * rows[i];
            int32_t segment = (int32_t)k + 1;

            check_row(&t, at, BOS, 0, segment);
            if (rows[i] > 2)
                check_row(&t, at + 1, WORD + (int32_t)k, 1, segment);
            check_row(&t, at + rows[i] - 1, EOS, (int32_t)rows[i] - 1,
                      segment);
            assert_int_equal(((int32_t *)t.last->data)[k], at + rows[i] - 1);
        }
        mm_graph_free(g);
    }
    bench_close(&b);
}

/* ---- bad input ---- */

static void test_no_picture(void **state)
{
    struct mm_err err;
    struct bench b;
    double loss;
    char path[80];

    (void)state;
    snprintf(path, sizeof path, "%s/mixed.tar.zst", dir);
    write_packed(path, 3);
    clip_open(&b, open_packed(path), 3, 3, MM_CLIP_INFONCE);
    assert_int_equal(mm_engine_gradient(&b.engine, &b.batch, &loss, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    assert_string_equal(err.msg, "sequence 0: 'k0' (text) has no picture; a "
                                 "pair has one");
    bench_close(&b);
}

static void test_not_finite(void **state)
{
    struct mm_err err;
    struct bench b;
    double loss;

    (void)state;
    for (size_t micro = 2; micro <= 4; micro += 2) {
        clip_open(&b, pairs_shard(4, 1), 4, micro, MM_CLIP_INFONCE);
        *(float *)b.model->clip.norm.b->data = NAN;
        assert_int_equal(mm_engine_gradient(&b.engine, &b.batch, &loss, &err),
                         -1);
        assert_int_equal(err.code, MM_EDIVERGE);
        bench_close(&b);
    }
}

/* ---- validation ---- */

/* All pairs against all, whatever is computed at a time. */
static void test_validation(void **state)
{
    struct mm_err err;
    struct bench b;
    double loss;
    size_t pairs;

    (void)state;
    clip_open(&b, pairs_shard(5, 1), 5, 5, MM_CLIP_INFONCE);
    assert_int_equal(mm_engine_gradient(&b.engine, &b.batch, &loss, &err), 0);
    for (size_t micro = 2; micro <= 5; micro += 3) {
        struct mm_validation v;

        assert_int_equal(mm_validate(&v, &b.engine, b.data, micro, 0, &err),
                         0);
        assert_int_equal(v.n, 1);
        assert_string_equal(v.sources[0].name, "captions");
        assert_true(fabs(mm_validation_loss(&v, &pairs) - loss) <
                    1e-6 * loss);
        assert_int_equal(pairs, 5);
        mm_validation_release(&v);
    }
    bench_close(&b);
}

/* ---- files ---- */

static void test_files(void **state)
{
    struct mm_config c = clip_config(MM_CLIP_SIGLIP), mm = tiny;
    struct mm_err err;
    struct mm_model *m = mm_model_create(&c, 1, 0, &err), *other;
    char path[80];

    (void)state;
    snprintf(path, sizeof path, "%s/model", dir);
    mm_model_init(m, 3);
    assert_int_equal(mm_model_save(m, path, &err), 0);
    other = mm_model_load(path, 0, &err);
    assert_non_null(other);
    assert_int_equal(other->config.clip.width, 12);
    assert_int_equal(other->config.clip.loss, MM_CLIP_SIGLIP);
    assert_int_equal(other->config.clip.activation, MM_ACT_QUICK_GELU);
    assert_int_equal(other->size, m->size);
    assert_memory_equal(other->weights, m->weights,
                        m->size * sizeof *m->weights);
    mm_model_free(other);

    /* its encoder feeds a model that writes */
    other = mm_model_create(&mm, 1, 0, &err);
    assert_int_equal(mm_model_load_part(other, path, MM_PART_ENCODER, &err),
                     0);
    assert_memory_equal(other->vit.cls->data, m->vit.cls->data,
                        mm_tensor_count(m->vit.cls) * sizeof(float));
    assert_int_equal(mm_model_load_part(other, path, MM_PART_LM, &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, "text_config: model_type is "
                                    "clip_text_model there and llama in this "
                                    "model"));
    mm_model_free(other);
    mm.vision.heads = 4;
    other = mm_model_create(&mm, 1, 0, &err);
    assert_int_equal(mm_model_load_part(other, path, MM_PART_ENCODER, &err),
                     -1);
    assert_non_null(strstr(err.msg, "vision_config: num_attention_heads is 2 "
                                    "there and 4 in this model"));
    mm_model_free(other);
    mm_model_free(m);
}

static void test_configs(void **state)
{
    struct mm_config c = clip_config(MM_CLIP_INFONCE);
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_config_check(&c, &err), 0);
    c.connector = tiny.connector;
    assert_int_equal(mm_config_check(&c, &err), -1);
    c = clip_config(MM_CLIP_INFONCE);
    c.vision.kind = MM_VISION_AIM;
    assert_int_equal(mm_config_check(&c, &err), -1);
    assert_int_equal(mm_config_preset(&c, "mm1-clip-l-14", &err), 0);
    assert_int_equal(c.text.layers, 12);
    assert_int_equal(c.text.width, 768);
    assert_int_equal(c.clip.width, 768);
    assert_int_equal(c.vision.width, 1024);
    assert_int_equal(mm_config_preset(&c, "clip-h-14", &err), 0);
    assert_int_equal(c.text.layers, 24);
    assert_int_equal(c.vision.image_size, 378);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_passes),
        cmocka_unit_test(test_packing),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_recompute),
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_no_picture),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_validation),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_configs),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
