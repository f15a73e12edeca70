/*
 * import_table.c - pictures and captions named by a table: CSV or JSON lines
 *
 * A CSV file's first record names its columns.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "data/csv.h"
#include "data/import_reader.h"

/* What the columns are called when no option says so. */
static const char *const image_names[] = { "image", "file_name", "filename",
                                           "path", "file" };
static const char *const text_names[] = { "text", "caption", "title",
                                          "label" };
#define N(a) (sizeof(a) / sizeof *(a))

struct table {
    struct mm_buf line;
    uint64_t lines;
    int is_json;
    struct mm_csv head;
    size_t image, text; /* columns */
};

static int begin(struct mm_import *im, struct mm_err *err)
{
    im->state = mm_alloc(1, sizeof(struct table), err);
    return im->state ? 0 : -1;
}

static void end(struct mm_import *im)
{
    struct table *t = im->state;

    if (!t)
        return;
    mm_buf_release(&t->line);
    mm_csv_release(&t->head);
    free(t);
}

/* ---- records ---- */

/* The next record into out, over several lines where quotes hold them. */
static int next_record(struct mm_import *im, struct mm_buf *out,
                       struct mm_err *err)
{
    struct table *t = im->state;
    size_t quotes = 0;
    int more;

    mm_buf_clear(out);
    do {
        more = mm_gzip_line(im->z, &t->line, (size_t)im->o->max_bytes, err);
        if (more <= 0)
            return more < 0 ? -1 : out->len > 0;
        t->lines++;
        if (t->line.len && t->line.data[t->line.len - 1] == '\r')
            t->line.len--;
        if (out->len)
            mm_buf_addc(out, '\n');
        mm_buf_add(out, t->line.data, t->line.len);
        quotes += mm_csv_quotes(t->line.data, t->line.len);
        if (out->len > (size_t)im->o->max_bytes)
            return mm_fail(err, MM_EDATA, "'%s' has a record of more than "
                                          "%lld bytes near line %llu",
                           mm_gzip_name(im->z), (long long)im->o->max_bytes,
                           (unsigned long long)t->lines);
    } while (out->len == 0 || (!t->is_json && quotes % 2));
    return mm_buf_check(out, err) < 0 ? -1 : 1;
}

/* The column called name, or else one of the usual names. */
static int find_column(const struct table *t, const char *name,
                       const char *const *usual, size_t n_usual,
                       size_t *column)
{
    for (size_t k = 0; k < (name ? 1 : n_usual); k++)
        for (size_t i = 0; i < t->head.n; i++) {
            size_t n;
            const char *field = mm_csv_field(&t->head, i, &n);

            if (strcmp(field, name ? name : usual[k]) == 0) {
                *column = i;
                return 0;
            }
        }
    return -1;
}

static int open_file(struct mm_import *im, struct mm_err *err)
{
    struct table *t = im->state;
    const struct mm_import_options *o = im->o;
    struct mm_buf record = { 0 };
    const char *p;
    size_t n = 1;
    int result = mm_gzip_peek(im->z, &p, &n, err);

    t->lines = 0;
    t->is_json = result == 0 && n && *p == '{';
    if (result == 0 && !t->is_json) {
        result = next_record(im, &record, err);
        if (result >= 0)
            result = mm_csv_parse(&t->head, record.data, record.len, err);
        if (result == 0 &&
            (find_column(t, o->image_column, image_names, N(image_names),
                         &t->image) < 0 ||
             find_column(t, o->text_column, text_names, N(text_names),
                         &t->text) < 0))
            result = mm_fail(err, MM_EDATA, "'%s' names no columns for "
                                            "pictures and texts in its first "
                                            "line; see --image-column and "
                                            "--text-column",
                             mm_gzip_name(im->z));
    }
    mm_buf_release(&record);
    return result;
}

static int read_record(struct mm_import *im, struct mm_import_item *it,
                       struct mm_err *err)
{
    struct table *t = im->state;
    int more = next_record(im, &it->raw, err);

    if (more > 0) {
        it->place = t->lines;
        it->unit = "line";
        it->number = t->is_json;
        it->index = im->records++;
    }
    return more;
}

/* ---- one record to a pair ---- */

struct row {
    const char *image, *text;
    size_t image_len, text_len;
};

static int from_csv(struct row *row, struct mm_csv *c,
                    const struct mm_import *im,
                    const struct mm_import_item *it, struct mm_err *err)
{
    const struct table *t = im->state;

    if (mm_csv_parse(c, it->raw.data, it->raw.len, err) < 0)
        return -1;
    if (c->n != t->head.n)
        return mm_fail(err, MM_EDATA, "%zu fields under %zu names", c->n,
                       t->head.n);
    row->image = mm_csv_field(c, t->image, &row->image_len);
    row->text = mm_csv_field(c, t->text, &row->text_len);
    return 0;
}

static const struct mm_json *member(const struct mm_json *v, const char *name,
                                    const char *const *usual, size_t n)
{
    const struct mm_json *m = name ? mm_json_get(v, name) : NULL;

    for (size_t k = 0; !name && !m && k < n; k++)
        m = mm_json_get(v, usual[k]);
    return m && m->type == MM_JSON_STRING ? m : NULL;
}

static int from_json(struct row *row, struct mm_json_doc *doc,
                     const struct mm_import *im,
                     const struct mm_import_item *it, struct mm_err *err)
{
    const struct mm_import_options *o = im->o;
    const struct mm_json *image, *text;

    if (mm_json_parse(doc, it->raw.data, it->raw.len, err) < 0)
        return -1;
    image = member(doc->root, o->image_column, image_names, N(image_names));
    text = member(doc->root, o->text_column, text_names, N(text_names));
    if (!image || !text)
        return mm_fail(err, MM_EDATA, "no %s; see --image-column and "
                                      "--text-column",
                       image ? "text" : "picture");
    *row = (struct row){ image->str, text->str, image->len, text->len };
    return 0;
}

static int make(const struct mm_import *im, struct mm_import_item *it,
                const struct row *row, struct mm_err *err)
{
    const char *rel = mm_import_rel(it->file);
    struct mm_buf path = { 0 }, root = { 0 }, text = { 0 }, members = { 0 };
    int result = mm_import_is_text(row->text, row->text_len, err);

    mm_import_root(&root, im, it->file);
    mm_import_squeeze(&text, row->text, row->text_len);
    mm_import_member(&members, "source", rel, strlen(rel));
    if (result == 0)
        result = mm_buf_check(&root, err) < 0 ? -1 : mm_buf_check(&text, err);
    if (result == 0 && text.len == 0)
        result = mm_fail(err, MM_EDATA, "no caption");
    if (result == 0)
        result = mm_import_local(&path, root.data, "", row->image,
                                 row->image_len, err);
    if (result == 0)
        result = mm_import_picture(im, it, root.data, path.data, err);
    if (result == 0)
        result = mm_import_pair(im, it, text.data, text.len, members.data,
                                err);
    mm_buf_release(&path);
    mm_buf_release(&root);
    mm_buf_release(&text);
    mm_buf_release(&members);
    return result;
}

static int work(const struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err)
{
    struct mm_csv csv = { 0 };
    struct mm_json_doc doc = { 0 };
    struct row row;
    int result = it->number ? from_json(&row, &doc, im, it, err)
                            : from_csv(&row, &csv, im, it, err);

    if (result == 0)
        result = make(im, it, &row, err);
    mm_csv_release(&csv);
    mm_json_release(&doc);
    return result;
}

const struct mm_import_reader mm_import_table = {
    .name = "table",
    .extensions = "|csv|jsonl|",
    .gz = 1,
    .begin = begin,
    .open = open_file,
    .read = read_record,
    .work = work,
    .end = end,
};
