/*
 * import_picture.c - pictures that records name by a path
 */
#define _XOPEN_SOURCE 700 /* realpath */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "data/import_reader.h"
#include "data/picture.h"

/* ---- from a reference to a path ---- */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The path in an address: up to ? or #, with %XX decoded. */
static void decode_url(struct mm_buf *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n && p[i] != '?' && p[i] != '#'; i++) {
        int high = i + 2 < n && p[i] == '%' ? hex(p[i + 1]) : -1;
        int low = high >= 0 ? hex(p[i + 2]) : -1;

        if (low >= 0) {
            mm_buf_addc(out, (char)(high << 4 | low));
            i += 2;
        } else {
            mm_buf_addc(out, p[i]);
        }
    }
}

/* Does it begin like "http:" or "//host"?  A colon in a file name is rare. */
static int is_remote(const char *p, size_t n)
{
    size_t i = 0;

    while (i < n && ((p[i] >= 'a' && p[i] <= 'z') ||
                     (p[i] >= 'A' && p[i] <= 'Z')))
        i++;
    return (i > 1 && i < n && p[i] == ':') ||
           (n > 1 && p[0] == '/' && p[1] == '/');
}

/*
 * Append the components of p below out[0..floor), working out "." and "..".
 * -1 when ".." would go below.
 */
static int add_components(struct mm_buf *out, size_t floor, const char *p,
                          size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t from = i, len;

        while (i < n && p[i] != '/')
            i++;
        len = i++ - from;
        if (len == 0 || (len == 1 && p[from] == '.'))
            continue;
        if (len == 2 && p[from] == '.' && p[from + 1] == '.') {
            if (out->len == floor)
                return -1;
            while (out->len > floor && out->data[--out->len] != '/')
                ;
            continue;
        }
        mm_buf_addc(out, '/');
        mm_buf_add(out, p + from, len);
    }
    return 0;
}

enum mm_import_drop mm_import_path(struct mm_buf *path, const char *root,
                                   const char *base, const char *ref,
                                   size_t n, int url)
{
    struct mm_buf plain = { 0 };
    enum mm_import_drop why = MM_DROP_NONE;
    size_t floor;

    mm_buf_clear(path);
    mm_buf_adds(path, root);
    floor = path->len;
    if (url)
        decode_url(&plain, ref, n);
    else
        mm_buf_add(&plain, ref, n);
    if (plain.len == 0 || is_remote(plain.data, plain.len))
        why = MM_DROP_MISSING;
    else if (memchr(plain.data, 0, plain.len) ||
             (plain.data[0] == '/' && !url) ||
             (plain.data[0] != '/' &&
              add_components(path, floor, base, strlen(base)) < 0) ||
             add_components(path, floor, plain.data, plain.len) < 0)
        why = MM_DROP_OUTSIDE;
    if (path->len == floor && why == MM_DROP_NONE)
        why = MM_DROP_MISSING; /* the root itself */
    mm_buf_addc(path, 0);
    path->len--;
    mm_buf_release(&plain);
    return why;
}

int mm_import_local(struct mm_buf *path, const char *root, const char *base,
                    const char *ref, size_t n, struct mm_err *err)
{
    switch (mm_import_path(path, root, base, ref, n, 0)) {
    case MM_DROP_NONE:
        return mm_buf_check(path, err);
    case MM_DROP_OUTSIDE:
        return mm_fail(err, MM_EPERM, "picture '%.*s' leaves the root '%s'; "
                                      "see --root",
                       n < 200 ? (int)n : 200, ref, root);
    default:
        return mm_fail(err, MM_ENOINPUT, "picture '%.*s' is no local file",
                       n < 200 ? (int)n : 200, ref);
    }
}

void mm_import_root(struct mm_buf *out, const struct mm_import *im,
                    const struct mm_import_file *f)
{
    if (im->o->root)
        mm_buf_adds(out, im->o->root);
    else if (f->rel == 0)
        mm_buf_addc(out, '.');
    else
        mm_buf_add(out, f->path, f->rel > 1 ? f->rel - 1 : 1);
}

/* ---- reading ---- */

/* Do the links on the way lead out of root? */
static int check_inside(const char *root, const char *path, struct mm_err *err)
{
    char *a = realpath(root, NULL), *b = a ? realpath(path, NULL) : NULL;
    size_t n = a ? strlen(a) : 0;
    int inside = b && strncmp(a, b, n) == 0 &&
                 (b[n] == '/' || (n == 1 && a[0] == '/'));

    free(a);
    free(b);
    if (!inside)
        return mm_fail(err, MM_EPERM, "picture '%s' is a link out of '%s'",
                       path, root);
    return 0;
}

int mm_import_picture_bytes(struct mm_import_item *it, struct mm_buf *b,
                            struct mm_err *err)
{
    struct mm_picture pic;
    struct mm_member *m;
    struct mm_buf name = { 0 }, spare;

    assert(it->pictures == it->sample.n); /* the document comes last */
    if (mm_picture_probe(&pic, b->data, b->len, err) < 0)
        return -1;
    mm_buf_addf(&name, "%zu.%s", it->pictures, pic.ext);
    m = mm_buf_check(&name, err) < 0 ? NULL
                                     : mm_sample_add(&it->sample, name.data,
                                                     err);
    mm_buf_release(&name);
    if (!m)
        return -1;
    spare = m->data; /* its memory is used again */
    m->data = *b;
    *b = spare;
    mm_buf_clear(b);
    it->pictures++;
    return 0;
}

int mm_import_load(struct mm_buf *b, const struct mm_import *im,
                   const char *root, const char *path, struct mm_err *err)
{
    struct stat st;

    if (mm_stat(path, &st) < 0)
        return mm_fail(err, MM_ENOINPUT, "no picture '%s'", path);
    if (!S_ISREG(st.st_mode))
        return mm_fail(err, MM_EDATA, "picture '%s' is not a file", path);
    if (root && check_inside(root, path, err) < 0)
        return -1;
    return mm_read_file(path, b, (size_t)im->o->max_bytes, err);
}

int mm_import_picture(const struct mm_import *im, struct mm_import_item *it,
                      const char *root, const char *path, struct mm_err *err)
{
    struct mm_buf b = { 0 };
    int result = mm_import_load(&b, im, root, path, err);

    if (result == 0) {
        result = mm_import_picture_bytes(it, &b, err);
        if (result < 0)
            mm_fail_in(err, "picture '%s'", path);
    }
    mm_buf_release(&b);
    return result;
}
