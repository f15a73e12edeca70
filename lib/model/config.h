/*
 * config.h - the shape of a model: config.json
 *
 * model_type "mm1" with vision_config, connector and text_config, in Hugging
 * Face's names.  A model may lack the first two (a language model) or the last
 * two (an encoder).  A CLIP has a text tower as text_config, and no connector.
 */
#ifndef MM_MODEL_CONFIG_H
#define MM_MODEL_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

/* Of CLIP, connector: what joins the towers; lm: the text tower */
enum mm_part { MM_PART_ENCODER,
               MM_PART_CONNECTOR,
               MM_PART_LM };

enum mm_activation { MM_ACT_GELU,
                     MM_ACT_QUICK_GELU };

/* What surrounds the blocks of a ViT, see vit.h */
enum mm_vision_kind { MM_VISION_CLIP,
                      MM_VISION_AIM };

/* A ViT; layers 0 means that the model has none. */
struct mm_vision_config {
    size_t layers, width, heads, hidden; /* hidden: of its MLP */
    size_t image_size, patch_size;
    enum mm_activation activation;
    float norm_eps; /* 1e-5, AIM 1e-6 */
    enum mm_vision_kind kind;
    int feature_layer; /* whose output the features are: 1, 2, ... or, from
                          the end, -1, -2, ...; 0: the last */
};

enum mm_connector_kind { MM_CONNECTOR_NONE,
                         MM_CONNECTOR_C_ABSTRACTOR,
                         MM_CONNECTOR_AVGPOOL,
                         MM_CONNECTOR_ATTNPOOL,
                         MM_CONNECTOR_MLP };

/*
 * See connector.h.  Of the C-Abstractor alone: depth and width; 0 with the
 * others.  MM1: 3, 1024, 144.
 */
struct mm_connector_config {
    enum mm_connector_kind kind;
    size_t depth;  /* bottleneck blocks in each of the two stages */
    size_t width;  /* of the bottlenecks */
    size_t tokens; /* image tokens per view, a square number */
    size_t heads;  /* of attnpool; 0 with the others, and where
                      mm_connector_heads() is to choose */
};

/* Experts in place of some MLPs, see moe.h; all 0: a dense decoder. */
struct mm_moe_config {
    size_t experts;        /* each token goes to two */
    size_t every;          /* every k-th layer has them */
    size_t hidden;         /* width of an expert */
    float capacity;        /* rows of an expert, of tokens / experts; 0: all */
    float balance, z_loss; /* weights of the router's losses */
};

enum mm_clip_loss { MM_CLIP_INFONCE,
                    MM_CLIP_SIGLIP };

/*
 * What makes two towers a CLIP, see clip.h: its text tower is described by
 * mm_text_config, of which kv_heads, rope_theta and tied say nothing then.
 */
struct mm_clip_config {
    size_t width;                  /* of the space of both; 0: no CLIP */
    enum mm_activation activation; /* of the text tower */
    enum mm_clip_loss loss;
};

/* A Llama-like decoder; layers 0 means that the model has none. */
struct mm_text_config {
    size_t layers, width, heads, kv_heads, hidden, vocab;
    size_t context; /* max_position_embeddings */
    float rope_theta, norm_eps;
    int tied;                     /* the head is the embedding */
    int32_t bos, eos, pad, image; /* token ids, -1: none */
    struct mm_moe_config moe;
};

/* The head of AIM's pre-training, see aim.h; depth 0: none. */
struct mm_aim_config {
    size_t depth, width;
};

struct mm_config {
    struct mm_vision_config vision;
    struct mm_connector_config connector;
    struct mm_text_config text;
    uint64_t tokenizer_hash; /* of the tokenizer it was trained with; 0: none */
    struct mm_clip_config clip;
    struct mm_aim_config aim;
};

/*
 * mm1-demo and the paper's mm1-9m, 85m, 302m, 1.2b, 2.9b, 6.4b, 30b, 3b-moe,
 * 7b-moe ("mm1-" may be left out; 1b, 3b and 7b name the rounded ones, 64b and
 * 47b those with experts); mm1-clip-demo, b-16, l-14, h-14.  -1 with MM_ECONFIG
 * and the list for an unknown name.
 */
int mm_config_preset(struct mm_config *c, const char *name,
                     struct mm_err *err);

/* The i-th preset's name, NULL after the last. */
const char *mm_config_preset_name(size_t i);

/*
 * The shape of an image encoder, whatever the decoder: vit-tiny, vit-l-14,
 * vit-h-14-378, aim-600m, ...  -1 with MM_ECONFIG and the list for an unknown
 * name.
 */
int mm_vision_preset(struct mm_vision_config *v, const char *name,
                     struct mm_err *err);
const char *mm_vision_preset_name(size_t i);

/* Two towers by name: 0, or -1 when there is none such. */
int mm_clip_preset(struct mm_config *c, const char *name);
const char *mm_clip_preset_name(size_t i);

/* As config.json and --clip-loss name them; NULL after the last. */
const char *mm_clip_loss_name(enum mm_clip_loss loss);

/* As config.json and --connector name them; NULL after the last. */
const char *mm_connector_name(enum mm_connector_kind kind);

/*
 * Experts in a dense decoder, as MM1 has them but for their number: every
 * second layer, as wide as the MLP, capacity 2, losses 0.01 and 0.001.
 */
void mm_config_add_experts(struct mm_text_config *t, size_t experts);

/* Divisibility, ranges, parts that fit each other: MM_ECONFIG. */
int mm_config_check(const struct mm_config *c, struct mm_err *err);

/*
 * Do both have the same part?  MM_ECONFIG names the first field that differs;
 * what only says how the part is used is skipped, as is the size of pictures,
 * which positions are interpolated to.
 */
int mm_config_compare(const struct mm_config *theirs,
                      const struct mm_config *ours, enum mm_part part,
                      struct mm_err *err);

/*
 * A key that we do not know is warned of; one that asks for what we cannot do
 * (a scaled rotary embedding, an unknown activation, ...) is MM_ECONFIG.  The
 * result was checked.
 */
int mm_config_parse(struct mm_config *c, const struct mm_json *root,
                    struct mm_err *err);
void mm_config_print(const struct mm_config *c, struct mm_buf *out);

size_t mm_vision_patches(const struct mm_vision_config *v); /* without class */

/*
 * A line about pictures of this size, where it is not the encoder's own: 1, or
 * 0 where there is nothing to say.
 */
#define MM_VISION_NOTE 200
int mm_vision_size_note(const struct mm_vision_config *v, size_t size,
                        char note[MM_VISION_NOTE]);

/* How many of the layers make the features, by feature_layer. */
size_t mm_vision_depth(const struct mm_vision_config *v);

/*
 * Heads of attnpool where the config does not say: 80 wide where that divides
 * the encoder's width, else 64; where neither does, as many as the encoder's.
 */
size_t mm_connector_heads(const struct mm_config *c);

/* The root of a square number, or 0 when n is none. */
size_t mm_square_side(size_t n);

#endif
