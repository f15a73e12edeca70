/*
 * tokenizer_lines.c - a text file in batches of whole lines
 */
#include "data/tokenizer_lines.h"

#include <string.h>

enum { BATCH = 1 << 20 };

static const char zstd[] = "\x28\xB5\x2F\xFD"; /* how a shard begins */

int mm_lines_open(struct mm_lines *l, const char *path, struct mm_err *err)
{
    memset(l, 0, sizeof *l);
    l->in = mm_in_open(path, err);
    return l->in == NULL ? -1 : 0;
}

void mm_lines_close(struct mm_lines *l)
{
    mm_in_close(l->in);
    mm_buf_release(&l->rest);
    memset(l, 0, sizeof *l);
}

size_t mm_line_length(const char *p, size_t n)
{
    const char *end = memchr(p, '\n', n);

    return end == NULL ? n : (size_t)(end - p) + 1;
}

/* The end of the last whole line of p[0..n), or 0. */
static size_t whole_lines(const char *p, size_t n)
{
    while (n > 0 && p[n - 1] != '\n')
        n--;
    return n;
}

/* Read up to BATCH bytes more after the rest. */
static int read_more(struct mm_lines *l, struct mm_err *err)
{
    int is_first = mm_in_offset(l->in) == 0;
    char *p = mm_buf_extend(&l->rest, BATCH);
    ssize_t n;

    if (p == NULL)
        return mm_buf_check(&l->rest, err);
    n = mm_in_read_full(l->in, p, BATCH, err);
    if (n < 0)
        return -1;
    if (is_first && n >= 4 && memcmp(p, zstd, 4) == 0)
        return mm_fail(err, MM_EDATA, "'%s' is no text but a shard; see "
                                      "--shard",
                       mm_in_name(l->in));
    l->rest.len -= BATCH - (size_t)n;
    l->at_end = n < BATCH;
    return 0;
}

static size_t count_lines(const struct mm_buf *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len; n++)
        i += mm_line_length(b->data + i, b->len - i);
    return n;
}

int mm_lines_next(struct mm_lines *l, struct mm_buf *batch, struct mm_err *err)
{
    size_t n = 0, rest;

    while (n == 0 && !l->at_end) {
        size_t before = l->rest.len;

        if (before > MM_LINE_MAX)
            return mm_fail(err, MM_EDATA, "'%s': line %zu is over 256 MiB",
                           mm_in_name(l->in), l->line + 1);
        if (read_more(l, err) < 0)
            return -1;
        n = whole_lines(l->rest.data + before, l->rest.len - before);
        n += n > 0 ? before : 0;
    }
    if (l->at_end)
        n = l->rest.len;
    mm_buf_clear(batch);
    if (n == 0)
        return 0;
    mm_buf_add(batch, l->rest.data, n);
    rest = l->rest.len - n;
    memmove(l->rest.data, l->rest.data + n, rest);
    l->rest.len = rest;
    l->line += count_lines(batch);
    return mm_buf_check(batch, err) < 0 ? -1 : 1;
}

int mm_input_is_shard(const char *path, int told, struct mm_err *err)
{
    char head[512];
    struct stat st;
    struct mm_in *in;
    ssize_t n;

    if (strcmp(path, "-") == 0 ||
        (mm_stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
        return told;
    in = mm_in_open(path, err);
    if (in == NULL)
        return -1;
    n = mm_in_read_full(in, head, sizeof head, err);
    mm_in_close(in);
    if (n < 0)
        return -1;
    return (n >= 4 && memcmp(head, zstd, 4) == 0) ||
           (n == sizeof head && memcmp(head + 257, "ustar", 5) == 0);
}
