/*
 * shard_in.h - the bytes of a shard's archive, decompressed as they come
 *
 * Private to the shard reader.  Knows zstd frames and plain archives, and
 * keeps hostile input small: windows up to 8 MiB, and a bound on how much may
 * come out of how little.
 */
#ifndef MM_DATA_SHARD_IN_H
#define MM_DATA_SHARD_IN_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/io.h"

#define MM_SHARD_WINDOW_LOG 23 /* 8 MiB */

struct mm_shard_in {
    struct mm_in *in;
    struct ZSTD_DCtx_s *z; /* NULL: a plain archive */
    char *buf;             /* what was read and not yet used: [pos, len) */
    size_t pos, len;
    int in_frame;       /* the last frame is not complete */
    int at_end;         /* no more bytes to read */
    uint64_t allowance; /* bytes that may still come out without question */
};

/* Opens path and looks at its first bytes; MM_EDATA when it is not a shard. */
int mm_shard_in_open(struct mm_shard_in *s, const char *path,
                     struct mm_err *err);
void mm_shard_in_close(struct mm_shard_in *s);

/* As many of n bytes of the archive as there are before its end; -1. */
ssize_t mm_shard_in_read(void *s, void *p, size_t n, struct mm_err *err);

/* A sample begins: the bound on what comes out starts over. */
void mm_shard_in_mark(struct mm_shard_in *s);

/* How many bytes of the file have been used. */
uint64_t mm_shard_in_offset(const struct mm_shard_in *s);

/*
 * After the end mark: reads to the end of the input, so that the program
 * before a pipe can finish.  Only zeros and skippable frames may stand there.
 */
int mm_shard_in_finish(struct mm_shard_in *s, struct mm_err *err);

/* What zstd says, as a failure: corrupted, or what we do not take. */
int mm_shard_zstd_fail(size_t code, struct mm_err *err);

#endif
