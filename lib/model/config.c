/*
 * config.c - presets, and what must hold between the numbers of a config
 *
 * The decoders are the sizes of the paper's grid search and of its final
 * models as far as they are known: 12 L D^2 gives the N of each (AXLearn's Gala
 * and Fuji rows; 9m's and 30b's feed-forward widths are ours).  The encoders
 * are those that the paper used: ViT-L/14 at 336 in its ablations, ViT-H/14
 * at 378 (DFN-5B, hence quick-GELU) with the large decoders.
 *
 * Experts: 64 of the 3B's MLPs in every second layer are 64.8 B, the paper's
 * 64B.  32 of the 7B's in every fourth are 40.0 B, not the 47B that it says.
 * Both numbers of experts and layers are the paper's own, so the width gives
 * way: 13056 makes the 47.3 B of the whole model.  Dense layers and the rate of
 * equation 1 stay those of the 7B.
 */
#include "model/config.h"

#include <string.h>

#include "tensor/attention.h"
#include "tensor/kernel.h"

struct preset {
    const char *name, *alias;
    struct mm_vision_config vision;
    struct mm_connector_config connector;
    struct mm_text_config text;
};

#define VIT_L                                                       \
    {                                                               \
        24, 1024, 16, 4096, 336, 14, MM_ACT_QUICK_GELU, 1e-5f, 0, 0 \
    }
#define VIT_H                                                       \
    {                                                               \
        32, 1280, 16, 5120, 378, 14, MM_ACT_QUICK_GELU, 1e-5f, 0, 0 \
    }
#define C_ABSTRACTOR                               \
    {                                              \
        MM_CONNECTOR_C_ABSTRACTOR, 3, 1024, 144, 0 \
    }
#define DENSE            \
    {                    \
        0, 0, 0, 0, 0, 0 \
    }
/* MM1's capacity is not known; AXLearn's is 2 */
#define MOE(E, every, F)                 \
    {                                    \
        E, every, F, 2.0f, 0.01f, 0.001f \
    }
/* layers, width, heads, hidden; ids in the order of our tokenizers */
#define DECODER(L, D, H, F, moe)                                    \
    {                                                               \
        L, D, H, H, F, 32768, 4096, 1e4f, 1e-5f, 1, 1, 2, 0, 3, moe \
    }

static const struct preset presets[] = {
    { "mm1-demo",
      NULL,
      { 4, 128, 4, 512, 56, 8, MM_ACT_GELU, 1e-5f, 0, 0 },
      { MM_CONNECTOR_C_ABSTRACTOR, 2, 192, 16, 0 },
      { 3, 192, 6, 2, 384, 4096, 1024, 1e4f, 1e-5f, 1, 1, 2, 0, 3, DENSE } },
    { "mm1-9m", NULL, VIT_L, C_ABSTRACTOR, DECODER(12, 256, 4, 768, DENSE) },
    { "mm1-85m", NULL, VIT_L, C_ABSTRACTOR, DECODER(12, 768, 12, 2048, DENSE) },
    { "mm1-302m", NULL, VIT_L, C_ABSTRACTOR,
      DECODER(24, 1024, 16, 2816, DENSE) },
    { "mm1-1.2b", "mm1-1b", VIT_L, C_ABSTRACTOR,
      DECODER(24, 2048, 32, 5632, DENSE) },
    { "mm1-2.9b", "mm1-3b", VIT_H, C_ABSTRACTOR,
      DECODER(26, 3072, 24, 8192, DENSE) },
    { "mm1-6.4b", "mm1-7b", VIT_H, C_ABSTRACTOR,
      DECODER(32, 4096, 32, 11008, DENSE) },
    { "mm1-30b", NULL, VIT_H, C_ABSTRACTOR,
      DECODER(48, 7168, 56, 19200, DENSE) },
    { "mm1-3b-moe", "mm1-64b", VIT_H, C_ABSTRACTOR,
      DECODER(26, 3072, 24, 8192, MOE(64, 2, 8192)) },
    { "mm1-7b-moe", "mm1-47b", VIT_H, C_ABSTRACTOR,
      DECODER(32, 4096, 32, 11008, MOE(32, 4, 13056)) },
};

#define N_PRESETS (sizeof presets / sizeof *presets)

const char *mm_config_preset_name(size_t i)
{
    return i < N_PRESETS ? presets[i].name
                         : mm_clip_preset_name(i - N_PRESETS);
}

static int same_name(const char *full, const char *name)
{
    return full && (!strcmp(full, name) || !strcmp(full + 4, name));
}

static int unknown_preset(const char *name, struct mm_err *err)
{
    struct mm_buf list = { 0 };

    for (size_t i = 0; mm_config_preset_name(i); i++)
        mm_buf_addf(&list, "%s%s", i ? ", " : "", mm_config_preset_name(i));
    mm_fail(err, MM_ECONFIG, "no preset '%s'; there are %s", name,
            list.data ? list.data : "none");
    mm_buf_release(&list);
    return -1;
}

int mm_config_preset(struct mm_config *c, const char *name,
                     struct mm_err *err)
{
    for (size_t i = 0; i < N_PRESETS; i++) {
        const struct preset *p = &presets[i];

        if (same_name(p->name, name) || same_name(p->alias, name)) {
            *c = (struct mm_config){ .vision = p->vision,
                                     .connector = p->connector,
                                     .text = p->text };
            return 0;
        }
    }
    return mm_clip_preset(c, name) == 0 ? 0 : unknown_preset(name, err);
}

void mm_config_add_experts(struct mm_text_config *t, size_t experts)
{
    t->moe = (struct mm_moe_config)MOE(experts, 2, t->hidden);
}

const char *mm_connector_name(enum mm_connector_kind kind)
{
    static const char *const names[] = { "none", "c-abstractor", "avgpool",
                                         "attnpool", "mlp" };
    size_t i = (size_t)kind;

    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

size_t mm_vision_patches(const struct mm_vision_config *v)
{
    size_t side = v->patch_size ? v->image_size / v->patch_size : 0;

    return side * side;
}

size_t mm_vision_depth(const struct mm_vision_config *v)
{
    int at = v->feature_layer ? v->feature_layer : -1;

    return at > 0 ? (size_t)at : v->layers - ((size_t)-at - 1);
}

size_t mm_connector_heads(const struct mm_config *c)
{
    const struct mm_vision_config *v = &c->vision;

    if (c->connector.heads)
        return c->connector.heads;
    if (v->width % 80 == 0)
        return v->width / 80;
    return v->width % 64 == 0 ? v->width / 64 : v->heads;
}

size_t mm_square_side(size_t n)
{
    size_t s = 0;

    while (s * s < n)
        s++;
    return s * s == n ? s : 0;
}

/* ---- check ---- */

struct range {
    const char *section, *key;
    size_t value, min, max;
};

static int check_ranges(const struct range *r, size_t n, struct mm_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (r[i].value < r[i].min || r[i].value > r[i].max)
            return mm_fail(err, MM_ECONFIG, "%s: %s is %zu, not %zu to %zu",
                           r[i].section, r[i].key, r[i].value, r[i].min,
                           r[i].max);
    }
    return 0;
}

static int check_divides(const char *section, const char *big, size_t n,
                         const char *small, size_t d, struct mm_err *err)
{
    if (n % d == 0)
        return 0;
    return mm_fail(err, MM_ECONFIG, "%s: %s %zu is not a multiple of %s %zu",
                   section, big, n, small, d);
}

static int check_head(const char *section, size_t width, size_t heads,
                      struct mm_err *err)
{
    if (width / heads <= MM_MAX_HEAD)
        return 0;
    return mm_fail(err, MM_ECONFIG,
                   "%s: %zu heads of %zu make them wider than %d",
                   section, heads, width, MM_MAX_HEAD);
}

/* The layer that makes the features; AIM's positions are four of a kind. */
static int check_kind(const struct mm_vision_config *v, struct mm_err *err)
{
    long most = (long)v->layers, at = v->feature_layer;

    if (at > most || at < -most)
        return mm_fail(err, MM_ECONFIG, "vision_feature_layer is %ld, but the "
                                        "encoder has %ld layers",
                       at, most);
    if (v->kind == MM_VISION_AIM)
        return check_divides("vision_config", "hidden_size", v->width,
                             "sine, cosine, row and column,", 4, err);
    return 0;
}

static int check_vision(const struct mm_vision_config *v, struct mm_err *err)
{
    const char *s = "vision_config";
    const struct range r[] = {
        { s, "num_hidden_layers", v->layers, 1, 1024 },
        { s, "hidden_size", v->width, 1, 65536 },
        { s, "num_attention_heads", v->heads, 1, 1024 },
        { s, "intermediate_size", v->hidden, 1, 1 << 20 },
        { s, "image_size", v->image_size, 1, 16384 },
        { s, "patch_size", v->patch_size, 1, 1024 },
    };

    if (check_ranges(r, sizeof r / sizeof *r, err) < 0 ||
        check_divides(s, "hidden_size", v->width, "num_attention_heads",
                      v->heads, err) < 0 ||
        check_head(s, v->width, v->heads, err) < 0 ||
        check_divides(s, "image_size", v->image_size, "patch_size",
                      v->patch_size, err) < 0 ||
        check_kind(v, err) < 0)
        return -1;
    if (!(v->norm_eps > 0))
        return mm_fail(err, MM_ECONFIG, "%s: layer_norm_eps must be over 0",
                       s);
    return 0;
}

/* Not negative; NaN is none either. */
static int check_weight(const char *key, float v, struct mm_err *err)
{
    if (v >= 0 && v <= 1e9f)
        return 0;
    return mm_fail(err, MM_ECONFIG, "text_config: %s must be 0 or more", key);
}

static int check_moe(const struct mm_text_config *t, struct mm_err *err)
{
    const struct mm_moe_config *m = &t->moe;
    const char *s = "text_config";
    const struct range r[] = {
        { s, "num_experts", m->experts, 2, MM_MAX_GROUPS },
        { s, "decoder_sparse_step", m->every, 1, t->layers },
        { s, "moe_intermediate_size", m->hidden, 1, 1 << 20 },
    };

    if (m->experts == 0 && (m->every || m->hidden))
        return mm_fail(err, MM_ECONFIG, "%s: %s is %zu, but there are no "
                                        "num_experts",
                       s, r[m->every ? 1 : 2].key, r[m->every ? 1 : 2].value);
    if (m->experts == 0)
        return 0;
    if (check_ranges(r, sizeof r / sizeof *r, err) < 0 ||
        check_divides(s, "num_hidden_layers", t->layers,
                      "decoder_sparse_step", m->every, err) < 0 ||
        check_weight("expert_capacity_factor", m->capacity, err) < 0 ||
        check_weight("router_aux_loss_coef", m->balance, err) < 0 ||
        check_weight("router_z_loss_coef", m->z_loss, err) < 0)
        return -1;
    return 0;
}

static int check_id(const struct mm_text_config *t, const char *key,
                    int32_t id, struct mm_err *err)
{
    if (id >= -1 && (id < 0 || (size_t)id < t->vocab))
        return 0;
    return mm_fail(err, MM_ECONFIG, "%s is %d, but vocab_size is %zu", key, id,
                   t->vocab);
}

static int check_text(const struct mm_text_config *t, struct mm_err *err)
{
    const char *s = "text_config";
    const struct range r[] = {
        { s, "num_hidden_layers", t->layers, 1, 1024 },
        { s, "hidden_size", t->width, 1, 65536 },
        { s, "num_attention_heads", t->heads, 1, 1024 },
        { s, "num_key_value_heads", t->kv_heads, 1, 1024 },
        { s, "intermediate_size", t->hidden, 1, 1 << 20 },
        { s, "vocab_size", t->vocab, 1, 1 << 24 },
        { s, "max_position_embeddings", t->context, 1, 1 << 24 },
    };

    if (check_ranges(r, sizeof r / sizeof *r, err) < 0 ||
        check_divides(s, "hidden_size", t->width, "num_attention_heads",
                      t->heads, err) < 0 ||
        check_head(s, t->width, t->heads, err) < 0 ||
        check_divides(s, "head width", t->width / t->heads, "a pair's", 2,
                      err) < 0 ||
        check_divides(s, "num_attention_heads", t->heads,
                      "num_key_value_heads", t->kv_heads, err) < 0 ||
        check_moe(t, err) < 0 || check_id(t, "bos_token_id", t->bos, err) < 0 ||
        check_id(t, "eos_token_id", t->eos, err) < 0 ||
        check_id(t, "pad_token_id", t->pad, err) < 0 ||
        check_id(t, "image_token_id", t->image, err) < 0)
        return -1;
    if (!(t->norm_eps > 0) || !(t->rope_theta > 0))
        return mm_fail(err, MM_ECONFIG,
                       "%s: rms_norm_eps and rope_theta must be over 0", s);
    return 0;
}

/* A mean over less than a patch would only repeat it. */
static int check_pooling(const struct mm_config *c, struct mm_err *err)
{
    const struct mm_connector_config *k = &c->connector;
    size_t patches = mm_vision_patches(&c->vision);

    if (k->kind != MM_CONNECTOR_AVGPOOL && k->kind != MM_CONNECTOR_MLP)
        return 0;
    if (k->tokens > patches)
        return mm_fail(err, MM_ECONFIG, "connector: %s cannot make %zu tokens "
                                        "of %zu patches",
                       mm_connector_name(k->kind), k->tokens, patches);
    return 0;
}

static int check_heads(const struct mm_config *c, struct mm_err *err)
{
    size_t heads = mm_connector_heads(c), width = c->vision.width;

    if (c->connector.kind != MM_CONNECTOR_ATTNPOOL) {
        if (c->connector.heads)
            return mm_fail(err, MM_ECONFIG, "connector: %s has no heads, but "
                                            "num_attention_heads is %zu; "
                                            "leave it out",
                           mm_connector_name(c->connector.kind), heads);
        return 0;
    }
    if (check_divides("connector", "the encoder's hidden_size", width,
                      "num_attention_heads", heads, err) < 0)
        return -1;
    return check_head("connector", width, heads, err);
}

static int check_connector(const struct mm_config *c, struct mm_err *err)
{
    const struct mm_connector_config *k = &c->connector;
    int blocks = k->kind == MM_CONNECTOR_C_ABSTRACTOR;
    const struct range r[] = {
        { "connector", "num_query_tokens", k->tokens, 1, 65536 },
        { "connector", "depth", k->depth, 1, 64 },
        { "connector", "hidden_size", k->width, 1, 65536 },
    };

    if (check_ranges(r, blocks ? 3 : 1, err) < 0 ||
        check_pooling(c, err) < 0 || check_heads(c, err) < 0)
        return -1;
    if (!blocks && (k->depth || k->width))
        return mm_fail(err, MM_ECONFIG, "connector: %s has no blocks, but %s "
                                        "is %zu; leave it out",
                       mm_connector_name(k->kind),
                       k->depth ? "depth" : "hidden_size",
                       k->depth ? k->depth : k->width);
    if (mm_square_side(k->tokens) == 0)
        return mm_fail(err, MM_ECONFIG, "connector: num_query_tokens is %zu, "
                                        "which is not a square number",
                       k->tokens);
    return 0;
}

/* The class row of the last layer is what stands for a picture. */
static int check_clip(const struct mm_config *c, struct mm_err *err)
{
    const struct range r = { "config.json", "projection_dim", c->clip.width, 1,
                             65536 };

    if (!c->vision.layers || !c->text.layers || c->connector.kind)
        return mm_fail(err, MM_ECONFIG, "a CLIP (projection_dim) has "
                                        "vision_config and text_config, and "
                                        "no connector");
    if (c->vision.kind != MM_VISION_CLIP ||
        mm_vision_depth(&c->vision) != c->vision.layers)
        return mm_fail(err, MM_ECONFIG, "a CLIP needs an encoder with a class "
                                        "token, and its last layer");
    return check_ranges(&r, 1, err);
}

/* An encoder, a decoder, or both with a connector between them. */
static int check_parts(const struct mm_config *c, struct mm_err *err)
{
    int vision = c->vision.layers > 0, text = c->text.layers > 0;
    int connector = c->connector.kind != MM_CONNECTOR_NONE;

    if (!vision && !text)
        return mm_fail(err, MM_ECONFIG, "the model has neither vision_config "
                                        "nor text_config");
    if (connector && !(vision && text))
        return mm_fail(err, MM_ECONFIG,
                       "a connector needs vision_config and text_config");
    if (vision && text && !connector)
        return mm_fail(err, MM_ECONFIG, "vision_config and text_config need "
                                        "a connector between them");
    if (connector && c->text.image < 0)
        return mm_fail(err, MM_ECONFIG,
                       "a model with pictures needs image_token_id");
    return 0;
}

/* It stands after an encoder of AIM's kind, and nothing else does. */
static int check_aim(const struct mm_config *c, struct mm_err *err)
{
    const char *s = "aim_head";
    const struct range r[] = {
        { s, "num_hidden_layers", c->aim.depth, 1, 1024 },
        { s, "hidden_size", c->aim.width, 1, 65536 },
    };

    if (c->vision.kind != MM_VISION_AIM || !c->vision.layers ||
        c->text.layers || c->connector.kind)
        return mm_fail(err, MM_ECONFIG, "aim_head belongs to an encoder of "
                                        "aim_vision_model alone");
    if (mm_vision_depth(&c->vision) != c->vision.layers)
        return mm_fail(err, MM_ECONFIG, "aim_head stands behind the last "
                                        "layer, not vision_feature_layer %d",
                       c->vision.feature_layer);
    if (check_ranges(r, 2, err) < 0)
        return -1;
    return check_divides(s, "hidden_size", c->aim.width,
                         "sine, cosine, row and column,", 4, err);
}

int mm_config_check(const struct mm_config *c, struct mm_err *err)
{
    if ((c->clip.width ? check_clip(c, err) : check_parts(c, err)) < 0 ||
        (c->vision.layers && check_vision(&c->vision, err) < 0) ||
        (c->text.layers && check_text(&c->text, err) < 0) ||
        (c->connector.kind && check_connector(c, err) < 0) ||
        (c->aim.depth && check_aim(c, err) < 0))
        return -1;
    return 0;
}
