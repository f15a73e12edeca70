/*
 * source_read.h - the records of a file, whatever holds them; private to
 * source*.c
 */
#ifndef MM_EVAL_SOURCE_READ_H
#define MM_EVAL_SOURCE_READ_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "eval/layout.h"

/* Words between spaces, each a string. */
struct mm_words {
    char *bytes;
    char *v[8];
    size_t n; /* 9: more than eight */
};

int mm_words_cut(struct mm_words *w, const char *s, size_t n,
                 struct mm_err *err);
void mm_words_release(struct mm_words *w);

struct mm_reader;

/*
 * JSON lines (.jsonl) or a JSON file: its top value, or the list or object
 * that is its member `list` ("" or "-": none such; "lines": lines of text, each
 * a string).  What lies in no such list is MM_EDATA.
 */
struct mm_reader *mm_reader_open(const char *path, const char *list,
                                 struct mm_err *err);

/* The same for JSON lines whatever the file is called. */
struct mm_reader *mm_reader_open_lines(const char *path, struct mm_err *err);
void mm_reader_close(struct mm_reader *in); /* NULL: nothing */

/*
 * Records so far in which an object has a key twice, so that the last counts,
 * or a text a lone surrogate, for which U+FFFD stands; or that have broken
 * UTF-8 or NaN; and a last line that was cut.  That and the first are named.
 */
size_t mm_reader_flawed(const struct mm_reader *in);

/* The next record as r's only root, valid until the next call: 1, 0, -1 */
int mm_reader_next(struct mm_reader *in, struct mm_raw *r, struct mm_err *err);

#endif
