/*
 * io.c - input: whole reads and buffered streams
 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define IN_BUFFER ((size_t)1 << 18)

/*
 * data: [0, begin) handed out, [begin, end) waiting.
 */
struct mm_in {
    int fd, is_file;
    char *name, *data;
    size_t begin, end;
    uint64_t size, offset;
};

static int open_fd(struct mm_in *in, const char *path, struct mm_err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0) {
        in->fd = STDIN_FILENO;
        return 0;
    }
    in->fd = mm_io.open(path, O_RDONLY | O_CLOEXEC, 0);
    if (in->fd < 0)
        return mm_fail_errno(err, "cannot open '%s'", path);
    if (fstat(in->fd, &st) < 0)
        return mm_fail_errno(err, "cannot stat '%s'", path);
    if (S_ISDIR(st.st_mode))
        return mm_fail(err, MM_ENOINPUT, "'%s' is a directory, not a file",
                       path);
    in->is_file = S_ISREG(st.st_mode);
    in->size = (uint64_t)st.st_size;
    return 0;
}

struct mm_in *mm_in_open(const char *path, struct mm_err *err)
{
    struct mm_in *in = mm_alloc(1, sizeof *in, err);

    if (!in)
        return NULL;
    in->fd = -1;
    in->name = mm_strdup(strcmp(path, "-") ? path : "standard input", err);
    if (!in->name || open_fd(in, path, err) < 0 ||
        !(in->data = mm_alloc(IN_BUFFER, 1, err))) {
        mm_in_close(in);
        return NULL;
    }
    return in;
}

void mm_in_close(struct mm_in *in)
{
    if (!in)
        return;
    if (in->fd > STDIN_FILENO)
        mm_io.close(in->fd);
    free(in->name);
    free(in->data);
    free(in);
}

/* One read that is not interrupted; 0 at the end. */
static ssize_t read_some(struct mm_in *in, void *p, size_t n,
                         struct mm_err *err)
{
    ssize_t got;

    do
        got = mm_io.read(in->fd, p, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return mm_fail_errno(err, "cannot read '%s'", in->name);
    return got;
}

/* Something in the buffer, unless the input is over: 1, 0, -1. */
static int fill(struct mm_in *in, struct mm_err *err)
{
    ssize_t got;

    if (in->begin < in->end)
        return 1;
    got = read_some(in, in->data, IN_BUFFER, err);
    if (got < 0)
        return -1;
    in->begin = 0;
    in->end = (size_t)got;
    return got > 0;
}

static size_t take(struct mm_in *in, void *p, size_t n)
{
    size_t have = in->end - in->begin;

    if (n > have)
        n = have;
    memcpy(p, in->data + in->begin, n);
    in->begin += n;
    in->offset += n;
    return n;
}

ssize_t mm_in_read(struct mm_in *in, void *p, size_t n, struct mm_err *err)
{
    int more = fill(in, err);

    return more <= 0 ? more : (ssize_t)take(in, p, n);
}

ssize_t mm_in_read_full(struct mm_in *in, void *p, size_t n,
                        struct mm_err *err)
{
    size_t done = 0;

    while (done < n) {
        ssize_t got = mm_in_read(in, (char *)p + done, n - done, err);

        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

int mm_in_line(struct mm_in *in, struct mm_buf *line, size_t max,
               struct mm_err *err)
{
    uint64_t start = in->offset;
    int more;

    mm_buf_clear(line);
    while ((more = fill(in, err)) > 0) {
        const char *from = in->data + in->begin;
        size_t have = in->end - in->begin;
        const char *nl = memchr(from, '\n', have);
        size_t n = nl ? (size_t)(nl - from) : have;

        if (line->len + n > max)
            return mm_fail(err, MM_EDATA, "'%s': the line at byte %llu is "
                                          "longer than %zu bytes",
                           in->name, (unsigned long long)start, max);
        mm_buf_add(line, from, n);
        in->begin += n + (nl != NULL);
        in->offset += n + (nl != NULL);
        if (nl)
            break;
    }
    if (more < 0 || mm_buf_check(line, err) < 0)
        return -1;
    return in->offset > start;
}

int mm_in_ready(const struct mm_in *in)
{
    struct pollfd p = { .fd = in->fd, .events = POLLIN };

    return memchr(in->data + in->begin, '\n', in->end - in->begin) ||
           poll(&p, 1, 0) != 0;
}

int mm_in_pread(struct mm_in *in, void *p, size_t n, uint64_t at,
                struct mm_err *err)
{
    size_t done = 0;

    while (done < n) {
        ssize_t got = mm_io.pread(in->fd, (char *)p + done, n - done,
                                  (off_t)(at + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mm_fail_errno(err, "cannot read '%s'", in->name);
        if (got == 0)
            return mm_fail(err, MM_EDATA, "'%s' ends at byte %llu, wanted %zu "
                                          "bytes from %llu",
                           in->name, (unsigned long long)(at + done), n,
                           (unsigned long long)at);
        done += (size_t)got;
    }
    return 0;
}

int mm_in_is_file(const struct mm_in *in)
{
    return in->is_file;
}

uint64_t mm_in_size(const struct mm_in *in)
{
    return in->size;
}

uint64_t mm_in_offset(const struct mm_in *in)
{
    return in->offset;
}

const char *mm_in_name(const struct mm_in *in)
{
    return in->name;
}

static int read_rest(struct mm_in *in, struct mm_buf *b, size_t max,
                     struct mm_err *err)
{
    int more;

    while ((more = fill(in, err)) > 0) {
        if (in->end - in->begin > max - b->len)
            return mm_fail(err, MM_EDATA, "'%s' is larger than %zu bytes",
                           in->name, max);
        mm_buf_add(b, in->data + in->begin, in->end - in->begin);
        in->begin = in->end;
    }
    return more < 0 ? -1 : mm_buf_check(b, err);
}

int mm_read_file(const char *path, struct mm_buf *b, size_t max,
                 struct mm_err *err)
{
    struct mm_in *in = mm_in_open(path, err);
    int result;

    if (!in)
        return -1;
    mm_buf_add(b, "", 0); /* so that data is a string even if all is empty */
    result = read_rest(in, b, max, err);
    mm_in_close(in);
    return result;
}
