/*
 * shard_set.h - several shards as one, by number
 *
 * Samples and frames are numbered through all files in the order of their
 * names.  Only one file is open at a time, so that a set may have thousands.
 */
#ifndef MM_DATA_SHARD_SET_H
#define MM_DATA_SHARD_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/sample.h"
#include "data/shard.h"

struct mm_shard_set {
    char **paths;
    size_t n;
    size_t *first;       /* [n + 1] samples before file i */
    size_t *frame_begin; /* [n_frames + 1] first sample of frame f */
    size_t n_frames, frames_cap;
    struct mm_shard_header header; /* of the first file */
    struct mm_buf hashes;          /* of the contents, "a","b",... */
    int64_t members;               /* of all samples; -1: not known */
    struct mm_shard *open;
    size_t open_path;
};

/*
 * Opens each file once and loads its index.  All must be of one kind and have
 * the same meta (MM_EDATA).
 */
int mm_shard_set_open(struct mm_shard_set *s, const char *const *paths,
                      size_t n, struct mm_err *err);
void mm_shard_set_release(struct mm_shard_set *s);

size_t mm_shard_set_count(const struct mm_shard_set *s); /* samples */

/* The file that holds sample i. */
size_t mm_shard_set_file(const struct mm_shard_set *s, size_t i);

int mm_shard_set_get(struct mm_shard_set *s, size_t i,
                     struct mm_sample *sample, struct mm_err *err);

#endif
