/*
 * config_parse.c - config.json to a config
 *
 * Each section is a table of its keys.  Keys that change nothing here (how it
 * was trained, what class loads it) are known and skipped.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "model/config.h"

enum kind {
    SIZE,       /* size_t */
    ID,         /* int32_t; null is -1 */
    REAL,       /* float */
    CAPACITY,   /* float; null is 0 */
    BOOL,       /* int */
    ACTIVATION, /* enum mm_activation */
    ONLY,       /* must be what `only` says */
    ROPE,       /* rope_parameters: the base, if nothing is scaled */
    HASH,       /* uint64_t, hexadecimal */
    CONNECTOR,  /* enum mm_connector_kind */
    VISION,     /* enum mm_vision_kind */
    LAYER,      /* int: not 0 */
    LOSS,       /* enum mm_clip_loss */
    PASSED      /* changes nothing here */
};

struct field {
    const char *key;
    enum kind kind;
    size_t offset;
    int required;
    const char *only; /* JSON text */
};

#define V(member) offsetof(struct mm_vision_config, member)
#define K(member) offsetof(struct mm_connector_config, member)
#define A(member) offsetof(struct mm_aim_config, member)
#define T(member) offsetof(struct mm_text_config, member)

static const struct field vision_fields[] = {
    { "model_type", VISION, V(kind), 0, NULL },
    { "num_hidden_layers", SIZE, V(layers), 1, NULL },
    { "hidden_size", SIZE, V(width), 1, NULL },
    { "num_attention_heads", SIZE, V(heads), 1, NULL },
    { "intermediate_size", SIZE, V(hidden), 1, NULL },
    { "image_size", SIZE, V(image_size), 1, NULL },
    { "patch_size", SIZE, V(patch_size), 1, NULL },
    { "hidden_act", ACTIVATION, V(activation), 1, NULL },
    { "layer_norm_eps", REAL, V(norm_eps), 0, NULL },
    { "num_channels", ONLY, 0, 0, "3" },
    { "projection_dim", PASSED, 0, 0, NULL },
    { NULL, PASSED, 0, 0, NULL }
};

static const struct field connector_fields[] = {
    { "type", CONNECTOR, K(kind), 1, NULL },
    { "depth", SIZE, K(depth), 0, NULL },
    { "hidden_size", SIZE, K(width), 0, NULL },
    { "num_query_tokens", SIZE, K(tokens), 1, NULL },
    { "num_attention_heads", SIZE, K(heads), 0, NULL },
    { "mlp_depth", ONLY, 0, 0, "2" },
    { "num_eos_tokens", ONLY, 0, 0, "0" },
    { "pos_emb", ONLY, 0, 0, "true" },
    { NULL, PASSED, 0, 0, NULL }
};

static const struct field aim_fields[] = {
    { "num_hidden_layers", SIZE, A(depth), 1, NULL },
    { "hidden_size", SIZE, A(width), 1, NULL },
    { NULL, PASSED, 0, 0, NULL }
};

static const struct field text_fields[] = {
    { "model_type", ONLY, 0, 0, "\"llama\"" },
    { "num_hidden_layers", SIZE, T(layers), 1, NULL },
    { "hidden_size", SIZE, T(width), 1, NULL },
    { "num_attention_heads", SIZE, T(heads), 1, NULL },
    { "num_key_value_heads", SIZE, T(kv_heads), 0, NULL },
    { "intermediate_size", SIZE, T(hidden), 1, NULL },
    { "vocab_size", SIZE, T(vocab), 1, NULL },
    { "max_position_embeddings", SIZE, T(context), 1, NULL },
    { "rope_theta", REAL, T(rope_theta), 0, NULL },
    { "rope_parameters", ROPE, T(rope_theta), 0, NULL },
    { "rope_scaling", ONLY, 0, 0, "null" },
    { "rms_norm_eps", REAL, T(norm_eps), 0, NULL },
    { "tie_word_embeddings", BOOL, T(tied), 0, NULL },
    { "bos_token_id", ID, T(bos), 0, NULL },
    { "eos_token_id", ID, T(eos), 0, NULL },
    { "pad_token_id", ID, T(pad), 0, NULL },
    { "hidden_act", ONLY, 0, 0, "\"silu\"" },
    { "attention_bias", ONLY, 0, 0, "false" },
    { "mlp_bias", ONLY, 0, 0, "false" },
    { "sliding_window", ONLY, 0, 0, "null" },
    { "num_experts", SIZE, T(moe.experts), 0, NULL },
    { "num_experts_per_tok", ONLY, 0, 0, "2" },
    { "norm_topk_prob", ONLY, 0, 0, "true" },
    { "decoder_sparse_step", SIZE, T(moe.every), 0, NULL },
    { "moe_intermediate_size", SIZE, T(moe.hidden), 0, NULL },
    { "expert_capacity_factor", CAPACITY, T(moe.capacity), 0, NULL },
    { "router_aux_loss_coef", REAL, T(moe.balance), 0, NULL },
    { "router_z_loss_coef", REAL, T(moe.z_loss), 0, NULL },
    { "num_local_experts", ONLY, 0, 0, "0" },
    { NULL, PASSED, 0, 0, NULL }
};

#define C(member) offsetof(struct mm_config, member)

/* A CLIP's text tower; its numbers lie in two places of the config. */
static const struct field tower_fields[] = {
    { "model_type", ONLY, 0, 1, "\"clip_text_model\"" },
    { "num_hidden_layers", SIZE, C(text.layers), 1, NULL },
    { "hidden_size", SIZE, C(text.width), 1, NULL },
    { "num_attention_heads", SIZE, C(text.heads), 1, NULL },
    { "intermediate_size", SIZE, C(text.hidden), 1, NULL },
    { "vocab_size", SIZE, C(text.vocab), 1, NULL },
    { "max_position_embeddings", SIZE, C(text.context), 1, NULL },
    { "layer_norm_eps", REAL, C(text.norm_eps), 0, NULL },
    { "hidden_act", ACTIVATION, C(clip.activation), 1, NULL },
    { "bos_token_id", ID, C(text.bos), 0, NULL },
    { "eos_token_id", ID, C(text.eos), 0, NULL },
    { "pad_token_id", ID, C(text.pad), 0, NULL },
    { "projection_dim", PASSED, 0, 0, NULL },
    { NULL, PASSED, 0, 0, NULL }
};

static const struct field root_fields[] = {
    { "model_type", ONLY, 0, 1, "\"mm1\"" },
    { "image_token_id", ID, offsetof(struct mm_config, text.image), 0, NULL },
    { "tokenizer_hash", HASH, offsetof(struct mm_config, tokenizer_hash), 0,
      NULL },
    { "vision_feature_layer", LAYER,
      offsetof(struct mm_config, vision.feature_layer), 0, NULL },
    { "projection_dim", SIZE, C(clip.width), 0, NULL },
    { "contrastive_loss", LOSS, C(clip.loss), 0, NULL },
    { "logit_scale_init_value", PASSED, 0, 0, NULL },
    { "vision_config", PASSED, 0, 0, NULL },
    { "connector", PASSED, 0, 0, NULL },
    { "text_config", PASSED, 0, 0, NULL },
    { "aim_head", PASSED, 0, 0, NULL },
    { NULL, PASSED, 0, 0, NULL }
};

/* Known everywhere, and nothing to us. */
static const char *const passed[] = {
    "_name_or_path", "architectures", "attention_dropout", "dropout", "dtype",
    "initializer_factor", "initializer_range", "pretraining_tp",
    "torch_dtype", "transformers_version", "use_cache"
};

/* ---- reading ---- */

static int wrong(const char *section, const struct mm_json *v,
                 const char *want, struct mm_err *err)
{
    return mm_fail(err, MM_ECONFIG, "%s: '%s' is %s, not %s", section, v->key,
                   mm_json_type_name(v->type), want);
}

static int read_size(size_t *out, const char *section,
                     const struct mm_json *v, struct mm_err *err)
{
    if (v->type != MM_JSON_NUMBER || !v->is_int || v->integer < 0 ||
        v->integer > INT32_MAX)
        return wrong(section, v, "a whole number of 0 or more", err);
    *out = (size_t)v->integer;
    return 0;
}

static int read_id(int32_t *out, const char *section,
                   const struct mm_json *v, struct mm_err *err)
{
    size_t n = 0;

    *out = -1;
    if (v->type == MM_JSON_NULL ||
        (v->type == MM_JSON_NUMBER && v->is_int && v->integer == -1))
        return 0;
    if (read_size(&n, section, v, err) < 0)
        return -1;
    *out = (int32_t)n;
    return 0;
}

static int read_real(float *out, const char *section,
                     const struct mm_json *v, struct mm_err *err)
{
    if (v->type != MM_JSON_NUMBER)
        return wrong(section, v, "a number", err);
    *out = (float)v->number;
    return 0;
}

static int unsupported(const char *section, const struct mm_json *v,
                       const char *can, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    struct mm_jw w;

    mm_jw_begin(&w, &text);
    mm_jw_value(&w, v);
    mm_fail(err, MM_ECONFIG, "%s: %s %.80s is not supported, only %s",
            section, v->key, text.data ? text.data : "", can);
    mm_buf_release(&text);
    return -1;
}

static int read_only(const char *only, const char *section,
                     const struct mm_json *v, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    struct mm_jw w;
    int same;

    mm_jw_begin(&w, &text);
    mm_jw_value(&w, v);
    same = text.data && !strcmp(text.data, only);
    mm_buf_release(&text);
    return same ? 0 : unsupported(section, v, only, err);
}

static int read_rope(float *theta, const char *section,
                     const struct mm_json *v, struct mm_err *err)
{
    if (v->type == MM_JSON_NULL)
        return 0;
    if (strcmp(mm_json_str(mm_json_get(v, "rope_type"), "default"),
               "default") != 0)
        return unsupported(section, v, "rope_type \"default\"", err);
    *theta = (float)mm_json_num(mm_json_get(v, "rope_theta"), *theta);
    return 0;
}

static int read_name(int *out, const char *const *names, size_t n,
                     const char *can, const char *section,
                     const struct mm_json *v, struct mm_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(mm_json_str(v, ""), names[i])) {
            *out = (int)i;
            return 0;
        }
    }
    return unsupported(section, v, can, err);
}

static int read_activation(enum mm_activation *out, const char *section,
                           const struct mm_json *v, struct mm_err *err)
{
    static const char *const names[] = { "gelu", "quick_gelu" };
    int i = 0;

    if (read_name(&i, names, 2, "\"gelu\" and \"quick_gelu\"", section, v,
                  err) < 0)
        return -1;
    *out = (enum mm_activation)i;
    return 0;
}

static int read_vision(enum mm_vision_kind *out, const char *section,
                       const struct mm_json *v, struct mm_err *err)
{
    static const char *const names[] = { "clip_vision_model",
                                         "aim_vision_model" };
    int i = 0;

    if (read_name(&i, names, 2, "\"clip_vision_model\" and "
                                "\"aim_vision_model\"",
                  section, v, err) < 0)
        return -1;
    *out = (enum mm_vision_kind)i;
    return 0;
}

static int read_loss(enum mm_clip_loss *out, const char *section,
                     const struct mm_json *v, struct mm_err *err)
{
    static const char *const names[] = { "infonce", "siglip" };
    int i = 0;

    if (read_name(&i, names, 2, "\"infonce\" and \"siglip\"", section, v,
                  err) < 0)
        return -1;
    *out = (enum mm_clip_loss)i;
    return 0;
}

static int read_layer(int *out, const char *section, const struct mm_json *v,
                      struct mm_err *err)
{
    if (v->type != MM_JSON_NUMBER || !v->is_int || v->integer == 0 ||
        v->integer > INT16_MAX || v->integer < -INT16_MAX)
        return wrong(section, v, "the number of a layer, from 1 or -1 on",
                     err);
    *out = (int)v->integer;
    return 0;
}

static int read_connector(enum mm_connector_kind *out, const char *section,
                          const struct mm_json *v, struct mm_err *err)
{
    for (int i = MM_CONNECTOR_C_ABSTRACTOR;; i++) {
        const char *name = mm_connector_name((enum mm_connector_kind)i);

        if (!name)
            return unsupported(section, v,
                               "\"c-abstractor\", \"avgpool\", "
                               "\"attnpool\" and \"mlp\"",
                               err);
        if (!strcmp(name, mm_json_str(v, "")) ||
            (i == MM_CONNECTOR_C_ABSTRACTOR &&
             !strcmp("cabstractor", mm_json_str(v, "")))) {
            *out = (enum mm_connector_kind)i;
            return 0;
        }
    }
}

static int read_hash(uint64_t *out, const char *section,
                     const struct mm_json *v, struct mm_err *err)
{
    const char *s = mm_json_str(v, "");
    size_t n = strlen(s);

    if (n != 16 || strspn(s, "0123456789abcdef") != n)
        return wrong(section, v, "16 hexadecimal digits", err);
    *out = strtoull(s, NULL, 16);
    return 0;
}

static int read_field(const struct field *f, char *base, const char *section,
                      const struct mm_json *v, struct mm_err *err)
{
    void *p = base + f->offset;

    switch (f->kind) {
    case SIZE:
        return read_size(p, section, v, err);
    case ID:
        return read_id(p, section, v, err);
    case REAL:
        return read_real(p, section, v, err);
    case CAPACITY:
        *(float *)p = 0;
        return v->type == MM_JSON_NULL ? 0 : read_real(p, section, v, err);
    case BOOL:
        if (v->type != MM_JSON_TRUE && v->type != MM_JSON_FALSE)
            return wrong(section, v, "true or false", err);
        *(int *)p = mm_json_bool(v, 0);
        return 0;
    case ACTIVATION:
        return read_activation(p, section, v, err);
    case ONLY:
        return read_only(f->only, section, v, err);
    case ROPE:
        return read_rope(p, section, v, err);
    case HASH:
        return read_hash(p, section, v, err);
    case CONNECTOR:
        return read_connector(p, section, v, err);
    case VISION:
        return read_vision(p, section, v, err);
    case LAYER:
        return read_layer(p, section, v, err);
    case LOSS:
        return read_loss(p, section, v, err);
    case PASSED:
        break;
    }
    return 0;
}

static int is_passed(const char *key)
{
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
        if (!strcmp(passed[i], key))
            return 1;
    }
    return 0;
}

static int read_section(const struct field *fields, void *base,
                        const char *section, const struct mm_json *object,
                        struct mm_err *err)
{
    if (object->type != MM_JSON_OBJECT)
        return mm_fail(err, MM_ECONFIG, "%s is %s, not an object", section,
                       mm_json_type_name(object->type));
    for (const struct mm_json *v = object->child; v; v = v->next) {
        const struct field *f = fields;

        while (f->key && strcmp(f->key, v->key) != 0)
            f++;
        if (f->key ? read_field(f, base, section, v, err) < 0 : 0)
            return -1;
        if (!f->key && !is_passed(v->key))
            mm_log(MM_LOG_WARN, "%s: unknown key '%s' is ignored", section,
                   v->key);
    }
    for (const struct field *f = fields; f->key; f++) {
        if (f->required && !mm_json_get(object, f->key))
            return mm_fail(err, MM_ECONFIG, "%s has no '%s'", section,
                           f->key);
    }
    return 0;
}

static const struct mm_json *section_of(const struct mm_json *root,
                                        const char *key)
{
    const struct mm_json *v = mm_json_get(root, key);

    return v && v->type != MM_JSON_NULL ? v : NULL;
}

static int read_text(struct mm_config *c, const struct mm_json *text,
                     struct mm_err *err)
{
    int tower = c->clip.width > 0;

    if (tower) {
        c->text.norm_eps = 1e-5f;
        c->text.tied = 1;
    }
    if ((tower ? read_section(tower_fields, c, "text_config", text, err)
               : read_section(text_fields, &c->text, "text_config", text,
                              err)) < 0)
        return -1;
    if (tower || !mm_json_get(text, "num_key_value_heads"))
        c->text.kv_heads = c->text.heads;
    return 0;
}

int mm_config_parse(struct mm_config *c, const struct mm_json *root,
                    struct mm_err *err)
{
    const struct mm_json *vision = section_of(root, "vision_config");
    const struct mm_json *connector = section_of(root, "connector");
    const struct mm_json *text = section_of(root, "text_config");
    const struct mm_json *aim = section_of(root, "aim_head");

    *c = (struct mm_config){ 0 };
    c->vision.norm_eps = 1e-5f;
    c->text.norm_eps = 1e-6f;
    c->text.rope_theta = 1e4f;
    c->text.bos = c->text.eos = c->text.pad = c->text.image = -1;
    if (read_section(root_fields, c, "config.json", root, err) < 0 ||
        (vision && read_section(vision_fields, &c->vision, "vision_config",
                                vision, err) < 0) ||
        (connector && read_section(connector_fields, &c->connector,
                                   "connector", connector, err) < 0) ||
        (aim && read_section(aim_fields, &c->aim, "aim_head", aim, err) < 0) ||
        (text && read_text(c, text, err) < 0))
        return -1;
    if (c->text.moe.experts && !c->text.moe.every)
        c->text.moe.every = 1;
    if (c->text.moe.experts && !c->text.moe.hidden)
        c->text.moe.hidden = c->text.hidden;
    return mm_config_check(c, err);
}
