/*
 * import_tar.c - webdataset's archives, as img2dataset writes them
 *
 * Members of a sample are adjacent; its key is the directory and the base name
 * up to the first dot, the rest is the member's suffix.  Of a sample the
 * picture (.jpg .jpeg .png) and its caption are taken: .txt, else "caption" in
 * .json.  A .json with a document's lists is that document, its pictures are
 * members.  Names are read and never opened.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "data/import_reader.h"
#include "data/tar.h"

struct archive {
    struct mm_tar tar;
    int open, ended;
};

static ssize_t source(void *ctx, void *p, size_t n, struct mm_err *err)
{
    struct mm_import *im = ctx;

    return mm_gzip_read(im->z, p, n, err);
}

static int begin(struct mm_import *im, struct mm_err *err)
{
    im->state = mm_alloc(1, sizeof(struct archive), err);
    return im->state ? 0 : -1;
}

static void end(struct mm_import *im)
{
    struct archive *a = im->state;

    if (a && a->open)
        mm_tar_release(&a->tar);
    free(a);
}

static int open_file(struct mm_import *im, struct mm_err *err)
{
    struct archive *a = im->state;
    const char *p;
    size_t n = 4;

    if (mm_gzip_peek(im->z, &p, &n, err) < 0)
        return -1;
    if (n == 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
        return mm_fail(err, MM_EDATA, "'%s' is zstd: a shard needs no import, "
                                      "another tar comes through zstd -dc",
                       mm_gzip_name(im->z));
    if (a->open)
        mm_tar_release(&a->tar);
    mm_tar_init(&a->tar, (struct mm_tar_source){ source, im });
    a->open = 1;
    a->ended = 0;
    return 0;
}

/* ---- reading: one sample's members ---- */

/* The length of a name's key: up to the first dot of the base name. */
static size_t key_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    size_t from = slash ? (size_t)(slash + 1 - name) : 0;
    size_t n = strcspn(name + from, ".");

    return n ? from + n : 0; /* ".jpg" has no key */
}

/* Is the entry a file that a sample can have? */
static int is_member(const struct mm_tar *t)
{
    const char *name = t->name.data;

    return (t->type == '0' || t->type == 0 || t->type == '7') && name &&
           strlen(name) == t->name.len && key_length(name) > 0 &&
           name[key_length(name)] == '.';
}

static int same_key(const struct mm_import_item *it, const char *name)
{
    size_t n = key_length(name);

    return it->key.len == n && memcmp(it->key.data, name, n) == 0;
}

/* The current entry's bytes; what is wrong with one sample is its own fault. */
static int add_member(struct mm_import *im, struct mm_import_item *it,
                      struct mm_err *err)
{
    struct archive *a = im->state;
    const char *suffix = a->tar.name.data + it->key.len + 1;
    struct mm_member *m = NULL;

    if (it->failed)
        return 0;
    if (a->tar.size > (uint64_t)im->o->max_bytes)
        mm_fail(&it->err, MM_EDATA, "sample '%.100s': '%.100s' has more than "
                                    "%lld bytes",
                it->key.data, suffix, (long long)im->o->max_bytes);
    else
        m = mm_sample_add(&it->parts, suffix, &it->err);
    if (!m) {
        it->failed = 1;
        if (it->err.code == MM_ESYS)
            *err = it->err;
        return it->err.code == MM_ESYS ? -1 : 0;
    }
    return mm_tar_data(&a->tar, &m->data, (uint64_t)im->o->max_bytes, err);
}

static int in_file(const struct mm_import *im, struct mm_err *err)
{
    return mm_fail_in(err, "'%s'", mm_gzip_name(im->z));
}

static int read_sample(struct mm_import *im, struct mm_import_item *it,
                       struct mm_err *err)
{
    struct archive *a = im->state;
    enum mm_tar_result r = MM_TAR_END;

    while (!a->ended && (r = mm_tar_next(&a->tar, err)) == MM_TAR_ENTRY) {
        const char *name = a->tar.name.data;

        if (!is_member(&a->tar))
            continue;
        if (it->place && !same_key(it, name)) {
            mm_tar_hold(&a->tar);
            return 1;
        }
        if (!it->place) {
            it->place = (uint64_t)++im->records;
            mm_buf_add(&it->key, name, key_length(name));
        }
        if (mm_buf_check(&it->key, err) < 0 || add_member(im, it, err) < 0)
            return in_file(im, err);
    }
    if (r == MM_TAR_CUT)
        mm_fail(err, MM_EDATA, "the archive was cut short at byte %llu; get "
                               "it again",
                (unsigned long long)mm_gzip_offset(im->z));
    if (r == MM_TAR_CUT || r == MM_TAR_ERROR)
        return in_file(im, err);
    a->ended = 1;
    return it->place != 0;
}

/* ---- working ---- */

static struct mm_member *find_picture(const struct mm_import_item *it)
{
    static const char *const suffixes[] = { "jpg", "jpeg", "png", "JPG",
                                            "JPEG", "PNG" };
    struct mm_member *m = NULL;

    for (size_t i = 0; !m && i < sizeof suffixes / sizeof *suffixes; i++)
        m = mm_sample_find(&it->parts, suffixes[i]);
    return m;
}

/* A document's picture is a member of the sample. */
static int fetch_member(const struct mm_import *im, struct mm_import_item *it,
                        const char *ref, size_t n, struct mm_err *err)
{
    struct mm_member *m = mm_sample_find(&it->parts, ref);
    struct mm_buf copy = { 0 };
    int result;

    (void)im;
    if (!m || strlen(ref) != n)
        return mm_fail(err, MM_ENOINPUT, "no member '%.200s'", ref);
    mm_buf_add(&copy, m->data.data, m->data.len); /* it may be named twice */
    result = mm_buf_check(&copy, err);
    if (result == 0)
        result = mm_import_picture_bytes(it, &copy, err);
    mm_buf_release(&copy);
    return result;
}

static int make_pair(const struct mm_import *im, struct mm_import_item *it,
                     const struct mm_json *json, struct mm_err *err)
{
    struct mm_member *picture = find_picture(it);
    const struct mm_member *txt = mm_sample_find(&it->parts, "txt");
    const struct mm_json *caption = mm_json_get(json, "caption");
    const struct mm_json *url = mm_json_get(json, "url");
    const char *rel = mm_import_rel(it->file);
    struct mm_buf text = { 0 }, members = { 0 };
    int result = 0;

    if (txt && txt->data.len) {
        result = mm_import_is_text(txt->data.data, txt->data.len, err);
        mm_import_squeeze(&text, txt->data.data, txt->data.len);
    } else if (!txt && caption && caption->type == MM_JSON_STRING) {
        mm_import_squeeze(&text, caption->str, caption->len);
    }
    mm_import_member(&members, "source", rel, strlen(rel));
    if (url && url->type == MM_JSON_STRING)
        mm_import_member(&members, "url", url->str, url->len);
    if (result == 0)
        result = mm_buf_check(&text, err) < 0 ? -1
                                              : mm_buf_check(&members, err);
    if (result == 0 && !picture) {
        it->dropped[MM_DROP_NO_PICTURE]++;
    } else if (result == 0 && text.len == 0) {
        it->dropped[MM_DROP_NO_TEXT]++;
    } else if (result == 0) {
        result = mm_import_picture_bytes(it, &picture->data, err);
        if (result == 0)
            result = mm_import_pair(im, it, text.data, text.len, members.data,
                                    err);
    }
    mm_buf_release(&text);
    mm_buf_release(&members);
    return result;
}

static int work(const struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err)
{
    static const struct mm_import_fetch fetch = { fetch_member };
    const struct mm_member *m = mm_sample_find(&it->parts, "json");
    struct mm_json_doc doc = { 0 };
    int result = 0;

    if (m)
        result = mm_json_parse(&doc, m->data.len ? m->data.data : "",
                               m->data.len, err);
    if (result == 0 && (mm_json_get(doc.root, "texts") ||
                        mm_json_get(doc.root, "conversations")))
        result = mm_import_record(im, it, doc.root, &fetch, err);
    else if (result == 0)
        result = make_pair(im, it, doc.root, err);
    if (result < 0)
        mm_fail_in(err, "sample '%.100s'", it->key.data);
    mm_json_release(&doc);
    return result;
}

const struct mm_import_reader mm_import_tar = {
    .name = "tar",
    .extensions = "|tar|tgz|zst|",
    .gz = 1,
    .begin = begin,
    .open = open_file,
    .read = read_sample,
    .work = work,
    .end = end,
};
