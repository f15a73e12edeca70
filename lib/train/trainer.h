/*
 * trainer.h - a whole training run: data and a model to checkpoints
 *
 * What mm1-pretrain and mm1-sft share.  A run can be stopped and killed at any
 * time and resumes from its newest checkpoint as if it had not been.
 */
#ifndef MM_TRAIN_TRAINER_H
#define MM_TRAIN_TRAINER_H

#include <stddef.h>

#include "base/err.h"
#include "model/model.h"
#include "train/objective.h"
#include "train/recipe.h"

/* What is to be trained; all borrowed. */
struct mm_job {
    const struct mm_objective *objective;
    struct mm_recipe recipe;
    const char *const *data; /* packed shards, read one after the other */
    size_t n_data;
    struct mm_config config;   /* the model's */
    int config_follows;        /* the data says vocabulary and special tokens */
    const char *origin;        /* JSON members: what else decides the result */
    const char *fallback_dir;  /* model that lends its tokenizer, or NULL */
    const char *encoder_dir;   /* model whose encoder it is, or NULL */
    int needs_tokenizer;       /* the result is of no use without */
    struct mm_augment augment; /* changes of the data; stands in origin, too */

    /*
     * With adapters (recipe.lora) the model needs no gradients, and lies at
     * fallback_dir.
     */

    /*
     * The model at step 0, trainable; not called when a run without adapters is
     * resumed.
     */
    struct mm_model *(*create)(void *ctx, const struct mm_config *c,
                               struct mm_err *err);
    void *ctx;
};

/*
 * Train to the last step.  MM_ESTOP: a signal came and a checkpoint was made;
 * MM_EDIVERGE: numbers left the finite, the last checkpoint is as it was.
 */
int mm_train(const struct mm_job *job, struct mm_err *err);

#endif
