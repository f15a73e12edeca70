/*
 * source_file.c - items from the files that a data set's authors publish
 */
#include "eval/source_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/base64.h"
#include "data/tsv.h"
#include "eval/python.h"
#include "eval/source_join.h"
#include "eval/source_read.h"

#define MAX_TABLE ((size_t)8 << 30)
#define MAX_PICTURE ((size_t)256 << 20)
#define BLOB "blob:"  /* in place of a picture's file: its number */
#define SHORT_CELL 64 /* a cell of fewer bytes names another row's picture */

/* One opening. */
struct opening {
    struct mm_source_file *f;
    const struct mm_schema *l;
    struct mm_joins joins;
    struct mm_map blob_of; /* from a row's index to its picture's place */
};

/* ---- records ---- */

static int add_item(struct opening *o, struct mm_raw *r, const char *id,
                    struct mm_err *err)
{
    struct mm_source_file *f = o->f;
    struct mm_buf pictures = { 0 };
    struct mm_file_item it = { 0 };
    int result;

    if (mm_grow(&f->items, &f->cap, f->n + 1, sizeof *f->items, err) < 0 ||
        mm_map_put(&f->ids, id, strlen(id), (int64_t)f->n, err) < 0)
        return -1;
    it.id = f->texts.len;
    mm_buf_add(&f->texts, id, strlen(id) + 1);
    it.document = f->texts.len;
    result = mm_layout_document(o->l, r, &f->texts, &pictures, &it.n_pictures,
                                err);
    it.len = f->texts.len - it.document;
    mm_buf_addc(&f->texts, '\0');
    it.pictures = f->texts.len;
    mm_buf_add(&f->texts, pictures.data, pictures.len);
    mm_buf_release(&pictures);
    f->items[f->n++] = it;
    return result < 0 ? -1 : mm_buf_check(&f->texts, err);
}

/* A record that has no id, or one that there was, is counted. */
static int add_record(struct opening *o, struct mm_raw *r, struct mm_err *err)
{
    struct mm_json_doc docs[MM_RAW_ROOTS - 1] = { { 0 } };
    struct mm_buf id = { 0 };
    int result = 0;

    if (mm_layout_id(o->l, r, &id, err) < 0) {
        if (o->f->bad++ == 0)
            mm_log(MM_LOG_WARN, "'%s', record %zu: %s", o->f->name,
                   o->f->n + 1, err->msg);
    } else if (mm_joins_find(&o->joins, r, id.data, docs, err) < 0) {
        result = -1;
    } else if (mm_layout_where(o->l, r)) {
        if (!mm_map_get(&o->f->ids, id.data, id.len))
            result = add_item(o, r, id.data, err);
        else if (!o->l->rows && o->f->twice++ == 0)
            mm_log(MM_LOG_WARN, "'%s': the id '%s' comes twice; the first "
                                "counts",
                   o->f->name, id.data);
    }
    for (size_t i = 0; i < MM_RAW_ROOTS - 1; i++)
        mm_json_release(&docs[i]);
    mm_buf_release(&id);
    return result;
}

static int read_records(struct opening *o, const char *path, const char *tag,
                        struct mm_err *err)
{
    struct mm_reader *in;
    struct mm_raw r;
    int more = 0;

    in = o->l->container == MM_JSON_LINES
             ? mm_reader_open_lines(path, err)
             : mm_reader_open(path, o->l->key[MM_DATA_RECORDS], err);
    if (!in)
        return -1;
    while ((more = mm_reader_next(in, &r, err)) > 0) {
        r.tag = tag;
        if (add_record(o, &r, err) < 0) {
            more = -1;
            break;
        }
    }
    o->f->flawed += mm_reader_flawed(in);
    mm_reader_close(in);
    return more;
}

/* ---- tables ---- */

/* Keep a picture; its name in the record goes to `as`. */
static int add_blob(struct mm_source_file *f, const char *s, size_t n,
                    struct mm_buf *as, struct mm_err *err)
{
    if (mm_grow(&f->blob_end, &f->blobs_cap, f->n_blobs + 1,
                sizeof *f->blob_end, err) < 0 ||
        mm_base64_decode(&f->blobs, s, n, err) < 0)
        return -1;
    f->blob_end[f->n_blobs] = f->blobs.len;
    mm_buf_addf(as, BLOB "%zu", f->n_blobs++);
    return 0;
}

/* A list that Python printed: several pictures. */
static int add_blobs(struct mm_source_file *f, const char *s, struct mm_jw *w,
                     struct mm_err *err)
{
    struct mm_buf list = { 0 }, as = { 0 };
    size_t n = 0;
    const char *one;
    int result = 0;

    if (mm_python_list(&list, &n, s) < 0)
        return mm_fail(err, MM_EDATA, "a list of pictures is none");
    one = list.data;
    mm_jw_open(w, '[');
    for (size_t i = 0; result == 0 && i < n; i++, one += strlen(one) + 1) {
        mm_buf_clear(&as);
        result = add_blob(f, one, strlen(one), &as, err);
        if (result == 0)
            mm_jw_str(w, as.data);
    }
    mm_jw_close(w, ']');
    mm_buf_release(&list);
    mm_buf_release(&as);
    return result;
}

/* The cell "image": base64, a list of such, or another row's index. */
static int add_image_cell(struct opening *o, const char *index, const char *s,
                          size_t n, struct mm_jw *w, struct mm_err *err)
{
    struct mm_buf as = { 0 };
    const int64_t *at;
    int result = 0;

    if (*s == '[')
        return add_blobs(o->f, s, w, err);
    if (n < SHORT_CELL) {
        at = mm_map_get(&o->blob_of, s, n);
        if (at)
            mm_buf_addf(&as, BLOB "%lld", (long long)*at);
        else
            mm_buf_add(&as, s, n); /* a file, then */
    } else {
        result = mm_map_put(&o->blob_of, index, strlen(index),
                            (int64_t)o->f->n_blobs, err);
        if (result == 0)
            result = add_blob(o->f, s, n, &as, err);
    }
    if (result == 0)
        mm_jw_str(w, as.data ? as.data : "");
    mm_buf_release(&as);
    return result;
}

/* Empty cells, and "nan" as pandas writes them, do not count as members. */
static int row_as_json(struct opening *o, struct mm_buf *out,
                       const struct mm_tsv *names, const struct mm_tsv *row,
                       struct mm_err *err)
{
    const char *index = "";
    struct mm_jw w;
    size_t len;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    for (size_t i = 0; i < row->n && i < names->n; i++) {
        const char *s = mm_tsv_field(row, i, &len);
        const char *name = mm_tsv_field(names, i, &(size_t){ 0 });

        if (len == 0 || strcmp(s, "nan") == 0)
            continue;
        if (strcmp(name, "index") == 0)
            index = s;
        mm_jw_key(&w, name);
        if (strcmp(name, "image") != 0)
            mm_jw_strn(&w, s, len);
        else if (add_image_cell(o, index, s, len, &w, err) < 0)
            return -1;
    }
    mm_jw_close(&w, '}');
    return mm_buf_check(out, err);
}

static int add_row(struct opening *o, const struct mm_tsv *names,
                   const struct mm_tsv *row, const char *tag,
                   struct mm_err *err)
{
    struct mm_buf text = { 0 };
    struct mm_json_doc doc = { 0 };
    struct mm_raw r = { .n = 1, .name = "", .tag = tag };
    int result = row_as_json(o, &text, names, row, err);

    if (result == 0)
        result = mm_json_parse(&doc, text.data, text.len, err);
    r.root[0] = doc.root;
    if (result == 0)
        result = add_record(o, &r, err);
    mm_json_release(&doc);
    mm_buf_release(&text);
    return result < 0 ? mm_fail_in(err, "line %zu", row->line) : 0;
}

static int read_table(struct opening *o, const char *path, const char *tag,
                      struct mm_err *err)
{
    struct mm_tsv names = { 0 }, row = { 0 };
    struct mm_buf text = { 0 };
    int more = mm_read_file(path, &text, MAX_TABLE, err);

    if (more == 0) {
        mm_tsv_begin(&names, text.data ? text.data : "", text.len);
        more = mm_tsv_next(&names, err);
        row.at = names.at;
        row.end = names.end;
        row.next_line = names.next_line;
    }
    while (more > 0 && (more = mm_tsv_next(&row, err)) > 0)
        if (add_row(o, &names, &row, tag, err) < 0)
            more = -1;
    if (more < 0)
        mm_fail_in(err, "'%s'", path);
    mm_tsv_release(&names);
    mm_tsv_release(&row);
    mm_buf_release(&text);
    return more;
}

/* ---- files ---- */

/* One file of the layout: "name" or "tag:name" */
static int read_file(struct opening *o, const char *word, struct mm_err *err)
{
    const char *colon = *o->l->key[MM_DATA_TAG] ? strchr(word, ':') : NULL;
    struct mm_buf path = { 0 }, tag = { 0 };
    int result;

    mm_buf_add(&tag, word, colon ? (size_t)(colon - word) : 0);
    mm_buf_addf(&path, "%s/%s", o->f->dir, colon ? colon + 1 : word);
    result = mm_buf_check(path.failed ? &path : &tag, err);
    if (result == 0 && !o->f->name) {
        o->f->name = mm_strdup(path.data, err);
        result = o->f->name ? mm_joins_read(&o->joins, o->l, o->f->dir,
                                            path.data, err)
                            : -1;
        o->f->flawed += o->joins.flawed;
    }
    if (result == 0)
        result = o->l->container == MM_TABLE_FILE
                     ? read_table(o, path.data, tag.data, err)
                     : read_records(o, path.data, tag.data, err);
    mm_buf_release(&path);
    mm_buf_release(&tag);
    return result;
}

/* All files that the layout names. */
static int read_files(struct opening *o, struct mm_err *err)
{
    const char *names = o->l->key[MM_DATA_FILE];
    struct mm_words w = { 0 };
    int result = mm_words_cut(&w, names, strlen(names), err);

    if (result == 0 && (w.n == 0 || w.n > 8))
        result = mm_fail(err, MM_ECONFIG, "the task does not say which file");
    for (size_t i = 0; result == 0 && i < w.n; i++)
        result = read_file(o, w.v[i], err);
    mm_words_release(&w);
    return result;
}

int mm_source_file_open(struct mm_source_file *f, const struct mm_schema *l,
                        const char *dir, const char *root, const char *file,
                        struct mm_err *err)
{
    struct opening o = { .f = f, .l = l };
    int result = -1;

    *f = (struct mm_source_file){ 0 };
    f->dir = mm_strdup(dir, err);
    f->root = mm_strdup(root, err);
    if (f->dir && f->root)
        result = file ? read_file(&o, file, err) : read_files(&o, err);
    mm_joins_release(&o.joins);
    mm_map_release(&o.blob_of);
    if (result == 0 && f->twice + f->bad)
        mm_log(MM_LOG_WARN, "'%s': %zu records repeat an id, %zu have none",
               f->name, f->twice, f->bad);
    if (result == 0 && f->flawed)
        mm_log(MM_LOG_WARN, "'%s': %zu records are cut or have a key "
                            "twice, a lone surrogate, broken UTF-8 or NaN",
               f->name, f->flawed);
    if (result < 0)
        mm_source_file_close(f);
    return result;
}

void mm_source_file_close(struct mm_source_file *f)
{
    free(f->dir);
    free(f->root);
    free(f->name);
    free(f->items);
    free(f->blob_end);
    mm_buf_release(&f->texts);
    mm_buf_release(&f->blobs);
    mm_map_release(&f->ids);
    *f = (struct mm_source_file){ 0 };
}

/* ---- one item ---- */

/* A path below the root: no absolute one, none with "..". */
static int is_below(const char *path)
{
    if (*path == '/')
        return 0;
    while (*path) {
        size_t n = strcspn(path, "/");

        if (n == 2 && path[0] == '.' && path[1] == '.')
            return 0;
        path += n + (path[n] == '/');
    }
    return 1;
}

static int read_blob(const struct mm_source_file *f, const char *number,
                     struct mm_buf *out, struct mm_err *err)
{
    char *end;
    unsigned long i = strtoul(number, &end, 10);
    size_t begin;

    if (*end || end == number || i >= f->n_blobs)
        return mm_fail(err, MM_EDATA, "there is no picture '%s'", number);
    begin = i ? f->blob_end[i - 1] : 0;
    mm_buf_add(out, f->blobs.data + begin, f->blob_end[i] - begin);
    return mm_buf_check(out, err);
}

static int read_picture(const struct mm_source_file *f, const char *name,
                        struct mm_buf *out, struct mm_err *err)
{
    struct mm_buf path = { 0 };
    int result;

    if (strncmp(name, BLOB, strlen(BLOB)) == 0)
        return read_blob(f, name + strlen(BLOB), out, err);
    if (!is_below(name))
        return mm_fail(err, MM_EPERM, "picture '%s' leads out of '%s'", name,
                       f->root);
    mm_buf_addf(&path, "%s/%s", f->root, name);
    result = mm_buf_check(&path, err);
    if (result == 0)
        result = mm_read_file(path.data, out, MAX_PICTURE, err);
    mm_buf_release(&path);
    return result;
}

static int add_pictures(const struct mm_source_file *f,
                        const struct mm_file_item *at, int pictures,
                        struct mm_sample *s, struct mm_err *err)
{
    const char *name = f->texts.data + at->pictures;

    for (size_t i = 0; i < at->n_pictures; i++, name += strlen(name) + 1) {
        struct mm_member *m;
        char own[32];

        snprintf(own, sizeof own, "%zu.jpg", i);
        m = mm_sample_add(s, own, err);
        if (!m || (pictures && read_picture(f, name, &m->data, err) < 0))
            return -1;
    }
    return 0;
}

int mm_source_file_load(struct mm_source_file *f, size_t i, int pictures,
                        struct mm_item *it, struct mm_err *err)
{
    const struct mm_file_item *at = &f->items[i];

    mm_item_forget(it);
    mm_sample_clear(&it->sample);
    it->id = f->texts.data + at->id;
    if (mm_sample_set_key(&it->sample, "item", err) == 0 &&
        mm_sample_add_bytes(&it->sample, "json", f->texts.data + at->document,
                            at->len, err) == 0 &&
        add_pictures(f, at, pictures, &it->sample, err) == 0 &&
        mm_item_read(it, it->id, err) == 0)
        return 0;
    return err->code == MM_EDATA || err->code == MM_ENOINPUT ||
                   err->code == MM_EPERM || err->code == MM_EIO
               ? 1
               : -1;
}
