/*
 * pretrain.h - the shape of the model that mm1-pretrain trains, by options
 */
#ifndef MM_PRETRAIN_H
#define MM_PRETRAIN_H

#include <stdint.h>

#include "base/err.h"
#include "model/config.h"
#include "train/objective.h"

/* A shape of 0 is the preset's. */
struct shape {
    int64_t vision_layers, vision_width, vision_heads, vision_hidden;
    int64_t image_size, patch_size;
    int64_t connector_depth, connector_width, image_tokens;
    int64_t layers, width, heads, kv_heads, hidden, context;
    double rope_theta;
    int tied, connector;
    const char *encoder;
    int64_t encoder_layer, connector_heads, head_layers, head_width;
    int activation;
    int64_t experts, expert_every, expert_hidden;
    double capacity, balance, router_z; /* negative: the preset's */
    int dropless;
    int clip_loss;
    int64_t clip_width, text_context;
};

/*
 * A preset (NULL: the objective's) with what the options say otherwise, and
 * only the parts that the objective trains; checked.
 */
int pretrain_config(struct mm_config *c, const struct shape *s,
                    const struct mm_objective *objective, const char *preset,
                    struct mm_err *err);

/* The other way: what the options would say that make this config */
void pretrain_shape(struct shape *s, const struct mm_config *c);

#endif
