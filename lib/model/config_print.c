/*
 * config_print.c - a config to config.json
 */
#include <stdio.h>
#include <stdlib.h>

#include "model/config.h"

static void print_id(struct mm_jw *w, const char *key, int32_t v)
{
    mm_jw_key(w, key);
    if (v < 0)
        mm_jw_null(w);
    else
        mm_jw_int(w, v);
}

/* The shortest decimal that is this float: 1e-05, not its double's digits. */
static void print_real(struct mm_jw *w, const char *key, float v)
{
    char text[32];
    int digits = 1;

    do
        snprintf(text, sizeof text, "%.*g", digits, (double)v);
    while (digits++ < 9 && strtof(text, NULL) != v);
    mm_jw_put_num(w, key, strtod(text, NULL));
}

static const char *activation(enum mm_activation a)
{
    return a == MM_ACT_GELU ? "gelu" : "quick_gelu";
}

static void print_vision(struct mm_jw *w, const struct mm_vision_config *v)
{
    const char *type = v->kind == MM_VISION_AIM ? "aim_vision_model"
                                                : "clip_vision_model";

    mm_jw_key(w, "vision_config");
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "model_type", type);
    mm_jw_put_size(w, "num_hidden_layers", v->layers);
    mm_jw_put_size(w, "hidden_size", v->width);
    mm_jw_put_size(w, "num_attention_heads", v->heads);
    mm_jw_put_size(w, "intermediate_size", v->hidden);
    mm_jw_put_size(w, "image_size", v->image_size);
    mm_jw_put_size(w, "patch_size", v->patch_size);
    mm_jw_put_size(w, "num_channels", 3);
    mm_jw_put_str(w, "hidden_act", activation(v->activation));
    print_real(w, "layer_norm_eps", v->norm_eps);
    mm_jw_close(w, '}');
}

static void print_connector(struct mm_jw *w, const struct mm_config *c)
{
    const struct mm_connector_config *k = &c->connector;

    mm_jw_key(w, "connector");
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "type", mm_connector_name(k->kind));
    if (k->kind == MM_CONNECTOR_C_ABSTRACTOR) {
        mm_jw_put_size(w, "depth", k->depth);
        mm_jw_put_size(w, "hidden_size", k->width);
    }
    mm_jw_put_size(w, "num_query_tokens", k->tokens);
    if (k->kind == MM_CONNECTOR_ATTNPOOL)
        mm_jw_put_size(w, "num_attention_heads", mm_connector_heads(c));
    mm_jw_close(w, '}');
}

static void print_aim(struct mm_jw *w, const struct mm_aim_config *a)
{
    mm_jw_key(w, "aim_head");
    mm_jw_open(w, '{');
    mm_jw_put_size(w, "num_hidden_layers", a->depth);
    mm_jw_put_size(w, "hidden_size", a->width);
    mm_jw_close(w, '}');
}

/* Both spellings of the rotary base, for old readers and new. */
static void print_rope(struct mm_jw *w, float theta)
{
    print_real(w, "rope_theta", theta);
    mm_jw_key(w, "rope_parameters");
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "rope_type", "default");
    print_real(w, "rope_theta", theta);
    mm_jw_close(w, '}');
}

static void print_moe(struct mm_jw *w, const struct mm_moe_config *m)
{
    mm_jw_put_size(w, "num_experts", m->experts);
    mm_jw_put_size(w, "num_experts_per_tok", 2);
    mm_jw_put_bool(w, "norm_topk_prob", 1);
    mm_jw_put_size(w, "decoder_sparse_step", m->every);
    mm_jw_put_size(w, "moe_intermediate_size", m->hidden);
    if (m->capacity > 0) {
        print_real(w, "expert_capacity_factor", m->capacity);
    } else {
        mm_jw_key(w, "expert_capacity_factor");
        mm_jw_null(w);
    }
    print_real(w, "router_aux_loss_coef", m->balance);
    print_real(w, "router_z_loss_coef", m->z_loss);
}

static void print_ids(struct mm_jw *w, const struct mm_text_config *t)
{
    print_id(w, "bos_token_id", t->bos);
    print_id(w, "eos_token_id", t->eos);
    print_id(w, "pad_token_id", t->pad);
}

/* A CLIP's text tower */
static void print_tower(struct mm_jw *w, const struct mm_config *c)
{
    const struct mm_text_config *t = &c->text;

    mm_jw_key(w, "text_config");
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "model_type", "clip_text_model");
    mm_jw_put_size(w, "num_hidden_layers", t->layers);
    mm_jw_put_size(w, "hidden_size", t->width);
    mm_jw_put_size(w, "num_attention_heads", t->heads);
    mm_jw_put_size(w, "intermediate_size", t->hidden);
    mm_jw_put_size(w, "vocab_size", t->vocab);
    mm_jw_put_size(w, "max_position_embeddings", t->context);
    mm_jw_put_str(w, "hidden_act", activation(c->clip.activation));
    print_real(w, "layer_norm_eps", t->norm_eps);
    print_ids(w, t);
    mm_jw_close(w, '}');
}

static void print_text(struct mm_jw *w, const struct mm_text_config *t)
{
    mm_jw_key(w, "text_config");
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "model_type", "llama");
    mm_jw_put_size(w, "num_hidden_layers", t->layers);
    mm_jw_put_size(w, "hidden_size", t->width);
    mm_jw_put_size(w, "num_attention_heads", t->heads);
    mm_jw_put_size(w, "num_key_value_heads", t->kv_heads);
    mm_jw_put_size(w, "intermediate_size", t->hidden);
    mm_jw_put_size(w, "vocab_size", t->vocab);
    mm_jw_put_size(w, "max_position_embeddings", t->context);
    print_rope(w, t->rope_theta);
    print_real(w, "rms_norm_eps", t->norm_eps);
    mm_jw_put_str(w, "hidden_act", "silu");
    mm_jw_put_bool(w, "attention_bias", 0);
    mm_jw_put_bool(w, "mlp_bias", 0);
    mm_jw_put_bool(w, "tie_word_embeddings", t->tied);
    print_ids(w, t);
    if (t->moe.experts)
        print_moe(w, &t->moe);
    mm_jw_close(w, '}');
}

void mm_config_print(const struct mm_config *c, struct mm_buf *out)
{
    struct mm_jw w;
    char hash[24];

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "model_type", "mm1");
    if (c->text.layers)
        print_id(&w, "image_token_id", c->text.image);
    if (c->vision.layers && c->vision.feature_layer)
        mm_jw_put_int(&w, "vision_feature_layer", c->vision.feature_layer);
    if (c->tokenizer_hash) {
        snprintf(hash, sizeof hash, "%016llx",
                 (unsigned long long)c->tokenizer_hash);
        mm_jw_put_str(&w, "tokenizer_hash", hash);
    }
    if (c->clip.width) {
        mm_jw_put_size(&w, "projection_dim", c->clip.width);
        mm_jw_put_str(&w, "contrastive_loss", mm_clip_loss_name(c->clip.loss));
    }
    if (c->vision.layers)
        print_vision(&w, &c->vision);
    if (c->aim.depth)
        print_aim(&w, &c->aim);
    if (c->connector.kind)
        print_connector(&w, c);
    if (c->clip.width)
        print_tower(&w, c);
    else if (c->text.layers)
        print_text(&w, &c->text);
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}
