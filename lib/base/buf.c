/*
 * buf.c - growable bytes
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Room for n more bytes and the NUL. */
static int reserve(struct mm_buf *b, size_t n)
{
    struct mm_err err;
    size_t want;

    if (b->failed || mm_size_add(&want, b->len, n) < 0 ||
        mm_size_add(&want, want, 1) < 0 ||
        mm_grow(&b->data, &b->cap, want, 1, &err) < 0) {
        b->failed = 1;
        return -1;
    }
    return 0;
}

void *mm_buf_extend(struct mm_buf *b, size_t n)
{
    char *p;

    if (reserve(b, n) < 0)
        return NULL;
    p = b->data + b->len;
    b->len += n;
    b->data[b->len] = '\0';
    return p;
}

void mm_buf_add(struct mm_buf *b, const void *p, size_t n)
{
    void *to = mm_buf_extend(b, n);

    if (to && n)
        memcpy(to, p, n);
}

void mm_buf_addc(struct mm_buf *b, char c)
{
    mm_buf_add(b, &c, 1);
}

void mm_buf_adds(struct mm_buf *b, const char *s)
{
    mm_buf_add(b, s, strlen(s));
}

void mm_buf_addf(struct mm_buf *b, const char *fmt, ...)
{
    int n;
    va_list ap;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || reserve(b, (size_t)n) < 0) {
        b->failed = 1;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void mm_buf_clear(struct mm_buf *b)
{
    b->len = 0;
    b->failed = 0;
    if (b->data)
        b->data[0] = '\0';
}

void mm_buf_release(struct mm_buf *b)
{
    free(b->data);
    *b = (struct mm_buf){ 0 };
}

int mm_buf_check(const struct mm_buf *b, struct mm_err *err)
{
    if (b->failed)
        return mm_fail(err, MM_ESYS, "out of memory after %zu bytes", b->len);
    return 0;
}
