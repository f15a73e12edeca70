/*
 * likeness.c - the features of the pictures that examples are chosen by
 */
#include "eval/likeness.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "base/stop.h"

#define MAGIC "mm1feat1"

struct head {
    char magic[sizeof MAGIC - 1];
    uint64_t key, count, sum; /* numbers, and their hash */
};

struct likeness {
    struct mm_source *pool;
    struct mm_features *f;
    size_t n, width;
    float *rows;
    struct mm_buf path;
    struct head head;
};

/* ---- what they depend on ---- */

static int stopped(struct mm_err *err)
{
    return mm_fail(err, MM_ESTOP, "stopped before the first question");
}

/* The hash of each item's first picture; 0: there is none. */
static int hash_pictures(const struct likeness *l, uint64_t *hash,
                         struct mm_err *err)
{
    struct mm_item it = { 0 };
    int result = 0;

    for (size_t i = 0; result >= 0 && i < l->n && !mm_stop_requested(); i++) {
        result = mm_source_load(l->pool, i, &it, err);
        if (result == 0 && it.n_pictures)
            hash[i] = mm_hash64(it.pictures[0]->data, it.pictures[0]->len);
    }
    mm_item_release(&it);
    if (result >= 0 && mm_stop_requested())
        return stopped(err);
    return result < 0 ? -1 : 0;
}

static int find_key(struct likeness *l, struct mm_err *err)
{
    const struct mm_model *m = l->f->model;
    struct mm_buf text = { 0 };
    uint64_t *hash = mm_alloc(l->n, sizeof *hash, err);
    int result = hash ? hash_pictures(l, hash, err) : -1;

    mm_config_print(&m->config, &text);
    mm_preprocess_print(&l->f->pre, &text);
    mm_buf_addf(&text, "%s %s %s %016" PRIx64, mm_version(), mm_revision(),
                mm_cpu_level_name(mm_cpu_level()),
                mm_hash64(m->weights, m->size * sizeof *m->weights));
    if (result == 0)
        mm_buf_add(&text, hash, l->n * sizeof *hash);
    if (result == 0)
        result = mm_buf_check(&text, err);
    if (result == 0)
        l->head.key = mm_hash64(text.data, text.len);
    mm_buf_release(&text);
    free(hash);
    return result;
}

/* ---- the file ---- */

static size_t bytes_of(const struct likeness *l)
{
    return l->n * l->width * sizeof *l->rows;
}

/* 1: they are there. */
static int load(struct likeness *l)
{
    struct mm_buf text = { 0 };
    struct mm_err why;
    struct stat st;
    struct head h;
    int found = 0;

    if (mm_stat(l->path.data, &st) < 0 ||
        (uintmax_t)st.st_size != sizeof h + bytes_of(l))
        return 0;
    if (mm_read_file(l->path.data, &text, sizeof h + bytes_of(l), &why) == 0 &&
        text.len == sizeof h + bytes_of(l)) {
        memcpy(&h, text.data, sizeof h);
        memcpy(l->rows, text.data + sizeof h, bytes_of(l));
        l->head.sum = mm_hash64(l->rows, bytes_of(l));
        found = memcmp(&h, &l->head, sizeof h) == 0;
    }
    mm_buf_release(&text);
    if (!found)
        memset(l->rows, 0, bytes_of(l));
    return found;
}

static int keep(struct likeness *l, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    int result;

    l->head.sum = mm_hash64(l->rows, bytes_of(l));
    mm_buf_add(&text, &l->head, sizeof l->head);
    mm_buf_add(&text, l->rows, bytes_of(l));
    result = mm_buf_check(&text, err);
    if (result == 0)
        result = mm_write_file(l->path.data, text.data, text.len, err);
    mm_buf_release(&text);
    return result;
}

/* ---- making them ---- */

/* Row i: 0, or -1. */
static int encode_item(struct likeness *l, size_t i, struct mm_item *it,
                       struct mm_err *err)
{
    float *row = l->rows + i * l->width;
    int result = mm_source_load(l->pool, i, it, err);

    if (result < 0 || (result == 0 && it->n_pictures == 0))
        return result;
    if (result == 0)
        result = mm_features_pooled(l->f, it->pictures[0]->data,
                                    it->pictures[0]->len, row, err);
    if (result < 0 && err->code != MM_EDATA)
        return -1;
    for (size_t k = 0; result != 0 && k < l->width; k++)
        row[k] = NAN;
    return 0;
}

static int encode(struct likeness *l, struct mm_err *err)
{
    struct mm_item it = { 0 };
    int result = 0;

    for (size_t i = 0; result >= 0 && i < l->n && !mm_stop_requested(); i++) {
        result = encode_item(l, i, &it, err);
        mm_progress("features of %zu of %zu pictures", i + 1, l->n);
    }
    mm_item_release(&it);
    if (result >= 0 && mm_stop_requested())
        return stopped(err);
    return result < 0 ? -1 : 0;
}

static int make(struct likeness *l, const char *beside, struct mm_err *err)
{
    const char *slash = beside ? strrchr(beside, '/') : NULL;

    if (!beside)
        return encode(l, err);
    if (find_key(l, err) < 0)
        return -1;
    mm_buf_add(&l->path, beside, slash ? (size_t)(slash + 1 - beside) : 0);
    mm_buf_addf(&l->path, "rices-%016" PRIx64 ".features", l->head.key);
    if (mm_buf_check(&l->path, err) < 0)
        return -1;
    if (load(l)) {
        mm_log(MM_LOG_INFO, "the pictures' features are in '%s'",
               l->path.data);
        return 0;
    }
    if (encode(l, err) < 0)
        return -1;
    return keep(l, err);
}

int mm_likeness_read(float **rows, struct mm_source *pool,
                     struct mm_features *f, const char *beside,
                     struct mm_err *err)
{
    struct likeness l = { .pool = pool, .f = f, .n = mm_source_count(pool) };
    size_t count;
    int result;

    l.width = mm_features_width(f);
    if (mm_size_mul(&count, l.n, l.width) < 0)
        return mm_fail(err, MM_ESYS, "the features are too large");
    l.head = (struct head){ .magic = MAGIC, .count = count };
    l.rows = mm_alloc(count, sizeof *l.rows, err);
    result = l.rows ? make(&l, beside, err) : -1;
    mm_buf_release(&l.path);
    if (result < 0)
        free(l.rows);
    else
        *rows = l.rows;
    return result;
}
