/*
 * shard_lint.h - is what a shard holds what its kind promises?
 *
 * A shard can be whole and still wrong: a caption without words, a picture
 * that is none, a mask of another length.
 */
#ifndef MM_DATA_SHARD_LINT_H
#define MM_DATA_SHARD_LINT_H

#include <stddef.h>

#include "base/err.h"

/*
 * Calls say(ctx, key, problem) for each sample that is wrong (its first
 * problem).  Returns 0, or -1 when the shard cannot be read; *n_problems is
 * set in both cases.
 */
int mm_shard_lint(const char *path,
                  void (*say)(void *ctx, const char *key, const char *problem),
                  void *ctx, size_t *n_problems, struct mm_err *err);

#endif
