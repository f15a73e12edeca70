/*
 * pool.h - what examples are taken from, and which of it can be an example
 *
 * A sample whose document, or a picture of it, cannot be read is no example,
 * nor is one without an answer.  That goes by its bytes alone, so that all
 * models have the same pool.  What cannot be read is named, the first few of
 * it, and counted, once.
 */
#ifndef MM_EVAL_POOL_H
#define MM_EVAL_POOL_H

#include <stddef.h>

#include "base/err.h"
#include "eval/source.h"

struct mm_pool {
    struct mm_source *source; /* borrowed */
    size_t n;
    int shown;           /* pictures are looked at */
    unsigned char *seen; /* [n] private */
    size_t n_bad;        /* cannot be read, of those looked at so far */
    size_t n_mute;       /* have no answer */
};

int mm_pool_open(struct mm_pool *p, struct mm_source *source, int shown,
                 struct mm_err *err);
void mm_pool_close(struct mm_pool *p);

/* Sample i: 0; 1, it is no example; -1. */
int mm_pool_load(struct mm_pool *p, size_t i, struct mm_item *it,
                 struct mm_err *err);

/*
 * What came of loading sample i without its pictures (result and err are
 * mm_source_load_text()'s): 0; 1, it is no example; -1.
 */
int mm_pool_note(struct mm_pool *p, size_t i, const struct mm_item *it,
                 int result, const struct mm_err *err);

/* Sample i is no example, by what somebody else found. */
void mm_pool_leave_out(struct mm_pool *p, size_t i, const char *id,
                       const char *why);

/* Look at all of them; MM_ESTOP after a signal. */
int mm_pool_check(struct mm_pool *p, struct mm_err *err);

#endif
