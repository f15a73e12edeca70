/*
 * manifest.c - the files of a checkpoint and the hashes of their chunks
 */
#include "model/manifest.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MAX_MANIFEST ((size_t)1 << 28) /* of files up to 14 TB */
#define HASH_DIGITS 16

/* ---- writing ---- */

static void end_chunk(struct mm_manifest_file *f)
{
    struct mm_err err;

    if (mm_grow(&f->chunks, &f->cap, f->n + 1, sizeof *f->chunks, &err) < 0)
        f->failed = 1;
    else
        f->chunks[f->n++] = mm_hash_value(&f->hashing);
    mm_hash_reset(&f->hashing);
    f->in_chunk = 0;
}

/* Sees what goes to the file. */
static void on_write(void *ctx, const void *p, size_t n)
{
    struct mm_manifest *m = ctx;
    struct mm_manifest_file *f = &m->files[m->n - 1];
    const char *bytes = p;

    f->bytes += n;
    while (n && !f->failed) {
        size_t room = MM_CHUNK_BYTES - f->in_chunk;
        size_t now = n < room ? n : room;

        mm_hash_add(&f->hashing, bytes, now);
        f->in_chunk += now;
        bytes += now;
        n -= now;
        if (f->in_chunk == MM_CHUNK_BYTES)
            end_chunk(f);
    }
}

static int begin_file(struct mm_manifest_file *f, const char *name,
                      struct mm_err *err)
{
    *f = (struct mm_manifest_file){ 0 };
    assert(strlen(name) < sizeof f->name);
    snprintf(f->name, sizeof f->name, "%s", name);
    if (mm_hash_init(&f->hashing) < 0)
        return mm_fail(err, MM_ESYS, "out of memory");
    return 0;
}

int mm_manifest_add(struct mm_manifest *m, const char *name,
                    struct mm_out *out, struct mm_err *err)
{
    if (mm_grow(&m->files, &m->cap, m->n + 1, sizeof *m->files, err) < 0 ||
        begin_file(&m->files[m->n], name, err) < 0)
        return -1;
    m->n++;
    mm_out_tap(out, on_write, m);
    return 0;
}

void mm_manifest_release(struct mm_manifest *m)
{
    for (size_t i = 0; i < m->n; i++) {
        mm_hash_release(&m->files[i].hashing);
        free(m->files[i].chunks);
    }
    free(m->files);
    *m = (struct mm_manifest){ 0 };
}

static void print_hash(struct mm_jw *w, uint64_t hash)
{
    char text[HASH_DIGITS + 1];

    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    mm_jw_str(w, text);
}

static int print_file(struct mm_jw *w, struct mm_manifest_file *f,
                      struct mm_err *err)
{
    if (f->in_chunk)
        end_chunk(f);
    if (f->failed)
        return mm_fail(err, MM_ESYS, "out of memory");
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "name", f->name);
    mm_jw_put_size(w, "bytes", f->bytes);
    mm_jw_key(w, "hashes");
    mm_jw_open(w, '[');
    for (size_t i = 0; i < f->n; i++)
        print_hash(w, f->chunks[i]);
    mm_jw_close(w, ']');
    mm_jw_close(w, '}');
    return 0;
}

static int print(struct mm_manifest *m, const char *about,
                 struct mm_buf *out, struct mm_err *err)
{
    struct mm_jw w;

    mm_buf_addf(out, "{\"format\":\"mm1-checkpoint\",\"version\":%d,",
                MM_MANIFEST_VERSION);
    mm_buf_adds(out, about);
    mm_buf_addf(out, ",\"chunk\":%zu,\"files\":", MM_CHUNK_BYTES);
    mm_jw_begin(&w, out);
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < m->n; i++)
        if (print_file(&w, &m->files[i], err) < 0)
            return -1;
    mm_jw_close(&w, ']');
    mm_buf_adds(out, "}\n");
    mm_jw_begin(&w, out);
    print_hash(&w, mm_hash64(out->data, out->len));
    mm_buf_addc(out, '\n');
    return mm_buf_check(out, err);
}

static void path_in(struct mm_buf *path, const char *dir, const char *name)
{
    mm_buf_clear(path);
    mm_buf_addf(path, "%s/%s", dir, name);
}

int mm_manifest_write(struct mm_manifest *m, const char *dir,
                      const char *about, struct mm_err *err)
{
    struct mm_buf text = { 0 }, path = { 0 };
    int result = print(m, about, &text, err);

    path_in(&path, dir, MM_MANIFEST);
    if (result == 0)
        result = mm_buf_check(&path, err);
    if (result == 0)
        result = mm_write_file(path.data, text.data, text.len, err);
    mm_buf_release(&text);
    mm_buf_release(&path);
    return result;
}

/* ---- verifying ---- */

static int wrong(const char *dir, const char *what, struct mm_err *err)
{
    return mm_fail(err, MM_EDATA, "'%s/%s' %s", dir, MM_MANIFEST, what);
}

/* The bytes of the first line with its newline; 0: not what we write */
static size_t check_lines(const struct mm_buf *text)
{
    const char *nl = memchr(text->data, '\n', text->len);
    size_t n = nl ? (size_t)(nl - text->data) + 1 : 0;
    char hash[HASH_DIGITS + 4];
    size_t want;

    if (n == 0)
        return 0;
    want = (size_t)snprintf(hash, sizeof hash, "\"%016llx\"\n",
                            (unsigned long long)mm_hash64(text->data, n));
    return text->len - n == want && memcmp(text->data + n, hash, want) == 0
               ? n
               : 0;
}

static int parse(const char *dir, const struct mm_buf *text,
                 struct mm_json_doc *doc, struct mm_err *err)
{
    size_t n = check_lines(text);
    const char *format;

    if (n == 0)
        return wrong(dir, "is damaged: its hash does not match", err);
    if (mm_json_parse(doc, text->data, n, err) < 0)
        return mm_fail_in(err, "'%s/%s'", dir, MM_MANIFEST);
    format = mm_json_str(mm_json_get(doc->root, "format"), "");
    if (strcmp(format, "mm1-checkpoint") != 0)
        return wrong(dir, "is not the manifest of a checkpoint", err);
    if (mm_json_int(mm_json_get(doc->root, "version"), 0) >
        MM_MANIFEST_VERSION)
        return wrong(dir, "was written by a newer mm1", err);
    return 0;
}

static int check_chunk(struct mm_in *in, size_t i, size_t bytes,
                       const struct mm_json *hash, char *chunk,
                       struct mm_err *err)
{
    uint64_t at = (uint64_t)i * MM_CHUNK_BYTES;
    char text[HASH_DIGITS + 1];

    if (mm_in_pread(in, chunk, bytes, at, err) < 0)
        return -1;
    snprintf(text, sizeof text, "%016llx",
             (unsigned long long)mm_hash64(chunk, bytes));
    if (strcmp(text, mm_json_str(hash, "")) != 0)
        return mm_fail(err, MM_EDATA,
                       "'%s' is damaged in the %zu bytes from byte %llu",
                       mm_in_name(in), bytes, (unsigned long long)at);
    return 0;
}

static int check_chunks(struct mm_in *in, uint64_t bytes,
                        const struct mm_json *hashes, struct mm_err *err)
{
    char *chunk = mm_alloc(MM_CHUNK_BYTES, 1, err);
    const struct mm_json *hash = hashes->child;
    int result = chunk ? 0 : -1;

    for (size_t i = 0; result == 0 && bytes; i++, hash = hash->next) {
        size_t n = bytes < MM_CHUNK_BYTES ? (size_t)bytes : MM_CHUNK_BYTES;

        result = check_chunk(in, i, n, hash, chunk, err);
        bytes -= n;
    }
    free(chunk);
    return result;
}

static int check_file(const char *path, const struct mm_json *file,
                      struct mm_err *err)
{
    const struct mm_json *hashes = mm_json_get(file, "hashes");
    int64_t bytes = mm_json_int(mm_json_get(file, "bytes"), -1);
    struct mm_in *in = mm_in_open(path, err);
    int result;

    if (!in)
        return -1;
    if (bytes < 0 || (uint64_t)bytes != mm_in_size(in))
        result = mm_fail(err, MM_EDATA,
                         "'%s' has %llu bytes, its manifest says %lld", path,
                         (unsigned long long)mm_in_size(in),
                         (long long)bytes);
    else if (!hashes || hashes->n != ((uint64_t)bytes + MM_CHUNK_BYTES - 1) /
                                         MM_CHUNK_BYTES)
        result = mm_fail(err, MM_EDATA, "the manifest of '%s' is not whole",
                         path);
    else
        result = check_chunks(in, (uint64_t)bytes, hashes, err);
    mm_in_close(in);
    return result;
}

/* A name from a file must not lead out of the directory. */
static int check_named(const char *dir, const struct mm_json *file,
                       struct mm_err *err)
{
    const char *name = mm_json_str(mm_json_get(file, "name"), "");
    struct mm_buf path = { 0 };
    int result;

    if (!*name || strchr(name, '/') || strcmp(name, "..") == 0)
        return wrong(dir, "names a file that cannot be", err);
    path_in(&path, dir, name);
    result = mm_buf_check(&path, err);
    if (result == 0)
        result = check_file(path.data, file, err);
    mm_buf_release(&path);
    return result;
}

static int check_all(const char *dir, const struct mm_json *root,
                     struct mm_err *err)
{
    const struct mm_json *files = mm_json_get(root, "files");
    const struct mm_json *f = files ? files->child : NULL;

    if (mm_json_int(mm_json_get(root, "chunk"), 0) != (int64_t)MM_CHUNK_BYTES)
        return wrong(dir, "has chunks of another size", err);
    for (; f; f = f->next)
        if (check_named(dir, f, err) < 0)
            return -1;
    return 0;
}

int mm_manifest_verify(const char *dir, struct mm_json_doc *doc,
                       struct mm_err *err)
{
    struct mm_buf path = { 0 }, text = { 0 };
    int result;

    *doc = (struct mm_json_doc){ 0 };
    path_in(&path, dir, MM_MANIFEST);
    result = mm_buf_check(&path, err);
    if (result == 0)
        result = mm_read_file(path.data, &text, MAX_MANIFEST, err);
    if (result == 0)
        result = parse(dir, &text, doc, err);
    if (result == 0)
        result = check_all(dir, doc->root, err);
    if (result < 0)
        mm_json_release(doc);
    mm_buf_release(&path);
    mm_buf_release(&text);
    return result;
}
