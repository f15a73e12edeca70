/*
 * lora.h - adapters of low rank beside the weights of a model (LoRA,
 * arXiv 2106.09685)
 *
 * The model stays as it is: each chosen linear map w [O,D] gets a pair a [r,D],
 * b [O,r], and works as w + alpha/r b a (tensor/linear.h).  Only the pairs have
 * gradients and optimizer state.  a begins as peft's does, uniform within
 * +-1/sqrt(D), and b at 0, so that training begins at the model.
 *
 * On disk: adapter_config.json and adapter_model.safetensors as peft writes
 * them (names base_model.model.MODULE.lora_A.weight and lora_B), beside the
 * model's config.json.  "mm1_base" in the config is the hash of the weights
 * that the pairs belong to.
 */
#ifndef MM_MODEL_LORA_H
#define MM_MODEL_LORA_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/model.h"
#include "tensor/linear.h"

#define MM_LORA_CONFIG "adapter_config.json"
#define MM_LORA_WEIGHTS "adapter_model.safetensors"
#define MM_LORA_TARGETS "lm"

struct mm_lora_config {
    int64_t rank; /* 0: no adapters */
    double alpha; /* 0: the rank, a scale of 1 */
    /*
     * Linear maps, with commas between: a part (encoder, connector, lm: all of
     * it), or the end of a module's name, which is of the decoder unless a part
     * and a dot stand in front: "lm", "q_proj,v_proj,connector".
     */
    const char *targets;
};

struct mm_lora {
    struct mm_model *base;    /* borrowed; its weights carry the updates */
    struct mm_model *adapter; /* owned: pairs as params, weights and grads */
    struct mm_low_rank *updates;
    size_t *of; /* [n] which parameter of the base */
    size_t n;
    int64_t rank;
    double alpha;
    char hash[17]; /* of the base's weights; "" in a plan */
    char *path;    /* where the base lies */
};

/*
 * Adapters of a model, random by the seed, attached to it.  Without data they
 * are shapes for a plan, as the base then is.  path: where the base lies (or
 * NULL).  MM_EUSAGE for a target that the model has not.
 */
struct mm_lora *mm_lora_create(struct mm_model *base, const char *path,
                               const struct mm_lora_config *c, int data,
                               uint64_t seed, struct mm_err *err);
void mm_lora_free(struct mm_lora *l); /* before its base; NULL: nothing */

/*
 * Fold the pairs into the base's weights, and detach them.  MM_EDATA where that
 * gives what is not finite; the base is of no use then.
 */
int mm_lora_merge(struct mm_lora *l, struct mm_err *err);

/* ---- files ---- */

int mm_lora_is_dir(const char *dir); /* has it an adapter_config.json? */

/* adapter_config.json as text */
void mm_lora_print(const struct mm_lora *l, struct mm_buf *out);

/*
 * The pairs of a directory into adapters of the same shape.  MM_ECONFIG where
 * they belong to another base, or are of another rank or other targets;
 * MM_EDATA names a tensor that is not finite.
 */
int mm_lora_load(struct mm_lora *l, const char *dir, struct mm_err *err);

/*
 * The model of an adapter directory, merged.  base: a model directory, or NULL
 * for the one that the adapter names, as it is or seen from the folder in
 * which its run lies.
 */
struct mm_model *mm_lora_load_merged(const char *dir, const char *base,
                                     int trainable, struct mm_err *err);

#endif
