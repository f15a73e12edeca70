/*
 * mm1-sft.c - a model learns to answer: supervised fine-tuning
 */
#include <stddef.h>

#include "base/buf.h"
#include "base/json.h"
#include "model/model.h"
#include "model/rundir.h"
#include "tool.h"
#include "train/recipe.h"
#include "train/trainer.h"

struct options {
    struct mm_common common;
    struct mm_recipe recipe;
    const char *model;
};

static const struct mm_opt opts[] = {
    { 'm', "model", MM_OPT_STR, offsetof(struct options, model), "dir", NULL,
      "model or run directory to start from", 0, 0, NULL, 0 },
    MM_RECIPE_OPTIONS(struct options, "256", "10000", "1e-5", "0", "0"),
    { 0 }
};

/* The directory of the model, and what the job has from it. */
struct start {
    const struct options *options;
    struct mm_buf dir, origin;
};

static struct mm_model *create(void *ctx, const struct mm_config *c,
                               struct mm_err *err)
{
    const struct start *s = ctx;

    (void)c; /* that of the directory */
    return mm_model_load(s->dir.data, 1, err);
}

static int prepare(struct start *s, struct mm_job *job, struct mm_err *err)
{
    const char *model = s->options->model;
    struct mm_jw w;

    if (!model)
        return mm_fail(err, MM_EUSAGE, "which model? give one with -m");
    mm_jw_begin(&w, &s->origin);
    mm_jw_key(&w, "model");
    mm_jw_str(&w, model);
    if (mm_buf_check(&s->origin, err) < 0 ||
        mm_model_dir(model, &s->dir, err) < 0 ||
        mm_config_load(&job->config, s->dir.data, err) < 0)
        return -1;
    job->origin = s->origin.data;
    job->fallback_dir = s->dir.data;
    job->needs_tokenizer = 1;
    return 0;
}

static int run(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct options *o = options;
    struct start start = { .options = o };
    struct mm_job job = { .objective = &mm_objective_mm,
                          .recipe = o->recipe,
                          .data = (const char *const *)argv,
                          .n_data = (size_t)argc,
                          .create = create,
                          .ctx = &start };
    int result = prepare(&start, &job, err);

    if (result == 0)
        result = mm_train(&job, err);
    mm_buf_release(&start.dir);
    mm_buf_release(&start.origin);
    return result;
}

int main(int argc, char **argv)
{
    static const struct mm_verb verbs[] = {
        { NULL, "shard ...", "fine-tune a model on packed shards", opts,
          sizeof(struct options), run },
        { 0 }
    };
    static const struct mm_program program = {
        "mm1-sft", "supervised fine-tuning", verbs, NULL
    };

    return tool_main(&program, argc, argv);
}
