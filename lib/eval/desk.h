/*
 * desk.h - where a model is asked many queries at a time
 *
 * Queries are taken into lanes, as many as there are and as their caches have
 * room, and each pass of the model serves all of them; a lane that becomes
 * free takes the next one.  Replies do not depend on what is asked at the same
 * time (see lanes.h).
 */
#ifndef MM_EVAL_DESK_H
#define MM_EVAL_DESK_H

#include <stddef.h>

#include "base/err.h"
#include "eval/query.h"
#include "eval/stem.h"
#include "model/lanes.h"

/* A query in a lane */
struct mm_desk_place {
    struct mm_query *query; /* borrowed; NULL: free */
    void *tag;
};

struct mm_desk {
    const struct mm_asking *a; /* borrowed */
    struct mm_lanes *lanes;    /* [n], and after them the stem's */
    struct mm_stem stem;
    struct mm_desk_place *place; /* [n] */
    size_t n, n_busy;
    /* What becomes of a query; err NULL: its reply is there. */
    void (*done)(void *ctx, void *tag, const struct mm_err *err);
    void *ctx;
};

/*
 * n lanes.  tokens: positions in the caches of all of them together; it is
 * raised to what the longest query of all takes, two contexts.
 */
int mm_desk_open(struct mm_desk *d, const struct mm_asking *a, size_t n,
                 size_t tokens, struct mm_err *err);
void mm_desk_close(struct mm_desk *d);

/*
 * A query that was made: 1 taken, and it is borrowed until done() is called
 * with its tag, which may be at once; 0, there is no lane or no room now.  -1:
 * not the query but the desk has failed.
 */
int mm_desk_take(struct mm_desk *d, struct mm_query *q, void *tag,
                 struct mm_err *err);

/* A pass for all that were taken: 1, or 0 where there are none; -1. */
int mm_desk_pass(struct mm_desk *d, struct mm_err *err);

#endif
