/*
 * source.h - the items of a benchmark, wherever they are
 */
#ifndef MM_EVAL_SOURCE_H
#define MM_EVAL_SOURCE_H

#include <stddef.h>

#include "base/err.h"
#include "eval/item.h"
#include "eval/task.h"

struct mm_source;

/* A document shard with an index. */
struct mm_source *mm_source_open(const char *path, struct mm_err *err);

/*
 * The data of a task (or what its examples are drawn from): data is a document
 * shard; or a file in the task's layout, with its pictures below root (NULL:
 * where the file is); or a folder, or NULL with a root, where the task's own
 * files are.
 */
struct mm_source *mm_source_open_task(const struct mm_task *t, int shots,
                                      const char *data, const char *root,
                                      struct mm_err *err);
void mm_source_close(struct mm_source *s); /* NULL: nothing */

size_t mm_source_count(const struct mm_source *s);

/* Records that make no item: without an id, or with one that there was. */
size_t mm_source_faults(const struct mm_source *s);
/* Records with what mm_reader_flawed() counts */
size_t mm_source_flawed(const struct mm_source *s);
const char *mm_source_name(const struct mm_source *s); /* for messages */

/*
 * Item i: 0; 1 when this item is bad (err says why, the others are not; it->id
 * is its id or place); -1.
 */
int mm_source_load(struct mm_source *s, size_t i, struct mm_item *it,
                   struct mm_err *err);

/* The same without its pictures, for what is true of the item. */
int mm_source_load_text(struct mm_source *s, size_t i, struct mm_item *it,
                        struct mm_err *err);

#endif
