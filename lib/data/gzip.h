/*
 * gzip.h - read a file or a pipe, inflating it when it is gzip (.gz, .dz)
 *
 * Several gzip members after one another are one stream (RFC 1952 2.2), and
 * zeros may pad the end.  Memory is constant: a bomb can only make the caller
 * read on, and the caller sets the limit.  What is not gzip comes through as it
 * is.
 */
#ifndef MM_DATA_GZIP_H
#define MM_DATA_GZIP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct mm_gzip;

/* path "-" is standard input.  NULL with the error filled in. */
struct mm_gzip *mm_gzip_open(const char *path, struct mm_err *err);
void mm_gzip_close(struct mm_gzip *z); /* NULL: nothing */

/*
 * As many of n bytes as there are before the end: fewer means the end; -1.
 * Cut or damaged gzip is MM_EDATA.
 */
ssize_t mm_gzip_read(struct mm_gzip *z, void *p, size_t n,
                     struct mm_err *err);

/*
 * The next bytes, which stay unread: up to *n (at most MM_GZIP_PEEK); *n
 * becomes how many there are.  Valid until the next call.
 */
#define MM_GZIP_PEEK 4096
int mm_gzip_peek(struct mm_gzip *z, const char **p, size_t *n,
                 struct mm_err *err);

/*
 * The next line into line (cleared first), without its newline: 1, 0 at the
 * end, -1.  A line over max bytes is MM_EDATA.
 */
int mm_gzip_line(struct mm_gzip *z, struct mm_buf *line, size_t max,
                 struct mm_err *err);

/* Append all that is left to b; over max bytes is MM_EDATA. */
int mm_gzip_rest(struct mm_gzip *z, struct mm_buf *b, size_t max,
                 struct mm_err *err);

uint64_t mm_gzip_offset(const struct mm_gzip *z); /* bytes handed out */
const char *mm_gzip_name(const struct mm_gzip *z);

#endif
