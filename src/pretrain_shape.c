/*
 * pretrain_shape.c - the shape of the model that mm1-pretrain trains
 */
#include "pretrain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOSS_PRESET,
       LOSS_INFONCE,
       LOSS_SIGLIP };
enum { TIED_PRESET,
       TIED_YES,
       TIED_NO };
enum { CONNECTOR_PRESET,            /* then as enum mm_connector_kind */
       CONNECTOR_CABSTRACTOR = 5 }; /* without its hyphen */
enum { ACT_PRESET,
       ACT_GELU,
       ACT_QUICK_GELU };

static void set(size_t *field, int64_t v)
{
    if (v > 0)
        *field = (size_t)v;
}

/* Before other options: another kind begins with what is usual for it. */
static void set_connector(struct mm_config *c, int choice)
{
    struct mm_connector_config *k = &c->connector;

    if (choice == CONNECTOR_CABSTRACTOR)
        choice = MM_CONNECTOR_C_ABSTRACTOR;
    if (choice == CONNECTOR_PRESET || k->kind == (enum mm_connector_kind)choice)
        return;
    *k = (struct mm_connector_config){ .kind = (enum mm_connector_kind)choice,
                                       .tokens = k->tokens };
    if (k->kind == MM_CONNECTOR_MLP)
        k->tokens = mm_vision_patches(&c->vision);
}

static void override_vision(struct mm_config *c, const struct shape *s)
{
    set(&c->vision.layers, s->vision_layers);
    set(&c->vision.width, s->vision_width);
    set(&c->vision.heads, s->vision_heads);
    set(&c->vision.hidden, s->vision_hidden);
    set(&c->vision.image_size, s->image_size);
    set(&c->vision.patch_size, s->patch_size);
    c->vision.feature_layer = (int)s->encoder_layer;
    if (s->activation != ACT_PRESET)
        c->vision.activation = s->activation == ACT_GELU ? MM_ACT_GELU
                                                         : MM_ACT_QUICK_GELU;
}

static void override_clip(struct mm_config *c, const struct shape *s)
{
    if (c->clip.width == 0)
        return;
    set(&c->clip.width, s->clip_width);
    set(&c->text.context, s->text_context);
    if (s->activation != ACT_PRESET)
        c->clip.activation = c->vision.activation;
    if (s->clip_loss != LOSS_PRESET)
        c->clip.loss = s->clip_loss == LOSS_SIGLIP ? MM_CLIP_SIGLIP
                                                   : MM_CLIP_INFONCE;
}

static void override(struct mm_config *c, const struct shape *s)
{
    override_vision(c, s);
    override_clip(c, s);
    set_connector(c, s->connector);
    set(&c->connector.depth, s->connector_depth);
    set(&c->connector.width, s->connector_width);
    set(&c->connector.tokens, s->image_tokens);
    set(&c->connector.heads, s->connector_heads);
    set(&c->aim.depth, s->head_layers);
    set(&c->aim.width, s->head_width);
    set(&c->text.layers, s->layers);
    set(&c->text.width, s->width);
    set(&c->text.heads, s->heads);
    set(&c->text.kv_heads, s->kv_heads);
    set(&c->text.hidden, s->hidden);
    set(&c->text.context, s->context);
    if (s->rope_theta > 0)
        c->text.rope_theta = (float)s->rope_theta;
    if (s->tied != TIED_PRESET)
        c->text.tied = s->tied == TIED_YES;
}

/* The first option of experts that was given, or NULL */
static const char *expert_option(const struct shape *s)
{
    return s->expert_every    ? "expert-every"
           : s->expert_hidden ? "expert-hidden"
           : s->capacity >= 0 ? "capacity-factor"
           : s->balance >= 0  ? "balance-loss"
           : s->router_z >= 0 ? "router-z-loss"
           : s->dropless      ? "dropless"
                              : NULL;
}

/*
 * What was asked of a part that the objective has not.  The sizes of an
 * encoder, a connector or a decoder (layers, widths, heads, image tokens) are
 * passed over, so that one file may describe all stages of a model.
 */
static const char *idle_option(const struct shape *s,
                               const struct mm_objective *objective)
{
    int clip = objective == &mm_objective_clip;
    int aim = objective == &mm_objective_aim;
    int lm = objective == &mm_objective_lm;

    if ((clip || aim) && s->experts)
        return "experts";
    if ((clip || aim) && expert_option(s))
        return expert_option(s);
    if (objective != &mm_objective_mm && s->connector != CONNECTOR_PRESET)
        return "connector";
    if (!clip && s->clip_loss != LOSS_PRESET)
        return "clip-loss";
    if (!clip && (s->clip_width || s->text_context))
        return s->clip_width ? "clip-width" : "text-context";
    if (lm && (s->encoder || s->encoder_layer || s->activation != ACT_PRESET))
        return s->encoder         ? "encoder"
               : s->encoder_layer ? "encoder-layer"
                                  : "vision-act";
    return NULL;
}

static int check_idle(const struct shape *s,
                      const struct mm_objective *objective,
                      struct mm_err *err)
{
    const char *option = idle_option(s, objective);

    if (!option)
        return 0;
    return mm_fail(err, MM_EUSAGE, "option '%s' has no effect with "
                                   "--objective %s; leave it out",
                   option, objective->name);
}

/* A dense preset's layers need not divide by what is usual. */
static int check_every(const struct mm_text_config *t, struct mm_err *err)
{
    size_t every = t->moe.every;

    if (!t->moe.experts || !every || t->layers % every == 0)
        return 0;
    return mm_fail(err, MM_ECONFIG, "one layer of %zu has experts, and that "
                                    "does not divide the %zu layers; give "
                                    "--expert-every 1, or --layers %zu",
                   every, t->layers, (t->layers / every + 1) * every);
}

static int override_experts(struct mm_text_config *t, const struct shape *s,
                            struct mm_err *err)
{
    if (s->experts && !t->moe.experts)
        mm_config_add_experts(t, (size_t)s->experts);
    set(&t->moe.experts, s->experts);
    if (!t->moe.experts && expert_option(s))
        return mm_fail(err, MM_EUSAGE, "option '%s' needs experts; give their "
                                       "number with --experts",
                       expert_option(s));
    if (s->dropless && s->capacity > 0)
        return mm_fail(err, MM_EUSAGE, "options 'dropless' and "
                                       "'capacity-factor' exclude each other");
    set(&t->moe.every, s->expert_every);
    set(&t->moe.hidden, s->expert_hidden);
    if (s->capacity >= 0 || s->dropless)
        t->moe.capacity = s->dropless ? 0 : (float)s->capacity;
    if (s->balance >= 0)
        t->moe.balance = (float)s->balance;
    if (s->router_z >= 0)
        t->moe.z_loss = (float)s->router_z;
    return check_every(t, err);
}

static int check_towers(const struct mm_config *c,
                        const struct mm_objective *objective,
                        const char *preset, struct mm_err *err)
{
    int clip = objective == &mm_objective_clip;

    if (clip == (c->clip.width > 0))
        return 0;
    return mm_fail(err, MM_ECONFIG, "preset '%s' is %s CLIP, and --objective "
                                    "%s takes %s; %s is one",
                   preset, clip ? "no" : "a", objective->name,
                   clip ? "one" : "none", objective->preset);
}

/* ---- faults, by the options that they come from ---- */

static const struct {
    const char *section, *field, *option;
} fields[] = {
    { "vision_config", "num_hidden_layers", "--vision-layers" },
    { "vision_config", "hidden_size", "--vision-width" },
    { "vision_config", "num_attention_heads", "--vision-heads" },
    { "vision_config", "intermediate_size", "--vision-hidden" },
    { "vision_config", "image_size", "--image-size" },
    { "vision_config", "patch_size", "--patch-size" },
    { "vision_feature_layer", "vision_feature_layer", "--encoder-layer" },
    { "connector", "num_query_tokens", "--image-tokens" },
    { "connector", "depth", "--connector-depth" },
    { "connector: hidden_size", "hidden_size", "--connector-width" },
    { "connector", "num_attention_heads", "--connector-heads" },
    { "text_config", "num_hidden_layers", "--layers" },
    { "text_config", "hidden_size", "--width" },
    { "text_config", "num_attention_heads", "--heads" },
    { "text_config", "num_key_value_heads", "--kv-heads" },
    { "text_config", "intermediate_size", "--hidden" },
    { "text_config", "max_position_embeddings", "--context" },
    { "text_config", "num_experts", "--experts" },
    { "text_config", "decoder_sparse_step", "--expert-every" },
    { "text_config", "moe_intermediate_size", "--expert-hidden" },
    { "config.json", "projection_dim", "--clip-width" },
};

/* Is it in text as a word, and no part of a longer name? */
static int names(const char *text, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = text; (p = strstr(p, word)) != NULL; p += n)
        if ((p == text || (p[-1] != '_' && !isalnum((unsigned char)p[-1]))) &&
            p[n] != '_' && !isalnum((unsigned char)p[n]))
            return 1;
    return 0;
}

static int name_options(struct mm_err *err)
{
    char list[128] = "";
    size_t used = 0;

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strncmp(err->msg, fields[i].section,
                    strlen(fields[i].section)) == 0 &&
            names(err->msg, fields[i].field) && used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                     used ? ", " : "", fields[i].option);
    return used ? mm_fail_in(err, "%s", list) : -1;
}

int pretrain_config(struct mm_config *c, const struct shape *s,
                    const struct mm_objective *objective, const char *preset,
                    struct mm_err *err)
{
    preset = preset ? preset : objective->preset;
    if (mm_config_preset(c, preset, err) < 0 ||
        (s->encoder && mm_vision_preset(&c->vision, s->encoder, err) < 0) ||
        check_towers(c, objective, preset, err) < 0 ||
        check_idle(s, objective, err) < 0)
        return -1;
    override(c, s);
    if (override_experts(&c->text, s, err) < 0)
        return -1;
    objective->adapt(c);
    return mm_config_check(c, err) < 0 ? name_options(err) : 0;
}

/* ---- the other way ---- */

/* The decimal number that a preset's float stands for, where none was given */
static void set_preset(double *field, float v)
{
    char text[32];

    if (*field >= 0)
        return;
    snprintf(text, sizeof text, "%.6g", (double)v);
    *field = strtod(text, NULL);
}

static void shape_experts(struct shape *s, const struct mm_moe_config *c)
{
    s->experts = (int64_t)c->experts;
    if (!c->experts)
        return;
    s->expert_every = (int64_t)c->every;
    s->expert_hidden = (int64_t)c->hidden;
    set_preset(&s->capacity, c->capacity);
    set_preset(&s->balance, c->balance);
    set_preset(&s->router_z, c->z_loss);
    s->dropless = c->capacity == 0;
}

static void shape_text(struct shape *s, const struct mm_text_config *c)
{
    s->layers = (int64_t)c->layers;
    s->width = (int64_t)c->width;
    s->heads = (int64_t)c->heads;
    s->kv_heads = (int64_t)c->kv_heads;
    s->hidden = (int64_t)c->hidden;
    s->context = (int64_t)c->context;
    s->rope_theta = (double)c->rope_theta;
    if (c->layers)
        s->tied = c->tied ? TIED_YES : TIED_NO;
    shape_experts(s, &c->moe);
}

static void shape_vision(struct shape *s, const struct mm_vision_config *c)
{
    s->vision_layers = (int64_t)c->layers;
    s->vision_width = (int64_t)c->width;
    s->vision_heads = (int64_t)c->heads;
    s->vision_hidden = (int64_t)c->hidden;
    s->image_size = (int64_t)c->image_size;
    s->patch_size = (int64_t)c->patch_size;
    if (c->layers)
        s->activation = c->activation == MM_ACT_GELU ? ACT_GELU
                                                     : ACT_QUICK_GELU;
}

static void shape_connector(struct shape *s,
                            const struct mm_connector_config *c)
{
    s->connector = (int)c->kind;
    s->connector_depth = (int64_t)c->depth;
    s->connector_width = (int64_t)c->width;
    s->connector_heads = (int64_t)c->heads;
    s->image_tokens = (int64_t)c->tokens;
}

void pretrain_shape(struct shape *s, const struct mm_config *c)
{
    shape_text(s, &c->text);
    shape_vision(s, &c->vision);
    if (c->connector.tokens) {
        shape_connector(s, &c->connector);
        s->encoder_layer = c->vision.feature_layer ? c->vision.feature_layer
                                                   : -1;
    }
    s->head_layers = (int64_t)c->aim.depth;
    s->head_width = (int64_t)c->aim.width;
    s->clip_width = (int64_t)c->clip.width;
    if (!c->clip.width)
        return;
    s->text_context = (int64_t)c->text.context;
    s->clip_loss = c->clip.loss == MM_CLIP_SIGLIP ? LOSS_SIGLIP
                                                  : LOSS_INFONCE;
}
