/*
 * stem.h - the beginning that prompts have in common, read once
 *
 * A lane holds what all prompts begin with and the shots; the lane of a query
 * begins with what it has read.  A stem has two lanes, since queries may still
 * need the old one while another is read.
 */
#ifndef MM_EVAL_STEM_H
#define MM_EVAL_STEM_H

#include <stddef.h>

#include "base/err.h"
#include "eval/ask.h"
#include "model/lanes.h"

/* A shot that was read, from position `begin` of the lane to `end`. */
struct mm_stem_shot {
    size_t number, begin, end;
    size_t fine; /* its last pictures that have tiles */
};

struct mm_stem {
    const struct mm_asking *a; /* borrowed */
    struct mm_lanes *lanes;    /* borrowed */
    size_t lane, other;        /* the one that holds it; a closed one */
    size_t begin;              /* the length before the shots */
    struct mm_stem_shot *shots;
    size_t n, cap;
    struct mm_prompt prompt; /* what is being read */
};

/* Lanes lane and lane + 1 are the stem's. */
void mm_stem_init(struct mm_stem *s, const struct mm_asking *a,
                  struct mm_lanes *lanes, size_t lane);
void mm_stem_release(struct mm_stem *s);

/*
 * Make it hold what stands before an item: 1, and it does when the lane waits
 * for nothing any more; 0, there is no room for it now; -1.
 */
int mm_stem_hold(struct mm_stem *s, const struct mm_shot *shots, size_t n,
                 const struct mm_item *item, struct mm_err *err);

#endif
