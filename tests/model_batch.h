/*
 * model_batch.h - the inputs of the golden model, as tests/golden/model.py
 * makes them
 */
#ifndef MM_TESTS_MODEL_BATCH_H
#define MM_TESTS_MODEL_BATCH_H

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"

enum { GOLDEN_B = 2,
       GOLDEN_T = 24,
       GOLDEN_N = GOLDEN_B * GOLDEN_T,
       GOLDEN_VIEWS = 3,
       MAX_SIDE = 16 };

#define GOLDEN_DIR "tests/golden/model"

static const float golden_mean[] = { 0.48f, 0.46f, 0.41f };
static const float golden_std[] = { 0.27f, 0.26f, 0.28f };

struct lcg {
    uint64_t s;
};

static inline struct lcg lcg_seed(uint64_t seed)
{
    return (struct lcg){ seed * 0x9e3779b97f4a7c15u + 1 };
}

static inline uint64_t lcg_bits(struct lcg *r)
{
    r->s = r->s * 6364136223846793005u + 1442695040888963407u;
    return r->s >> 33;
}

struct golden_batch {
    int32_t tokens[GOLDEN_N], position[GOLDEN_N], segment[GOLDEN_N];
    int32_t target[GOLDEN_N], image_row[GOLDEN_VIEWS];
    uint8_t rgb[GOLDEN_VIEWS][MAX_SIDE * MAX_SIDE * 3];
    struct mm_pixels views[GOLDEN_VIEWS];
    struct mm_batch b;
    size_t supervised;
};

static inline void golden_pictures(struct golden_batch *g, size_t n,
                                   size_t side)
{
    struct lcg r = lcg_seed(side);

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < side * side * 3; j++)
            g->rgb[i][j] = (uint8_t)lcg_bits(&r);
        g->views[i] = (struct mm_pixels){ g->rgb[i], side, side };
    }
}

static inline void golden_segments(struct golden_batch *g)
{
    for (int i = 0; i < GOLDEN_N; i++) {
        int t = i % GOLDEN_T;

        g->segment[i] = 1;
        g->position[i] = t;
        if (i < GOLDEN_T && t >= 11) {
            g->segment[i] = t < 20 ? 2 : 0;
            g->position[i] = t < 20 ? t - 11 : 0;
        }
    }
}

static inline void golden_targets(struct golden_batch *g, int32_t image)
{
    g->supervised = 0;
    for (int i = 0; i < GOLDEN_N; i++) {
        int live = i % GOLDEN_T + 1 < GOLDEN_T && g->segment[i] > 0 &&
                   g->segment[i] == g->segment[i + 1] &&
                   g->tokens[i + 1] != image;

        g->target[i] = live ? g->tokens[i + 1] : -1;
        g->supervised += (size_t)live;
    }
}

static inline void golden_make(struct golden_batch *g,
                               const struct mm_config *c, size_t side)
{
    static const int32_t start[] = { 1, 12, GOLDEN_T + 5 };
    struct lcg r = lcg_seed(7);
    uint64_t words = c->text.vocab - 4;

    golden_segments(g);
    for (int i = 0; i < GOLDEN_N; i++)
        g->tokens[i] = g->segment[i] ? 4 + (int32_t)(lcg_bits(&r) % words)
                                     : 0;
    for (int k = 0; k < GOLDEN_VIEWS; k++) {
        g->image_row[k] = start[k];
        for (size_t j = 0; j < c->connector.tokens; j++)
            g->tokens[(size_t)start[k] + j] = c->text.image;
    }
    golden_targets(g, c->text.image);
    golden_pictures(g, GOLDEN_VIEWS, side);
    g->b = (struct mm_batch){ .B = GOLDEN_B,
                              .T = GOLDEN_T,
                              .tokens = g->tokens,
                              .position = g->position,
                              .segment = g->segment,
                              .target = g->target,
                              .n_views = GOLDEN_VIEWS,
                              .views = g->views,
                              .image_row = g->image_row,
                              .mean = golden_mean,
                              .std = golden_std };
}

/* ---- models ---- */

/* What the golden model has not: GELU, a head of its own, no GQA */
static inline struct mm_config tiny_config(void)
{
    struct mm_config c = {
        { 1, 8, 1, 16, 8, 4, MM_ACT_GELU, 1e-5f, MM_VISION_CLIP, 0 },
        { MM_CONNECTOR_C_ABSTRACTOR, 1, 8, 4, 0 },
        { 2, 16, 2, 2, 24, 40, 64, 1e4f, 1e-5f, 0, 1, 2, 0, 3, { 0 } },
        0,
        { 0, MM_ACT_GELU, MM_CLIP_INFONCE },
        { 0, 0 }
    };

    return c;
}

static inline struct mm_model *new_model(const struct mm_config *c,
                                         int trainable)
{
    struct mm_err err;
    struct mm_model *m = mm_model_create(c, 1, trainable, &err);

    if (!m)
        fail_msg("%s", err.msg);
    mm_model_init(m, 5);
    return m;
}

static inline struct mm_config preset_config(const char *name)
{
    struct mm_config c;
    struct mm_err err;

    assert_int_equal(mm_config_preset(&c, name, &err), 0);
    return c;
}

#endif
