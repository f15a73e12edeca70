/*
 * train_fixture.h - a tiny model and tiny packed shards for tests of training
 *
 * Sequences of 32 tokens over a vocabulary of 24: captions that say the colour
 * of a picture of 8 x 8 pixels, and texts that count.
 */
#ifndef MM_TESTS_TRAIN_FIXTURE_H
#define MM_TESTS_TRAIN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/par.h"
#include "data/shard.h"
#include "model/model.h"
#include "train/batch.h"
#include "train/engine.h"
#include "train/optimizer.h"
#include "train/trainer.h"

#include "array_fixture.h"

enum { SEQ_LEN = 32,
       VOCAB = 24,
       IMAGE_TOKENS = 4,
       MAX_IMAGES = 2,
       SIDE = 8,
       PAD = 0,
       BOS = 1,
       EOS = 2,
       IMAGE = 3,
       WORD = 4 };

static const struct mm_config tiny = {
    .vision = { .layers = 1,
                .width = 16,
                .heads = 2,
                .hidden = 32,
                .image_size = SIDE,
                .patch_size = 4,
                .activation = MM_ACT_GELU,
                .norm_eps = 1e-5f },
    .connector = { .kind = MM_CONNECTOR_C_ABSTRACTOR,
                   .depth = 1,
                   .width = 16,
                   .tokens = IMAGE_TOKENS },
    .text = { .layers = 2,
              .width = 32,
              .heads = 4,
              .kv_heads = 2,
              .hidden = 64,
              .vocab = VOCAB,
              .context = 64,
              .rope_theta = 1e4f,
              .norm_eps = 1e-5f,
              .tied = 1,
              .bos = BOS,
              .eos = EOS,
              .pad = PAD,
              .image = IMAGE },
    .tokenizer_hash = 0xabc
};

static char dir[64]; /* of this test */

static inline int make_dir(void **state)
{
    (void)state;
    mm_par_set_threads(1); /* many tests run at once */
    snprintf(dir, sizeof dir, "%s/test_train.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
    struct mm_err err;

    (void)state;
    return mm_remove_tree(dir, &err);
}

/* ---- sequences ---- */

struct sequence {
    int32_t tokens[SEQ_LEN];
    uint8_t loss[SEQ_LEN];
    uint16_t segment[SEQ_LEN];
    size_t used, n_segments;
    int colours[MAX_IMAGES];
    size_t n_images;
    struct mm_buf segments; /* JSON, without the brackets */
};

static inline void add_token(struct sequence *s, int32_t id, int loss)
{
    assert_true(s->used < SEQ_LEN);
    s->tokens[s->used] = id;
    s->loss[s->used] = (uint8_t)loss;
    s->segment[s->used++] = (uint16_t)(s->n_segments + 1);
}

static inline void end_segment(struct sequence *s, size_t begin,
                               const char *source, int key, int images)
{
    add_token(s, EOS, 1);
    mm_buf_addf(&s->segments, "%s{\"source\":\"%s\",\"key\":\"k%d\","
                              "\"begin\":%zu,\"length\":%zu,\"images\":%d}",
                begin ? "," : "", source, key, begin, s->used - begin, images);
    s->n_segments++;
}

/* <s> picture "colour colour+1 colour" </s>: 9 tokens */
static inline void add_caption(struct sequence *s, int key)
{
    size_t begin = s->used;
    int colour = key % 4;

    add_token(s, BOS, 0);
    for (int i = 0; i < IMAGE_TOKENS; i++)
        add_token(s, IMAGE, 0);
    s->colours[s->n_images++] = colour;
    add_token(s, WORD + colour, 1);
    add_token(s, WORD + colour + 1, 1);
    add_token(s, WORD + colour, 1);
    end_segment(s, begin, "captions", key, 1);
}

/* <s> n n+1 n+2 n+3 </s>: 6 tokens */
static inline void add_text(struct sequence *s, int key)
{
    size_t begin = s->used;

    add_token(s, BOS, 0);
    for (int i = 0; i < 4; i++)
        add_token(s, WORD + 4 + (key + i) % 16, 1);
    end_segment(s, begin, "text", key, 0);
}

static inline void add_picture(struct mm_sample *sample, size_t i, int colour)
{
    static const size_t dim[] = { 1, SIDE, SIDE, 3 };
    uint8_t rgb[SIDE * SIDE * 3];
    char name[32];

    for (int p = 0; p < SIDE * SIDE * 3; p++)
        rgb[p] = (uint8_t)(p % 3 == colour % 3 ? 250 - 60 * (colour / 3)
                                               : (p * 7) % 31);
    snprintf(name, sizeof name, "%zu.u8.npy", i);
    add_array(sample, name, MM_NPY_U1, 4, dim, rgb);
}

static inline void put_sequence(struct mm_shard_writer *w, struct sequence *s,
                                size_t number)
{
    static const size_t T = SEQ_LEN;
    struct mm_sample sample = { 0 };
    struct mm_buf json = { 0 };
    struct mm_err err;
    char key[16];

    snprintf(key, sizeof key, "%08zu", number);
    mm_buf_addf(&json, "{\"segments\":[%s]}", s->segments.data);
    assert_int_equal(mm_sample_set_key(&sample, key, &err), 0);
    assert_int_equal(mm_sample_add_bytes(&sample, "json", json.data, json.len,
                                         &err),
                     0);
    add_array(&sample, "tokens.npy", MM_NPY_I4, 1, &T, s->tokens);
    add_array(&sample, "loss.npy", MM_NPY_U1, 1, &T, s->loss);
    add_array(&sample, "segment.npy", MM_NPY_U2, 1, &T, s->segment);
    for (size_t i = 0; i < s->n_images; i++)
        add_picture(&sample, i, s->colours[i]);
    assert_int_equal(mm_shard_put(w, &sample, &err), 0);
    mm_sample_release(&sample);
    mm_buf_release(&json);
    mm_buf_release(&s->segments);
}

static inline struct mm_shard_writer *create_shard(const char *path)
{
    static const char meta[] =
        "{\"tokenizer\":{\"vocab_size\":24,\"bos\":1,\"eos\":2,\"pad\":0,"
        "\"image\":3,\"hash\":\"0000000000000abc\"},"
        "\"pixels\":{\"size\":8},"
        "\"packing\":{\"seq_len\":32,\"image_tokens\":4,\"max_images\":2}}";
    struct mm_err err;
    struct mm_shard_writer *w = mm_shard_create(path, MM_KIND_PACKED, meta,
                                                NULL, &err);

    assert_non_null(w);
    return w;
}

static inline void commit_shard(struct mm_shard_writer *w)
{
    struct mm_err err;

    assert_int_equal(mm_shard_commit(w, NULL, &err), 0);
}

/*
 * n sequences: two captions and a text between them; every third, two texts.
 */
static inline void write_packed(const char *path, size_t n)
{
    struct mm_shard_writer *w = create_shard(path);

    for (size_t i = 0; i < n; i++) {
        struct sequence s = { 0 };

        if (i % 3 == 2) {
            add_text(&s, (int)i);
            add_text(&s, (int)i + 5);
        } else {
            add_caption(&s, (int)i);
            add_text(&s, (int)i);
            add_caption(&s, (int)i + 1);
        }
        put_sequence(w, &s, i);
    }
    commit_shard(w);
}

static inline struct mm_packed *open_packed(const char *path)
{
    struct mm_err err;
    struct mm_packed *p = mm_packed_open(&path, 1, NULL, &err);

    assert_non_null(p);
    return p;
}

static inline const char *in_dir(const char *name)
{
    static char path[4][160];
    static int next;
    char *p = path[next++ % 4];

    snprintf(p, sizeof path[0], "%s/%s", dir, name);
    return p;
}

/* ---- training ---- */

static inline struct mm_recipe tiny_recipe(void)
{
    return (struct mm_recipe){ .batch = 4,
                               .micro = 4,
                               .steps = 10,
                               .warmup = 2,
                               .seed = 1,
                               .lr = 3e-3,
                               .lr_encoder = 3e-3,
                               .lr_connector = 3e-3,
                               .floor = 0.1,
                               .decay = 0.1,
                               .beta1 = 0.9,
                               .beta2 = 0.95,
                               .epsilon = 1e-8,
                               .clip = 1,
                               .keep = 2 };
}

/* A model with its engine and the first batch of a shard. */
struct bench {
    struct mm_recipe recipe;
    struct mm_packed *data;
    struct mm_model *model;
    struct mm_optimizer optimizer;
    struct mm_engine engine;
    struct mm_step_batch batch;
};

/* data is the bench's from now on. */
static inline void bench_open_with(struct bench *b,
                                   const struct mm_objective *objective,
                                   const struct mm_config *c,
                                   enum mm_recompute recompute,
                                   struct mm_packed *data, size_t batch,
                                   size_t micro)
{
    const struct mm_shape worst = { .B = micro,
                                    .T = SEQ_LEN,
                                    .n_views = micro * MAX_IMAGES,
                                    .side = SIDE,
                                    .patches = MM_PATCHES_ALL };
    struct mm_err err;

    b->recipe = tiny_recipe();
    b->data = data;
    b->model = mm_model_create(c, 1, 1, &err);
    assert_non_null(b->model);
    mm_model_init(b->model, 1);
    assert_int_equal(mm_optimizer_init(&b->optimizer, b->model, &b->recipe,
                                       &err),
                     0);
    assert_int_equal(mm_engine_init(&b->engine, objective, b->model,
                                    &b->optimizer, recompute, &worst, &err),
                     0);
    for (int i = 0; i < 3; i++)
        b->engine.mean[i] = b->engine.std[i] = 0.5f;
    assert_int_equal(mm_step_batch_init(&b->batch, b->data, batch, micro,
                                        &err),
                     0);
    assert_int_equal(mm_step_batch_load(&b->batch, b->data, 0, &err), 0);
}

static inline void bench_open_config(struct bench *b,
                                     const struct mm_config *c,
                                     const char *shard, size_t batch,
                                     size_t micro)
{
    bench_open_with(b, &mm_objective_mm, c, MM_RECOMPUTE_NONE,
                    open_packed(shard), batch, micro);
}

static inline void bench_open(struct bench *b, const char *shard, size_t batch,
                              size_t micro)
{
    bench_open_config(b, &tiny, shard, batch, micro);
}

static inline void bench_close(struct bench *b)
{
    mm_step_batch_release(&b->batch);
    mm_engine_release(&b->engine);
    mm_optimizer_release(&b->optimizer);
    mm_model_free(b->model);
    mm_packed_close(b->data);
}

#endif
