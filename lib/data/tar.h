/*
 * tar.h - tar archives, entry by entry, in memory only
 *
 * Reads ustar, pax (POSIX.1-2001) and GNU headers: long names, sizes in octal
 * and base 256.  Nothing is ever created on a disk.  Writes ustar with a pax
 * record for names over 100 bytes.
 */
#ifndef MM_DATA_TAR_H
#define MM_DATA_TAR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define MM_TAR_BLOCK 512

/* Where the bytes come from: as many of n as there are before the end; -1. */
struct mm_tar_source {
    ssize_t (*read)(void *ctx, void *p, size_t n, struct mm_err *err);
    void *ctx;
};

enum mm_tar_result {
    MM_TAR_ENTRY = 1,
    MM_TAR_END = 0, /* the end mark: a block of zeros */
    MM_TAR_CUT = 2, /* the source ended between two entries */
    MM_TAR_ERROR = -1
};

struct mm_tar {
    struct mm_tar_source source;
    /* the current entry */
    struct mm_buf name;
    char type; /* '0' a file, '5' a directory, 'g' a pax global header, ... */
    uint64_t size;
    uint64_t begin; /* offset of its first header block */
    /* private */
    uint64_t offset;   /* bytes taken from the source */
    uint64_t left;     /* of the entry's data */
    struct mm_buf pax; /* scratch: extended headers */
    int held;          /* mm_tar_hold() */
    int ended;
};

void mm_tar_init(struct mm_tar *t, struct mm_tar_source source);
void mm_tar_release(struct mm_tar *t);

/* Forget what was read: the source starts over at offset. */
void mm_tar_restart(struct mm_tar *t, uint64_t offset);

/* Go to the next entry, skipping what is left of the current one. */
enum mm_tar_result mm_tar_next(struct mm_tar *t, struct mm_err *err);

/* The next mm_tar_next() gives the current entry once more. */
void mm_tar_hold(struct mm_tar *t);

/*
 * Append the data of the current entry.  Over max bytes is MM_EDATA.  Memory
 * grows with the bytes that come, not with the size that the header claims.
 */
int mm_tar_data(struct mm_tar *t, struct mm_buf *out, uint64_t max,
                struct mm_err *err);

/* ---- writing: what stands before and after the data of an entry ---- */

/* A regular file; a long name takes more blocks. */
void mm_tar_header(struct mm_buf *out, const char *name, uint64_t size);

/* Zeros up to the next block. */
void mm_tar_pad(struct mm_buf *out, uint64_t size);

/* A pax global header with one record, keyword=value. */
void mm_tar_global(struct mm_buf *out, const char *keyword, const char *value);

/* The two blocks of zeros. */
void mm_tar_end(struct mm_buf *out);

/* The bytes of header, data and padding of a file with such a name. */
uint64_t mm_tar_bytes(size_t name_len, uint64_t size);

/*
 * The value of a keyword in pax records, or NULL; *value_len is set.  *bad is
 * set when the records are not well-formed.
 */
const char *mm_tar_record(const char *p, size_t n, const char *keyword,
                          size_t *value_len, int *bad);

#endif
