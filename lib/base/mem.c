/*
 * mem.c - memory: checked allocation, and arenas for what lives one step
 */
#define _DEFAULT_SOURCE /* madvise, MAP_ANONYMOUS */

#include "base/mem.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int mm_size_add(size_t *out, size_t a, size_t b)
{
    return __builtin_add_overflow(a, b, out) ? -1 : 0;
}

int mm_size_mul(size_t *out, size_t a, size_t b)
{
    return __builtin_mul_overflow(a, b, out) ? -1 : 0;
}

static size_t round_up(size_t n)
{
    return (n + MM_ALIGN - 1) / MM_ALIGN * MM_ALIGN;
}

static int fail_memory(struct mm_err *err, size_t n, size_t size)
{
    return mm_fail(err, MM_ESYS, "out of memory: wanted %zu times %zu bytes",
                   n, size);
}

void *mm_alloc(size_t n, size_t size, struct mm_err *err)
{
    size_t bytes;
    void *p = NULL;

    if (mm_size_mul(&bytes, n, size) == 0 && bytes <= SIZE_MAX / 2)
        p = aligned_alloc(MM_ALIGN, round_up(bytes ? bytes : 1));
    if (!p) {
        fail_memory(err, n, size);
        return NULL;
    }
    return memset(p, 0, bytes);
}

int mm_grow(void *p, size_t *cap, size_t want, size_t size, struct mm_err *err)
{
    size_t n, bytes;
    void *grown, **at = p;

    if (want <= *cap)
        return 0;
    n = *cap + *cap / 2;
    if (n < want)
        n = want;
    if (mm_size_mul(&bytes, n, size) < 0 || bytes > SIZE_MAX / 2)
        return fail_memory(err, n, size);
    grown = realloc(*at, bytes);
    if (!grown)
        return fail_memory(err, n, size);
    *at = grown;
    *cap = n;
    return 0;
}

char *mm_strndup(const char *s, size_t n, struct mm_err *err)
{
    char *p = mm_alloc(n + 1, 1, err);

    return p ? memcpy(p, s, n) : NULL;
}

char *mm_strdup(const char *s, struct mm_err *err)
{
    return mm_strndup(s, strlen(s), err);
}

int mm_arena_init(struct mm_arena *a, size_t cap, struct mm_err *err)
{
    void *p;

    *a = (struct mm_arena){ 0 };
    cap = round_up(cap ? cap : 1);
    p = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
             -1, 0);
    if (p == MAP_FAILED)
        return fail_memory(err, 1, cap);
    madvise(p, cap, MADV_HUGEPAGE); /* a wish: failing costs only speed */
    a->base = p;
    a->cap = cap;
    return 0;
}

void mm_arena_measure(struct mm_arena *a)
{
    *a = (struct mm_arena){ 0 };
}

void mm_arena_release(struct mm_arena *a)
{
    if (a->base)
        munmap(a->base, a->cap);
    *a = (struct mm_arena){ 0 };
}

void *mm_arena_take(struct mm_arena *a, size_t bytes)
{
    char *p = a->base ? a->base + a->used : NULL;

    assert(bytes <= SIZE_MAX / 2);
    a->used += round_up(bytes);
    assert(!a->base || a->used <= a->cap);
    if (a->used > a->peak)
        a->peak = a->used;
    return p;
}

void mm_arena_rewind(struct mm_arena *a, size_t used)
{
    assert(used <= a->used);
    a->used = used;
}
