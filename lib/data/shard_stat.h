/*
 * shard_stat.h - what is in a shard, in numbers
 */
#ifndef MM_DATA_SHARD_STAT_H
#define MM_DATA_SHARD_STAT_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Reads the shard to its end and appends one JSON object: file, format, kind,
 * samples, members, bytes, hash, documents by kind, pictures, tokens, targets,
 * members by name, counts (the trailer's), meta, history.
 */
int mm_shard_stat(const char *path, struct mm_buf *out, struct mm_err *err);

#endif
