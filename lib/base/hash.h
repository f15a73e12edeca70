/*
 * hash.h - 64-bit hashes of bytes (XXH3-64, seed 0)
 */
#ifndef MM_BASE_HASH_H
#define MM_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t mm_hash64(const void *p, size_t n);

/* The same hash of bytes that come in pieces. */
struct mm_hash {
    void *state;
};

int mm_hash_init(struct mm_hash *h); /* -1 when memory is out */
void mm_hash_add(struct mm_hash *h, const void *p, size_t n);
uint64_t mm_hash_value(const struct mm_hash *h);
void mm_hash_reset(struct mm_hash *h); /* start over */
void mm_hash_release(struct mm_hash *h);

#endif
