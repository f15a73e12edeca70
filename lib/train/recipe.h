/*
 * recipe.h - the settings of a training run
 *
 * The trainers share them, so the rows of their option tables stand here once.
 * Fields that are 0 (-1: warmup) by default are resolved before the run.
 */
#ifndef MM_TRAIN_RECIPE_H
#define MM_TRAIN_RECIPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/opt.h"
#include "model/lora.h"
#include "model/model.h"

enum mm_resume { MM_RESUME_AUTO,
                 MM_RESUME_NEVER,
                 MM_RESUME_MUST };

/* Are activations made again in the backward pass, instead of kept? */
enum mm_recompute { MM_RECOMPUTE_AUTO,
                    MM_RECOMPUTE_NONE,
                    MM_RECOMPUTE_BLOCK };

enum mm_optimizer_kind { MM_ADAMW,
                         MM_ADAFACTOR };

struct mm_recipe {
    /* what decides the result */
    int64_t batch, micro; /* sequences of a step, and computed at a time */
    int64_t steps, warmup;
    int64_t seed;
    double lr, lr_encoder, lr_connector; /* peaks */
    int old_connector;                   /* it is another model's */
    double floor;                        /* of the peak, at the last step */
    double decay;                        /* of the peak */
    double beta1, beta2, epsilon, clip, z_loss;
    int optimizer;     /* enum mm_optimizer_kind */
    const char *train; /* parts, "encoder,lm"; NULL: all */
    int skip_on_spike; /* drop a batch that is one, see spike.h */
    double spike_sigma;
    struct mm_lora_config lora;
    /* what does not */
    const char *output;    /* run directory */
    const char *tokenizer; /* file or directory, or NULL */
    struct mm_strs val;    /* packed shards */
    int64_t save_every, keep, eval_every, eval_max;
    int resume;
    int recompute;   /* enum mm_recompute */
    double watchdog; /* seconds, see base/watchdog.h */
};

/* clang-format off */
#define MM_RECIPE_ROW(type, letter, name, kind, field, arg, def, help, ...) \
    { letter, name, kind, offsetof(type, recipe.field), arg, def, help, \
      __VA_ARGS__ }

/* Rows for an options struct with a member `struct mm_recipe recipe`. */
#define MM_RECIPE_OPTIONS(type, batch_, steps_, lr_, floor_, decay_, \
                          optimizer_) \
    MM_RECIPE_ROW(type, 'o', "output", MM_OPT_STR, output, "dir", NULL, \
        "run directory, for checkpoints and metrics", \
        0, 0, NULL, MM_OPT_QUIET), \
    MM_RECIPE_ROW(type, 0, "resume", MM_OPT_CHOICE, resume, "when", "auto", \
        "go on from the newest checkpoint", \
        0, 0, "auto|never|must", MM_OPT_QUIET), \
    MM_RECIPE_ROW(type, 0, "tokenizer", MM_OPT_STR, tokenizer, "path", NULL, \
        "tokenizer.json to put beside the model", \
        0, 0, NULL, MM_OPT_QUIET), \
    MM_RECIPE_ROW(type, 0, "steps", MM_OPT_INT, steps, "n", steps_, \
        "optimizer steps", 1, 1e12, NULL, 0), \
    MM_RECIPE_ROW(type, 'b', "batch", MM_OPT_INT, batch, "n", batch_, \
        "sequences of a step", 1, 1e6, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "micro-batch", MM_OPT_INT, micro, "n", "0", \
        "sequences computed at a time; 0: as many as have 4096 tokens", \
        0, 1e6, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "lr", MM_OPT_NUM, lr, "rate", lr_, \
        "peak learning rate; 0: by MM1's equation 1", 0, 10, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "lr-encoder", MM_OPT_NUM, lr_encoder, "rate", "0", \
        "the same for the image encoder; 0: that of --lr", 0, 10, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "lr-connector", MM_OPT_NUM, lr_connector, "rate", \
        "0", "the same for the connector; 0: that of --lr", \
        0, 10, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "lr-floor", MM_OPT_NUM, floor, "fraction", floor_, \
        "of the peak, at the last step", 0, 1, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "warmup", MM_OPT_INT, warmup, "n", "-1", \
        "steps of linear warm-up; -1: 2000, at most a tenth of all", \
        -1, 1e12, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "weight-decay", MM_OPT_NUM, decay, "fraction", \
        decay_, "weight decay, as a fraction of the rate", 0, 10, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "optimizer", MM_OPT_CHOICE, optimizer, "name", \
        optimizer_, "how gradients become updates", 0, 0, \
        "adamw|adafactor", 0), \
    MM_RECIPE_ROW(type, 0, "train", MM_OPT_STR, train, "parts", \
        "encoder,connector,lm", "parts that learn, the others stay", \
        0, 0, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "beta1", MM_OPT_NUM, beta1, "x", "0.9", \
        "memory of the mean of gradients", 0, 0.999999, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "beta2", MM_OPT_NUM, beta2, "x", "0.95", \
        "memory of AdamW's mean of squares", 0, 0.999999, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "epsilon", MM_OPT_NUM, epsilon, "x", "1e-8", \
        "AdamW's guard against division by nothing", 1e-30, 1, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "clip", MM_OPT_NUM, clip, "norm", "1", \
        "largest norm of the gradient; 0: any", 0, 1e9, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "z-loss", MM_OPT_NUM, z_loss, "x", "-1", \
        "weight of the squared log of the softmax's sum; -1: by the size", \
        -1, 1, NULL, 0), \
    MM_RECIPE_ROW(type, 's', "seed", MM_OPT_INT, seed, "n", "1", \
        "seed of the initial weights", 0, 9e15, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "val", MM_OPT_LIST, val, "shard", NULL, \
        "packed shard of held-out data; may be repeated", \
        0, 0, NULL, MM_OPT_QUIET), \
    MM_RECIPE_ROW(type, 0, "eval-every", MM_OPT_INT, eval_every, "n", "500", \
        "steps between validations; 0: only at the end", \
        0, 1e12, NULL, MM_OPT_QUIET), \
    MM_RECIPE_ROW(type, 0, "eval-max", MM_OPT_INT, eval_max, "n", "0", \
        "sequences of a validation; 0: all", 0, 1e12, NULL, MM_OPT_QUIET), \
    MM_RECIPE_ROW(type, 0, "save-every", MM_OPT_INT, save_every, "n", "500", \
        "steps between checkpoints; 0: only at the end", \
        0, 1e12, NULL, MM_OPT_QUIET), \
    MM_RECIPE_ROW(type, 0, "keep", MM_OPT_INT, keep, "n", "2", \
        "checkpoints to keep", 2, 1e9, NULL, MM_OPT_QUIET), \
    MM_RECIPE_ROW(type, 0, "recompute", MM_OPT_CHOICE, recompute, "what", \
        "auto", "layers run again in backward, for memory; auto: if need be", \
        0, 0, "auto|none|block", MM_OPT_QUIET), \
    MM_RECIPE_ROW(type, 0, "skip-on-spike", MM_OPT_FLAG, skip_on_spike, NULL, \
        NULL, "make no update from a batch whose loss or gradient is a spike", \
        0, 0, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "spike-sigma", MM_OPT_NUM, spike_sigma, "x", "6", \
        "deviations over the mean that make a spike; 0: none are looked for", \
        0, 1e9, NULL, 0), \
    MM_RECIPE_ROW(type, 0, "watchdog", MM_OPT_NUM, watchdog, "seconds", "0", \
        "end a run that hangs so long; 0: ten times the usual; -1: never", \
        -1, 1e9, NULL, MM_OPT_QUIET)
/* clang-format on */

/*
 * Fill in what is 0 or -1: the rates (N of equation 1 is the model's), the
 * warm-up and the z-loss.  Where lr is 0 by default, a fresh connector gets at
 * least 8e-5 (MM1, appendix B.1), another model's lr; z-loss is 1e-4 for the
 * largest decoder, of 30B (ibid.), and none for others.
 */
void mm_recipe_resolve(struct mm_recipe *r, size_t n_nonembedding);

/*
 * Sequences that are computed at a time, each of `rows` rows: its tokens, or
 * what else its largest matrix has.  By default enough to keep the products
 * large and no more, and the same on every machine: sums of gradients, and so
 * their bits, depend on it.
 */
int64_t mm_recipe_micro(const struct mm_recipe *r, size_t rows);

/* MM_EUSAGE when `train` names none of the parts, or none at all. */
int mm_recipe_check(const struct mm_recipe *r, struct mm_err *err);

/* "encoder", "connector", "lm", by enum mm_part */
const char *mm_recipe_part(int part);

/* The parts of a checked recipe that are trained: bits 1 << enum mm_part. */
unsigned mm_recipe_trained(const struct mm_recipe *r);

/* The members of a manifest's "config" that stand here, into an object. */
void mm_recipe_print(const struct mm_recipe *r, struct mm_jw *w);

/*
 * Compare the config of a checkpoint with this run's: MM_ECONFIG names the
 * first key that differs and both values.
 */
int mm_recipe_compare(const struct mm_json *theirs, const struct mm_json *ours,
                      struct mm_err *err);

#endif
