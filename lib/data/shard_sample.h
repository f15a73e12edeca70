/*
 * shard_sample.h - the next sample of an archive
 *
 * Private to the shard reader.
 */
#ifndef MM_DATA_SHARD_SAMPLE_H
#define MM_DATA_SHARD_SAMPLE_H

#include "base/err.h"
#include "data/sample.h"
#include "data/tar.h"

struct mm_shard_taker {
    struct mm_tar tar;
    int foreign;     /* not ours: fold names, skip what has no dot */
    int in_pieces;   /* the source is a piece: its end ends a sample */
    size_t skipped;  /* entries that are not members */
    int has_trailer; /* and it is in trailer */
    struct mm_buf trailer;
};

void mm_shard_taker_release(struct mm_shard_taker *t);

/* 1, 0 at the end, -1. */
int mm_shard_take(struct mm_shard_taker *t, struct mm_sample *s,
                  struct mm_err *err);

/*
 * The bytes of key in a name "dir/key.member", or 0 when it is not a member's.
 */
size_t mm_shard_key_len(const char *name);

#endif
