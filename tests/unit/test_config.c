/*
 * test_config.c - presets; config.json accepted, refused, written
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "model/config.h"

static int parse(struct mm_config *c, const char *text, struct mm_err *err)
{
    struct mm_json_doc d;
    int r;

    assert_int_equal(mm_json_parse(&d, text, strlen(text), err), 0);
    r = mm_config_parse(c, d.root, err);
    mm_json_release(&d);
    return r;
}

static void test_presets(void **state)
{
    struct mm_config c, back;
    struct mm_err err;
    size_t n = 0;

    (void)state;
    for (; mm_config_preset_name(n); n++) {
        struct mm_buf text = { 0 };

        memset(&c, 0, sizeof c);
        memset(&back, 0, sizeof back);
        assert_int_equal(
            mm_config_preset(&c, mm_config_preset_name(n), &err), 0);
        assert_int_equal(mm_config_check(&c, &err), 0);
        c.tokenizer_hash = 0xfedcba9876543210u + n;
        mm_config_print(&c, &text);
        assert_int_equal(parse(&back, text.data, &err), 0);
        assert_memory_equal(&c, &back, sizeof c);
        mm_buf_release(&text);
    }
    assert_int_equal(n, 14);
}

static void test_names(void **state)
{
    struct mm_config c;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_config_preset(&c, "3b", &err), 0);
    assert_int_equal(c.text.width, 3072);
    assert_int_equal(c.vision.width, 1280);
    assert_int_equal(mm_vision_patches(&c.vision), 27 * 27);
    assert_int_equal(mm_config_preset(&c, "mm1-demo", &err), 0);
    assert_int_equal(mm_vision_patches(&c.vision), 49);
    assert_int_equal(mm_config_preset(&c, "13b", &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, "mm1-demo"));
    assert_non_null(strstr(err.msg, "'13b'"));
    assert_int_equal(mm_square_side(144), 12);
    assert_int_equal(mm_square_side(143), 0);
}

/* What a change of one number says. */
#define REFUSED(change, word)                                    \
    do {                                                         \
        struct mm_config c;                                      \
        struct mm_err err;                                       \
        assert_int_equal(mm_config_preset(&c, "demo", &err), 0); \
        change;                                                  \
        assert_int_equal(mm_config_check(&c, &err), -1);         \
        assert_int_equal(err.code, MM_ECONFIG);                  \
        if (!strstr(err.msg, word))                              \
            fail_msg("'%s' has no '%s'", err.msg, word);         \
    } while (0)

static void connector(struct mm_config *c, enum mm_connector_kind kind,
                      size_t tokens)
{
    c->connector = (struct mm_connector_config){ kind, 0, 0, tokens, 0 };
}

static void test_check(void **state)
{
    (void)state;
    REFUSED(c.text.heads = 5, "num_attention_heads");
    REFUSED(c.text.heads = 0, "num_attention_heads");
    REFUSED(c.text.kv_heads = 4, "num_key_value_heads");
    REFUSED(c.text.width = 6 * 258, "wider than 256");
    REFUSED(c.text.heads = c.text.kv_heads = 192, "head width");
    REFUSED(c.text.vocab = 3, "image_token_id");
    REFUSED(c.text.vocab = 0, "vocab_size");
    REFUSED(c.text.bos = -2, "bos_token_id");
    REFUSED(c.text.image = -1, "image_token_id");
    REFUSED(c.text.rope_theta = 0, "rope_theta");
    REFUSED(c.text.context = 0, "max_position_embeddings");
    REFUSED(c.text.layers = (size_t)-1, "num_hidden_layers");
    REFUSED(c.vision.image_size = 57, "patch_size");
    REFUSED(c.vision.patch_size = 0, "patch_size");
    REFUSED(c.vision.heads = 3, "num_attention_heads");
    REFUSED(c.vision.feature_layer = 5, "vision_feature_layer is 5");
    REFUSED(c.vision.feature_layer = -5, "vision_feature_layer is -5");
    REFUSED((c.vision.kind = MM_VISION_AIM, c.vision.width = 130,
             c.vision.heads = 5),
            "130 is not a multiple");
    REFUSED(c.connector.heads = 2, "c-abstractor has no heads");
    REFUSED((connector(&c, MM_CONNECTOR_ATTNPOOL, 16), c.connector.heads = 3),
            "num_attention_heads 3");
    REFUSED(c.connector.tokens = 15, "square");
    REFUSED(c.connector.kind = MM_CONNECTOR_NONE, "connector");
    REFUSED(c.connector.depth = 0, "depth");
    REFUSED(c.connector.kind = MM_CONNECTOR_AVGPOOL, "avgpool has no blocks");
    REFUSED(connector(&c, MM_CONNECTOR_AVGPOOL, 64), "64 tokens of 49");
    REFUSED(connector(&c, MM_CONNECTOR_MLP, 64), "mlp cannot");
    REFUSED(connector(&c, MM_CONNECTOR_ATTNPOOL, 50), "square");
    REFUSED(c.vision.layers = 0, "connector");
    REFUSED(c.text.layers = 0, "connector");
}

static void experts(struct mm_config *c, size_t n, size_t every, size_t hidden)
{
    c->text.moe = (struct mm_moe_config){ n, every, hidden, 2, 0.01f, 0.001f };
}

static void test_experts(void **state)
{
    (void)state;
    REFUSED(experts(&c, 1, 1, 64), "num_experts is 1");
    REFUSED(experts(&c, 513, 1, 64), "num_experts is 513");
    REFUSED(experts(&c, 8, 2, 64), "3 is not a multiple of "
                                   "decoder_sparse_step 2");
    REFUSED(experts(&c, 8, 0, 64), "decoder_sparse_step");
    REFUSED(experts(&c, 8, 4, 64), "decoder_sparse_step");
    REFUSED(experts(&c, 8, 1, 0), "moe_intermediate_size");
    REFUSED(experts(&c, 0, 1, 0), "there are no num_experts");
    REFUSED((experts(&c, 8, 1, 64), c.text.moe.capacity = -1),
            "expert_capacity_factor");
    REFUSED((experts(&c, 8, 1, 64), c.text.moe.balance = NAN),
            "router_aux_loss_coef");
}

static void test_experts_kept(void **state)
{
    struct mm_config c, back;
    struct mm_err err;
    struct mm_buf text = { 0 };

    (void)state;
    memset(&c, 0, sizeof c);
    memset(&back, 0, sizeof back);
    assert_int_equal(mm_config_preset(&c, "demo", &err), 0);
    mm_config_add_experts(&c.text, 8);
    c.text.moe.every = 3;
    c.text.moe.capacity = 0;
    mm_config_print(&c, &text);
    assert_non_null(strstr(text.data, "\"expert_capacity_factor\":null"));
    assert_int_equal(parse(&back, text.data, &err), 0);
    assert_memory_equal(&c, &back, sizeof c);
    mm_buf_release(&text);
}

static void test_connectors(void **state)
{
    (void)state;
    for (int i = MM_CONNECTOR_AVGPOOL;; i++) {
        enum mm_connector_kind kind = (enum mm_connector_kind)i;
        struct mm_buf text = { 0 };
        struct mm_config c, back;
        struct mm_err err;

        if (!mm_connector_name(kind))
            break;
        memset(&c, 0, sizeof c);
        memset(&back, 0, sizeof back);
        assert_int_equal(mm_config_preset(&c, "3b", &err), 0);
        connector(&c, kind, 256);
        c.connector.heads = kind == MM_CONNECTOR_ATTNPOOL ? 20 : 0;
        mm_config_print(&c, &text);
        assert_non_null(strstr(text.data, mm_connector_name(kind)));
        assert_int_equal(parse(&back, text.data, &err), 0);
        assert_memory_equal(&c, &back, sizeof c);
        mm_buf_release(&text);
    }
}

/* Each encoder by its name, alone and with a layer of its own */
static void test_encoders(void **state)
{
    struct mm_config c, back;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; mm_vision_preset_name(i); i++) {
        struct mm_buf text = { 0 };

        memset(&c, 0, sizeof c);
        memset(&back, 0, sizeof back);
        assert_int_equal(
            mm_vision_preset(&c.vision, mm_vision_preset_name(i), &err), 0);
        c.vision.feature_layer = -(int)i % 4;
        mm_config_print(&c, &text);
        assert_int_equal(parse(&back, text.data, &err), 0);
        assert_memory_equal(&c.vision, &back.vision, sizeof c.vision);
        mm_buf_release(&text);
    }
    assert_int_equal(mm_vision_preset(&c.vision, "vit-g-14", &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, "aim-600m"));
}

/* AIM's head is written and read, and stands after nothing else. */
static void test_aim(void **state)
{
    struct mm_config c = { 0 }, back = { 0 };
    struct mm_buf text = { 0 };
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_vision_preset(&c.vision, "aim-mini", &err), 0);
    c.aim.depth = 12;
    c.aim.width = 2048;
    mm_config_print(&c, &text);
    assert_int_equal(parse(&back, text.data, &err), 0);
    assert_memory_equal(&c.aim, &back.aim, sizeof c.aim);
    mm_buf_release(&text);
    c.aim.width = 2046;
    assert_int_equal(mm_config_check(&c, &err), -1);
    assert_non_null(strstr(err.msg, "aim_head: hidden_size 2046"));
    c.aim.width = 0;
    assert_int_equal(mm_config_check(&c, &err), -1);
    c.aim.width = 2048;
    c.vision.feature_layer = -2;
    assert_int_equal(mm_config_check(&c, &err), -1);
    assert_non_null(strstr(err.msg, "vision_feature_layer -2"));
}

static void test_depth(void **state)
{
    struct mm_vision_config v = { .layers = 24 };

    (void)state;
    assert_int_equal(mm_vision_depth(&v), 24);
    v.feature_layer = -1;
    assert_int_equal(mm_vision_depth(&v), 24);
    v.feature_layer = -2;
    assert_int_equal(mm_vision_depth(&v), 23);
    v.feature_layer = -24;
    assert_int_equal(mm_vision_depth(&v), 1);
    v.feature_layer = 18;
    assert_int_equal(mm_vision_depth(&v), 18);
}

static void test_one_part(void **state)
{
    struct mm_config c;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_config_preset(&c, "demo", &err), 0);
    c.vision.layers = 0;
    c.connector.kind = MM_CONNECTOR_NONE;
    c.text.image = -1;
    assert_int_equal(mm_config_check(&c, &err), 0);
    assert_int_equal(mm_config_preset(&c, "demo", &err), 0);
    c.text.layers = 0;
    c.connector.kind = MM_CONNECTOR_NONE;
    assert_int_equal(mm_config_check(&c, &err), 0);
}

#define TEXT_HEAD                                                       \
    "{\"model_type\":\"mm1\",\"text_config\":{\"num_hidden_layers\":2," \
    "\"hidden_size\":64,\"num_attention_heads\":4,\"vocab_size\":100,"  \
    "\"intermediate_size\":128,\"max_position_embeddings\":32"
#define TEXT_TAIL "}}"

static void test_foreign(void **state)
{
    struct mm_config c;
    struct mm_err err;

    (void)state;
    assert_int_equal(parse(&c, TEXT_HEAD TEXT_TAIL, &err), 0);
    assert_int_equal(c.text.kv_heads, 4);
    assert_int_equal(c.text.tied, 0);
    assert_int_equal(c.text.bos, -1);
    assert_int_equal(c.vision.layers, 0);
    assert_int_equal(parse(&c,
                           TEXT_HEAD ",\"rope_parameters\":{\"rope_theta\":"
                                     "5e5},\"dtype\":\"float32\"" TEXT_TAIL,
                           &err),
                     0);
    assert_true(c.text.rope_theta == 5e5f);
    assert_int_equal(parse(&c, TEXT_HEAD ",\"num_experts\":4" TEXT_TAIL, &err),
                     0);
    assert_int_equal(c.text.moe.every, 1);
    assert_int_equal(c.text.moe.hidden, 128);
}

static void refuse(const char *text, const char *word)
{
    struct mm_config c;
    struct mm_err err;

    assert_int_equal(parse(&c, text, &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    if (!strstr(err.msg, word))
        fail_msg("'%s' has no '%s'", err.msg, word);
}

static void test_unsupported(void **state)
{
    (void)state;
    refuse("[]", "an array");
    refuse("{}", "model_type");
    refuse("{\"model_type\":\"llava\"}", "llava");
    refuse("{\"model_type\":\"mm1\"}", "neither");
    refuse("{\"model_type\":\"mm1\",\"text_config\":{}}", "has no");
    refuse("{\"model_type\":\"mm1\",\"text_config\":7}", "not an object");
    refuse(TEXT_HEAD ",\"hidden_act\":\"relu\"" TEXT_TAIL, "relu");
    refuse(TEXT_HEAD ",\"rope_scaling\":{\"type\":\"yarn\"}" TEXT_TAIL,
           "yarn");
    refuse(TEXT_HEAD
           ",\"rope_parameters\":{\"rope_type\":\"yarn\"}" TEXT_TAIL,
           "yarn");
    refuse(TEXT_HEAD ",\"attention_bias\":true" TEXT_TAIL, "attention_bias");
    refuse(TEXT_HEAD ",\"num_key_value_heads\":\"4\"" TEXT_TAIL, "a string");
    refuse(TEXT_HEAD ",\"num_key_value_heads\":1.5" TEXT_TAIL, "whole");
    refuse(TEXT_HEAD ",\"num_key_value_heads\":-4" TEXT_TAIL, "whole");
    refuse(TEXT_HEAD ",\"num_key_value_heads\":3" TEXT_TAIL, "multiple");
    refuse(TEXT_HEAD ",\"tie_word_embeddings\":1" TEXT_TAIL, "true or false");
    refuse(TEXT_HEAD ",\"num_experts_per_tok\":1" TEXT_TAIL, "only 2");
    refuse(TEXT_HEAD ",\"norm_topk_prob\":false" TEXT_TAIL, "norm_topk_prob");
    refuse(TEXT_HEAD ",\"num_local_experts\":8" TEXT_TAIL,
           "num_local_experts");
    refuse(TEXT_HEAD ",\"num_experts\":1" TEXT_TAIL, "num_experts is 1");
    refuse(TEXT_HEAD ",\"decoder_sparse_step\":2" TEXT_TAIL,
           "no num_experts");
    refuse(TEXT_HEAD ",\"expert_capacity_factor\":\"a\"" TEXT_TAIL,
           "a string");
    refuse(TEXT_HEAD ",\"bos_token_id\":100" TEXT_TAIL, "bos_token_id");
    refuse(TEXT_HEAD "},\"connector\":{\"type\":\"resampler\"}}",
           "resampler");
    refuse(TEXT_HEAD "},\"tokenizer_hash\":\"12\"}", "hexadecimal");
}

static void count_warning(void *ctx, enum mm_log_level level,
                          const char *text)
{
    assert_int_equal(level, MM_LOG_WARN);
    assert_non_null(strstr(text, "'qk_norm'"));
    ++*(int *)ctx;
}

static void test_unknown_key(void **state)
{
    int warnings = 0;
    const struct mm_log_sink sink = { .message = count_warning,
                                      .ctx = &warnings };
    struct mm_config c;
    struct mm_err err;

    (void)state;
    mm_log_set_sink(&sink);
    assert_int_equal(parse(&c, TEXT_HEAD ",\"qk_norm\":true" TEXT_TAIL, &err),
                     0);
    mm_log_set_sink(NULL);
    assert_int_equal(warnings, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_experts),
        cmocka_unit_test(test_experts_kept),
        cmocka_unit_test(test_connectors),
        cmocka_unit_test(test_encoders),
        cmocka_unit_test(test_aim),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_one_part),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_unsupported),
        cmocka_unit_test(test_unknown_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
