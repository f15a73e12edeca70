/*
 * pages.c - memory in pages that may have several owners
 */
#include "model/pages.h"

#include <assert.h>
#include <stdlib.h>

int mm_pages_init(struct mm_pages *p, size_t n, size_t floats,
                  struct mm_err *err)
{
    size_t bytes;

    *p = (struct mm_pages){ .floats = floats };
    if (n > UINT32_MAX || mm_size_mul(&bytes, n, floats) < 0 ||
        mm_size_mul(&bytes, bytes, sizeof(float)) < 0)
        return mm_fail(err, MM_ESYS, "a cache of %zu pages is too large", n);
    p->owners = mm_alloc(n, sizeof *p->owners, err);
    p->stack = mm_alloc(n, sizeof *p->stack, err);
    if (!p->owners || !p->stack || mm_arena_init(&p->memory, bytes, err) < 0) {
        mm_pages_release(p);
        return -1;
    }
    p->n = p->n_free = n;
    for (size_t i = 0; i < n; i++)
        p->stack[i] = (uint32_t)(n - 1 - i);
    return 0;
}

void mm_pages_release(struct mm_pages *p)
{
    mm_arena_release(&p->memory);
    free(p->owners);
    free(p->stack);
    *p = (struct mm_pages){ 0 };
}

int mm_pages_promise(struct mm_pages *p, size_t n)
{
    if (p->n_free - p->n_promised < n)
        return 0;
    p->n_promised += n;
    return 1;
}

void mm_pages_withdraw(struct mm_pages *p, size_t n)
{
    assert(n <= p->n_promised);
    p->n_promised -= n;
}

static float *page_at(const struct mm_pages *p, size_t i)
{
    return (float *)(void *)p->memory.base + i * p->floats;
}

static size_t number_of(const struct mm_pages *p, const float *page)
{
    return (size_t)(page - page_at(p, 0)) / p->floats;
}

float *mm_pages_take(struct mm_pages *p)
{
    uint32_t i;

    assert(p->n_promised > 0 && p->n_free >= p->n_promised);
    p->n_promised--;
    i = p->stack[--p->n_free];
    p->owners[i] = 1;
    return page_at(p, i);
}

void mm_pages_share(struct mm_pages *p, const float *page)
{
    p->owners[number_of(p, page)]++;
}

void mm_pages_give(struct mm_pages *p, const float *page)
{
    size_t i = number_of(p, page);

    assert(p->owners[i] > 0);
    if (--p->owners[i] == 0)
        p->stack[p->n_free++] = (uint32_t)i;
}
