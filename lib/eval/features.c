/*
 * features.c - the pixels of a sample become features of an image encoder
 */
#include "eval/features.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "data/doc.h"
#include "data/half.h"
#include "data/image_fit.h"
#include "data/npy.h"
#include "model/clip.h"
#include "model/rundir.h"
#include "tensor/optim.h"

#define NAME_BYTES 40 /* of "123.features.npy" */

static int open_at(struct mm_features *f, const char *dir, struct mm_err *err)
{
    f->model = mm_model_load(dir, 0, err);
    if (!f->model)
        return -1;
    if (f->model->config.vision.layers == 0)
        return mm_fail(err, MM_ECONFIG, "'%s' is a model without an encoder",
                       dir);
    return mm_preprocess_load(&f->pre, dir, err);
}

int mm_features_open(struct mm_features *f, const char *dir,
                     struct mm_err *err)
{
    struct mm_buf at = { 0 };
    int result = mm_model_dir(dir, &at, err);

    *f = (struct mm_features){ 0 };
    if (result == 0)
        result = open_at(f, at.data, err);
    if (result < 0)
        mm_features_close(f);
    mm_buf_release(&at);
    return result;
}

void mm_features_close(struct mm_features *f)
{
    mm_graph_free(f->graph);
    mm_model_free(f->model);
    free(f->rows);
    *f = (struct mm_features){ 0 };
}

/* ---- one picture ---- */

static struct mm_batch batch_of(const struct mm_features *f,
                                const struct mm_pixels *views, size_t n)
{
    struct mm_batch b = { .n_views = n, .views = views };

    b.mean = f->pre.mean;
    b.std = f->pre.std;
    return b;
}

/* All patches, or for pooled features a CLIP's row. */
static struct mm_tensor *run(struct mm_features *f, struct mm_graph *g,
                             const struct mm_batch *b, int pooled)
{
    return pooled && f->model->config.clip.width
               ? mm_clip_pictures(f->model, g, b)
               : mm_model_encode(f->model, g, b);
}

/* A graph that is large enough for n views of this size. */
static int prepare(struct mm_features *f, const struct mm_pixels *views,
                   size_t n, int pooled, struct mm_err *err)
{
    const struct mm_batch b = batch_of(f, views, n);
    struct mm_graph *plan;

    if (f->graph && n <= f->views && views->height == f->side &&
        f->pooled == pooled)
        return 0;
    mm_graph_free(f->graph);
    f->graph = NULL;
    plan = mm_graph_create(MM_PLAN, 0, err);
    if (!plan)
        return -1;
    run(f, plan, &b, pooled);
    f->graph = mm_graph_create(MM_INFER, mm_graph_peak(plan), err);
    f->views = n;
    f->side = views->height;
    f->pooled = pooled;
    mm_graph_free(plan);
    return f->graph ? 0 : -1;
}

static int encode(struct mm_features *f, const struct mm_pixels *views,
                  size_t n, int pooled, struct mm_err *err)
{
    const struct mm_batch b = batch_of(f, views, n);
    struct mm_tensor *x;

    if (prepare(f, views, n, pooled, err) < 0)
        return -1;
    mm_graph_reset(f->graph);
    x = run(f, f->graph, &b, pooled);
    if (mm_grow(&f->rows, &f->rows_cap, mm_tensor_count(x), sizeof *f->rows,
                err) < 0)
        return -1;
    f->n_rows = mm_tensor_count(x);
    mm_tensor_get(f->graph, x, 0, f->n_rows, f->rows);
    if (!mm_all_finite(f->rows, f->n_rows))
        return mm_fail(err, MM_EDIVERGE, "the encoder makes of a picture what "
                                         "is no number; take an earlier "
                                         "checkpoint");
    return 0;
}

int mm_features_encode(struct mm_features *f, const struct mm_pixels *views,
                       size_t n, size_t *patches, struct mm_err *err)
{
    size_t P = f->model->config.vision.patch_size;

    for (size_t i = 0; i < n; i++)
        if (mm_model_check_view(f->model, &views[i], err) < 0)
            return -1;
    *patches = views->height / P * (views->width / P);
    return encode(f, views, n, 0, err);
}

/* ---- pooled features ---- */

void mm_features_borrow(struct mm_features *f, struct mm_model *m,
                        const struct mm_preprocess *pre)
{
    *f = (struct mm_features){ .model = m, .pre = *pre };
}

void mm_features_give_back(struct mm_features *f)
{
    f->model = NULL;
    mm_features_close(f);
}

size_t mm_features_width(const struct mm_features *f)
{
    const struct mm_config *c = &f->model->config;

    return c->clip.width ? c->clip.width : c->vision.width;
}

/* The mean of n rows, in double, at length 1; all zero stays so. */
static void pool(float *row, const float *rows, size_t n, size_t width)
{
    double square = 0;

    for (size_t k = 0; k < width; k++) {
        double sum = 0;

        for (size_t i = 0; i < n; i++)
            sum += rows[i * width + k];
        row[k] = (float)(sum / (double)n);
        square += (double)row[k] * row[k];
    }
    for (size_t k = 0; k < width && square > 0; k++)
        row[k] = (float)(row[k] / sqrt(square));
}

int mm_features_pooled(struct mm_features *f, const void *bytes, size_t n,
                       float *row, struct mm_err *err)
{
    struct mm_fitter fitter = { 0 };
    struct mm_image fitted = { 0 };
    struct mm_preprocess pre = f->pre;
    size_t width = mm_features_width(f);
    int result;

    pre.tiling = (struct mm_tiling){ 0 }; /* the overview alone */
    result = mm_fitter_decode(&fitter, &fitted, bytes, n, &pre, err);

    if (result == 0) {
        const struct mm_pixels view = { fitted.rgb, fitted.height,
                                        fitted.width };

        result = encode(f, &view, 1, 1, err);
    }
    if (result == 0)
        pool(row, f->rows, f->n_rows / width, width);
    mm_fitter_release(&fitter);
    mm_image_release(&fitted);
    return result;
}

/* The encoded rows of n views as an array */
static int write_rows(const struct mm_features *f, size_t n,
                      struct mm_buf *out, struct mm_err *err)
{
    const struct mm_vision_config *c = &f->model->config.vision;
    size_t side = f->side / c->patch_size;
    const size_t dim[] = { n, side * side, c->width };
    size_t count = dim[0] * dim[1] * dim[2];
    uint16_t *half = mm_alloc(count, sizeof *half, err);

    if (!half)
        return -1;
    for (size_t i = 0; i < count; i++) {
        half[i] = mm_half(f->rows[i]);
        if ((half[i] & 0x7c00) == 0x7c00) {
            free(half);
            return mm_fail(err, MM_EDATA, "a feature of %g is no float16",
                           (double)f->rows[i]);
        }
    }
    mm_npy_write(out, MM_NPY_F2, 3, dim, half);
    free(half);
    return mm_buf_check(out, err);
}

/* Views into the array's bytes; the caller frees them. */
static struct mm_pixels *views_of(const struct mm_features *f,
                                  const struct mm_npy *a, struct mm_err *err)
{
    struct mm_pixels *views;
    const uint8_t *rgb = a->data;

    if (a->type != MM_NPY_U1 || a->n_dim != 4 || a->dim[3] != 3 ||
        a->dim[0] == 0) {
        mm_fail(err, MM_EDATA, "no array |u1 [views,height,width,3]");
        return NULL;
    }
    views = mm_alloc(a->dim[0], sizeof *views, err);
    for (size_t i = 0; views && i < a->dim[0]; i++) {
        views[i] = (struct mm_pixels){ rgb + i * a->dim[1] * a->dim[2] * 3,
                                       a->dim[1], a->dim[2] };
        if (mm_model_check_view(f->model, &views[i], err) < 0) {
            free(views);
            return NULL;
        }
    }
    return views;
}

static int encode_member(struct mm_features *f, const struct mm_member *m,
                         struct mm_buf *out, struct mm_err *err)
{
    struct mm_pixels *views;
    struct mm_npy a;
    int result;

    if (mm_npy_parse(&a, m->data.data, m->data.len, err) < 0)
        return -1;
    views = views_of(f, &a, err);
    if (!views)
        return -1;
    result = encode(f, views, a.dim[0], 0, err);
    if (result == 0)
        result = write_rows(f, a.dim[0], out, err);
    free(views);
    return result;
}

/* ---- a sample ---- */

/* "3.u8.npy" becomes "3.features.npy"; 0: it is no picture's name. */
static int new_name(const char *name, char out[NAME_BYTES])
{
    size_t digits = strspn(name, "0123456789");

    if (digits == 0 || digits > 9 || strcmp(name + digits, ".u8.npy") != 0)
        return 0;
    snprintf(out, NAME_BYTES, "%.*s.features.npy", (int)digits, name);
    return 1;
}

static int rename_images(struct mm_sample *s, struct mm_err *err)
{
    struct mm_doc doc;
    struct mm_buf text = { 0 };
    char *names;
    int result = -1;

    if (mm_doc_from_sample(&doc, s, err) < 0)
        return -1;
    names = mm_alloc(doc.n, NAME_BYTES, err);
    for (size_t i = 0; names && i < doc.n; i++) {
        char *name = names + i * NAME_BYTES;

        if (doc.parts[i].image && new_name(doc.parts[i].image, name))
            doc.parts[i].image = name;
    }
    if (names && mm_doc_print(&doc, &text, err) == 0) {
        struct mm_member *json = mm_sample_find(s, "json");

        mm_buf_clear(&json->data);
        mm_buf_add(&json->data, text.data, text.len);
        result = mm_buf_check(&json->data, err);
    }
    mm_buf_release(&text);
    mm_doc_release(&doc);
    free(names);
    return result;
}

static int replace_member(struct mm_features *f, struct mm_sample *s,
                          const char *name, struct mm_err *err)
{
    struct mm_buf out = { 0 };
    struct mm_member *m = mm_sample_find(s, name);
    char *copy;

    if (encode_member(f, m, &out, err) < 0) {
        mm_buf_release(&out);
        return mm_fail_in(err, "sample '%s': '%s'", s->key, m->name);
    }
    copy = mm_alloc(1, NAME_BYTES, err);
    if (!copy) {
        mm_buf_release(&out);
        return -1;
    }
    new_name(m->name, copy);
    free(m->name);
    m->name = copy;
    mm_buf_release(&m->data);
    m->data = out;
    return 0;
}

int mm_features_sample(struct mm_features *f, struct mm_sample *s,
                       struct mm_err *err)
{
    char name[NAME_BYTES];
    int found = 0;

    for (size_t i = 0; i < s->n; i++)
        found |= new_name(s->members[i].name, name);
    if (!found)
        return 0;
    if (rename_images(s, err) < 0)
        return mm_fail_in(err, "sample '%s'", s->key);
    for (size_t i = 0; i < s->n; i++) {
        if (new_name(s->members[i].name, name) &&
            replace_member(f, s, s->members[i].name, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- where they come from ---- */

static uint64_t hash_encoder(const struct mm_model *m)
{
    size_t end = 0;

    for (size_t i = 0; i < m->n_params; i++) {
        const struct mm_param *p = &m->params[i];

        if (p->part == MM_PART_ENCODER)
            end = p->offset + mm_tensor_count(&p->tensor);
    }
    return mm_hash64(m->weights, end * sizeof *m->weights);
}

void mm_features_describe(const struct mm_features *f, struct mm_jw *w)
{
    const struct mm_vision_config *c = &f->model->config.vision;
    char hash[24];

    snprintf(hash, sizeof hash, "%016llx",
             (unsigned long long)hash_encoder(f->model));
    mm_jw_open(w, '{');
    mm_jw_key(w, "width");
    mm_jw_int(w, (int64_t)c->width);
    mm_jw_key(w, "patch_size");
    mm_jw_int(w, (int64_t)c->patch_size);
    mm_jw_key(w, "weights");
    mm_jw_str(w, hash);
    mm_jw_close(w, '}');
}
