/*
 * rundir.c - run directories: which step counts, and which model is meant
 */
#include "model/rundir.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/manifest.h"

#define PREFIX "step-"
#define MAX_DIGITS 18 /* fits int64_t */

int64_t mm_run_step_number(const char *name)
{
    size_t n = strlen(PREFIX), digits;

    if (strncmp(name, PREFIX, n) != 0)
        return -1;
    digits = strspn(name + n, "0123456789");
    if (digits < 8 || digits > MAX_DIGITS || name[n + digits])
        return -1;
    return strtoll(name + n, NULL, 10);
}

void mm_run_step_path(struct mm_buf *path, const char *dir, int64_t step)
{
    mm_buf_addf(path, "%s/" PREFIX "%08lld", dir, (long long)step);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int mm_run_steps(const char *dir, int64_t **steps, size_t *n,
                 struct mm_err *err)
{
    char **names;
    size_t n_names;
    struct stat st;

    *steps = NULL;
    *n = 0;
    if (mm_stat(dir, &st) < 0)
        return 0;
    if (mm_list_dir(dir, &names, &n_names, err) < 0)
        return -1;
    *steps = mm_alloc(n_names, sizeof **steps, err);
    for (size_t i = 0; *steps && i < n_names; i++)
        if (mm_run_step_number(names[i]) >= 0)
            (*steps)[(*n)++] = mm_run_step_number(names[i]);
    mm_names_free(names, n_names);
    if (!*steps)
        return -1;
    qsort(*steps, *n, sizeof **steps, by_number);
    return 0;
}

int mm_run_verify(const char *dir, int64_t step, struct mm_json_doc *manifest,
                  struct mm_err *err)
{
    struct mm_json_doc doc;
    struct mm_buf path = { 0 };
    int result;

    mm_run_step_path(&path, dir, step);
    result = mm_buf_check(&path, err);
    if (result == 0)
        result = mm_manifest_verify(path.data, &doc, err);
    if (result == 0 && manifest)
        *manifest = doc;
    else if (result == 0)
        mm_json_release(&doc);
    mm_buf_release(&path);
    return result;
}

static int newest_of(const char *dir, const int64_t *steps, size_t n,
                     int64_t *step, struct mm_json_doc *manifest,
                     struct mm_err *err)
{
    struct mm_err newest = { 0 };

    if (n == 0)
        return mm_fail(err, MM_ENOINPUT, "'%s' has no checkpoint", dir);
    while (n--) {
        if (mm_run_verify(dir, steps[n], manifest, err) == 0) {
            *step = steps[n];
            return 0;
        }
        if (err->code == MM_ESYS)
            return -1;
        mm_log(MM_LOG_WARN, "%s; passing over step %lld", err->msg,
               (long long)steps[n]);
        if (!newest.code)
            newest = *err;
    }
    return mm_fail(err, MM_EDATA, "no checkpoint in '%s' verifies; of the "
                                  "newest, %s",
                   dir, newest.msg);
}

int mm_run_newest(const char *dir, int64_t *step, struct mm_json_doc *manifest,
                  struct mm_err *err)
{
    int64_t *steps;
    size_t n;
    int result = mm_run_steps(dir, &steps, &n, err);

    *step = 0;
    if (result == 0)
        result = newest_of(dir, steps, n, step, manifest, err);
    free(steps);
    return result;
}

static int has_file(const char *dir, const char *name)
{
    struct mm_buf path = { 0 };
    struct mm_err err;
    struct stat st;
    int has;

    mm_buf_addf(&path, "%s/%s", dir, name);
    has = mm_buf_check(&path, &err) == 0 && mm_stat(path.data, &st) == 0;
    mm_buf_release(&path);
    return has;
}

static int named_itself(const char *dir, struct mm_buf *path,
                        struct mm_err *err)
{
    struct mm_json_doc doc;

    if (has_file(dir, MM_MANIFEST)) {
        if (mm_manifest_verify(dir, &doc, err) < 0)
            return -1;
        mm_json_release(&doc);
    }
    mm_buf_adds(path, dir);
    return mm_buf_check(path, err);
}

int mm_model_dir(const char *dir, struct mm_buf *path, struct mm_err *err)
{
    int64_t step;

    if (has_file(dir, "config.json"))
        return named_itself(dir, path, err);
    if (mm_run_newest(dir, &step, NULL, err) < 0) {
        if (err->code != MM_ENOINPUT)
            return -1;
        return mm_fail(err, MM_ENOINPUT, "'%s' is no model: it has neither a "
                                         "config.json nor checkpoints",
                       dir);
    }
    mm_run_step_path(path, dir, step);
    return mm_buf_check(path, err);
}
