/*
 * mm1-encode-image.c - the pictures of a shard become pixels of one size
 *
 * A pipeline reads samples, decodes and fits their pictures on several
 * threads, and writes the samples in the order in which they came.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/par.h"
#include "data/encode_image.h"
#include "data/image.h"
#include "data/image_fit.h"
#include "data/npy.h"
#include "data/png.h"
#include "data/shard.h"
#include "eval/features.h"
#include "tool.h"

#define PICTURE_MAX ((size_t)1 << 30) /* bytes of a file given to --dump */
#define EARLY 1000                    /* pictures that make a share */

enum on_error { SKIP,
                FAIL };
enum dump { DUMP_NONE,
            DUMP_DECODED,
            DUMP_FITTED };

struct options {
    struct mm_common common;
    const char *output, *features, *tiles;
    int64_t size, max_pixels;
    int fit, filter, alpha, on_error, dump, overview, normalise;
    double max_bad;
};

#define AT(field) offsetof(struct options, field)
static const struct mm_opt opts[] = {
    { 'o', "output", MM_OPT_STR, AT(output), "file", "-", "write there", 0, 0,
      NULL, MM_OPT_QUIET },
    { 's', "size", MM_OPT_INT, AT(size), "n", "224",
      "side of the square that the encoder sees", 1, MM_IMAGE_MAX_SIZE, NULL,
      0 },
    { 0, "fit", MM_OPT_CHOICE, AT(fit), NULL, "squash",
      "how a picture becomes a square", 0, 0, MM_FIT_NAMES, 0 },
    { 0, "filter", MM_OPT_CHOICE, AT(filter), NULL, "bicubic",
      "of the resampling", 0, 0, MM_FILTER_NAMES, 0 },
    { 0, "alpha", MM_OPT_CHOICE, AT(alpha), NULL, "white",
      "put transparent pictures on white, or drop the transparency", 0, 0,
      MM_ALPHA_NAMES, 0 },
    { 0, "features", MM_OPT_STR, AT(features), "model",
      NULL, "make pixels as this model wants them, and run its encoder", 0, 0,
      NULL, 0 },
    { 0, "max-pixels", MM_OPT_INT, AT(max_pixels), "n", "89478485",
      "refuse larger pictures before decoding them", 1,
      (double)MM_IMAGE_MAX_PIXELS, NULL, 0 },
    { 0, "on-error", MM_OPT_CHOICE, AT(on_error), NULL, "skip",
      "what to do about a picture that cannot be used", 0, 0, "skip|fail",
      MM_OPT_QUIET },
    { 0, "max-bad", MM_OPT_NUM, AT(max_bad), "share", "0.01",
      "fail when more of the pictures cannot be used", 0, 1, NULL,
      MM_OPT_QUIET },
    { 0, "dump", MM_OPT_CHOICE, AT(dump), NULL, "none",
      "the input is a picture: write its pixels, decoded or fitted", 0, 0,
      "none|decoded|fitted", 0 },
    { 0, "tiles", MM_OPT_STR, AT(tiles), "grid", "none",
      "more views of a picture, enlarged to COLSxROWS or MIN-MAX tiles", 0, 0,
      NULL, 0 },
    { 0, "overview", MM_OPT_CHOICE, AT(overview), NULL, "first",
      "where the whole picture stands beside its tiles", 0, 0,
      MM_OVERVIEW_NAMES, 0 },
    { 0, "normalise", MM_OPT_CHOICE, AT(normalise), NULL, "clip",
      "whose mean and deviation the encoder takes off", 0, 0,
      MM_NORMALISE_NAMES, 0 },
    { 0 }
};
#undef AT

static int set_preprocess(struct mm_preprocess *p, const struct options *o,
                          struct mm_err *err)
{
    mm_preprocess_default(p);
    p->size = (size_t)o->size;
    p->fit = (enum mm_fit)o->fit;
    p->filter = (enum mm_filter)o->filter;
    p->alpha = (enum mm_alpha)o->alpha;
    p->max_pixels = (size_t)o->max_pixels;
    mm_preprocess_normalise(p, (enum mm_normalise)o->normalise);
    p->tiling.overview = (enum mm_overview)o->overview;
    if (mm_tiling_parse(&p->tiling, o->tiles, err) != 0)
        return mm_fail_in(err, "--tiles");
    return 0;
}

/* ---- a shard ---- */

struct job {
    const struct options *o;
    struct mm_encode_image encode;
    struct mm_shard *in;
    struct mm_shard_writer *out;
    struct mm_features features; /* open with --features */
    struct mm_encode_image_counts counts;
    size_t samples, unusable, dropped;
};

static int read_sample(void *ctx, void *item, struct mm_err *err)
{
    struct job *j = ctx;
    struct mm_encode_image_item *it = item;

    return mm_shard_next(j->in, &it->sample, err);
}

static int work_sample(void *ctx, void *item, struct mm_err *err)
{
    const struct job *j = ctx;

    if (mm_encode_image_sample(&j->encode, item, err) != 0)
        return mm_fail_in(err, "'%s'", mm_shard_name(j->in));
    return 0;
}

static int too_many(const struct job *j)
{
    return (double)j->unusable > j->o->max_bad * (double)j->counts.pictures;
}

static int fail_too_many(const struct job *j, struct mm_err *err)
{
    return mm_fail(err, MM_EDATA,
                   "%zu of %zu pictures cannot be used; --max-bad=%g allows "
                   "fewer",
                   j->unusable, j->counts.pictures, j->o->max_bad);
}

/* Say what was wrong with pictures, or stop. */
static int report(struct job *j, const struct mm_encode_image_item *it,
                  struct mm_err *err)
{
    const char *line = it->report.data;

    if (it->unusable == 0)
        return 0;
    if (j->o->on_error == FAIL)
        return mm_fail(err, MM_EDATA, "%s", line);
    for (size_t i = 0; i < it->unusable; i++, line += strlen(line) + 1)
        mm_log(MM_LOG_WARN, "%s%s", line,
               it->dropped ? "; sample dropped" : "");
    if (j->counts.pictures >= EARLY && too_many(j))
        return fail_too_many(j, err);
    return 0;
}

/* The encoder runs here, on all threads itself. */
static int write_sample(void *ctx, void *item, struct mm_err *err)
{
    struct job *j = ctx;
    struct mm_encode_image_item *it = item;

    mm_encode_image_count(&j->counts, it);
    j->samples++;
    j->unusable += it->unusable;
    j->dropped += it->dropped != 0;
    mm_progress("%zu samples, %zu pictures", j->samples, j->counts.pictures);
    if (report(j, it, err) != 0)
        return -1;
    if (j->o->features && !it->dropped &&
        mm_features_sample(&j->features, &it->sample, err) != 0)
        return -1;
    return it->dropped ? 0 : mm_shard_put(j->out, &it->sample, err);
}

static void free_sample(void *ctx, void *item)
{
    (void)ctx;
    mm_encode_image_release(item);
}

static int run_pipeline(struct job *j, struct mm_err *err)
{
    const struct mm_pipeline p = {
        .item_bytes = sizeof(struct mm_encode_image_item),
        .read = read_sample,
        .work = work_sample,
        .write = write_sample,
        .free = free_sample,
        .ctx = j,
    };

    if (mm_pipeline_run(&p, mm_par_threads(), err) != 0)
        return -1;
    return too_many(j) ? fail_too_many(j, err) : 0;
}

/* The input's meta with "pixels", and the image token it tells */
static int make_meta(struct job *j, const struct mm_shard_header *h,
                     struct mm_buf *meta, struct mm_err *err)
{
    struct mm_json_doc doc = { 0 };
    const struct mm_json *v;
    struct mm_jw w;

    if (mm_shard_meta(h, &doc, err) != 0)
        return -1;
    v = mm_json_get(mm_json_get(doc.root, "tokenizer"), "image");
    j->encode.image_token = (int32_t)mm_json_int(v, -1);
    mm_jw_begin(&w, meta);
    mm_jw_open(&w, '{');
    for (v = doc.root->child; v != NULL; v = v->next) {
        mm_jw_key(&w, v->key);
        mm_jw_value(&w, v);
    }
    mm_jw_key(&w, "pixels");
    mm_preprocess_describe(&j->encode.pre, &w);
    if (j->o->features) {
        mm_jw_key(&w, "features");
        mm_features_describe(&j->features, &w);
    }
    mm_jw_close(&w, '}');
    mm_json_release(&doc);
    return mm_buf_check(meta, err);
}

/* Only shards whose pictures are still files */
static int check_kind(struct job *j, const struct mm_shard_header *h,
                      struct mm_err *err)
{
    if (strcmp(h->kind, MM_KIND_DOCUMENTS) == 0) {
        j->encode.image_token = -1;
        return 0;
    }
    if (strcmp(h->kind, MM_KIND_TOKENS) != 0)
        return mm_fail(err, MM_EDATA,
                       "'%s' is a shard of %s; documents or tokens are wanted",
                       mm_shard_name(j->in), h->kind);
    if (j->encode.image_token < 0)
        return mm_fail(err, MM_EDATA,
                       "'%s' does not tell the image token; make it again "
                       "with mm1-tokenize encode",
                       mm_shard_name(j->in));
    return 0;
}

static int commit(struct job *j, struct mm_err *err)
{
    struct mm_shard_writer *out = j->out;
    struct mm_buf counts = { 0 };
    struct mm_jw w;
    int result = -1;

    mm_jw_begin(&w, &counts);
    mm_encode_image_print(&j->counts, &w);
    if (mm_buf_check(&counts, err) == 0) {
        j->out = NULL; /* freed in any case */
        result = mm_shard_commit(out, counts.data, err);
    }
    mm_buf_release(&counts);
    if (result == 0)
        mm_log(MM_LOG_INFO,
               "%zu samples, %zu dropped; %zu pictures, %zu unusable",
               j->samples, j->dropped, j->counts.pictures, j->unusable);
    return result;
}

/* A model's own preprocessing goes with its features. */
static int begin_job(struct job *j, const char *path, struct mm_err *err)
{
    if (set_preprocess(&j->encode.pre, j->o, err) != 0)
        return -1;
    if (j->o->features) {
        if (mm_features_open(&j->features, j->o->features, err) < 0)
            return -1;
        j->encode.pre = j->features.pre;
        j->encode.pre.max_pixels = (size_t)j->o->max_pixels;
    }
    j->in = mm_shard_open(path, err);
    return j->in == NULL ? -1 : 0;
}

static int run_job(struct job *j, struct mm_err *err)
{
    const struct mm_shard_header *h = mm_shard_header(j->in);
    struct mm_buf meta = { 0 };

    if (make_meta(j, h, &meta, err) == 0 && check_kind(j, h, err) == 0)
        j->out = mm_shard_create(
            j->o->output, j->o->features ? MM_KIND_FEATURES : MM_KIND_PIXELS,
            meta.data, h->history, err);
    mm_buf_release(&meta);
    if (j->out == NULL || run_pipeline(j, err) != 0)
        return -1;
    return commit(j, err);
}

static int run_shard(const struct options *o, const char *path,
                     struct mm_err *err)
{
    struct job j = { .o = o };
    int result = begin_job(&j, path, err);

    if (result == 0)
        result = run_job(&j, err);
    mm_shard_discard(j.out);
    mm_shard_close(j.in);
    mm_features_close(&j.features);
    return result;
}

/* ---- one picture ---- */

static int ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);

    return n >= m && strcmp(name + n - m, suffix) == 0;
}

static int write_picture(const char *path, const struct mm_image *im,
                         struct mm_err *err)
{
    const size_t shape[3] = { im->height, im->width, 3 };
    struct mm_buf out = { 0 };
    struct mm_out *file = NULL;
    int result = 0;

    if (ends_in(path, ".png"))
        result = mm_png_encode(&out, im, err);
    else
        mm_npy_write(&out, MM_NPY_U1, 3, shape, im->rgb);
    if (result == 0)
        result = mm_buf_check(&out, err);
    if (result == 0 && (file = mm_out_open(path, err)) == NULL)
        result = -1;
    if (result == 0)
        result = mm_out_write(file, out.data, out.len, err);
    if (result == 0)
        result = mm_out_commit(file, err);
    else
        mm_out_discard(file);
    mm_buf_release(&out);
    return result;
}

static int run_dump(const struct options *o, const char *path,
                    struct mm_err *err)
{
    struct mm_preprocess pre;
    struct mm_fitter fitter = { 0 };
    struct mm_image im = { 0 };
    struct mm_buf file = { 0 };
    int result;

    if (set_preprocess(&pre, o, err) != 0)
        return -1;
    if (mm_read_file(path, &file, PICTURE_MAX, err) != 0) {
        mm_buf_release(&file);
        return -1;
    }
    if (o->dump == DUMP_FITTED)
        result = mm_fitter_decode(&fitter, &im, file.data, file.len, &pre, err);
    else
        result = mm_image_decode(&im, file.data, file.len, &pre, err);
    if (result != 0)
        mm_fail_in(err, "'%s'", strcmp(path, "-") ? path : "standard input");
    else
        result = write_picture(o->output, &im, err);
    mm_fitter_release(&fitter);
    mm_image_release(&im);
    mm_buf_release(&file);
    return result;
}

static int check_options(const struct options *o, int argc,
                         struct mm_err *err)
{
    if (argc > 1)
        return mm_fail(err, MM_EUSAGE, "one input at a time");
    if (o->features && o->dump != DUMP_NONE)
        return mm_fail(err, MM_EUSAGE, "--features is not for --dump");
    return 0;
}

static int run(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct options *o = options;
    const char *path = argc > 0 ? argv[0] : "-";

    if (check_options(o, argc, err) != 0)
        return -1;
    if (o->dump != DUMP_NONE)
        return run_dump(o, path, err);
    return run_shard(o, path, err);
}

static const struct mm_verb verbs[] = {
    { NULL, "[shard]", "turn the pictures of a shard into pixels", opts,
      sizeof(struct options), run },
    { 0 }
};

static const struct mm_program program = {
    .name = "mm1-encode-image",
    .summary = "turn the pictures of a shard into pixels",
    .verbs = verbs
};

int main(int argc, char **argv)
{
    return tool_main(&program, argc, argv);
}
