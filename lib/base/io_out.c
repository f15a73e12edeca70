/*
 * io_out.c - output: files that appear whole or not at all
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

#define OUT_BUFFER ((size_t)1 << 18)

struct mm_out {
    int fd;
    char *path; /* NULL: standard output */
    char *tmp;  /* NULL: a stream, written as it comes */
    char *data;
    size_t len;
    void (*tap)(void *ctx, const void *p, size_t n);
    void *tap_ctx;
};

/*
 * The unfinished files, for a signal that ends the program: in memory that is
 * never freed, since it may come at any time.
 */
static struct {
    atomic_int state; /* 0 free, 1 taken, 2 the name is whole */
    char name[4096];
} unfinished[16];

static void note_unfinished(const char *name)
{
    for (size_t i = 0; i < sizeof unfinished / sizeof *unfinished; i++) {
        int is_free = 0;

        if (strlen(name) < sizeof unfinished[i].name &&
            atomic_compare_exchange_strong(&unfinished[i].state, &is_free,
                                           1)) {
            memcpy(unfinished[i].name, name, strlen(name) + 1);
            unfinished[i].state = 2;
            return;
        }
    }
}

static void forget_unfinished(const char *name)
{
    for (size_t i = 0; i < sizeof unfinished / sizeof *unfinished; i++)
        if (unfinished[i].state == 2 && strcmp(unfinished[i].name, name) == 0)
            unfinished[i].state = 0;
}

void mm_out_abandon_all(void)
{
    for (size_t i = 0; i < sizeof unfinished / sizeof *unfinished; i++)
        if (unfinished[i].state == 2)
            unlink(unfinished[i].name);
}

static const char *name_of(const struct mm_out *out)
{
    return out->path ? out->path : "standard output";
}

static void free_out(struct mm_out *out)
{
    if (out->tmp)
        forget_unfinished(out->tmp);
    free(out->path);
    free(out->tmp);
    free(out->data);
    free(out);
}

/* So that nobody takes it for left over, see mm_remove_stale() */
static void hold(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    fcntl(fd, F_SETLK, &lock);
}

static int open_tmp(struct mm_out *out, const char *path, struct mm_err *err)
{
    size_t n = strlen(path) + 32;

    out->path = mm_strdup(path, err);
    out->tmp = mm_alloc(n, 1, err);
    if (!out->path || !out->tmp)
        return -1;
    snprintf(out->tmp, n, "%s.tmp.%ld", path, (long)getpid());
    out->fd = mm_io.open(out->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                         0666);
    if (out->fd >= 0) {
        hold(out->fd);
        note_unfinished(out->tmp);
        mm_remove_stale(path);
        return 0;
    }
    mm_fail_errno(err, "cannot create '%s'", path);
    if (err->code == MM_ENOINPUT)
        err->code = MM_EIO; /* a folder is missing, not an input */
    return -1;
}

static int open_stream(struct mm_out *out, const char *path,
                       struct mm_err *err)
{
    out->path = mm_strdup(path, err);
    if (!out->path)
        return -1;
    out->fd = mm_io.open(path, O_WRONLY | O_CLOEXEC, 0);
    return out->fd < 0 ? mm_fail_errno(err, "cannot open '%s'", path) : 0;
}

/* A device or a named pipe must not be replaced by a file. */
static int open_path(struct mm_out *out, const char *path, struct mm_err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0)
        return 0;
    if (mm_stat(path, &st) < 0 || S_ISREG(st.st_mode))
        return open_tmp(out, path, err);
    if (S_ISDIR(st.st_mode))
        return mm_fail(err, MM_EIO, "cannot write '%s': it is a directory",
                       path);
    return open_stream(out, path, err);
}

struct mm_out *mm_out_open(const char *path, struct mm_err *err)
{
    struct mm_out *out = mm_alloc(1, sizeof *out, err);

    if (!out)
        return NULL;
    out->fd = STDOUT_FILENO;
    out->data = mm_alloc(OUT_BUFFER, 1, err);
    if (!out->data || open_path(out, path, err) < 0) {
        free_out(out);
        return NULL;
    }
    return out;
}

static int write_all(struct mm_out *out, const char *p, size_t n,
                     struct mm_err *err)
{
    while (n) {
        ssize_t put = mm_io.write(out->fd, p, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return mm_fail_errno(err, "cannot write '%s'", name_of(out));
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

static int flush(struct mm_out *out, struct mm_err *err)
{
    size_t n = out->len;

    out->len = 0;
    return write_all(out, out->data, n, err);
}

int mm_out_write(struct mm_out *out, const void *p, size_t n,
                 struct mm_err *err)
{
    if (out->tap)
        out->tap(out->tap_ctx, p, n);
    if (n > OUT_BUFFER - out->len && flush(out, err) < 0)
        return -1;
    if (n >= OUT_BUFFER)
        return write_all(out, p, n, err);
    memcpy(out->data + out->len, p, n);
    out->len += n;
    return 0;
}

int mm_out_flush(struct mm_out *out, struct mm_err *err)
{
    return out->tmp ? 0 : flush(out, err);
}

/* The directory that path stands in, to be freed. */
static char *parent_of(const char *path, struct mm_err *err)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mm_strdup(".", err);
    return mm_strndup(path, slash == path ? 1 : (size_t)(slash - path), err);
}

/*
 * All but the name.  An fsync that failed is final: the file is given up, never
 * retried.
 */
static int settle(struct mm_out *out, struct mm_err *err)
{
    int fd = out->fd;

    if (flush(out, err) < 0)
        return -1;
    if (out->tmp && mm_io.fsync(fd) < 0)
        return mm_fail_errno(err, "cannot sync '%s'", out->path);
    if (!out->path)
        return 0; /* standard output is main()'s to close */
    out->fd = -1;
    if (mm_io.close(fd) < 0)
        return mm_fail_errno(err, "cannot close '%s'", out->path);
    return 0;
}

static int give_name(struct mm_out *out, struct mm_err *err)
{
    if (out->tmp && mm_io.rename(out->tmp, out->path) < 0)
        return mm_fail_errno(err, "cannot rename to '%s'", out->path);
    return 0;
}

/* The name itself is safe only when its directory is. */
static int sync_name(struct mm_out *out, struct mm_err *err)
{
    char *parent;
    int result;

    if (!out->tmp)
        return 0;
    parent = parent_of(out->path, err);
    result = parent ? mm_fsync_dir(parent, err) : -1;
    if (result < 0)
        mm_fail_in(err, "'%s' is written, but may be lost in a power cut",
                   out->path);
    free(parent);
    return result;
}

/* Names that were given are taken back when the next cannot be. */
static int give_names(struct mm_out *const *outs, size_t n,
                      struct mm_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (give_name(outs[i], err) == 0)
            continue;
        while (i--)
            if (outs[i]->tmp)
                mm_io.unlink(outs[i]->path);
        return -1;
    }
    return 0;
}

int mm_out_commit_all(struct mm_out *const *outs, size_t n,
                      struct mm_err *err)
{
    int result = 0;

    for (size_t i = 0; i < n && result == 0; i++)
        result = settle(outs[i], err);
    if (result == 0)
        result = give_names(outs, n, err);
    for (size_t i = 0; i < n && result == 0; i++)
        result = sync_name(outs[i], err);
    for (size_t i = 0; i < n; i++) {
        if (result == 0)
            free_out(outs[i]);
        else
            mm_out_discard(outs[i]);
    }
    return result;
}

int mm_out_commit(struct mm_out *out, struct mm_err *err)
{
    return mm_out_commit_all(&out, 1, err);
}

void mm_out_discard(struct mm_out *out)
{
    if (!out)
        return;
    if (out->path && out->fd >= 0)
        mm_io.close(out->fd);
    if (out->tmp)
        mm_io.unlink(out->tmp);
    free_out(out);
}

void mm_out_tap(struct mm_out *out,
                void (*fn)(void *ctx, const void *p, size_t n), void *ctx)
{
    out->tap = fn;
    out->tap_ctx = ctx;
}

int mm_out_is_terminal(const struct mm_out *out)
{
    return out->fd >= 0 && isatty(out->fd);
}

int mm_write_file(const char *path, const void *p, size_t n,
                  struct mm_err *err)
{
    struct mm_out *out = mm_out_open(path, err);

    if (!out)
        return -1;
    if (mm_out_write(out, p, n, err) < 0) {
        mm_out_discard(out);
        return -1;
    }
    return mm_out_commit(out, err);
}

int mm_append_file(const char *path, const void *p, size_t n,
                   struct mm_err *err)
{
    struct mm_out to = { .path = mm_strdup(path, err) };
    int result;

    if (!to.path)
        return -1;
    to.fd = mm_io.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    result = to.fd < 0 ? mm_fail_errno(err, "cannot open '%s'", path)
                       : write_all(&to, p, n, err);
    free(to.path);
    if (to.fd < 0)
        return -1;
    if (mm_io.close(to.fd) < 0 && result == 0)
        result = mm_fail_errno(err, "cannot close '%s'", path);
    return result;
}
