/*
 * import_files.c - the files of an import, and which reader takes them
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/import_reader.h"

/* Indexed by enum mm_import_from, below MM_IMPORT_QA. */
static const struct mm_import_reader *const readers[] = {
    NULL, &mm_import_text, &mm_import_folder, &mm_import_jsonl,
    &mm_import_idx, &mm_import_html, &mm_import_tar
};

#define N_READERS (sizeof readers / sizeof *readers)

const char *mm_import_rel(const struct mm_import_file *f)
{
    return f->path + f->rel;
}

void mm_import_files_release(struct mm_import_files *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->v[i].path);
    free(f->v);
    memset(f, 0, sizeof *f);
}

static int file_add(struct mm_import_files *f, const char *path, size_t rel,
                    size_t input, struct mm_err *err)
{
    char *copy = mm_strdup(path, err);

    if (!copy ||
        mm_grow(&f->v, &f->cap, f->n + 1, sizeof *f->v, err) < 0) {
        free(copy);
        return -1;
    }
    f->v[f->n++] = (struct mm_import_file){ copy, rel, input };
    return 0;
}

/* ---- by the name ---- */

static int is_packed(const char *name, size_t n)
{
    return n > 3 && (memcmp(name + n - 3, ".gz", 3) == 0 ||
                     memcmp(name + n - 3, ".dz", 3) == 0);
}

size_t mm_import_stem(const struct mm_import_reader *r, const char *name)
{
    char word[16] = "|";
    size_t n = strlen(name), k = 1, dot;

    if (r->gz && is_packed(name, n))
        n -= 3;
    for (dot = n; dot > 0 && name[dot - 1] != '.' && name[dot - 1] != '/';)
        dot--;
    if (dot < 2 || name[dot - 1] != '.' || n - dot > sizeof word - 3)
        return n;
    for (size_t i = dot; i < n; i++)
        word[k++] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32)
                                                     : name[i];
    word[k] = '|';
    return k > 1 && strstr(r->extensions, word) ? dot - 1 : n;
}

/* Does a reader's list have the ending of the name? */
static int has_extension(const struct mm_import_reader *r, const char *name)
{
    size_t n = strlen(name);

    return mm_import_stem(r, name) <
           n - (r->gz && is_packed(name, n) ? 3 : 0);
}

static const struct mm_import_reader *by_name(const char *name)
{
    for (size_t i = 1; i < N_READERS; i++)
        if (has_extension(readers[i], name))
            return readers[i];
    return strstr(name, "-ubyte") ? &mm_import_idx : NULL;
}

/* A folder is what it has of these, pages first: they come with pictures. */
static const struct mm_import_reader *
by_names(const struct mm_import_files *files, size_t from)
{
    static const struct mm_import_reader *const order[] = {
        &mm_import_html, &mm_import_folder, &mm_import_tar,
        &mm_import_jsonl, &mm_import_text
    };

    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (size_t i = from; i < files->n; i++)
            if (has_extension(order[k], files->v[i].path))
                return order[k];
    return NULL;
}

/* ---- by the first bytes ---- */

static int has_tag(const char *p, size_t n)
{
    static const char *const tags[] = { "<!doctype html", "<html", "<head",
                                        "<body", "<?xml" };
    char low[16];

    if (n > sizeof low)
        n = sizeof low;
    for (size_t i = 0; i < n; i++)
        low[i] = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + 32) : p[i];
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (n >= strlen(tags[i]) && memcmp(low, tags[i], strlen(tags[i])) == 0)
            return 1;
    return 0;
}

static const struct mm_import_reader *by_bytes(const char *p, size_t n)
{
    if (n >= 263 && memcmp(p + 257, "ustar", 5) == 0)
        return &mm_import_tar;
    if (n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
        return &mm_import_tar; /* zstd */
    if (n >= 4 && memcmp(p, "\0\0\x08\x03", 4) == 0)
        return &mm_import_idx;
    while (n && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
        p++, n--;
    if (has_tag(p, n))
        return &mm_import_html;
    if (n && (*p == '{' || *p == '['))
        return &mm_import_jsonl;
    return n && !memchr(p, 0, n) ? &mm_import_text : NULL;
}

/* A pipe stays open: its first bytes cannot be read twice. */
static int sniff(struct mm_import *im, const char *path, struct mm_err *err)
{
    const char *p;
    size_t n = 1024;
    struct stat st;

    im->z = mm_gzip_open(path, err);
    if (!im->z || mm_gzip_peek(im->z, &p, &n, err) < 0)
        return -1;
    im->reader = by_bytes(p, n);
    if (!im->reader)
        return mm_fail(err, MM_EDATA, "'%s' is %s; --from says what it is",
                       mm_gzip_name(im->z),
                       n ? "of no known kind" : "empty");
    if (strcmp(path, "-") != 0 && mm_stat(path, &st) == 0 &&
        S_ISREG(st.st_mode)) {
        mm_gzip_close(im->z);
        im->z = NULL;
    }
    return 0;
}

/* ---- walking ---- */

/* One folder: its files to files, its folders to dirs. */
static int list(struct mm_import_files *files, struct mm_import_files *dirs,
                const struct mm_import_file *dir, struct mm_err *err)
{
    size_t n, rel = dir->rel, input = dir->input;
    char **names;
    struct mm_buf path = { 0 };
    int result = mm_list_dir(dir->path, &names, &n, err);

    if (result < 0)
        return -1;
    mm_buf_adds(&path, dir->path);
    if (path.data[path.len - 1] != '/')
        mm_buf_addc(&path, '/');
    for (size_t i = 0, stem = path.len; i < n && result == 0; i++) {
        struct stat st;

        path.len = stem;
        mm_buf_adds(&path, names[i]);
        if (names[i][0] == '.' || mm_buf_check(&path, err) < 0 ||
            lstat(path.data, &st) < 0)
            continue;
        if (S_ISREG(st.st_mode))
            result = file_add(files, path.data, rel, input, err);
        else if (S_ISDIR(st.st_mode))
            result = file_add(dirs, path.data, rel, input, err);
    }
    mm_names_free(names, n);
    mm_buf_release(&path);
    return result;
}

static int by_path(const void *a, const void *b)
{
    const struct mm_import_file *x = a, *y = b;

    return strcmp(x->path, y->path);
}

static int walk(struct mm_import_files *files, const char *input, size_t k,
                struct mm_err *err)
{
    struct mm_import_files dirs = { 0 };
    size_t first = files->n, rel = strlen(input);
    int result;

    while (rel > 0 && input[rel - 1] == '/')
        rel--;
    result = file_add(&dirs, input, rel ? rel + 1 : 1, k, err);
    for (size_t i = 0; i < dirs.n && result == 0; i++) {
        struct mm_import_file dir = dirs.v[i]; /* dirs.v moves as it grows */

        result = list(files, &dirs, &dir, err);
    }
    mm_import_files_release(&dirs);
    if (files->n > first)
        qsort(files->v + first, files->n - first, sizeof *files->v, by_path);
    return result;
}

/* ---- choosing ---- */

/* Drop what the reader does not take; explicit files stay. */
static void keep_known(struct mm_import *im, size_t from)
{
    struct mm_import_files *f = &im->files;
    size_t kept = from;

    for (size_t i = from; i < f->n; i++) {
        if (has_extension(im->reader, f->v[i].path))
            f->v[kept++] = f->v[i];
        else
            free(f->v[i].path);
    }
    f->n = kept;
}

static int add_folder(struct mm_import *im, size_t k, struct mm_err *err)
{
    size_t from = im->files.n;

    if (walk(&im->files, im->inputs[k], k, err) < 0)
        return -1;
    if (!im->reader)
        im->reader = by_names(&im->files, from);
    if (im->reader)
        keep_known(im, from);
    if (!im->reader || im->files.n == from)
        return mm_fail(err, MM_ENOINPUT, "folder '%s' has no %s files",
                       im->inputs[k], im->reader ? im->reader->name : "known");
    return 0;
}

static int add_input(struct mm_import *im, size_t k, struct mm_err *err)
{
    const char *path = im->inputs[k], *base = strrchr(path, '/');
    int is_stdin = strcmp(path, "-") == 0;
    struct stat st;

    if (!is_stdin && mm_stat(path, &st) < 0)
        return mm_fail(err, MM_ENOINPUT, "no file or folder '%s'", path);
    if (!is_stdin && S_ISDIR(st.st_mode) && im->reader == &mm_import_qa)
        return mm_fail(err, MM_ENOINPUT, "'%s' is a folder; name the files of "
                                         "the set",
                       path);
    if (!is_stdin && S_ISDIR(st.st_mode))
        return add_folder(im, k, err);
    if (!im->reader)
        im->reader = by_name(path);
    if (!im->reader && sniff(im, path, err) < 0)
        return -1;
    return file_add(&im->files, path, base ? (size_t)(base + 1 - path) : 0, k,
                    err);
}

int mm_import_find(struct mm_import *im, size_t n, struct mm_err *err)
{
    if (n == 0)
        return mm_fail(err, MM_EUSAGE, "no input; name files or folders, or "
                                       "- for standard input");
    im->reader = im->o->from >= MM_IMPORT_QA ? &mm_import_qa
                                             : readers[im->o->from];
    if (im->o->captions == MM_IMPORT_TABLE)
        im->reader = &mm_import_table;
    for (size_t k = 0; k < n; k++)
        if (add_input(im, k, err) < 0)
            return -1;
    mm_log(MM_LOG_DEBUG, "reading %zu files as %s", im->files.n,
           im->reader->name);
    return 0;
}
