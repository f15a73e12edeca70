/*
 * import.c - foreign input becomes a shard of documents: the pipeline
 */
#include "data/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/par.h"
#include "data/import_reader.h"
#include "data/shard.h"

/* Bad records that are named before they are only counted. */
#define NAMED 10

static const char *const drop_names[MM_DROP_N] = {
    [MM_DROP_NONE] = "",
    [MM_DROP_MISSING] = "missing",
    [MM_DROP_OUTSIDE] = "outside",
    [MM_DROP_UNREADABLE] = "unreadable",
    [MM_DROP_SMALL] = "small",
    [MM_DROP_LARGE] = "large",
    [MM_DROP_ASPECT] = "aspect",
    [MM_DROP_BANNED] = "banned",
    [MM_DROP_REPEATED] = "repeated",
    [MM_DROP_DUPLICATE] = "duplicate",
    [MM_DROP_NO_PICTURE] = "no picture",
    [MM_DROP_MANY_PICTURES] = "many pictures",
    [MM_DROP_NO_TEXT] = "no text",
    [MM_DROP_TURNS] = "turn order",
    [MM_DROP_MARKS] = "<image> marks",
    [MM_DROP_FILE] = "file missing",
    [MM_DROP_ERROR] = "bad",
};

/* ---- reading ---- */

static void item_clear(struct mm_import_item *it)
{
    it->file = NULL;
    it->index = -1;
    it->place = 0;
    it->unit = "record";
    it->number = 0;
    mm_buf_clear(&it->raw);
    mm_buf_clear(&it->key);
    mm_sample_clear(&it->parts);
    mm_sample_clear(&it->sample);
    it->made = it->failed = it->named = 0;
    it->why = MM_DROP_NONE;
    it->pictures = 0;
    it->n_hashes = 0;
    memset(it->dropped, 0, sizeof it->dropped);
}

static void item_free(void *ctx, void *item)
{
    struct mm_import_item *it = item;

    (void)ctx;
    mm_buf_release(&it->raw);
    mm_buf_release(&it->key);
    mm_sample_release(&it->parts);
    mm_sample_release(&it->sample);
    free(it->hashes);
}

/* Is it the record that is bad, and not the machine? */
static int is_record(const struct mm_err *err)
{
    return err->code == MM_EDATA || err->code == MM_ENOINPUT ||
           err->code == MM_EPERM;
}

int mm_import_whole(struct mm_import *im, struct mm_import_item *it,
                    struct mm_err *err)
{
    if (mm_gzip_rest(im->z, &it->raw, (size_t)im->o->max_bytes, err) < 0) {
        if (!is_record(err))
            return -1;
        it->failed = it->named = 1;
        it->err = *err;
    }
    return 0;
}

static void file_close(struct mm_import *im)
{
    mm_gzip_close(im->z);
    im->z = NULL;
    im->done++;
}

static int file_open(struct mm_import *im, const struct mm_import_file *f,
                     struct mm_err *err)
{
    if (!im->z) /* a pipe is open when its first bytes were looked at */
        im->z = mm_gzip_open(f->path, err);
    if (!im->z)
        return -1;
    im->records = 0;
    return im->reader->open ? im->reader->open(im, err) : 0;
}

/* The next record of the current file: 1, 0 at the file's end, -1. */
static int file_read(struct mm_import *im, const struct mm_import_file *f,
                     struct mm_import_item *it, struct mm_err *err)
{
    if (!im->opened && file_open(im, f, err) < 0)
        return -1;
    if (im->reader->read) {
        im->opened = 1;
        return im->reader->read(im, it, err);
    }
    if (mm_import_whole(im, it, err) < 0)
        return -1;
    file_close(im);
    return 1;
}

static int read_item(void *ctx, void *item, struct mm_err *err)
{
    struct mm_import *im = ctx;
    struct mm_import_item *it = item;

    while (im->done < im->files.n) {
        const struct mm_import_file *f = &im->files.v[im->done];
        int more = 1;

        item_clear(it);
        it->file = f;
        if (im->reader->closed)
            im->done++;
        else
            more = file_read(im, f, it, err);
        if (more != 0)
            return more;
        im->opened = 0;
        file_close(im);
    }
    return 0;
}

/* ---- working ---- */

static int work_item(void *ctx, void *item, struct mm_err *err)
{
    struct mm_import *im = ctx;
    struct mm_import_item *it = item;

    if (it->failed || im->reader->work(im, it, &it->err) == 0)
        return 0;
    if (!is_record(&it->err)) {
        *err = it->err;
        return -1;
    }
    it->failed = 1;
    it->made = 0;
    return 0;
}

/* ---- writing ---- */

/* Put the record's place in front of its error. */
static void name_error(struct mm_import_item *it)
{
    const char *path = it->file->path;

    if (strcmp(path, "-") == 0)
        path = "standard input";
    if (it->named)
        return;
    if (it->place)
        mm_fail_in(&it->err, "'%s', %s %llu", path, it->unit,
                   (unsigned long long)it->place);
    else
        mm_fail_in(&it->err, "'%s'", path);
}

static int bad_record(struct mm_import *im, struct mm_import_item *it,
                      struct mm_err *err)
{
    name_error(it);
    if (im->o->on_error == MM_IMPORT_FAIL) {
        *err = it->err;
        return -1;
    }
    if (im->errors_named++ < NAMED)
        mm_log(MM_LOG_WARN, "%s", it->err.msg);
    else
        mm_log(MM_LOG_DEBUG, "%s", it->err.msg);
    if (!it->why)
        it->why = it->err.code == MM_ENOINPUT ? MM_DROP_FILE
                                              : MM_DROP_ERROR;
    it->dropped[it->why]++;
    return 0;
}

static int write_sample(struct mm_import *im, struct mm_import_item *it,
                        struct mm_err *err)
{
    if (it->failed && bad_record(im, it, err) < 0)
        return -1;
    for (int i = 0; i < MM_DROP_N; i++)
        im->dropped[i] += it->dropped[i];
    if (!it->made)
        return 0;
    if (mm_import_key(im, it, err) < 0 ||
        mm_shard_put(im->out, &it->sample, err) < 0)
        return -1;
    im->documents++;
    im->pictures += it->pictures;
    mm_progress("%llu documents", (unsigned long long)im->documents);
    return 0;
}

/* ---- a pass over the files ---- */

static int write_item(void *ctx, void *item, struct mm_err *err)
{
    struct mm_import *im = ctx;

    return im->write(im, item, err);
}

int mm_import_pass(struct mm_import *im,
                   int (*write)(struct mm_import *im,
                                struct mm_import_item *it,
                                struct mm_err *err),
                   struct mm_err *err)
{
    const struct mm_pipeline p = {
        sizeof(struct mm_import_item), read_item, work_item,
        write_item, item_free, im
    };
    int result;

    im->write = write;
    im->done = 0;
    im->opened = 0;
    result = mm_pipeline_run(&p, mm_par_threads(), err);
    mm_gzip_close(im->z);
    im->z = NULL;
    return result;
}

/* ---- what was done ---- */

/* The counts of some reasons: "; pictures left out: 3 small, 1 missing" */
static void say_dropped(struct mm_buf *text, const struct mm_import *im,
                        const char *what, int from, int to)
{
    const char *comma = what;

    for (int i = from; i < to; i++) {
        if (im->dropped[i] == 0)
            continue;
        mm_buf_addf(text, "%s%llu %s", comma,
                    (unsigned long long)im->dropped[i], drop_names[i]);
        comma = ", ";
    }
}

static void say_all_dropped(struct mm_buf *text, const struct mm_import *im)
{
    say_dropped(text, im, "; documents left out: ", MM_DROP_NO_PICTURE,
                MM_DROP_N);
    say_dropped(text, im, "; pictures left out: ", MM_DROP_MISSING,
                MM_DROP_NO_PICTURE);
}

static int say(const struct mm_import *im, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    int result;

    mm_buf_addf(&text, "%llu documents, %llu pictures",
                (unsigned long long)im->documents,
                (unsigned long long)im->pictures);
    say_all_dropped(&text, im);
    result = mm_buf_check(&text, err);
    if (result == 0)
        mm_log(MM_LOG_INFO, "%s", text.data);
    mm_buf_release(&text);
    return result;
}

static int no_documents(const struct mm_import *im, struct mm_err *err)
{
    struct mm_buf text = { 0 };

    mm_buf_adds(&text, "");
    say_all_dropped(&text, im);
    if (mm_buf_check(&text, err) == 0)
        mm_fail(err, MM_EDATA, "no documents in '%s', read as %s%s",
                strcmp(im->inputs[0], "-") ? im->inputs[0] : "standard input",
                im->reader->name, text.data);
    mm_buf_release(&text);
    return -1;
}

static void count(struct mm_buf *text, const struct mm_import *im)
{
    struct mm_jw w;

    mm_jw_begin(&w, text);
    mm_jw_open(&w, '{');
    mm_jw_put_size(&w, "documents", im->documents);
    mm_jw_put_size(&w, "pictures", im->pictures);
    mm_jw_key(&w, "left_out");
    mm_jw_open(&w, '{');
    for (int i = 1; i < MM_DROP_N; i++) {
        if (im->dropped[i] == 0)
            continue;
        mm_jw_put_size(&w, drop_names[i], im->dropped[i]);
    }
    mm_jw_close(&w, '}');
    mm_jw_close(&w, '}');
}

static int commit(struct mm_import *im, struct mm_err *err)
{
    struct mm_shard_writer *out = im->out;
    struct mm_buf counts = { 0 };
    int result;

    im->out = NULL;
    count(&counts, im);
    result = mm_buf_check(&counts, err);
    if (result == 0)
        result = mm_shard_commit(out, counts.data, err);
    else
        mm_shard_discard(out);
    mm_buf_release(&counts);
    return result;
}

/* ---- the whole ---- */

static int run(struct mm_import *im, const char *output, struct mm_err *err)
{
    if (im->reader->begin && im->reader->begin(im, err) < 0)
        return -1;
    im->out = mm_shard_create(output, MM_KIND_DOCUMENTS, "{}", NULL, err);
    if (!im->out || mm_import_pass(im, write_sample, err) < 0)
        return -1;
    if (im->documents == 0)
        return no_documents(im, err);
    if (commit(im, err) < 0)
        return -1;
    return say(im, err);
}

int mm_import(const struct mm_import_options *o, const char *const *inputs,
              size_t n, const char *output, struct mm_err *err)
{
    struct mm_import im = { .o = o, .inputs = inputs };
    int result = -1;

    if (mm_import_check(o, err) == 0 && mm_import_find(&im, n, err) == 0)
        result = run(&im, output, err);
    if (im.reader && im.reader->end)
        im.reader->end(&im);
    mm_shard_discard(im.out);
    mm_gzip_close(im.z);
    mm_import_files_release(&im.files);
    mm_map_release(&im.keys);
    return result;
}
