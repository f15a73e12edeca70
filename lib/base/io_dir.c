/*
 * io_dir.c - directories
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

int mm_stat(const char *path, struct stat *st)
{
    return stat(path, st);
}

static int make_one(const char *path, struct mm_err *err)
{
    struct stat st;

    if (mm_io.mkdir(path, 0777) == 0)
        return 0;
    if (errno == EEXIST && mm_stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    return mm_fail_errno(err, "cannot create directory '%s'", path);
}

int mm_mkdirs(const char *path, struct mm_err *err)
{
    char *p = mm_strdup(path, err);
    int result = p ? 0 : -1;

    for (char *s = p; result == 0 && (s = strchr(s + 1, '/'));) {
        *s = '\0';
        result = make_one(p, err);
        *s = '/';
    }
    if (result == 0)
        result = make_one(p, err);
    free(p);
    return result;
}

int mm_fsync_dir(const char *path, struct mm_err *err)
{
    int fd = mm_io.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    int result = 0;

    if (fd < 0)
        return mm_fail_errno(err, "cannot open directory '%s'", path);
    if (mm_io.fsync(fd) < 0 && errno != EINVAL)
        result = mm_fail_errno(err, "cannot sync directory '%s'", path);
    mm_io.close(fd);
    return result;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(char ***names, size_t *n, size_t *cap, const char *name,
                    struct mm_err *err)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    if (mm_grow(names, cap, *n + 1, sizeof **names, err) < 0 ||
        !((*names)[*n] = mm_strdup(name, err)))
        return -1;
    ++*n;
    return 0;
}

int mm_list_dir(const char *path, char ***names, size_t *n,
                struct mm_err *err)
{
    DIR *d = opendir(path);
    struct dirent *e;
    size_t cap = 0;
    int result = 0;

    *names = NULL;
    *n = 0;
    if (!d)
        return mm_fail_errno(err, "cannot open directory '%s'", path);
    while (result == 0 && (e = readdir(d)))
        result = add_name(names, n, &cap, e->d_name, err);
    closedir(d);
    if (result < 0) {
        mm_names_free(*names, *n);
        *names = NULL;
        *n = 0;
        return -1;
    }
    if (*n)
        qsort(*names, *n, sizeof **names, by_bytes);
    return 0;
}

void mm_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

/*
 * Descends by growing one path and trying again from the top after each
 * removal: no recursion, and the trees that we make are shallow.
 */
static int remove_one_leaf(const char *root, struct mm_buf *path,
                           struct mm_err *err)
{
    struct stat st;

    mm_buf_clear(path);
    mm_buf_adds(path, root);
    for (;;) {
        char **names;
        size_t n;

        if (mm_buf_check(path, err) < 0)
            return -1;
        if (lstat(path->data, &st) < 0)
            return mm_fail_errno(err, "cannot stat '%s'", path->data);
        if (!S_ISDIR(st.st_mode))
            return mm_io.unlink(path->data);
        if (mm_list_dir(path->data, &names, &n, err) < 0)
            return -1;
        if (n) {
            mm_buf_addc(path, '/');
            mm_buf_adds(path, names[0]);
        }
        mm_names_free(names, n);
        if (n == 0)
            return rmdir(path->data);
    }
}

static int is_dir(const char *path)
{
    struct stat st;

    return mm_stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

size_t mm_dirs_there(const char *path)
{
    size_t n = strlen(path), there = 0;
    struct mm_buf part = { 0 };
    struct mm_err ignored;

    for (size_t end = 1; end <= n; end++) {
        if (path[end] != '/' && path[end] != '\0')
            continue;
        mm_buf_clear(&part);
        mm_buf_addf(&part, "%.*s", (int)end, path);
        if (mm_buf_check(&part, &ignored) < 0 || !is_dir(part.data))
            break;
        there = end;
    }
    mm_buf_release(&part);
    return there;
}

void mm_remove_empty(const char *path, size_t keep)
{
    size_t n = strlen(path);
    struct mm_err ignored;
    char *p = mm_strdup(path, &ignored);

    while (p && n > keep && n > 0) {
        p[n] = '\0';
        if (rmdir(p) < 0)
            break;
        while (n > keep && p[n - 1] == '/')
            n--;
        while (n > keep && p[n - 1] != '/')
            n--;
        while (n > keep && p[n - 1] == '/')
            n--;
    }
    free(p);
}

/* ---- what killed processes left ---- */

/* The number behind "base.tmp.", or 0 where that is another name */
static long writer_of(const char *name, const char *base)
{
    static const char mark[] = ".tmp.";
    size_t n = strlen(base);
    char *end;
    long pid;

    if (strncmp(name, base, n) != 0 || strncmp(name + n, mark, 5) != 0)
        return 0;
    name += n + 5;
    if (*name < '1' || *name > '9')
        return 0;
    pid = strtol(name, &end, 10);
    return *end || pid > INT_MAX ? 0 : pid;
}

static int is_left(const char *path, long pid)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd, is_free;

    if (kill((pid_t)pid, 0) == 0 || errno != ESRCH)
        return 0;
    fd = mm_io.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd < 0)
        return 0;
    is_free = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
    mm_io.close(fd);
    return is_free;
}

/* folder ends with a slash, or is empty. */
static void sweep(const char *folder, const char *base)
{
    DIR *d = opendir(*folder ? folder : ".");
    struct mm_buf path = { 0 };
    struct mm_err ignored;
    struct dirent *e;

    while (d && (e = readdir(d))) {
        long pid = writer_of(e->d_name, base);

        if (pid == 0)
            continue;
        mm_buf_clear(&path);
        mm_buf_addf(&path, "%s%s", folder, e->d_name);
        if (mm_buf_check(&path, &ignored) == 0 && is_left(path.data, pid))
            mm_io.unlink(path.data);
    }
    if (d)
        closedir(d);
    mm_buf_release(&path);
}

void mm_remove_stale(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct mm_buf folder = { 0 };
    struct mm_err ignored;

    if (slash)
        mm_buf_add(&folder, path, (size_t)(slash - path) + 1);
    else
        mm_buf_adds(&folder, "");
    if (mm_buf_check(&folder, &ignored) == 0)
        sweep(folder.data ? folder.data : "", slash ? slash + 1 : path);
    mm_buf_release(&folder);
}

int mm_remove_tree(const char *path, struct mm_err *err)
{
    struct mm_buf at = { 0 };
    struct stat st;
    int result = 0;

    while (result == 0 && lstat(path, &st) == 0)
        if (remove_one_leaf(path, &at, err) < 0)
            result = mm_fail_errno(err, "cannot remove '%s'", path);
    mm_buf_release(&at);
    return result;
}
