/*
 * checkpoint.c - a step on disk: saved whole
 */
#include "train/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "model/manifest.h"
#include "model/rundir.h"
#include "model/safetensors.h"

#define SLACK ((uint64_t)1 << 20) /* beside the arrays */

/* The directory that is being written. */
struct saving {
    const struct mm_checkpoint *c;
    struct mm_manifest files;
    struct mm_buf tmp, final, aside; /* aside: a former step of this number */
    struct mm_buf path;              /* scratch */
};

/* ---- files of the directory ---- */

static struct mm_out *open_file(struct saving *s, const char *name,
                                struct mm_err *err)
{
    struct mm_out *out;

    mm_buf_clear(&s->path);
    mm_buf_addf(&s->path, "%s/%s", s->tmp.data, name);
    if (mm_buf_check(&s->path, err) < 0)
        return NULL;
    out = mm_out_open(s->path.data, err);
    if (out && mm_manifest_add(&s->files, name, out, err) < 0) {
        mm_out_discard(out);
        return NULL;
    }
    return out;
}

static int close_file(struct mm_out *out, int result, struct mm_err *err)
{
    if (result == 0)
        return mm_out_commit(out, err);
    mm_out_discard(out);
    return -1;
}

static int put_bytes(struct saving *s, const char *name, const char *p,
                     size_t n, struct mm_err *err)
{
    struct mm_out *out = open_file(s, name, err);

    return out ? close_file(out, mm_out_write(out, p, n, err), err) : -1;
}

static int put_text(struct saving *s, const char *name, struct mm_buf *text,
                    struct mm_err *err)
{
    int result = mm_buf_check(text, err);

    if (result == 0)
        result = put_bytes(s, name, text->data, text->len, err);
    mm_buf_release(text);
    return result;
}

static int put_tensors(struct saving *s, const char *name,
                       const struct mm_tensor *const *tensors, size_t n,
                       struct mm_err *err)
{
    struct mm_out *out = open_file(s, name, err);

    return out ? close_file(out, mm_safetensors_put(out, tensors, n, err), err)
               : -1;
}

/* ---- what they hold ---- */

static int put_config(struct saving *s, struct mm_err *err)
{
    struct mm_buf text = { 0 };

    mm_config_print(&s->c->model->config, &text);
    return put_text(s, "config.json", &text, err);
}

static int put_weights(struct saving *s, struct mm_err *err)
{
    const struct mm_lora *l = s->c->lora;
    struct mm_out *out = open_file(s, l ? MM_LORA_WEIGHTS : "model.safetensors",
                                   err);

    return out ? close_file(out,
                            mm_model_put_weights(l ? l->adapter : s->c->model,
                                                 out, err),
                            err)
               : -1;
}

static int put_adapter_config(struct saving *s, struct mm_err *err)
{
    struct mm_buf text = { 0 };

    if (!s->c->lora)
        return 0;
    mm_lora_print(s->c->lora, &text);
    return put_text(s, MM_LORA_CONFIG, &text, err);
}

/* "m.NAME", so that the state belongs to names, not to ranks. */
static size_t name_states(const struct mm_optimizer *o, struct mm_tensor *t,
                          const struct mm_tensor **list, char *names,
                          size_t name_bytes)
{
    const struct mm_model *m = o->model;
    size_t n = 0;

    for (size_t i = 0; i < m->n_params; i++)
        for (size_t left = mm_optimizer_states(o, i, t + n); left; left--) {
            char *name = names + n * name_bytes;

            snprintf(name, name_bytes, "%s.%s", t[n].name, m->params[i].name);
            t[n].name = name;
            list[n] = &t[n];
            n++;
        }
    return n;
}

static size_t longest_name(const struct mm_model *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_params; i++)
        if (strlen(m->params[i].name) > n)
            n = strlen(m->params[i].name);
    return n;
}

static int put_states(struct saving *s, struct mm_err *err)
{
    const struct mm_optimizer *o = s->c->optimizer;
    size_t most = MM_MAX_STATES * o->model->n_params;
    size_t bytes = longest_name(o->model) + sizeof "row.";
    struct mm_tensor *t = mm_alloc(most, sizeof *t, err);
    const struct mm_tensor **list = mm_alloc(most, sizeof *list, err);
    char *names = mm_alloc(most, bytes, err);
    int result = -1;

    if (t && list && names) {
        size_t n = name_states(o, t, list, names, bytes);

        result = put_tensors(s, "optimizer.safetensors", list, n, err);
    }
    free(t);
    free(list);
    free(names);
    return result;
}

static int put_recipe(struct saving *s, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    const char *history = s->c->history;

    mm_buf_addf(&text, "{\"stamp\":");
    mm_buf_adds(&text, mm_stamp());
    mm_buf_adds(&text, ",\"config\":");
    mm_buf_adds(&text, s->c->config);
    mm_buf_adds(&text, ",\"history\":");
    mm_buf_adds(&text, history ? history : "[]");
    if (s->c->spike->skipped) {
        struct mm_jw w;

        mm_buf_addc(&text, ',');
        mm_jw_begin(&w, &text);
        mm_spike_print_skipped(s->c->spike, &w);
    }
    mm_buf_adds(&text, "}\n");
    return put_text(s, "mm1.json", &text, err);
}

static int put_preprocess(struct saving *s, struct mm_err *err)
{
    struct mm_buf text = { 0 };

    mm_preprocess_print(s->c->preprocess, &text);
    return put_text(s, MM_PREPROCESS_FILE, &text, err);
}

static int put_files(struct saving *s, struct mm_err *err)
{
    const struct mm_checkpoint *c = s->c;

    if (put_weights(s, err) < 0 || put_states(s, err) < 0 ||
        put_config(s, err) < 0 || put_recipe(s, err) < 0 ||
        put_adapter_config(s, err) < 0)
        return -1;
    if (c->tokenizer && put_bytes(s, "tokenizer.json", c->tokenizer,
                                  c->tokenizer_bytes, err) < 0)
        return -1;
    return c->preprocess ? put_preprocess(s, err) : 0;
}

static void print_state(const struct mm_checkpoint *c, struct mm_jw *w)
{
    mm_jw_put_int(w, "step", c->step);
    mm_jw_put_int(w, "tokens", c->tokens);
    mm_jw_key(w, "sampler");
    mm_jw_open(w, '{');
    mm_jw_put_int(w, "position", c->step * c->recipe->batch);
    mm_jw_put_size(w, "sequences", c->sequences);
    mm_jw_put_str(w, "data", c->data);
    mm_jw_close(w, '}');
    mm_jw_key(w, "rng");
    mm_jw_open(w, '{');
    mm_jw_put_int(w, "seed", c->recipe->seed);
    mm_jw_put_int(w, "counter", c->step);
    mm_jw_close(w, '}');
    mm_jw_key(w, "schedule");
    mm_jw_open(w, '{');
    mm_jw_put_int(w, "step", c->step);
    mm_jw_put_int(w, "steps", c->recipe->steps);
    mm_jw_put_int(w, "warmup", c->recipe->warmup);
    mm_jw_put_num(w, "floor", c->recipe->floor);
    mm_jw_close(w, '}');
    mm_spike_print(c->spike, w);
    mm_spike_print_skipped(c->spike, w);
    mm_jw_key(w, "config");
    mm_jw_raw(w, c->config, strlen(c->config));
    mm_jw_key(w, "stamp");
    mm_jw_raw(w, mm_stamp(), strlen(mm_stamp()));
}

static int put_manifest(struct saving *s, struct mm_err *err)
{
    struct mm_buf about = { 0 };
    struct mm_jw w;
    int result;

    mm_jw_begin(&w, &about);
    print_state(s->c, &w);
    result = mm_buf_check(&about, err);
    if (result == 0)
        result = mm_manifest_write(&s->files, s->tmp.data, about.data, err);
    mm_buf_release(&about);
    return result;
}

/* ---- the directory ---- */

static int check_space(const struct mm_checkpoint *c, const char *run_dir,
                       struct mm_err *err)
{
    size_t weights = c->lora ? c->lora->adapter->size : c->model->size;
    uint64_t floats = (uint64_t)weights + c->optimizer->size;
    uint64_t need = floats * sizeof(float) + SLACK + c->tokenizer_bytes;
    uint64_t have;
    struct statvfs fs;

    if (statvfs(run_dir, &fs) < 0)
        return mm_fail_errno(err, "cannot ask for the free space of '%s'",
                             run_dir);
    have = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (have < need)
        return mm_fail(err, MM_EIO,
                       "no space for a checkpoint in '%s': it needs %llu MB, "
                       "%llu MB are free",
                       run_dir, (unsigned long long)(need / 1000000 + 1),
                       (unsigned long long)(have / 1000000));
    return 0;
}

/* A step of this number that stands there did not verify: it gives way. */
static int set_aside(struct saving *s, struct mm_err *err)
{
    struct stat st;

    if (mm_stat(s->final.data, &st) < 0)
        return 0;
    if (mm_remove_tree(s->aside.data, err) < 0)
        return -1;
    if (mm_io.rename(s->final.data, s->aside.data) < 0)
        return mm_fail_errno(err, "cannot rename '%s'", s->final.data);
    return 0;
}

static int publish(struct saving *s, const char *run_dir, struct mm_err *err)
{
    if (mm_fsync_dir(s->tmp.data, err) < 0 || set_aside(s, err) < 0)
        return -1;
    if (mm_io.rename(s->tmp.data, s->final.data) < 0)
        return mm_fail_errno(err, "cannot rename to '%s'", s->final.data);
    if (mm_fsync_dir(run_dir, err) < 0)
        return -1;
    return mm_remove_tree(s->aside.data, err);
}

static int name_paths(struct saving *s, const char *run_dir,
                      struct mm_err *err)
{
    mm_run_step_path(&s->final, run_dir, s->c->step);
    mm_run_step_path(&s->tmp, run_dir, s->c->step);
    mm_run_step_path(&s->aside, run_dir, s->c->step);
    mm_buf_addf(&s->tmp, ".tmp.%ld", (long)getpid());
    mm_buf_addf(&s->aside, ".tmp.old");
    if (mm_buf_check(&s->final, err) < 0 || mm_buf_check(&s->tmp, err) < 0)
        return -1;
    return mm_buf_check(&s->aside, err);
}

static int save(struct saving *s, const char *run_dir, struct mm_err *err)
{
    struct mm_err ignored;
    int result;

    if (name_paths(s, run_dir, err) < 0 || mm_mkdirs(run_dir, err) < 0 ||
        check_space(s->c, run_dir, err) < 0 ||
        mm_remove_tree(s->tmp.data, err) < 0 ||
        mm_mkdirs(s->tmp.data, err) < 0)
        return -1;
    result = put_files(s, err);
    if (result == 0)
        result = put_manifest(s, err);
    if (result == 0)
        result = publish(s, run_dir, err);
    if (result < 0)
        mm_remove_tree(s->tmp.data, &ignored);
    return result;
}

int mm_checkpoint_save(const struct mm_checkpoint *c, const char *run_dir,
                       struct mm_err *err)
{
    struct saving s = { .c = c };
    int result = save(&s, run_dir, err);

    mm_manifest_release(&s.files);
    mm_buf_release(&s.tmp);
    mm_buf_release(&s.final);
    mm_buf_release(&s.aside);
    mm_buf_release(&s.path);
    return result < 0
               ? mm_fail_in(err, "checkpoint of step %lld", (long long)c->step)
               : 0;
}
