/*
 * io_table.c - the system calls beneath all file I/O
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"

#ifdef MM_FAULT

#include <stdatomic.h>
#include <string.h>

/* Which call failed, for the test that asked for it. */
static void tell(const char *call)
{
    const char *log = getenv("MM1_FAULT_LOG");
    int fd = log ? open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;

    if (fd >= 0 && write(fd, call, strlen(call)) >= 0)
        close(fd);
}

/*
 * MM1_FAULT=n: the n-th call (from 1) of any of these fails with EIO.
 * MM1_FAULT_HANG=call: the first one of that name does not return.
 */
static int fault(const char *call)
{
    static atomic_long calls;
    const char *s = getenv("MM1_FAULT"), *hang = getenv("MM1_FAULT_HANG");
    long n = atomic_fetch_add(&calls, 1) + 1;

    while (hang && strcmp(hang, call) == 0)
        pause();
    if (!s || n != strtol(s, NULL, 10))
        return 0;
    tell(call);
    errno = EIO;
    return 1;
}
#else
#define fault(call) 0
#endif

static int io_open(const char *path, int flags, mode_t mode)
{
    if (fault("open"))
        return -1;
    return open(path, flags, mode);
}

/* A close that fails has closed all the same. */
static int io_close(int fd)
{
    int failed = fault("close");
    int result = close(fd);

    if (!failed)
        return result;
    errno = EIO;
    return -1;
}

static ssize_t io_read(int fd, void *p, size_t n)
{
    if (fault("read"))
        return -1;
    return read(fd, p, n);
}

static ssize_t io_write(int fd, const void *p, size_t n)
{
    if (fault("write"))
        return -1;
    return write(fd, p, n);
}

static ssize_t io_pread(int fd, void *p, size_t n, off_t at)
{
    if (fault("pread"))
        return -1;
    return pread(fd, p, n, at);
}

static off_t io_lseek(int fd, off_t at, int whence)
{
    if (fault("lseek"))
        return -1;
    return lseek(fd, at, whence);
}

static int io_ftruncate(int fd, off_t size)
{
    if (fault("ftruncate"))
        return -1;
    return ftruncate(fd, size);
}

static int io_fsync(int fd)
{
    if (fault("fsync"))
        return -1;
    return fsync(fd);
}

static int io_rename(const char *from, const char *to)
{
    if (fault("rename"))
        return -1;
    return rename(from, to);
}

static int io_unlink(const char *path)
{
    if (fault("unlink"))
        return -1;
    return unlink(path);
}

static int io_mkdir(const char *path, mode_t mode)
{
    if (fault("mkdir"))
        return -1;
    return mkdir(path, mode);
}

struct mm_io_table mm_io = {
    .open = io_open,
    .close = io_close,
    .read = io_read,
    .write = io_write,
    .pread = io_pread,
    .lseek = io_lseek,
    .ftruncate = io_ftruncate,
    .fsync = io_fsync,
    .rename = io_rename,
    .unlink = io_unlink,
    .mkdir = io_mkdir,
};
