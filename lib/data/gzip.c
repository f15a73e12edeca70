/*
 * gzip.c - read a file or a pipe, inflating it when it is gzip
 */
#include "data/gzip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/io.h"
#include "base/mem.h"

#define RAW ((size_t)1 << 16)
#define OUT ((size_t)1 << 18)

static_assert(MM_GZIP_PEEK <= OUT, "a peek fits the buffer");

/*
 * raw: what came from the file, for inflate (stream.next_in walks in it).
 * out: [begin, end) waits to be handed out.
 */
struct mm_gzip {
    struct mm_in *in;
    int packed;    /* is it gzip? */
    int in_member; /* between a member's header and its check sum */
    int over;      /* nothing more will come into out */
    z_stream stream;
    unsigned char *raw;
    char *out;
    size_t begin, end;
    uint64_t offset;
};

/* ---- opening ---- */

/* The first bytes decide; they are kept in raw. */
static int look(struct mm_gzip *z, struct mm_err *err)
{
    ssize_t got = mm_in_read_full(z->in, z->raw, RAW, err);

    if (got < 0)
        return -1;
    z->packed = got >= 2 && z->raw[0] == 0x1f && z->raw[1] == 0x8b;
    z->stream.next_in = z->raw;
    z->stream.avail_in = (unsigned)got;
    if (!z->packed)
        return 0;
    /* 16: gzip and nothing else, whose check sums inflate verifies */
    if (inflateInit2(&z->stream, 15 + 16) != Z_OK) {
        z->packed = 0;
        return mm_fail(err, MM_ESYS, "out of memory to inflate '%s'",
                       mm_in_name(z->in));
    }
    z->in_member = 1;
    return 0;
}

struct mm_gzip *mm_gzip_open(const char *path, struct mm_err *err)
{
    struct mm_gzip *z = mm_alloc(1, sizeof *z, err);

    if (!z)
        return NULL;
    z->raw = mm_alloc(RAW, 1, err);
    z->out = z->raw ? mm_alloc(OUT, 1, err) : NULL;
    z->in = z->out ? mm_in_open(path, err) : NULL;
    if (!z->in || look(z, err) < 0) {
        mm_gzip_close(z);
        return NULL;
    }
    return z;
}

void mm_gzip_close(struct mm_gzip *z)
{
    if (!z)
        return;
    if (z->packed)
        inflateEnd(&z->stream);
    mm_in_close(z->in);
    free(z->raw);
    free(z->out);
    free(z);
}

const char *mm_gzip_name(const struct mm_gzip *z)
{
    return mm_in_name(z->in);
}

uint64_t mm_gzip_offset(const struct mm_gzip *z)
{
    return z->offset;
}

/* ---- filling the output buffer ---- */

/* Something in raw, unless the file is over: 1, 0, -1. */
static int feed(struct mm_gzip *z, struct mm_err *err)
{
    ssize_t got;

    if (z->stream.avail_in > 0)
        return 1;
    got = mm_in_read(z->in, z->raw, RAW, err);
    if (got < 0)
        return -1;
    z->stream.next_in = z->raw;
    z->stream.avail_in = (unsigned)got;
    return got > 0;
}

/* Between two members: the next one begins, or only zeros follow. */
static int next_member(struct mm_gzip *z, struct mm_err *err)
{
    int more;

    while ((more = feed(z, err)) > 0 && *z->stream.next_in == 0) {
        z->stream.next_in++;
        z->stream.avail_in--;
    }
    if (more < 0)
        return -1;
    if (more == 0) {
        z->over = 1;
        return 0;
    }
    if (*z->stream.next_in != 0x1f)
        return mm_fail(err, MM_EDATA, "'%s' has something that is not gzip "
                                      "behind its end",
                       mm_in_name(z->in));
    inflateReset(&z->stream);
    z->in_member = 1;
    return 0;
}

static int inflate_failed(const struct mm_gzip *z, int code,
                          struct mm_err *err)
{
    if (code == Z_MEM_ERROR)
        return mm_fail(err, MM_ESYS, "out of memory to inflate '%s'",
                       mm_in_name(z->in));
    return mm_fail(err, MM_EDATA, "'%s' is damaged gzip (%s) near byte %llu; "
                                  "get it again",
                   mm_in_name(z->in),
                   z->stream.msg ? z->stream.msg : "invalid data",
                   (unsigned long long)mm_in_offset(z->in));
}

/* Some inflated bytes after out[0..end), or a change of state. */
static int inflate_some(struct mm_gzip *z, struct mm_err *err)
{
    int more, code;

    if (!z->in_member)
        return next_member(z, err);
    more = feed(z, err);
    if (more < 0)
        return -1;
    if (more == 0)
        return mm_fail(err, MM_EDATA, "'%s' is gzip that was cut short at "
                                      "byte %llu; get it again",
                       mm_in_name(z->in),
                       (unsigned long long)mm_in_offset(z->in));
    z->stream.next_out = (unsigned char *)z->out + z->end;
    z->stream.avail_out = (unsigned)(OUT - z->end);
    code = inflate(&z->stream, Z_NO_FLUSH);
    z->end = OUT - z->stream.avail_out;
    if (code == Z_STREAM_END)
        z->in_member = 0;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return inflate_failed(z, code, err);
    return 0;
}

static int copy_some(struct mm_gzip *z, struct mm_err *err)
{
    int more = feed(z, err);
    size_t n = OUT - z->end;

    if (more < 0)
        return -1;
    z->over = more == 0;
    if (n > z->stream.avail_in)
        n = z->stream.avail_in;
    memcpy(z->out + z->end, z->stream.next_in, n);
    z->stream.next_in += n;
    z->stream.avail_in -= (unsigned)n;
    z->end += n;
    return 0;
}

/* At least want bytes waiting in out, unless the input ends before. */
static int fill(struct mm_gzip *z, size_t want, struct mm_err *err)
{
    if (z->end - z->begin >= want)
        return 0;
    memmove(z->out, z->out + z->begin, z->end - z->begin);
    z->end -= z->begin;
    z->begin = 0;
    while (z->end < want && !z->over)
        if ((z->packed ? inflate_some(z, err) : copy_some(z, err)) < 0)
            return -1;
    return 0;
}

/* ---- handing out ---- */

static void drop(struct mm_gzip *z, size_t n)
{
    z->begin += n;
    z->offset += n;
}

ssize_t mm_gzip_read(struct mm_gzip *z, void *p, size_t n, struct mm_err *err)
{
    size_t done = 0;

    while (done < n) {
        size_t have;

        if (fill(z, 1, err) < 0)
            return -1;
        have = z->end - z->begin;
        if (have == 0)
            break;
        if (have > n - done)
            have = n - done;
        memcpy((char *)p + done, z->out + z->begin, have);
        drop(z, have);
        done += have;
    }
    return (ssize_t)done;
}

int mm_gzip_peek(struct mm_gzip *z, const char **p, size_t *n,
                 struct mm_err *err)
{
    assert(*n <= MM_GZIP_PEEK);
    if (fill(z, *n, err) < 0)
        return -1;
    if (*n > z->end - z->begin)
        *n = z->end - z->begin;
    *p = z->out + z->begin;
    return 0;
}

int mm_gzip_line(struct mm_gzip *z, struct mm_buf *line, size_t max,
                 struct mm_err *err)
{
    uint64_t start = z->offset;
    const char *newline = NULL;

    mm_buf_clear(line);
    while (!newline) {
        const char *from;
        size_t n;

        if (fill(z, 1, err) < 0)
            return -1;
        from = z->out + z->begin;
        n = z->end - z->begin;
        if (n == 0)
            break;
        newline = memchr(from, '\n', n);
        if (newline)
            n = (size_t)(newline - from);
        if (n > max - line->len)
            return mm_fail(err, MM_EDATA, "'%s': the line at byte %llu is "
                                          "longer than %zu bytes",
                           mm_in_name(z->in), (unsigned long long)start, max);
        mm_buf_add(line, from, n);
        drop(z, n + (newline != NULL));
    }
    if (mm_buf_check(line, err) < 0)
        return -1;
    return z->offset > start;
}

int mm_gzip_rest(struct mm_gzip *z, struct mm_buf *b, size_t max,
                 struct mm_err *err)
{
    size_t begin = b->len;

    for (;;) {
        size_t n;

        if (fill(z, 1, err) < 0)
            return -1;
        n = z->end - z->begin;
        if (n == 0)
            return mm_buf_check(b, err);
        if (n > max - (b->len - begin))
            return mm_fail(err, MM_EDATA, "'%s' holds more than %zu bytes; "
                                          "a higher limit lets it in",
                           mm_in_name(z->in), max);
        mm_buf_add(b, z->out + z->begin, n);
        drop(z, n);
        if (mm_buf_check(b, err) < 0)
            return -1;
    }
}
