/*
 * import_jsonl.c - JSON lines, or one JSON list, of documents
 *
 * A list is taken element by element: a file of gigabytes needs memory for
 * its largest record.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "data/import_reader.h"

struct jsonl {
    int is_list, ended;
    uint64_t lines;
};

static int begin(struct mm_import *im, struct mm_err *err)
{
    im->state = mm_alloc(1, sizeof(struct jsonl), err);
    return im->state ? 0 : -1;
}

static void end(struct mm_import *im)
{
    free(im->state);
}

static int is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Skip bytes while they are white space, and one comma. */
static int skip(struct mm_import *im, int comma, struct mm_err *err)
{
    char drop[MM_GZIP_PEEK];
    const char *p;
    size_t n, k;

    do {
        n = sizeof drop;
        if (mm_gzip_peek(im->z, &p, &n, err) < 0)
            return -1;
        for (k = 0; k < n && (is_space(p[k]) || (comma && p[k] == ','));)
            comma -= p[k++] == ',';
        mm_gzip_read(im->z, drop, k, err);
    } while (k && k == n);
    return 0;
}

static int open_file(struct mm_import *im, struct mm_err *err)
{
    struct jsonl *j = im->state;
    const char *p;
    size_t n = 1;
    char c;

    memset(j, 0, sizeof *j);
    if (skip(im, 0, err) < 0 || mm_gzip_peek(im->z, &p, &n, err) < 0)
        return -1;
    j->is_list = n && *p == '[';
    if (j->is_list && mm_gzip_read(im->z, &c, 1, err) < 0)
        return -1;
    return 0;
}

/* ---- a list's next element ---- */

/* Where one is in an element. */
struct scan {
    int64_t depth;
    int in_string, escaped;
};

/* Does c end the element (it is not part of it)? */
static int scan_ends(struct scan *s, char c)
{
    if (s->in_string) {
        if (s->escaped)
            s->escaped = 0;
        else if (c == '\\')
            s->escaped = 1;
        else if (c == '"')
            s->in_string = 0;
        return 0;
    }
    if (s->depth == 0 && (c == ',' || c == ']'))
        return 1;
    s->in_string = c == '"';
    s->depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    return s->depth < 0;
}

static int cut(const struct mm_import *im, struct mm_err *err)
{
    return mm_fail(err, MM_EDATA, "'%s' ends within its list at byte %llu: "
                                  "it was cut short",
                   mm_gzip_name(im->z),
                   (unsigned long long)mm_gzip_offset(im->z));
}

static int too_long(const struct mm_import *im, struct mm_err *err)
{
    return mm_fail(err, MM_EDATA, "'%s' has a record of more than %lld bytes "
                                  "near byte %llu; see --max-bytes",
                   mm_gzip_name(im->z), (long long)im->o->max_bytes,
                   (unsigned long long)mm_gzip_offset(im->z));
}

static int next_element(struct mm_import *im, struct mm_buf *out,
                        struct mm_err *err)
{
    struct jsonl *j = im->state;
    struct scan s = { 0 };
    int done = 0;

    if (skip(im, im->records > 0, err) < 0)
        return -1;
    while (!done) {
        const char *p;
        char drop[MM_GZIP_PEEK];
        size_t n = sizeof drop, k = 0;

        if (mm_gzip_peek(im->z, &p, &n, err) < 0)
            return -1;
        if (n == 0)
            return cut(im, err);
        while (k < n && !(done = scan_ends(&s, p[k])))
            k++;
        if (k > (size_t)im->o->max_bytes - out->len)
            return too_long(im, err);
        mm_buf_add(out, p, k);
        j->ended = done && p[k] == ']';
        mm_gzip_read(im->z, drop, k + (size_t)j->ended, err);
    }
    return mm_buf_check(out, err) < 0 ? -1 : out->len > 0 || !j->ended;
}

/* ---- reading ---- */

static int next_line(struct mm_import *im, struct mm_buf *out,
                     struct mm_err *err)
{
    struct jsonl *j = im->state;
    int more;

    do {
        more = mm_gzip_line(im->z, out, (size_t)im->o->max_bytes, err);
        j->lines += more > 0;
        while (out->len && is_space(out->data[out->len - 1]))
            out->len--;
    } while (more > 0 && out->len == 0);
    return more;
}

static int read_record(struct mm_import *im, struct mm_import_item *it,
                       struct mm_err *err)
{
    struct jsonl *j = im->state;
    int more = 0;

    if (!j->is_list)
        more = next_line(im, &it->raw, err);
    else if (!j->ended)
        more = next_element(im, &it->raw, err);
    if (more <= 0)
        return more;
    it->index = im->records++;
    it->place = j->is_list ? (uint64_t)im->records : j->lines;
    it->unit = j->is_list ? "record" : "line";
    return 1;
}

/* ---- working ---- */

static int fetch_file(const struct mm_import *im, struct mm_import_item *it,
                      const char *ref, size_t n, struct mm_err *err)
{
    struct mm_buf root = { 0 }, path = { 0 };
    int result;

    mm_import_root(&root, im, it->file);
    result = mm_buf_check(&root, err);
    if (result == 0)
        result = mm_import_local(&path, root.data, "", ref, n, err);
    if (result == 0)
        result = mm_import_picture(im, it, root.data, path.data, err);
    mm_buf_release(&root);
    mm_buf_release(&path);
    return result;
}

static int work(const struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err)
{
    static const struct mm_import_fetch fetch = { fetch_file };
    struct mm_json_doc doc = { 0 };
    int result = mm_json_parse(&doc, it->raw.len ? it->raw.data : "",
                               it->raw.len, err);

    if (result == 0)
        result = mm_import_record(im, it, doc.root, &fetch, err);
    mm_json_release(&doc);
    return result;
}

const struct mm_import_reader mm_import_jsonl = {
    .name = "jsonl",
    .extensions = "|jsonl|ndjson|json|",
    .gz = 1,
    .begin = begin,
    .open = open_file,
    .read = read_record,
    .work = work,
    .end = end,
};
