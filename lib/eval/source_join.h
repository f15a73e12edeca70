/*
 * source_join.h - what other files say of a record; private to source*.c
 */
#ifndef MM_EVAL_SOURCE_JOIN_H
#define MM_EVAL_SOURCE_JOIN_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/map.h"
#include "eval/layout.h"

/* A file whose records are found by a member. */
struct mm_join {
    char *mine;           /* the member of the record that names it */
    struct mm_map by_key; /* to where its text begins */
    struct mm_buf texts;  /* of JSON, each with a NUL */
};

struct mm_joins {
    struct mm_join v[MM_RAW_ROOTS - 1];
    size_t n;
    /* of a group: the strings of each id, a list */
    struct mm_map groups; /* from id to its first and last node */
    struct mm_buf strings;
    struct mm_join_node {
        size_t text, next;
    } * nodes;
    size_t *heads, n_nodes, nodes_cap, heads_cap;
    size_t flawed;     /* records: see mm_reader_flawed() */
    const char **list; /* of the record just looked at */
    size_t list_cap;
};

/*
 * Read the files that the layout joins and groups; file is the one of the
 * records, for "=".
 */
int mm_joins_read(struct mm_joins *j, const struct mm_schema *l,
                  const char *root, const char *file, struct mm_err *err);
void mm_joins_release(struct mm_joins *j);

/*
 * Complete a record that has its own root and id: docs [MM_RAW_ROOTS - 1] hold
 * what is joined, for the caller to release.
 */
int mm_joins_find(struct mm_joins *j, struct mm_raw *r, const char *id,
                  struct mm_json_doc *docs, struct mm_err *err);

#endif
