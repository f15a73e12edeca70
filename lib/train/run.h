/*
 * run.h - the state of a training run, opened fresh or from a checkpoint
 *
 * Used by trainer.c; programs use trainer.h.
 */
#ifndef MM_TRAIN_RUN_H
#define MM_TRAIN_RUN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/watchdog.h"
#include "data/image.h"
#include "data/packed.h"
#include "model/lora.h"
#include "model/model.h"
#include "train/checkpoint.h"
#include "train/engine.h"
#include "train/metrics.h"
#include "train/optimizer.h"
#include "train/prefetch.h"
#include "train/recipe.h"
#include "train/schedule.h"
#include "train/spike.h"
#include "train/trainer.h"

/* What the watchdog tells apart */
enum { MM_WORK_OPEN,
       MM_WORK_LOAD,
       MM_WORK_COMPUTE,
       MM_WORK_VALIDATE,
       MM_WORK_SAVE };

struct mm_run {
    const struct mm_job *job;
    struct mm_recipe recipe; /* resolved */
    struct mm_config config; /* fitted to the data */
    struct mm_packed *data, *val;
    struct mm_preprocess preprocess;
    struct mm_buf tokenizer; /* text of tokenizer.json; may be empty */
    char identity[17];       /* hash of the data */
    struct mm_buf fixed;     /* JSON object: what decides the result */
    struct mm_buf from;      /* step directory it was resumed from */

    struct mm_model *model;
    struct mm_lora *lora; /* NULL: the model itself learns */
    struct mm_optimizer optimizer;
    struct mm_engine engine;
    struct mm_schedule schedule;
    struct mm_prefetch *prefetch;
    struct mm_metrics metrics;
    size_t made_dirs; /* of -o: the last bytes, folders that this run made */
    struct mm_spike spike;
    struct mm_watchdog *watchdog; /* or NULL */

    int64_t step;   /* done */
    int64_t saved;  /* the step on disk, -1: none */
    int64_t tokens; /* supervised, so far */
};

/* To be closed in any case. */
int mm_run_open(struct mm_run *r, const struct mm_job *job,
                struct mm_err *err);
void mm_run_close(struct mm_run *r);

/* What there is to save now. */
struct mm_checkpoint mm_run_checkpoint(const struct mm_run *r);

#endif
