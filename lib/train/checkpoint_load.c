/*
 * checkpoint_load.c - steps on disk: read back, pruned, cleaned up after
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "model/rundir.h"
#include "model/safetensors.h"
#include "train/checkpoint.h"

/* ---- the optimizer's state ---- */

static int same_shape(const struct mm_st_entry *e, const struct mm_tensor *t)
{
    if (e->n_dim != (size_t)t->n_dim)
        return 0;
    for (size_t i = 0; i < e->n_dim; i++)
        if (e->dim[i] != t->dim[i])
            return 0;
    return 1;
}

static int load_state(struct mm_safetensors *s, const char *param,
                      const struct mm_tensor *state, struct mm_err *err)
{
    const struct mm_st_entry *e;
    struct mm_buf name = { 0 };
    int result;

    mm_buf_addf(&name, "%s.%s", state->name, param);
    result = mm_buf_check(&name, err);
    if (result == 0) {
        e = mm_st_find(&s->header, name.data);
        if (e && same_shape(e, state))
            result = mm_safetensors_read(s, e, state->data, err);
        else
            result = mm_fail(err, MM_EDATA, "'%s' is missing or of another "
                                            "shape",
                             name.data);
    }
    mm_buf_release(&name);
    return result;
}

static int load_states(struct mm_optimizer *o, struct mm_safetensors *s,
                       struct mm_err *err)
{
    for (size_t i = 0; i < o->model->n_params; i++) {
        struct mm_tensor states[MM_MAX_STATES];
        size_t n = mm_optimizer_states(o, i, states);

        for (size_t k = 0; k < n; k++)
            if (load_state(s, o->model->params[i].name, &states[k], err) < 0)
                return -1;
    }
    return 0;
}

int mm_checkpoint_load_optimizer(struct mm_optimizer *o, const char *dir,
                                 struct mm_err *err)
{
    struct mm_buf path = { 0 };
    struct mm_safetensors s;
    int result;

    mm_buf_addf(&path, "%s/optimizer.safetensors", dir);
    result = mm_buf_check(&path, err);
    if (result == 0)
        result = mm_safetensors_open(&s, path.data, err);
    if (result == 0) {
        result = load_states(o, &s, err);
        if (result < 0)
            mm_fail_in(err, "'%s'", path.data);
        mm_safetensors_close(&s);
    }
    mm_buf_release(&path);
    return result;
}

/* ---- pruning ---- */

static int move_and_remove(const char *dir, const char *aside,
                           struct mm_err *err)
{
    if (mm_remove_tree(aside, err) < 0)
        return -1;
    if (mm_io.rename(dir, aside) < 0)
        return mm_fail_errno(err, "cannot rename '%s'", dir);
    return mm_remove_tree(aside, err);
}

/* Under another name first, so that no half of a step is seen. */
static int remove_step(const char *run_dir, int64_t step, struct mm_err *err)
{
    struct mm_buf dir = { 0 }, aside = { 0 };
    int result = -1;

    mm_run_step_path(&dir, run_dir, step);
    mm_run_step_path(&aside, run_dir, step);
    mm_buf_adds(&aside, ".tmp.old");
    if (mm_buf_check(&dir, err) == 0 && mm_buf_check(&aside, err) == 0)
        result = move_and_remove(dir.data, aside.data, err);
    mm_buf_release(&dir);
    mm_buf_release(&aside);
    return result;
}

/*
 * Steps above the newest are of a timeline that did not verify when this run
 * began; they are left alone.
 */
static int prune(const char *run_dir, const int64_t *steps, size_t n,
                 int64_t newest, size_t keep, struct mm_err *err)
{
    struct mm_err why;
    size_t good = 1;

    while (n--) {
        if (steps[n] >= newest)
            continue;
        if (good < keep) {
            good += mm_run_verify(run_dir, steps[n], NULL, &why) == 0;
            continue;
        }
        if (remove_step(run_dir, steps[n], err) < 0)
            return -1;
    }
    return 0;
}

int mm_checkpoint_prune(const char *run_dir, int64_t newest, size_t keep,
                        struct mm_err *err)
{
    int64_t *steps;
    size_t n;
    int result;

    assert(keep >= 2);
    if (mm_run_verify(run_dir, newest, NULL, err) < 0)
        return mm_fail_in(err, "the checkpoint just written");
    result = mm_run_steps(run_dir, &steps, &n, err);
    if (result == 0)
        result = prune(run_dir, steps, n, newest, keep, err);
    free(steps);
    return result;
}

/* ---- cleaning up ---- */

static int is_left_over(const char *name)
{
    const char *tmp = strstr(name, ".tmp.");

    return tmp && strncmp(name, "step-", 5) == 0;
}

int mm_checkpoint_clean(const char *run_dir, struct mm_err *err)
{
    struct mm_buf path = { 0 };
    char **names;
    size_t n;
    struct stat st;
    int result = 0;

    if (mm_stat(run_dir, &st) < 0)
        return 0;
    if (mm_list_dir(run_dir, &names, &n, err) < 0)
        return -1;
    for (size_t i = 0; result == 0 && i < n; i++) {
        if (!is_left_over(names[i]))
            continue;
        mm_buf_clear(&path);
        mm_buf_addf(&path, "%s/%s", run_dir, names[i]);
        result = mm_buf_check(&path, err);
        if (result == 0)
            result = mm_remove_tree(path.data, err);
    }
    mm_buf_release(&path);
    mm_names_free(names, n);
    return result;
}
