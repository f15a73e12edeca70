/*
 * select.h - which items of a source are asked
 */
#ifndef MM_EVAL_SELECT_H
#define MM_EVAL_SELECT_H

#include <stddef.h>

#include "base/err.h"
#include "eval/source.h"

/* First the ids, of these a range, of that every n-th.  All zero is all. */
struct mm_select_how {
    const char *ids;        /* file with one id a line, or NULL */
    size_t offset, limit;   /* limit 0: to the end */
    size_t shard, n_shards; /* shard 1 .. n_shards; 0: no shards */
};

struct mm_selection {
    size_t *v, n;   /* places in the source, ascending */
    size_t unknown; /* ids that no item has; each of the first is named */
};

/* "2/8" for the second of eight; -1: it is not such a thing. */
int mm_select_shard(const char *text, size_t *shard, size_t *n_shards);

/* MM_EDATA when the source has no items; when none is left that is said. */
int mm_select(struct mm_selection *s, struct mm_source *source,
              const struct mm_select_how *how, struct mm_err *err);
void mm_selection_release(struct mm_selection *s);

#endif
