/*
 * mem.h - memory: checked allocation, and arenas for what lives one step
 */
#ifndef MM_BASE_MEM_H
#define MM_BASE_MEM_H

#include <stddef.h>

#include "base/err.h"

/* Every block from here is aligned to this many bytes. */
#define MM_ALIGN 64

/*
 * n objects of size bytes, zeroed, freed with free().  NULL with MM_ESYS when
 * memory is out or n * size overflows.  n = 0 gives a block of no use that is
 * not NULL.
 */
void *mm_alloc(size_t n, size_t size, struct mm_err *err);

/*
 * Make *p (n objects of size bytes, room for *cap) hold at least want objects,
 * growing by half.  New objects are not cleared.
 */
int mm_grow(void *p, size_t *cap, size_t want, size_t size, struct mm_err *err);

char *mm_strdup(const char *s, struct mm_err *err);
char *mm_strndup(const char *s, size_t n, struct mm_err *err);

/* sum and product of sizes; -1 where they overflow */
int mm_size_add(size_t *out, size_t a, size_t b);
int mm_size_mul(size_t *out, size_t a, size_t b);

/*
 * An arena hands out pieces of one block and takes all of them back at once.
 * A measuring arena (cap 0, base NULL) hands out nothing but counts, so that
 * the same code that will run can be asked how much it needs.
 */
struct mm_arena {
    char *base;
    size_t cap, used, peak;
};

/* One block of cap bytes, on huge pages where the system has them. */
int mm_arena_init(struct mm_arena *a, size_t cap, struct mm_err *err);
void mm_arena_measure(struct mm_arena *a);
void mm_arena_release(struct mm_arena *a);

/*
 * bytes bytes, aligned, not cleared.  NULL from a measuring arena.  Asking a
 * real arena for more than it holds breaks the contract.
 */
void *mm_arena_take(struct mm_arena *a, size_t bytes);

/* Go back to a former value of a->used. */
void mm_arena_rewind(struct mm_arena *a, size_t used);

#endif
