/*
 * journal.c - a file that one process appends lines to, and others do not
 */
#include "base/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/mem.h"

static int is_taken(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(fd, F_SETLK, &lock) < 0 &&
           (errno == EACCES || errno == EAGAIN);
}

int mm_journal_open(struct mm_journal *j, const char *path, int64_t size,
                    struct mm_err *err)
{
    struct stat st;

    j->fd = -1;
    j->path = mm_strdup(path, err);
    if (!j->path)
        return -1;
    j->fd = mm_io.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (j->fd < 0)
        mm_fail_errno(err, "cannot open '%s'", path);
    else if (is_taken(j->fd) || fstat(j->fd, &st) < 0 || st.st_size != size)
        mm_fail(err, MM_EIO, "another process writes '%s'; when that is done "
                             "the same command goes on",
                path);
    else
        return 0;
    mm_journal_close(j, NULL);
    return -1;
}

int mm_journal_cut(struct mm_journal *j, int64_t size, struct mm_err *err)
{
    if (mm_io.ftruncate(j->fd, (off_t)size) < 0)
        return mm_fail_errno(err, "cannot shorten '%s'", j->path);
    return 0;
}

int mm_journal_add(struct mm_journal *j, const void *p, size_t n,
                   struct mm_err *err)
{
    const char *s = p;

    while (n) {
        ssize_t put = mm_io.write(j->fd, s, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return mm_fail_errno(err, "cannot write '%s'", j->path);
        s += put;
        n -= (size_t)put;
    }
    return 0;
}

int mm_journal_close(struct mm_journal *j, struct mm_err *err)
{
    int result = 0;

    if (j->fd >= 0 && mm_io.close(j->fd) < 0 && err)
        result = mm_fail_errno(err, "cannot close '%s'", j->path);
    free(j->path);
    j->path = NULL;
    j->fd = -1;
    return result;
}
