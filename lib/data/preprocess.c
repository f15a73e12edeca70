/*
 * preprocess.c - preprocessor_config.json, in the keys of Hugging Face
 *
 *   ours     theirs
 *   squash   size {height, width}
 *   crop     size {shortest_edge}, do_center_crop, crop_size {height, width}
 *   pad      size {height, width}, image_aspect_ratio "pad" (LLaVA)
 *   filter   resample: 2 bilinear, 3 bicubic
 *
 * and what theirs cannot say: "mm1": {"alpha", "max_pixels", "orientation",
 * "tiles", "overview"}.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "data/image.h"

/* Their numbers for the filters, by ours */
static const int resample[] = { 3, 2 };

static const char *const alpha_names[] = { "white", "drop" };
static const char *const filter_names[] = { "bicubic", "bilinear" };
static const char *const fit_names[] = { "squash", "crop", "pad" };

void mm_preprocess_default(struct mm_preprocess *p)
{
    *p = (struct mm_preprocess){
        .size = 224,
        .fit = MM_FIT_SQUASH,
        .filter = MM_FILTER_BICUBIC,
        .alpha = MM_ALPHA_WHITE,
        .max_pixels = 89478485 /* where Pillow begins to warn of bombs */
    };
    mm_preprocess_normalise(p, MM_NORMALISE_CLIP);
}

void mm_preprocess_normalise(struct mm_preprocess *p, enum mm_normalise how)
{
    static const struct {
        float mean[3], std[3];
    } by[] = {
        [MM_NORMALISE_CLIP] = { { 0.48145466f, 0.4578275f, 0.40821073f },
                                { 0.26862954f, 0.26130258f, 0.27577711f } },
        [MM_NORMALISE_IMAGENET] = { { 0.485f, 0.456f, 0.406f },
                                    { 0.229f, 0.224f, 0.225f } },
        [MM_NORMALISE_HALF] = { { 0.5f, 0.5f, 0.5f }, { 0.5f, 0.5f, 0.5f } }
    };

    memcpy(p->mean, by[how].mean, sizeof p->mean);
    memcpy(p->std, by[how].std, sizeof p->std);
}

/* ---- writing ---- */

/* The shortest number that reads back as the same float */
static void write_float(struct mm_jw *w, float v)
{
    char text[32];

    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)v);
        if (strtof(text, NULL) == v)
            break;
    }
    mm_jw_raw(w, text, strlen(text));
}

static void write_floats(struct mm_jw *w, const char *key, const float v[3])
{
    mm_jw_key(w, key);
    mm_jw_open(w, '[');
    for (int c = 0; c < 3; c++)
        write_float(w, v[c]);
    mm_jw_close(w, ']');
}

static void write_tiling(struct mm_jw *w, const struct mm_tiling *t)
{
    char text[MM_TILING_TEXT];

    if (!mm_tiling_is_on(t))
        return;
    mm_tiling_print(t, text);
    mm_jw_put_str(w, "tiles", text);
    mm_jw_put_str(w, "overview", mm_overview_name(t->overview));
}

void mm_preprocess_describe(const struct mm_preprocess *p, struct mm_jw *w)
{
    mm_jw_open(w, '{');
    mm_jw_put_size(w, "size", p->size);
    mm_jw_put_str(w, "fit", fit_names[p->fit]);
    mm_jw_put_str(w, "filter", filter_names[p->filter]);
    mm_jw_put_str(w, "alpha", alpha_names[p->alpha]);
    write_floats(w, "mean", p->mean);
    write_floats(w, "std", p->std);
    write_tiling(w, &p->tiling);
    mm_jw_close(w, '}');
}

static void write_square(struct mm_jw *w, const char *key, size_t size)
{
    mm_jw_key(w, key);
    mm_jw_open(w, '{');
    mm_jw_put_size(w, "height", size);
    mm_jw_put_size(w, "width", size);
    mm_jw_close(w, '}');
}

static void write_sizes(const struct mm_preprocess *p, struct mm_jw *w)
{
    mm_jw_put_bool(w, "do_resize", 1);
    if (p->fit == MM_FIT_CROP) {
        mm_jw_key(w, "size");
        mm_jw_open(w, '{');
        mm_jw_put_size(w, "shortest_edge", p->size);
        mm_jw_close(w, '}');
    } else {
        write_square(w, "size", p->size);
    }
    mm_jw_put_int(w, "resample", resample[p->filter]);
    mm_jw_put_bool(w, "do_center_crop", p->fit == MM_FIT_CROP);
    write_square(w, "crop_size", p->size);
    if (p->fit == MM_FIT_PAD)
        mm_jw_put_str(w, "image_aspect_ratio", "pad");
}

static void write_ours(const struct mm_preprocess *p, struct mm_jw *w)
{
    mm_jw_key(w, "mm1");
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "alpha", alpha_names[p->alpha]);
    mm_jw_put_size(w, "max_pixels", p->max_pixels);
    mm_jw_put_str(w, "orientation", "exif");
    write_tiling(w, &p->tiling);
    mm_jw_close(w, '}');
}

void mm_preprocess_print(const struct mm_preprocess *p, struct mm_buf *out)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "image_processor_type", "CLIPImageProcessor");
    mm_jw_put_bool(&w, "do_convert_rgb", 1);
    write_sizes(p, &w);
    mm_jw_put_bool(&w, "do_rescale", 1);
    mm_jw_put_num(&w, "rescale_factor", 1 / 255.0);
    mm_jw_put_bool(&w, "do_normalize", 1);
    write_floats(&w, "image_mean", p->mean);
    write_floats(&w, "image_std", p->std);
    write_ours(p, &w);
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

static void set_path(struct mm_buf *path, const char *dir)
{
    mm_buf_addf(path, "%s/%s", dir, MM_PREPROCESS_FILE);
}

int mm_preprocess_save(const struct mm_preprocess *p, const char *dir,
                       struct mm_err *err)
{
    struct mm_buf text = { 0 }, path = { 0 };
    int result = -1;

    mm_preprocess_print(p, &text);
    set_path(&path, dir);
    if (mm_buf_check(&text, err) == 0 && mm_buf_check(&path, err) == 0)
        result = mm_write_file(path.data, text.data, text.len, err);
    mm_buf_release(&text);
    mm_buf_release(&path);
    return result;
}

/* ---- reading ---- */

static int read_floats(float v[3], const struct mm_json *list, double low,
                       double high, const char *key, struct mm_err *err)
{
    const struct mm_json *e = list == NULL ? NULL : list->child;

    if (list == NULL)
        return 0;
    for (int c = 0; c < 3; c++, e = e->next) {
        double number = mm_json_num(e, NAN);

        if (list->type != MM_JSON_ARRAY || list->n != 3 ||
            !(number >= low && number <= high))
            return mm_fail(err, MM_ECONFIG,
                           "'%s' must be 3 numbers from %g to %g", key, low,
                           high);
        v[c] = (float)number;
    }
    return 0;
}

/* A whole number, an object of equal height and width, or shortest_edge */
static int64_t read_square(const struct mm_json *v)
{
    int64_t height = mm_json_int(mm_json_get(v, "height"), -1);

    if (v == NULL || v->type != MM_JSON_OBJECT)
        return mm_json_int(v, -1);
    if (mm_json_get(v, "shortest_edge") != NULL)
        return mm_json_int(mm_json_get(v, "shortest_edge"), -1);
    return height == mm_json_int(mm_json_get(v, "width"), -1) ? height : -1;
}

/* Is it switched on, as it is where nothing is said? */
static int is_on(const struct mm_json *root, const char *key)
{
    return mm_json_bool(mm_json_get(root, key), 1);
}

static int read_fit(struct mm_preprocess *p, const struct mm_json *root,
                    struct mm_err *err)
{
    const struct mm_json *size = mm_json_get(root, "size");
    int shortest = size != NULL && mm_json_get(size, "height") == NULL;
    int crops = mm_json_bool(mm_json_get(root, "do_center_crop"), 0);
    int64_t side = read_square(size);

    if (!is_on(root, "do_resize") || !is_on(root, "do_rescale") ||
        !is_on(root, "do_normalize"))
        return mm_fail(err, MM_ECONFIG,
                       "without resizing, rescaling or normalising is not "
                       "known");
    if (side < 1 || side > MM_IMAGE_MAX_SIZE)
        return mm_fail(err, MM_ECONFIG,
                       "'size' must be a square of 1 to %d pixels",
                       MM_IMAGE_MAX_SIZE);
    if (shortest && !crops)
        return mm_fail(err, MM_ECONFIG, "a shortest edge without a centre "
                                        "crop is not known");
    if (crops && read_square(mm_json_get(root, "crop_size")) != side)
        return mm_fail(err, MM_ECONFIG,
                       "a crop of another size than 'size' is not known");
    p->size = (size_t)side;
    p->fit = crops && shortest ? MM_FIT_CROP : MM_FIT_SQUASH;
    if (strcmp(mm_json_str(mm_json_get(root, "image_aspect_ratio"), ""),
               "pad") == 0)
        p->fit = MM_FIT_PAD;
    return 0;
}

static int read_filter(struct mm_preprocess *p, const struct mm_json *root,
                       struct mm_err *err)
{
    int64_t number = mm_json_int(mm_json_get(root, "resample"), resample[0]);

    for (size_t i = 0; i < sizeof resample / sizeof *resample; i++)
        if (number == resample[i]) {
            p->filter = (enum mm_filter)i;
            return 0;
        }
    return mm_fail(err, MM_ECONFIG,
                   "'resample' is %lld; known are 2 (bilinear), 3 (bicubic)",
                   (long long)number);
}

/* A member that is a text; `other` where there is none. */
static int read_text(const char **text, const struct mm_json *from,
                     const char *key, const char *other, struct mm_err *err)
{
    const struct mm_json *v = mm_json_get(from, key);

    *text = mm_json_str(v, other);
    if (!v || v->type == MM_JSON_NULL || v->type == MM_JSON_STRING)
        return 0;
    return mm_fail(err, MM_EDATA, "'%s' is no text", key);
}

/* No word of tiles: none. */
static int read_tiling(struct mm_tiling *t, const struct mm_json *from,
                       struct mm_err *err)
{
    const char *tiles, *name;
    int overview;

    if (read_text(&tiles, from, "tiles", "none", err) != 0 ||
        read_text(&name, from, "overview",
                  mm_overview_name(MM_OVERVIEW_FIRST), err) != 0)
        return -1;
    overview = mm_overview_find(name);
    if (mm_tiling_parse(t, tiles, err) != 0) {
        err->code = MM_EDATA;
        return mm_fail_in(err, "'tiles'");
    }
    if (overview < 0)
        return mm_fail(err, MM_EDATA, "'overview' is '%.40s'; known are %s",
                       name, MM_OVERVIEW_NAMES);
    t->overview = (enum mm_overview)overview;
    return 0;
}

static int read_ours(struct mm_preprocess *p, const struct mm_json *ours,
                     struct mm_err *err)
{
    const struct mm_json *max = mm_json_get(ours, "max_pixels");
    int64_t pixels = max ? mm_json_int(max, -1) : (int64_t)p->max_pixels;
    const char *alpha;

    if (read_text(&alpha, ours, "alpha", alpha_names[p->alpha], err) != 0) {
        err->code = MM_ECONFIG;
        return -1;
    }
    if (strcmp(alpha, alpha_names[MM_ALPHA_DROP]) == 0)
        p->alpha = MM_ALPHA_DROP;
    else if (strcmp(alpha, alpha_names[MM_ALPHA_WHITE]) != 0)
        return mm_fail(err, MM_ECONFIG, "'alpha' is '%s'; known are %s", alpha,
                       MM_ALPHA_NAMES);
    if (pixels < 1 || pixels > (int64_t)MM_IMAGE_MAX_PIXELS)
        return mm_fail(err, MM_ECONFIG, "'max_pixels' is out of range");
    p->max_pixels = (size_t)pixels;
    if (read_tiling(&p->tiling, ours, err) == 0)
        return 0;
    err->code = MM_ECONFIG;
    return -1;
}

static int read_root(struct mm_preprocess *p, const struct mm_json *root,
                     struct mm_err *err)
{
    if (root->type != MM_JSON_OBJECT)
        return mm_fail(err, MM_ECONFIG, "no object");
    if (read_fit(p, root, err) != 0 || read_filter(p, root, err) != 0 ||
        read_floats(p->mean, mm_json_get(root, "image_mean"), 0, 1,
                    "image_mean", err) != 0 ||
        read_floats(p->std, mm_json_get(root, "image_std"), 1e-6, 1e6,
                    "image_std", err) != 0)
        return -1;
    return read_ours(p, mm_json_get(root, "mm1"), err);
}

int mm_preprocess_load(struct mm_preprocess *p, const char *dir,
                       struct mm_err *err)
{
    struct mm_json_doc doc = { 0 };
    struct mm_buf path = { 0 };
    int result = -1;

    mm_preprocess_default(p);
    set_path(&path, dir);
    if (mm_buf_check(&path, err) == 0 &&
        mm_json_parse_file(&doc, path.data, err) == 0) {
        result = read_root(p, doc.root, err);
        if (result != 0)
            mm_fail_in(err, "'%s'", path.data);
    }
    mm_json_release(&doc);
    mm_buf_release(&path);
    return result;
}

/* ---- from the meta of a shard ---- */

static int find_name(const struct mm_json *v, const char *const *names,
                     size_t n, int otherwise)
{
    const char *name = mm_json_str(v, NULL);

    for (size_t i = 0; name && i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return (int)i;
    return v ? -1 : otherwise;
}

int mm_preprocess_parse(struct mm_preprocess *p, const struct mm_json *pixels,
                        struct mm_err *err)
{
    int64_t size = mm_json_int(mm_json_get(pixels, "size"), (int64_t)p->size);
    int fit = find_name(mm_json_get(pixels, "fit"), fit_names, 3, p->fit);
    int filter = find_name(mm_json_get(pixels, "filter"), filter_names, 2,
                           p->filter);
    int alpha = find_name(mm_json_get(pixels, "alpha"), alpha_names, 2,
                          p->alpha);

    if (size < 1 || size > MM_IMAGE_MAX_SIZE || fit < 0 || filter < 0 ||
        alpha < 0)
        return mm_fail(err, MM_EDATA, "meta.pixels is not known to this mm1");
    p->size = (size_t)size;
    p->fit = (enum mm_fit)fit;
    p->filter = (enum mm_filter)filter;
    p->alpha = (enum mm_alpha)alpha;
    if (read_tiling(&p->tiling, pixels, err) != 0 ||
        read_floats(p->mean, mm_json_get(pixels, "mean"), 0, 1, "mean", err))
        return -1;
    return read_floats(p->std, mm_json_get(pixels, "std"), 1e-6, 1e6, "std",
                       err);
}
