/*
 * shard_verify.h - is a shard whole?
 */
#ifndef MM_DATA_SHARD_VERIFY_H
#define MM_DATA_SHARD_VERIFY_H

#include "base/err.h"

/*
 * Reads all of it: each checksum, the end mark, the trailer against the
 * samples; of a file also the index, through which every sample is read once
 * more.  A foreign archive has none of these but the end mark.
 */
int mm_shard_verify(const char *path, struct mm_err *err);

#endif
