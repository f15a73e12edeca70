/*
 * map.h - from byte strings to integers
 */
#ifndef MM_BASE_MAP_H
#define MM_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mm_map_slot;

/* A struct mm_map that is all zero is an empty map. */
struct mm_map {
    struct mm_map_slot *slots;
    size_t n, cap;
    char *keys; /* copies of the keys, one after the other */
    size_t keys_len, keys_cap;
};

/* Set key (n bytes, copied) to value. */
int mm_map_put(struct mm_map *m, const void *key, size_t n, int64_t value,
               struct mm_err *err);

/* The value slot of a key, or NULL; valid until the next put. */
int64_t *mm_map_get(const struct mm_map *m, const void *key, size_t n);

/* The value slot of a key, added with 0 if missing; NULL: no memory. */
int64_t *mm_map_at(struct mm_map *m, const void *key, size_t n,
                   struct mm_err *err);

/*
 * Walk the map in an order that depends only on the sequence of puts: *pos
 * starts at 0; returns 1 and fills in key, n, value, or 0 at the end.
 */
int mm_map_next(const struct mm_map *m, size_t *pos,
                const char **key, size_t *n, int64_t *value);

void mm_map_release(struct mm_map *m);

#endif
