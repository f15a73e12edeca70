/*
 * hash.c - 64-bit hashes of bytes (XXH3-64, seed 0)
 */
#define XXH_INLINE_ALL

#include "base/hash.h"

#include <stdlib.h>
#include <xxhash.h>

uint64_t mm_hash64(const void *p, size_t n)
{
    return XXH3_64bits(p, n);
}

int mm_hash_init(struct mm_hash *h)
{
    h->state = aligned_alloc(64, (sizeof(XXH3_state_t) + 63) / 64 * 64);
    if (!h->state)
        return -1;
    XXH3_64bits_reset(h->state);
    return 0;
}

void mm_hash_add(struct mm_hash *h, const void *p, size_t n)
{
    XXH3_64bits_update(h->state, p, n);
}

uint64_t mm_hash_value(const struct mm_hash *h)
{
    return XXH3_64bits_digest(h->state);
}

void mm_hash_reset(struct mm_hash *h)
{
    XXH3_64bits_reset(h->state);
}

void mm_hash_release(struct mm_hash *h)
{
    free(h->state);
    h->state = NULL;
}
