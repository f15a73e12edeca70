/*
 * checkpoint.h - a step on disk: saved whole, read back, pruned
 *
 * The protocol is that of mm1-checkpoint(5).  Whatever fails and whenever the
 * machine stops, the steps that were there before stay as they were.
 */
#ifndef MM_TRAIN_CHECKPOINT_H
#define MM_TRAIN_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "data/image.h"
#include "model/lora.h"
#include "model/model.h"
#include "train/optimizer.h"
#include "train/recipe.h"
#include "train/spike.h"

/* What a step consists of; all borrowed. */
struct mm_checkpoint {
    const struct mm_model *model;
    const struct mm_lora *lora; /* its adapters are saved alone; or NULL */
    const struct mm_optimizer *optimizer;
    const struct mm_recipe *recipe;
    int64_t step;
    int64_t tokens; /* supervised, so far */
    const struct mm_spike *spike;
    size_t sequences;      /* of the data */
    const char *data;      /* its hash */
    const char *config;    /* JSON object: what must be equal to resume */
    const char *history;   /* of the data, JSON array */
    const char *tokenizer; /* text of tokenizer.json, or NULL */
    size_t tokenizer_bytes;
    const struct mm_preprocess *preprocess; /* or NULL */
};

/* Into run_dir, which is made if missing. */
int mm_checkpoint_save(const struct mm_checkpoint *c, const char *run_dir,
                       struct mm_err *err);

/*
 * Verify the step just saved by reading it, then remove older ones but for the
 * newest `keep` (at least 2) that verify.
 */
int mm_checkpoint_prune(const char *run_dir, int64_t newest, size_t keep,
                        struct mm_err *err);

/* Remove what killed runs left: step-*.tmp.* */
int mm_checkpoint_clean(const char *run_dir, struct mm_err *err);

/* The optimizer's state from a verified step directory. */
int mm_checkpoint_load_optimizer(struct mm_optimizer *o, const char *dir,
                                 struct mm_err *err);

#endif
