/*
 * source.h - the items of a benchmark, wherever they are
 */
#ifndef MM_EVAL_SOURCE_H
#define MM_EVAL_SOURCE_H

#include <stddef.h>

#include "base/err.h"
#include "eval/item.h"

struct mm_source;

/* A document shard with an index. */
struct mm_source *mm_source_open(const char *path, struct mm_err *err);
void mm_source_close(struct mm_source *s); /* NULL: nothing */

size_t mm_source_count(const struct mm_source *s);
const char *mm_source_name(const struct mm_source *s); /* for messages */

/*
 * Item i: 0; 1 when this item is bad (err says why, the others are not; it->id
 * is its id or place); -1.
 */
int mm_source_load(struct mm_source *s, size_t i, struct mm_item *it,
                   struct mm_err *err);

/*
 * The same where a bad item is a failure like others, and one without an
 * answer is bad: for examples.
 */
int mm_source_load_solved(struct mm_source *s, size_t i, struct mm_item *it,
                          struct mm_err *err);

#endif
