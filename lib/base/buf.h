/*
 * buf.h - growable bytes
 *
 * Appending cannot fail in the caller's face: when memory runs out the buffer
 * remembers it, ignores further appends, and mm_buf_check() says so once at
 * the end.  data always ends with a NUL that len does not count, so it can be
 * used as a string (NULL only before the first append).
 */
#ifndef MM_BASE_BUF_H
#define MM_BASE_BUF_H

#include <stddef.h>

#include "base/err.h"

struct mm_buf {
    char *data;
    size_t len, cap;
    int failed;
};

/* A struct mm_buf that is all zero is an empty buffer. */
void mm_buf_add(struct mm_buf *b, const void *p, size_t n);
void mm_buf_addc(struct mm_buf *b, char c);
void mm_buf_adds(struct mm_buf *b, const char *s);
void mm_buf_addf(struct mm_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * n uninitialised bytes at the end, to be written by the caller; NULL when
 * memory is out.
 */
void *mm_buf_extend(struct mm_buf *b, size_t n);

void mm_buf_clear(struct mm_buf *b);   /* empty, keeps its memory */
void mm_buf_release(struct mm_buf *b); /* empty, frees it */

/* 0, or -1 with MM_ESYS when an append was lost. */
int mm_buf_check(const struct mm_buf *b, struct mm_err *err);

#endif
