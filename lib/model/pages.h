/*
 * pages.h - memory in pages that may have several owners
 *
 * A stock of pages of one size for the keys and values of sequences.  What is
 * to be taken later can be promised now, so that it will be there.
 */
#ifndef MM_MODEL_PAGES_H
#define MM_MODEL_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

struct mm_pages {
    struct mm_arena memory; /* of all, touched when first taken */
    size_t floats;          /* of a page */
    size_t n, n_free, n_promised;
    uint32_t *owners; /* [n] */
    uint32_t *stack;  /* [n]: the free ones, the last given first */
};

/* n pages of `floats` floats. */
int mm_pages_init(struct mm_pages *p, size_t n, size_t floats,
                  struct mm_err *err);
void mm_pages_release(struct mm_pages *p);

/* Promise n pages: 1, or 0 where there are no longer that many free. */
int mm_pages_promise(struct mm_pages *p, size_t n);
void mm_pages_withdraw(struct mm_pages *p, size_t n);

/* A page that was promised, with one owner; not cleared. */
float *mm_pages_take(struct mm_pages *p);

/* One owner more, one less; without any it is free. */
void mm_pages_share(struct mm_pages *p, const float *page);
void mm_pages_give(struct mm_pages *p, const float *page);

#endif
