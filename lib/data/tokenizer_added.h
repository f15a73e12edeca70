/*
 * tokenizer_added.h - find added tokens in a text, leftmost and longest
 */
#ifndef MM_DATA_TOKENIZER_ADDED_H
#define MM_DATA_TOKENIZER_ADDED_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"

/* All zero finds nothing. */
struct mm_added {
    struct mm_map ids;     /* content to id; special ones as ~id */
    uint8_t first[256];    /* 1: special ones begin so, 2: others */
    uint32_t *lengths;     /* the different ones, longest first */
    size_t n_lengths, cap; /* few, so that a hit costs few look-ups */
    unsigned kinds;        /* bits of first that occur at all */
};

int mm_added_put(struct mm_added *a, const char *p, size_t n, int32_t id,
                 int is_special, struct mm_err *err);
void mm_added_release(struct mm_added *a);

/*
 * The first token at or after from; special ones count only with special.
 * Returns where it begins and fills in id and len, or returns n.
 */
size_t mm_added_find(const struct mm_added *a, const char *text, size_t n,
                     size_t from, int special, int32_t *id, size_t *len);

#endif
