/*
 * weights.c - the tensors of a model directory, in one file or in several
 */
#include "model/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

#define ONE "model.safetensors"
#define INDEX ONE ".index.json"

struct mm_weights_file {
    char *name; /* in the directory */
    struct mm_safetensors s;
};

static char *join(const char *dir, const char *name, struct mm_err *err)
{
    struct mm_buf b = { 0 };

    mm_buf_addf(&b, "%s/%s", dir, name);
    return mm_buf_check(&b, err) == 0 ? b.data : NULL;
}

static int is_there(const char *path)
{
    struct stat st;

    return path && mm_stat(path, &st) == 0;
}

/* ---- files ---- */

static int add_file(struct mm_weights *w, const char *dir, const char *name,
                    struct mm_err *err)
{
    struct mm_weights_file *f;
    char *path;
    int result;

    if (mm_grow(&w->files, &w->cap, w->n + 1, sizeof *w->files, err) < 0)
        return -1;
    f = &w->files[w->n];
    f->name = mm_strdup(name, err);
    path = f->name ? join(dir, name, err) : NULL;
    result = path ? mm_safetensors_open(&f->s, path, err) : -1;
    free(path);
    if (result < 0) {
        free(f->name);
        return -1;
    }
    w->n++;
    w->n_tensors += f->s.header.n;
    return 0;
}

static struct mm_weights_file *find_file(const struct mm_weights *w,
                                         const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->files[i].name, name) == 0)
            return &w->files[i];
    return NULL;
}

/* ---- the index ---- */

/* A name from a file must not lead out of the directory. */
static int is_plain(const char *name)
{
    return name && *name && *name != '.' && !strchr(name, '/');
}

/* A line of the map: TENSOR and its FILE. */
static int add_line(struct mm_weights *w, const char *dir,
                    const struct mm_json *line, struct mm_err *err)
{
    const char *name = mm_json_str(line, NULL);
    const struct mm_weights_file *f;

    if (!is_plain(name))
        return mm_fail(err, MM_EDATA, "tensor '%s' is in no file of this "
                                      "directory",
                       line->key);
    if (!find_file(w, name)) {
        if (w->n == MM_WEIGHTS_MAX_FILES)
            return mm_fail(err, MM_EDATA, "more than %d files",
                           MM_WEIGHTS_MAX_FILES);
        if (add_file(w, dir, name, err) < 0)
            return -1;
    }
    f = find_file(w, name);
    if (!mm_st_find(&f->s.header, line->key))
        return mm_fail(err, MM_EDATA, "tensor '%s' is not in '%s'", line->key,
                       name);
    return 0;
}

static int read_index(struct mm_weights *w, const char *dir,
                      struct mm_err *err)
{
    struct mm_json_doc doc;
    const struct mm_json *map;
    int result = 0;

    if (mm_json_parse_file(&doc, w->path, err) < 0)
        return -1;
    map = mm_json_get(doc.root, "weight_map");
    if (!map || map->type != MM_JSON_OBJECT)
        result = mm_fail(err, MM_EDATA, "no 'weight_map'");
    for (const struct mm_json *v = result == 0 ? map->child : NULL;
         v && result == 0; v = v->next)
        result = add_line(w, dir, v, err);
    mm_json_release(&doc);
    return result < 0 ? mm_fail_in(err, "'%s'", w->path) : 0;
}

/* ---- all ---- */

int mm_weights_open(struct mm_weights *w, const char *dir, struct mm_err *err)
{
    char *index = join(dir, INDEX, err);
    int result = -1;

    *w = (struct mm_weights){ .path = join(dir, ONE, err) };
    if (w->path && index) {
        if (is_there(index) && !is_there(w->path)) {
            free(w->path);
            w->path = index;
            index = NULL;
            result = read_index(w, dir, err);
        } else {
            result = add_file(w, dir, ONE, err);
        }
    }
    free(index);
    if (result < 0)
        mm_weights_close(w);
    return result;
}

void mm_weights_close(struct mm_weights *w)
{
    for (size_t i = 0; i < w->n; i++) {
        mm_safetensors_close(&w->files[i].s);
        free(w->files[i].name);
    }
    free(w->files);
    free(w->path);
    *w = (struct mm_weights){ 0 };
}

static struct mm_weights_file *holder(const struct mm_weights *w,
                                      const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (mm_st_find(&w->files[i].s.header, name))
            return &w->files[i];
    return NULL;
}

const struct mm_st_entry *mm_weights_find(const struct mm_weights *w,
                                          const char *name)
{
    const struct mm_weights_file *f = holder(w, name);

    return f ? mm_st_find(&f->s.header, name) : NULL;
}

int mm_weights_read(struct mm_weights *w, const char *name, float *to,
                    struct mm_err *err)
{
    struct mm_weights_file *f = holder(w, name);

    return mm_safetensors_read(&f->s, mm_st_find(&f->s.header, name), to, err);
}
