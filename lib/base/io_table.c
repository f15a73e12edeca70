/*
 * io_table.c - the system calls behind all file I/O
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"

#ifdef MM_FAULT

/* MM1_FAULT=n: the n-th call (from 1) of any of these fails with EIO. */
static int fault(void)
{
    static long n, at = -1;

    if (at < 0) {
        const char *s = getenv("MM1_FAULT");

        at = s ? strtol(s, NULL, 10) : 0;
    }
    if (++n != at)
        return 0;
    errno = EIO;
    return 1;
}
#define FAULT()  \
    if (fault()) \
    return -1

#else
#define FAULT() (void)0
#endif

static int io_open(const char *path, int flags, mode_t mode)
{
    FAULT();
    return open(path, flags, mode);
}

/* A close that fails has closed all the same. */
static int io_close(int fd)
{
#ifdef MM_FAULT
    if (fault()) {
        close(fd);
        errno = EIO;
        return -1;
    }
#endif
    return close(fd);
}

static ssize_t io_read(int fd, void *p, size_t n)
{
    FAULT();
    return read(fd, p, n);
}

static ssize_t io_write(int fd, const void *p, size_t n)
{
    FAULT();
    return write(fd, p, n);
}

static ssize_t io_pread(int fd, void *p, size_t n, off_t at)
{
    FAULT();
    return pread(fd, p, n, at);
}

static off_t io_lseek(int fd, off_t at, int whence)
{
    FAULT();
    return lseek(fd, at, whence);
}

static int io_fsync(int fd)
{
    FAULT();
    return fsync(fd);
}

static int io_rename(const char *from, const char *to)
{
    FAULT();
    return rename(from, to);
}

static int io_unlink(const char *path)
{
    FAULT();
    return unlink(path);
}

static int io_mkdir(const char *path, mode_t mode)
{
    FAULT();
    return mkdir(path, mode);
}

struct mm_io_table mm_io = {
    .open = io_open,
    .close = io_close,
    .read = io_read,
    .write = io_write,
    .pread = io_pread,
    .lseek = io_lseek,
    .fsync = io_fsync,
    .rename = io_rename,
    .unlink = io_unlink,
    .mkdir = io_mkdir,
};
