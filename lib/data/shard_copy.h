/*
 * shard_copy.h - samples from shards to shards: join, select, split
 */
#ifndef MM_DATA_SHARD_COPY_H
#define MM_DATA_SHARD_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "data/sample.h"
#include "data/shard.h"

/* Which samples, of all the shards as one sequence. */
struct mm_select {
    uint64_t offset;    /* skip this many */
    uint64_t limit;     /* at most this many after them; 0: all */
    struct mm_map keys; /* only these, when there are any */
};

/*
 * Calls fn for each selected sample of the shards in order; fn returns -1 with
 * err filled in to stop.  All shards must agree in kind and meta.  first is
 * called once before, with the header of the first shard and the histories of
 * all those that are files (a JSON array).
 */
int mm_shard_each(const char *const *paths, size_t n,
                  const struct mm_select *select,
                  int (*first)(void *ctx, const struct mm_shard_header *h,
                               struct mm_err *err),
                  int (*fn)(void *ctx, struct mm_sample *s,
                            struct mm_err *err),
                  void *ctx, struct mm_err *err);

/* Into one shard at path out. */
int mm_shard_copy(const char *const *paths, size_t n,
                  const struct mm_select *select, const char *out,
                  struct mm_err *err);

/*
 * Documents into two shards: those whose bucket (split.h) is below held_out
 * go to the second.  counts: {samples of the first, of the second}.
 */
int mm_shard_split(const char *const *paths, size_t n, int held_out,
                   const char *train, const char *held, uint64_t counts[2],
                   struct mm_err *err);

#endif
