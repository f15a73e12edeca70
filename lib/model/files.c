/*
 * files.c - a model directory, saved and loaded
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/lora.h"
#include "model/model.h"
#include "model/safetensors.h"
#include "model/weights.h"

#define WEIGHTS "model.safetensors"

static char *join(const char *dir, const char *name, struct mm_err *err)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *path = mm_alloc(n, 1, err);

    if (path)
        snprintf(path, n, "%s/%s", dir, name);
    return path;
}

/* ---- save ---- */

int mm_model_put_weights(const struct mm_model *m, struct mm_out *out,
                         struct mm_err *err)
{
    const struct mm_tensor **t = mm_alloc(m->n_params, sizeof *t, err);
    int r = -1;

    if (t) {
        for (size_t i = 0; i < m->n_params; i++)
            t[i] = &m->params[i].tensor;
        r = mm_safetensors_put(out, t, m->n_params, err);
    }
    free(t);
    return r;
}

static int save_weights(const struct mm_model *m, const char *dir,
                        struct mm_err *err)
{
    char *path = join(dir, WEIGHTS, err);
    struct mm_out *out = path ? mm_out_open(path, err) : NULL;
    int r = -1;

    free(path);
    if (!out)
        return -1;
    if (mm_model_put_weights(m, out, err) == 0)
        r = mm_out_commit(out, err);
    else
        mm_out_discard(out);
    return r;
}

static int save_config(const struct mm_model *m, const char *dir,
                       struct mm_err *err)
{
    char *path = join(dir, "config.json", err);
    struct mm_buf text = { 0 };
    int r = -1;

    mm_config_print(&m->config, &text);
    if (path && mm_buf_check(&text, err) == 0)
        r = mm_write_file(path, text.data, text.len, err);
    mm_buf_release(&text);
    free(path);
    return r;
}

int mm_model_save(const struct mm_model *m, const char *dir,
                  struct mm_err *err)
{
    if (mm_mkdirs(dir, err) < 0 || save_weights(m, dir, err) < 0)
        return -1;
    return save_config(m, dir, err);
}

/* ---- load ---- */

int mm_config_load(struct mm_config *c, const char *dir, struct mm_err *err)
{
    char *path = join(dir, "config.json", err);
    struct mm_json_doc doc;
    int r = -1;

    if (path && mm_json_parse_file(&doc, path, err) == 0) {
        r = mm_config_parse(c, doc.root, err);
        if (r < 0)
            mm_fail_in(err, "'%s'", path);
        mm_json_release(&doc);
    }
    free(path);
    return r;
}

static int same_shape(const struct mm_st_entry *e, const struct mm_tensor *t)
{
    if (e->n_dim != (size_t)t->n_dim)
        return 0;
    for (size_t i = 0; i < e->n_dim; i++) {
        if (e->dim[i] != t->dim[i])
            return 0;
    }
    return 1;
}

static void print_shape(struct mm_buf *b, const uint64_t *dim, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mm_buf_addf(b, "%s%llu", i ? " x " : "", (unsigned long long)dim[i]);
}

static int wrong_shape(const struct mm_st_entry *e, const struct mm_tensor *t,
                       struct mm_err *err)
{
    uint64_t want[MM_MAX_DIM];
    struct mm_buf is = { 0 }, should = { 0 };

    for (int i = 0; i < t->n_dim; i++)
        want[i] = t->dim[i];
    print_shape(&is, e->dim, e->n_dim);
    print_shape(&should, want, (size_t)t->n_dim);
    mm_fail(err, MM_EDATA, "tensor '%s' is %s, the model's is %s", e->name,
            is.data ? is.data : "a number", should.data);
    mm_buf_release(&is);
    mm_buf_release(&should);
    return -1;
}

enum { ALL_PARTS = -1 };

static int wanted(const struct mm_param *p, int part)
{
    return part == ALL_PARTS || (int)p->part == part;
}

/* Are they the encoder's learned positions, of pictures of another size? */
static int is_other_grid(const struct mm_st_entry *e, const struct mm_param *p,
                         int part)
{
    return part == (int)MM_PART_ENCODER &&
           strstr(p->name, "position_embedding") && e->n_dim == 2 &&
           e->dim[1] == p->tensor.dim[1] && e->dim[0] > 1 &&
           mm_square_side((size_t)e->dim[0] - 1) > 0;
}

static int lacks(const struct mm_model *m, const struct mm_param *p, int part,
                 struct mm_err *err)
{
    if (part == (int)MM_PART_ENCODER && m->config.clip.width)
        return mm_fail(err, MM_ECONFIG, "its encoder is of no CLIP and lacks "
                                        "'%s', which a CLIP has behind its "
                                        "last layer; give a model that "
                                        "--objective clip has made",
                       p->name);
    return mm_fail(err, MM_EDATA, "no tensor '%s'", p->name);
}

/* Every tensor is there, and as the model wants it.  How many are not used */
static int check_params(const struct mm_weights *s,
                        const struct mm_model *m, int part, size_t *n_left,
                        struct mm_err *err)
{
    *n_left = s->n_tensors;
    for (size_t i = 0; i < m->n_params; i++) {
        const struct mm_param *p = &m->params[i];
        const struct mm_st_entry *e = mm_weights_find(s, p->name);

        if (!wanted(p, part))
            continue;
        if (!e)
            return lacks(m, p, part, err);
        if (!same_shape(e, &p->tensor) && !is_other_grid(e, p, part))
            return wrong_shape(e, &p->tensor, err);
        --*n_left;
    }
    return 0;
}

static int read_positions(struct mm_weights *s, const struct mm_st_entry *e,
                          struct mm_param *p, struct mm_err *err)
{
    struct mm_tensor from = p->tensor;
    int result;

    from.wants_grad = 0;
    from.grad = NULL;
    from.dim[0] = (size_t)e->dim[0];
    from.data = mm_alloc(mm_tensor_count(&from), sizeof(float), err);
    if (!from.data)
        return -1;
    result = mm_weights_read(s, p->name, from.data, err);
    if (result == 0)
        result = mm_model_fit_positions(&from, &p->tensor, 1, err);
    free(from.data);
    return result;
}

static int read_param(struct mm_weights *s, struct mm_param *p,
                      struct mm_err *err)
{
    const struct mm_st_entry *e = mm_weights_find(s, p->name);

    if (same_shape(e, &p->tensor))
        return mm_weights_read(s, p->name, p->tensor.data, err);
    return read_positions(s, e, p, err);
}

static int read_params(struct mm_weights *s, struct mm_model *m, int part,
                       struct mm_err *err)
{
    for (size_t i = 0; i < m->n_params; i++) {
        struct mm_param *p = &m->params[i];

        if (wanted(p, part) && read_param(s, p, err) < 0)
            return -1;
    }
    return 0;
}

/* Memory is taken when the file is known to fill it. */
static struct mm_model *load_from(struct mm_weights *s,
                                  const struct mm_config *c, int trainable,
                                  size_t *n_left, struct mm_err *err)
{
    struct mm_model *m = mm_model_create(c, 0, 0, err);
    int r = m ? check_params(s, m, ALL_PARTS, n_left, err) : -1;

    mm_model_free(m);
    m = r == 0 ? mm_model_create(c, 1, trainable, err) : NULL;
    if (m && read_params(s, m, ALL_PARTS, err) < 0) {
        mm_model_free(m);
        return NULL;
    }
    return m;
}

struct mm_model *mm_model_load(const char *dir, int trainable,
                               struct mm_err *err)
{
    struct mm_config c;
    struct mm_weights s;
    struct mm_model *m = NULL;
    size_t n_left = 0;

    if (mm_lora_is_dir(dir))
        return mm_lora_load_merged(dir, NULL, trainable, err);
    if (mm_config_load(&c, dir, err) < 0)
        return NULL;
    if (mm_weights_open(&s, dir, err) == 0) {
        m = load_from(&s, &c, trainable, &n_left, err);
        if (!m)
            mm_fail_in(err, "'%s'", s.path);
        else if (n_left)
            mm_log(MM_LOG_WARN, "'%s': %zu tensors are of no use to this "
                                "model",
                   s.path, n_left);
        mm_weights_close(&s);
    }
    return m;
}

static void tell_size(const char *dir, const struct mm_vision_config *theirs,
                      const struct mm_vision_config *ours)
{
    if (theirs->kind == MM_VISION_CLIP &&
        theirs->image_size != ours->image_size)
        mm_log(MM_LOG_INFO, "'%s': the encoder is for pictures of %zu pixels; "
                            "its positions are interpolated to %zu",
               dir, theirs->image_size, ours->image_size);
}

int mm_model_load_part(struct mm_model *m, const char *dir, enum mm_part part,
                       struct mm_err *err)
{
    struct mm_config theirs;
    struct mm_weights s;
    size_t n_left;
    int r = -1;

    if (mm_lora_is_dir(dir))
        return mm_fail(err, MM_ECONFIG, "'%s' is an adapter; fold it in first "
                                        "with mm1-sft merge",
                       dir);
    if (mm_config_load(&theirs, dir, err) < 0)
        return -1;
    if (mm_config_compare(&theirs, &m->config, part, err) < 0)
        return mm_fail_in(err, "'%s'", dir);
    if (part == MM_PART_ENCODER)
        tell_size(dir, &theirs.vision, &m->config.vision);
    if (mm_weights_open(&s, dir, err) == 0) {
        r = check_params(&s, m, (int)part, &n_left, err);
        if (r == 0)
            r = read_params(&s, m, (int)part, err);
        if (r < 0)
            mm_fail_in(err, "'%s'", s.path);
        mm_weights_close(&s);
    }
    return r;
}
