/*
 * base64.h - bytes as text (RFC 4648, section 4)
 */
#ifndef MM_DATA_BASE64_H
#define MM_DATA_BASE64_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Append the bytes that s[0..n) stands for.  White space is skipped, the
 * padding may be missing; any other character is MM_EDATA with its offset, and
 * out is as it was.
 */
int mm_base64_decode(struct mm_buf *out, const char *s, size_t n,
                     struct mm_err *err);

/* Append p[0..n) as text, padded. */
void mm_base64_encode(struct mm_buf *out, const void *p, size_t n);

#endif
