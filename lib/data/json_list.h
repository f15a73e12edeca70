/*
 * json_list.h - the records of a large JSON file, one at a time
 *
 * A file of gigabytes that is one value, as data sets are published: a list,
 * or an object of records by name, or such a thing as a member of the top
 * object.  Memory is that of the largest record.
 */
#ifndef MM_DATA_JSON_LIST_H
#define MM_DATA_JSON_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

struct mm_json_list;

/*
 * path may be gzip, and begin with a byte order mark.  member NULL: the
 * elements of the top list, or the members of the top object; else those of the
 * member called so.  A member that is neither list nor object is its own only
 * record; there are none when the top object lacks it.  A record over max bytes
 * is MM_EDATA.  NULL on failure.
 */
struct mm_json_list *mm_json_list_open(const char *path, const char *member,
                                       size_t max, struct mm_err *err);
void mm_json_list_close(struct mm_json_list *l); /* NULL: nothing */

/*
 * The next record: 1, with doc for the caller to release; 0 at the end; -1
 * with file and record in the message.
 */
int mm_json_list_next(struct mm_json_list *l, struct mm_json_doc *doc,
                      struct mm_err *err);

/* The same as bytes, valid until the next call, for the caller to parse. */
int mm_json_list_take(struct mm_json_list *l, const char **text, size_t *n,
                      struct mm_err *err);

/* Of the record just read: its name in an object, "" in a list. */
const char *mm_json_list_key(const struct mm_json_list *l);

/* Records so far; was the member there? */
uint64_t mm_json_list_count(const struct mm_json_list *l);
int mm_json_list_found(const struct mm_json_list *l);

#endif
