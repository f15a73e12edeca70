/*
 * run.c - the state of a training run, opened fresh or from a checkpoint
 */
#include "train/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/io.h"
#include "base/log.h"
#include "base/par.h"
#include "base/stamp.h"
#include "data/tokenizer.h"
#include "model/rundir.h"
#include "train/fit.h"
#include "train/output.h"

/* ---- data ---- */

/* Pictures in shards are decoded to the size that the encoder takes. */
static int open_packed(const struct mm_run *r, const char *const *paths,
                       size_t n, struct mm_packed **to, struct mm_err *err)
{
    struct mm_preprocess pre;

    mm_preprocess_default(&pre);
    if (r->config.vision.image_size)
        pre.size = r->config.vision.image_size;
    *to = mm_packed_open(paths, n, &pre, err);
    if (!*to)
        return -1;
    if (mm_packed_count(*to) == 0)
        return mm_fail(err, MM_EDATA, "'%s' has no sequences", paths[0]);
    return 0;
}

/* What a step does with pictures that are not of the encoder's size */
static void say_size(const struct mm_run *r, const struct mm_packed_info *info)
{
    const struct mm_vision_config *v = &r->config.vision;
    char note[MM_VISION_NOTE];

    if (v->layers && info->max_images && info->image_size &&
        mm_vision_size_note(v, info->image_size, note))
        mm_log(MM_LOG_WARN, "%s", note);
}

/* Validation data is asked for what the training data is: not after hours */
static int open_val(struct mm_run *r, struct mm_err *err)
{
    const struct mm_objective *o = r->job->objective;
    const struct mm_packed_info *info;

    if (r->recipe.val.n == 0)
        return 0;
    if (open_packed(r, r->recipe.val.v, r->recipe.val.n, &r->val, err) < 0)
        return -1;
    info = mm_packed_info(r->val);
    if (mm_fit_validation(info, mm_packed_info(r->data), err) < 0)
        return -1;
    if (o->fit(&r->config, info, err) < 0 ||
        (o->look && o->look(r->val, err) < 0))
        return mm_fail_in(err, "--val");
    return 0;
}

static int open_data(struct mm_run *r, struct mm_err *err)
{
    const struct mm_job *job = r->job;
    const struct mm_packed_info *info;

    if (job->n_data == 0)
        return mm_fail(err, MM_EUSAGE, "what to train on? name packed shards");
    if (open_packed(r, job->data, job->n_data, &r->data, err) < 0)
        return -1;
    info = mm_packed_info(r->data);
    if (job->config_follows)
        job->objective->adopt(&r->config, info);
    if (job->objective->fit(&r->config, info, err) < 0 ||
        mm_fit_preprocess(&r->preprocess, mm_packed_header(r->data),
                          r->config.vision.image_size, err) < 0 ||
        (job->encoder_dir && r->config.vision.layers &&
         mm_fit_encoder(job->encoder_dir, &r->preprocess, err) < 0) ||
        mm_fit_identify(r->data, r->identity, err) < 0 ||
        (job->objective->look && job->objective->look(r->data, err) < 0) ||
        (job->objective->check &&
         job->objective->check(&r->config, &r->recipe, r->data, err) < 0))
        return -1;
    say_size(r, info);
    return open_val(r, err);
}

/* ---- what must be equal to resume ---- */

/* The members of the model's config beside those of the recipe. */
static int add_config(const struct mm_config *c, struct mm_jw *w,
                      struct mm_err *err)
{
    struct mm_buf text = { 0 };
    struct mm_json_doc doc = { 0 };
    int result;

    mm_config_print(c, &text);
    result = mm_buf_check(&text, err);
    if (result == 0)
        result = mm_json_parse(&doc, text.data, text.len, err);
    if (result == 0)
        for (const struct mm_json *v = doc.root->child; v; v = v->next) {
            mm_jw_key(w, v->key);
            mm_jw_value(w, v);
        }
    mm_json_release(&doc);
    mm_buf_release(&text);
    return result;
}

static int print_fixed(struct mm_run *r, struct mm_err *err)
{
    struct mm_jw w;

    mm_jw_begin(&w, &r->fixed);
    mm_jw_open(&w, '{');
    mm_recipe_print(&r->recipe, &w);
    mm_jw_put_str(&w, "data", r->identity);
    mm_jw_put_str(&w, "MM1_ISA", mm_cpu_level_name(mm_cpu_level()));
    if (*r->job->origin) {
        mm_buf_addc(&r->fixed, ',');
        mm_buf_adds(&r->fixed, r->job->origin);
    }
    if (add_config(&r->config, &w, err) < 0)
        return -1;
    mm_jw_close(&w, '}');
    return mm_buf_check(&r->fixed, err);
}

/* ---- where to begin ---- */

/* 1: from r->from, whose manifest is the caller's then; 0: at step 0 */
static int find_start(struct mm_run *r, struct mm_json_doc *manifest,
                      struct mm_err *err)
{
    const char *dir = r->recipe.output;
    int64_t *steps;
    size_t n;

    if (mm_run_steps(dir, &steps, &n, err) < 0)
        return -1;
    free(steps);
    if (n == 0 && r->recipe.resume == MM_RESUME_MUST)
        return mm_fail(err, MM_ENOINPUT, "'%s' has no checkpoint to go on "
                                         "from",
                       dir);
    if (n && r->recipe.resume == MM_RESUME_NEVER)
        return mm_fail(err, MM_ECONFIG, "'%s' has checkpoints already; name "
                                        "another -o or let it resume",
                       dir);
    if (n == 0)
        return 0;
    if (mm_run_newest(dir, &r->step, manifest, err) < 0)
        return -1;
    mm_run_step_path(&r->from, dir, r->step);
    return 1;
}

static int check_manifest(struct mm_run *r, const struct mm_json *manifest,
                          struct mm_err *err)
{
    const struct mm_json *theirs = mm_json_get(manifest, "config");
    struct mm_json_doc ours;
    int result = mm_json_parse(&ours, r->fixed.data, r->fixed.len, err);

    if (result < 0)
        return -1;
    result = mm_recipe_compare(theirs, ours.root, err);
    mm_json_release(&ours);
    if (result < 0)
        return mm_fail_in(err, "'%s'", r->from.data);
    if (mm_json_int(mm_json_get(manifest, "step"), -1) != r->step)
        return mm_fail(err, MM_EDATA, "'%s' holds another step than its name "
                                      "says",
                       r->from.data);
    r->tokens = mm_json_int(mm_json_get(manifest, "tokens"), 0);
    if (mm_spike_parse(&r->spike, manifest, err) < 0)
        return mm_fail_in(err, "'%s': MANIFEST", r->from.data);
    return 0;
}

static struct mm_model *create(struct mm_run *r, struct mm_err *err)
{
    return r->job->create(r->job->ctx, &r->config, err);
}

/* Adapters beside the model, if it gets any. */
static int adapt(struct mm_run *r, struct mm_err *err)
{
    if (r->recipe.lora.rank == 0)
        return 0;
    r->lora = mm_lora_create(r->model, r->job->fallback_dir, &r->recipe.lora, 1,
                             (uint64_t)r->recipe.seed, err);
    return r->lora ? 0 : -1;
}

/* What learns: the adapters, or else the model. */
static struct mm_model *learner(const struct mm_run *r)
{
    return r->lora ? r->lora->adapter : r->model;
}

static int resume(struct mm_run *r, const struct mm_json *manifest,
                  struct mm_err *err)
{
    if (mm_buf_check(&r->from, err) < 0 ||
        check_manifest(r, manifest, err) < 0)
        return -1;
    r->model = r->recipe.lora.rank ? create(r, err)
                                   : mm_model_load(r->from.data, 1, err);
    if (!r->model || adapt(r, err) < 0 ||
        (r->lora && mm_lora_load(r->lora, r->from.data, err) < 0) ||
        mm_optimizer_init(&r->optimizer, learner(r), &r->recipe,
                          err) < 0 ||
        mm_checkpoint_load_optimizer(&r->optimizer, r->from.data, err) < 0)
        return -1;
    r->saved = r->step;
    mm_log(MM_LOG_INFO, "going on from step %lld", (long long)r->step);
    return 0;
}

static int begin(struct mm_run *r, struct mm_err *err)
{
    r->model = create(r, err);
    if (!r->model || adapt(r, err) < 0)
        return -1;
    return mm_optimizer_init(&r->optimizer, learner(r), &r->recipe,
                             err);
}

static int resume_or_begin(struct mm_run *r, struct mm_err *err)
{
    struct mm_json_doc manifest;
    int found = find_start(r, &manifest, err), result;

    if (found <= 0)
        return found < 0 ? -1 : begin(r, err);
    result = resume(r, manifest.root, err);
    mm_json_release(&manifest);
    return result;
}

/* ---- the tokenizer that goes with the model ---- */

static int is_dir(const char *path)
{
    struct stat st;

    return mm_stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int check_tokenizer(const struct mm_run *r, const char *path,
                           struct mm_err *err)
{
    struct mm_tokenizer *t = mm_tokenizer_load(path, err);
    int same;

    if (!t)
        return -1;
    same = mm_tokenizer_hash(t) == r->config.tokenizer_hash;
    mm_tokenizer_free(t);
    return same ? 0
                : mm_fail(err, MM_ECONFIG, "'%s' is not the tokenizer that "
                                           "made the data",
                          path);
}

static int read_tokenizer(struct mm_run *r, const char *from,
                          struct mm_err *err)
{
    struct mm_buf path = { 0 };
    int result;

    mm_buf_addf(&path, "%s%s", from, is_dir(from) ? "/tokenizer.json" : "");
    result = mm_buf_check(&path, err);
    if (result == 0)
        result = check_tokenizer(r, path.data, err);
    if (result == 0)
        result = mm_read_file(path.data, &r->tokenizer, (size_t)1 << 30, err);
    mm_buf_release(&path);
    return result;
}

static int has_tokenizer(const char *dir)
{
    struct mm_buf path = { 0 };
    struct mm_err err;
    struct stat st;
    int has;

    mm_buf_addf(&path, "%s/tokenizer.json", dir);
    has = mm_buf_check(&path, &err) == 0 && mm_stat(path.data, &st) == 0;
    mm_buf_release(&path);
    return has;
}

static int find_tokenizer(struct mm_run *r, struct mm_err *err)
{
    const char *const places[] = { r->from.data, r->job->fallback_dir };

    if (!r->config.text.layers)
        return 0;
    if (r->recipe.tokenizer)
        return read_tokenizer(r, r->recipe.tokenizer, err);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i] && has_tokenizer(places[i]))
            return read_tokenizer(r, places[i], err);
    if (r->job->needs_tokenizer)
        return mm_fail(err, MM_ENOINPUT, "'%s' has no tokenizer.json; name the "
                                         "data's with --tokenizer",
                       r->job->fallback_dir);
    mm_log(MM_LOG_WARN, "without --tokenizer the model will not know how to "
                        "read text");
    return 0;
}

/* ---- the machinery ---- */

static struct mm_shape worst_shape(const struct mm_run *r, int64_t B)
{
    const struct mm_packed_info *info = mm_packed_info(r->data);
    struct mm_shape s = { (size_t)B, info->seq_len, 0, 0, 0, MM_PATCHES_ALL };

    if (r->config.vision.layers) {
        s.n_views = s.B * info->max_images;
        s.side = info->image_size ? info->image_size : r->preprocess.size;
    }
    return s;
}

static int open_engine(struct mm_run *r, struct mm_err *err)
{
    struct mm_shape worst = worst_shape(r, r->recipe.micro);
    int64_t batch = r->recipe.batch;
    const struct mm_prefetch_plan prefetch = {
        .B = (size_t)batch,
        .micro = (size_t)r->recipe.micro,
        .position = r->step * batch,
        .end = r->recipe.steps * batch,
        .augment = &r->job->augment,
        .seed = (uint64_t)r->recipe.seed
    };

    r->schedule = (struct mm_schedule){ r->recipe.steps, r->recipe.warmup,
                                        r->recipe.floor };
    if (mm_engine_init(&r->engine, r->job->objective, r->model, &r->optimizer,
                       (enum mm_recompute)r->recipe.recompute, &worst,
                       err) < 0)
        return -1;
    if (r->engine.recompute)
        mm_log(MM_LOG_INFO, "layers are run again in the backward pass: %.0f "
                            "MB of activations",
               (double)r->engine.arena_bytes / 1e6);
    memcpy(r->engine.mean, r->preprocess.mean, sizeof r->engine.mean);
    memcpy(r->engine.std, r->preprocess.std, sizeof r->engine.std);
    r->engine.z_loss = (float)r->recipe.z_loss;
    r->engine.seed = (uint64_t)r->recipe.seed;
    r->prefetch = mm_prefetch_open(r->data, &prefetch, err);
    return r->prefetch ? 0 : -1;
}

/* A line for each part that the model has. */
static void say_parts(const struct mm_run *r)
{
    for (int part = MM_PART_ENCODER; part <= MM_PART_LM; part++) {
        size_t n = mm_model_count_part(r->model, (enum mm_part)part);
        size_t pairs = r->lora ? mm_model_count_part(r->lora->adapter,
                                                     (enum mm_part)part)
                               : n;
        int trained = pairs && r->optimizer.trained >> part & 1;

        if (n && trained && r->lora)
            mm_log(MM_LOG_INFO, "%-9s %12zu parameters and %zu of adapters, "
                                "peak rate %.3g",
                   mm_recipe_part(part), n, pairs, r->optimizer.rate[part]);
        else if (n && trained)
            mm_log(MM_LOG_INFO, "%-9s %12zu parameters, peak rate %.3g",
                   mm_recipe_part(part), n, r->optimizer.rate[part]);
        else if (n)
            mm_log(MM_LOG_INFO, "%-9s %12zu parameters, frozen",
                   mm_recipe_part(part), n);
    }
}

static int open_metrics(struct mm_run *r, struct mm_err *err)
{
    struct mm_metrics *m = &r->metrics;

    if (mm_output_make(r->recipe.output, &r->made_dirs, err) < 0 ||
        mm_metrics_init(m, r->recipe.output, err) < 0)
        return -1;
    mm_metrics_begin(m, r->from.data ? "resume" : "start", r->step);
    mm_metrics_int(m, "steps", r->recipe.steps);
    mm_metrics_int(m, "parameters", (int64_t)mm_model_count(r->model));
    mm_metrics_int(m, "sequences", (int64_t)mm_packed_count(r->data));
    mm_metrics_int(m, "threads", mm_par_threads());
    mm_metrics_str(m, "version", mm_version());
    mm_metrics_hold(m);
    return 0;
}

/* ---- open and close ---- */

/* N of equation 1 from the shapes alone. */
static int resolve(struct mm_run *r, struct mm_err *err)
{
    struct mm_model *shapes = mm_model_create(&r->config, 0, 0, err);
    struct mm_shape sequence = worst_shape(r, 1);

    if (!shapes)
        return -1;
    mm_objective_resolve(r->job->objective, &r->config, &r->recipe,
                         mm_model_count_nonembedding(shapes), &sequence);
    mm_model_free(shapes);
    return 0;
}

int mm_run_open(struct mm_run *r, const struct mm_job *job,
                struct mm_err *err)
{
    *r = (struct mm_run){ .job = job, .recipe = job->recipe, .saved = -1 };
    r->config = job->config;
    if (!r->recipe.output)
        return mm_fail(err, MM_EUSAGE, "where to? give a run directory with "
                                       "-o");
    if (mm_recipe_check(&r->recipe, err) < 0 ||
        mm_output_check(r->recipe.output, err) < 0 ||
        mm_watchdog_start(&r->watchdog, r->recipe.watchdog, err) < 0)
        return -1;
    mm_watchdog_work(r->watchdog, MM_WORK_OPEN,
                     "rank 0: opening data and model");
    if (open_data(r, err) < 0 || resolve(r, err) < 0 ||
        print_fixed(r, err) < 0 || resume_or_begin(r, err) < 0)
        return -1;
    if (r->step >= r->recipe.steps)
        return 0;
    if (find_tokenizer(r, err) < 0 ||
        mm_checkpoint_clean(r->recipe.output, err) < 0 ||
        open_engine(r, err) < 0)
        return -1;
    say_parts(r);
    if (open_metrics(r, err) < 0)
        return -1;
    mm_watchdog_rest(r->watchdog);
    return 0;
}

/* What was refused before its first step leaves nothing. */
void mm_run_close(struct mm_run *r)
{
    if (r->step == 0)
        mm_output_undo(r->recipe.output, r->made_dirs);
    mm_watchdog_stop(r->watchdog);
    mm_prefetch_close(r->prefetch);
    mm_engine_release(&r->engine);
    mm_optimizer_release(&r->optimizer);
    mm_lora_free(r->lora);
    mm_model_free(r->model);
    mm_packed_close(r->data);
    mm_packed_close(r->val);
    mm_metrics_release(&r->metrics);
    mm_buf_release(&r->tokenizer);
    mm_buf_release(&r->fixed);
    mm_buf_release(&r->from);
}

struct mm_checkpoint mm_run_checkpoint(const struct mm_run *r)
{
    return (struct mm_checkpoint){
        .model = r->model,
        .lora = r->lora,
        .optimizer = &r->optimizer,
        .recipe = &r->recipe,
        .step = r->step,
        .tokens = r->tokens,
        .spike = &r->spike,
        .sequences = mm_packed_count(r->data),
        .data = r->identity,
        .config = r->fixed.data,
        .history = mm_packed_header(r->data)->history,
        .tokenizer = r->tokenizer.len ? r->tokenizer.data : NULL,
        .tokenizer_bytes = r->tokenizer.len,
        .preprocess = r->config.vision.layers ? &r->preprocess : NULL
    };
}
