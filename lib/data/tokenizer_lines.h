/*
 * tokenizer_lines.h - a text file in batches of whole lines
 */
#ifndef MM_DATA_TOKENIZER_LINES_H
#define MM_DATA_TOKENIZER_LINES_H

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"

enum { MM_LINE_MAX = 256 << 20 }; /* bytes of one line */

struct mm_lines {
    struct mm_in *in;
    struct mm_buf rest; /* read, and not yet handed out */
    int at_end;
    size_t line; /* lines handed out, for messages */
};

/* path "-" is standard input. */
int mm_lines_open(struct mm_lines *l, const char *path, struct mm_err *err);
void mm_lines_close(struct mm_lines *l);

/*
 * About 1 MiB of whole lines, each with its newline (the last may have none),
 * into batch: 1, 0 at the end, -1.  A line over MM_LINE_MAX is MM_EDATA.
 */
int mm_lines_next(struct mm_lines *l, struct mm_buf *batch,
                  struct mm_err *err);

/* The length of the line at p[0..n), its newline included. */
size_t mm_line_length(const char *p, size_t n);

/*
 * Does the file begin as a shard or a tar does?  1, 0, -1.  Of standard input
 * and pipes, which can be read only once, it is what the user told.
 */
int mm_input_is_shard(const char *path, int told, struct mm_err *err);

#endif
