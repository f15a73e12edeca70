/*
 * shard_index.h - sample index and seek table: where the frames of a shard
 * stand and which samples begin in them
 *
 * Private to the shard reader and writer; the bytes are in mm1-shard(5).
 */
#ifndef MM_DATA_SHARD_INDEX_H
#define MM_DATA_SHARD_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"

/* No frame holds more of the archive, and but for the last of a sample that
 * is longer, each is cut when it has reached the lesser. */
#define MM_SHARD_FRAME_MAX ((size_t)4 << 20)
#define MM_SHARD_FRAME_MIN ((size_t)1 << 20)

struct mm_shard_frame {
    uint64_t at;            /* in the file */
    uint64_t first;         /* samples that begin before it */
    uint32_t packed, bytes; /* compressed, and of the archive */
    uint32_t samples;       /* that begin in it */
};

/* All zero is an empty index. */
struct mm_shard_index {
    struct mm_shard_frame *frames;
    size_t n, cap;
    uint64_t samples;
};

void mm_shard_index_release(struct mm_shard_index *x);

/* Append a frame; at and first follow from those before. */
int mm_shard_index_add(struct mm_shard_index *x, uint32_t packed,
                       uint32_t bytes, uint32_t samples, struct mm_err *err);

/* Both skippable frames. */
void mm_shard_index_print(const struct mm_shard_index *x, struct mm_buf *out);

/* From the end of a file.  MM_EDATA when there is none or it is wrong. */
int mm_shard_index_read(struct mm_shard_index *x, struct mm_in *in,
                        struct mm_err *err);

/* The frame in which sample i begins. */
size_t mm_shard_index_find(const struct mm_shard_index *x, uint64_t i);

#endif
