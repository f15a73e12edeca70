/*
 * config_compare.c - is a part of one model a part of another?
 */
#include "model/config.h"

struct field {
    const char *section, *key;
    double theirs, ours;
};

static int compare(const struct field *f, size_t n, struct mm_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (f[i].theirs < f[i].ours || f[i].theirs > f[i].ours)
            return mm_fail(err, MM_ECONFIG, "%s: %s is %.9g there and %.9g in "
                                            "this model",
                           f[i].section, f[i].key, f[i].theirs, f[i].ours);
    return 0;
}

#define ROW(section, key, member)                                  \
    {                                                              \
        section, key, (double)theirs->member, (double)ours->member \
    }

static int compare_vision(const struct mm_vision_config *theirs,
                          const struct mm_vision_config *ours,
                          struct mm_err *err)
{
    static const char *const acts[] = { "gelu", "quick_gelu" };
    static const char *const kinds[] = { "clip_vision_model",
                                         "aim_vision_model" };
    const char *s = "vision_config";
    const struct field f[] = {
        ROW(s, "num_hidden_layers", layers),
        ROW(s, "hidden_size", width),
        ROW(s, "num_attention_heads", heads),
        ROW(s, "intermediate_size", hidden),
        ROW(s, "patch_size", patch_size),
        ROW(s, "layer_norm_eps", norm_eps),
    };

    if (theirs->kind != ours->kind)
        return mm_fail(err, MM_ECONFIG, "%s: model_type is %s there and %s in "
                                        "this model",
                       s, kinds[theirs->kind], kinds[ours->kind]);
    if (theirs->activation != ours->activation)
        return mm_fail(err, MM_ECONFIG, "%s: hidden_act is %s there and %s in "
                                        "this model",
                       s, acts[theirs->activation], acts[ours->activation]);
    return compare(f, sizeof f / sizeof *f, err);
}

static int compare_connector(const struct mm_config *theirs,
                             const struct mm_config *ours, struct mm_err *err)
{
    const char *s = "connector";
    const struct field f[] = {
        ROW("config.json", "projection_dim", clip.width),
        ROW(s, "depth", connector.depth),
        ROW(s, "hidden_size", connector.width),
        ROW(s, "num_query_tokens", connector.tokens),
    };

    if (theirs->connector.kind != ours->connector.kind)
        return mm_fail(err, MM_ECONFIG, "%s: type is %s there and %s in this "
                                        "model",
                       s, mm_connector_name(theirs->connector.kind),
                       mm_connector_name(ours->connector.kind));
    return compare(f, sizeof f / sizeof *f, err);
}

static int compare_text(const struct mm_config *theirs,
                        const struct mm_config *ours, struct mm_err *err)
{
    static const char *const acts[] = { "gelu", "quick_gelu" };
    const char *s = "text_config";
    int clip = ours->clip.width > 0;
    const struct field f[] = {
        ROW(s, "num_hidden_layers", text.layers),
        ROW(s, "hidden_size", text.width),
        ROW(s, "num_attention_heads", text.heads),
        ROW(s, "num_key_value_heads", text.kv_heads),
        ROW(s, "intermediate_size", text.hidden),
        ROW(s, "vocab_size", text.vocab),
        ROW(s, "num_experts", text.moe.experts),
        ROW(s, "decoder_sparse_step", text.moe.every),
        ROW(s, "moe_intermediate_size", text.moe.hidden),
        ROW(s, "rope_theta", text.rope_theta),
        ROW(s, "max_position_embeddings", text.context),
    };

    if (clip != (theirs->clip.width > 0))
        return mm_fail(err, MM_ECONFIG, "%s: model_type is %s there and %s in "
                                        "this model",
                       s, clip ? "llama" : "clip_text_model",
                       clip ? "clip_text_model" : "llama");
    if (clip && theirs->clip.activation != ours->clip.activation)
        return mm_fail(err, MM_ECONFIG, "%s: hidden_act is %s there and %s in "
                                        "this model",
                       s, acts[theirs->clip.activation],
                       acts[ours->clip.activation]);
    /* rotary positions have no table that would end */
    return compare(f, sizeof f / sizeof *f - (clip ? 0 : 1), err);
}

int mm_config_compare(const struct mm_config *theirs,
                      const struct mm_config *ours, enum mm_part part,
                      struct mm_err *err)
{
    switch (part) {
    case MM_PART_ENCODER:
        if (theirs->vision.layers == 0)
            return mm_fail(err, MM_ECONFIG, "it has no vision_config");
        return compare_vision(&theirs->vision, &ours->vision, err);
    case MM_PART_CONNECTOR:
        return compare_connector(theirs, ours, err);
    case MM_PART_LM:
        if (theirs->text.layers == 0)
            return mm_fail(err, MM_ECONFIG, "it has no text_config");
        return compare_text(theirs, ours, err);
    }
    return 0;
}
