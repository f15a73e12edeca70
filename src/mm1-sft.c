/*
 * mm1-sft.c - a model learns to answer: supervised fine-tuning
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/stamp.h"
#include "data/image.h"
#include "model/lora.h"
#include "model/model.h"
#include "model/rundir.h"
#include "tool.h"
#include "train/plan.h"
#include "train/recipe.h"
#include "train/trainer.h"

struct options {
    struct mm_common common;
    struct mm_recipe recipe;
    const char *model;
    double gflops; /* of the plan */
    int64_t image_size;
};

#define AT(field) offsetof(struct options, field)

/* clang-format off */
#define SFT_OPTIONS \
    { 'm', "model", MM_OPT_STR, AT(model), "dir", NULL, \
      "model or run directory to start from", 0, 0, NULL, 0 }, \
    MM_RECIPE_OPTIONS(struct options, "256", "10000", "1e-5", "0", "0", \
                      "adafactor"), \
    { 0, "lora", MM_OPT_INT, AT(recipe.lora.rank), "rank", "0", \
      "learn adapters of this rank, the model stays; 0: none", \
      0, 65536, NULL, 0 }, \
    { 0, "lora-alpha", MM_OPT_NUM, AT(recipe.lora.alpha), "x", "0", \
      "their scale is x by the rank; 0: 1", 0, 1e6, NULL, 0 }, \
    { 0, "lora-targets", MM_OPT_STR, AT(recipe.lora.targets), "a,b", \
      MM_LORA_TARGETS, "linear maps that get one: parts or modules", \
      0, 0, NULL, 0 }, \
    { 0, "image-size", MM_OPT_INT, AT(image_size), "pixels", "0", \
      "interpolate the encoder's positions to this size; 0: as they are", \
      0, MM_IMAGE_MAX_SIZE, NULL, 0 }
/* clang-format on */

static const struct mm_opt opts[] = {
    SFT_OPTIONS,
    { 0 }
};

static const struct mm_opt plan_opts[] = {
    SFT_OPTIONS,
    { 0, "gflops", MM_OPT_NUM, AT(gflops), "n", "0",
      "speed of the machine in GFLOP/s; 0: measure it", 0, 1e12, NULL, 0 },
    { 0 }
};
#undef AT

/* The directory of the model, and what the job has from it. */
struct start {
    const struct options *options;
    struct mm_buf dir, origin;
};

static struct mm_model *create(void *ctx, const struct mm_config *c,
                               struct mm_err *err)
{
    const struct start *s = ctx;
    int trainable = s->options->recipe.lora.rank == 0;
    struct mm_model *m, *resized;

    if (s->options->image_size == 0)
        return mm_model_load(s->dir.data, trainable, err);
    m = mm_model_load(s->dir.data, 0, err);
    if (!m)
        return NULL;
    resized = mm_model_at_image_size(m, c->vision.image_size, trainable, err);
    mm_model_free(m);
    return resized;
}

/* The config of the model at this size, if that is possible */
static int set_image_size(struct mm_config *c, size_t size, struct mm_err *err)
{
    size_t patch = c->vision.patch_size;

    if (c->vision.layers == 0)
        return mm_fail(err, MM_ECONFIG, "--image-size: the model takes no "
                                        "pictures");
    if (size % patch != 0)
        return mm_fail(err, MM_ECONFIG,
                       "--image-size %zu is not cut whole by patches of %zu; "
                       "%zu is",
                       size, patch, (size / patch + 1) * patch);
    c->vision.image_size = size;
    return mm_config_check(c, err);
}

static int find_model(const struct options *o, struct mm_buf *dir,
                      struct mm_config *c, struct mm_err *err)
{
    if (!o->model)
        return mm_fail(err, MM_EUSAGE, "which model? give one with -m");
    if (!o->recipe.lora.rank && o->recipe.lora.alpha > 0)
        return mm_fail(err, MM_EUSAGE, "--lora-alpha is for --lora RANK");
    if (!o->recipe.lora.rank &&
        strcmp(o->recipe.lora.targets, MM_LORA_TARGETS) != 0)
        return mm_fail(err, MM_EUSAGE, "--lora-targets is for --lora RANK");
    if (o->image_size && o->recipe.lora.rank)
        return mm_fail(err, MM_EUSAGE, "--image-size makes another model, but "
                                       "--lora keeps the one it is of");
    if (mm_model_dir(o->model, dir, err) < 0 ||
        mm_config_load(c, dir->data, err) < 0)
        return -1;
    return o->image_size ? set_image_size(c, (size_t)o->image_size, err) : 0;
}

static int prepare(struct start *s, struct mm_job *job, struct mm_err *err)
{
    struct mm_jw w;

    mm_jw_begin(&w, &s->origin);
    mm_jw_put_str(&w, "model", s->options->model);
    if (mm_buf_check(&s->origin, err) < 0 ||
        find_model(s->options, &s->dir, &job->config, err) < 0)
        return -1;
    job->origin = s->origin.data;
    job->fallback_dir = s->dir.data;
    job->encoder_dir = s->dir.data;
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

/* ---- plan ---- */

static int run_plan(const void *options, int argc, char **argv,
                    struct mm_err *err)
{
    const struct options *o = options;
    struct mm_recipe r = o->recipe;
    struct mm_buf text = { 0 };
    struct mm_config c;
    struct mm_plan_data d;
    struct mm_plan plan;
    int result = find_model(o, &text, &c, err);

    mm_buf_clear(&text);
    if (result == 0 && argc == 0)
        result = mm_fail(err, MM_EUSAGE, "a plan for what? name packed "
                                         "shards");
    if (result == 0)
        result = mm_plan_look(&d, &mm_objective_mm, &c,
                              (const char *const *)argv, (size_t)argc, &r, err);
    if (result == 0)
        result = mm_plan_make(&plan, &mm_objective_mm, &c, &r, &d, o->gflops,
                              err);
    if (result == 0) {
        mm_plan_print(&plan, &r, &text);
        result = mm_buf_check(&text, err);
    }
    if (result == 0)
        fwrite(text.data, 1, text.len, stdout);
    mm_buf_release(&text);
    return result;
}

/* ---- merge ---- */

struct merge_options {
    struct mm_common common;
    const char *output;
};

static const struct mm_opt merge_opts[] = {
    { 'o', "output", MM_OPT_STR, offsetof(struct merge_options, output), "dir",
      NULL, "the model's directory; must not be there yet", 0, 0, NULL,
      MM_OPT_QUIET },
    { 0 }
};

/* A file that goes with the model, where there is one. */
static int copy_file(const char *from, const char *to, const char *name,
                     struct mm_err *err)
{
    struct mm_buf path = { 0 }, bytes = { 0 };
    struct stat st;
    int result;

    mm_buf_addf(&path, "%s/%s", from, name);
    result = mm_buf_check(&path, err);
    if (result == 0 && mm_stat(path.data, &st) == 0) {
        result = mm_read_file(path.data, &bytes, (size_t)1 << 30, err);
        mm_buf_clear(&path);
        mm_buf_addf(&path, "%s/%s", to, name);
        if (result == 0)
            result = mm_buf_check(&path, err);
        if (result == 0)
            result = mm_write_file(path.data, bytes.data ? bytes.data : "",
                                   bytes.len, err);
    }
    mm_buf_release(&path);
    mm_buf_release(&bytes);
    return result;
}

static int write_stamp(const char *dir, struct mm_err *err)
{
    struct mm_buf path = { 0 }, text = { 0 };
    int result;

    mm_buf_addf(&path, "%s/mm1.json", dir);
    mm_buf_adds(&text, "{\"stamp\":");
    mm_buf_adds(&text, mm_stamp());
    mm_buf_adds(&text, "}\n");
    result = mm_buf_check(&path, err) < 0 ? -1 : mm_buf_check(&text, err);
    if (result == 0)
        result = mm_write_file(path.data, text.data, text.len, err);
    mm_buf_release(&path);
    mm_buf_release(&text);
    return result;
}

static int fill_dir(const struct mm_model *m, const char *from,
                    const char *dir, struct mm_err *err)
{
    static const char *const names[] = { "tokenizer.json",
                                         MM_PREPROCESS_FILE };

    if (mm_remove_tree(dir, err) < 0 || mm_model_save(m, dir, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (copy_file(from, dir, names[i], err) < 0)
            return -1;
    return write_stamp(dir, err) < 0 ? -1 : mm_fsync_dir(dir, err);
}

/* Under a name of its own until it is whole. */
static int save_merged(const struct mm_model *m, const char *from,
                       const char *output, struct mm_err *err)
{
    struct mm_buf tmp = { 0 };
    struct mm_err ignored;
    int result;

    mm_buf_addf(&tmp, "%s.tmp.%ld", output, (long)getpid());
    result = mm_buf_check(&tmp, err);
    if (result == 0)
        result = fill_dir(m, from, tmp.data, err);
    if (result == 0 && mm_io.rename(tmp.data, output) < 0)
        result = mm_fail_errno(err, "cannot rename to '%s'", output);
    if (result < 0 && tmp.data)
        mm_remove_tree(tmp.data, &ignored);
    mm_buf_release(&tmp);
    return result;
}

/* Also one that peft made, which has no config.json. */
static int adapter_dir(const char *adapter, struct mm_buf *dir,
                       struct mm_err *err)
{
    struct stat st;
    int is;

    mm_buf_addf(dir, "%s/config.json", adapter);
    if (mm_buf_check(dir, err) < 0)
        return -1;
    is = mm_lora_is_dir(adapter) && mm_stat(dir->data, &st) < 0;
    mm_buf_clear(dir);
    if (!is)
        return mm_model_dir(adapter, dir, err);
    mm_buf_adds(dir, adapter);
    return mm_buf_check(dir, err);
}

static int merge(const char *base, const char *adapter, const char *output,
                 struct mm_err *err)
{
    struct mm_buf dir = { 0 };
    struct mm_model *m = NULL;
    int result = adapter_dir(adapter, &dir, err);

    if (result == 0 && !mm_lora_is_dir(dir.data))
        result = mm_fail(err, MM_ENOINPUT, "'%s' is no adapter: it has no "
                                           "'%s'",
                         adapter, MM_LORA_CONFIG);
    if (result == 0)
        m = mm_lora_load_merged(dir.data, base, 0, err);
    result = m ? save_merged(m, dir.data, output, err) : -1;
    if (result == 0)
        mm_log(MM_LOG_INFO, "'%s' is '%s' with '%s' folded in", output, base,
               adapter);
    mm_model_free(m);
    mm_buf_release(&dir);
    return result;
}

static int run_merge(const void *options, int argc, char **argv,
                     struct mm_err *err)
{
    const struct merge_options *o = options;
    struct stat st;

    if (argc != 2)
        return mm_fail(err, MM_EUSAGE, "merge wants two directories: the base "
                                       "and the adapter");
    if (!o->output)
        return mm_fail(err, MM_EUSAGE, "where to? give a directory with -o");
    if (mm_stat(o->output, &st) == 0)
        return mm_fail(err, MM_ECONFIG, "'%s' is there already; name another "
                                        "-o",
                       o->output);
    return merge(argv[0], argv[1], o->output, err);
}

/* ---- print-config ---- */

/* What follows from the model, its N and what that decides, stays open. */
static int resolve(const struct mm_verb *verb, void *options,
                   struct mm_err *err)
{
    struct mm_recipe *r = &((struct options *)options)->recipe;
    double z_loss;

    (void)err;
    if (verb->opts == merge_opts || r->lr == 0)
        return 0;
    z_loss = r->z_loss;
    mm_recipe_resolve(r, 0);
    r->z_loss = z_loss;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct mm_verb verbs[] = {
        { "plan", "shard ...", "say what a run will take, before it starts",
          plan_opts, sizeof(struct options), run_plan },
        { "merge", "base adapter", "fold adapters into the model they are of",
          merge_opts, sizeof(struct merge_options), run_merge },
        { NULL, "shard ...", "fine-tune a model on packed shards", opts,
          sizeof(struct options), run },
        { 0 }
    };
    static const struct mm_program program = {
        .name = "mm1-sft",
        .summary = "supervised fine-tuning",
        .verbs = verbs,
        .resolve = resolve
    };

    return tool_main(&program, argc, argv);
}
