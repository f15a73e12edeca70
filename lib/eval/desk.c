/*
 * desk.c - where a model is asked many queries at a time
 */
#include "eval/desk.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tensor/attention.h"

int mm_desk_open(struct mm_desk *d, const struct mm_asking *a, size_t n,
                 size_t tokens, struct mm_err *err)
{
    struct mm_model *m = a->bundle->model;
    size_t least = 2 * m->config.text.context + 2 * MM_PAGE;

    *d = (struct mm_desk){ .a = a, .n = n };
    d->place = mm_alloc(n, sizeof *d->place, err);
    if (d->place)
        d->lanes = mm_lanes_create(m, n + 2, tokens > least ? tokens : least,
                                   err);
    if (!d->lanes) {
        mm_desk_close(d);
        return -1;
    }
    mm_stem_init(&d->stem, a, d->lanes, n);
    return 0;
}

void mm_desk_close(struct mm_desk *d)
{
    mm_stem_release(&d->stem);
    mm_lanes_free(d->lanes);
    free(d->place);
    *d = (struct mm_desk){ 0 };
}

static void finish(struct mm_desk *d, size_t i, const struct mm_err *err)
{
    void *tag = d->place[i].tag;

    mm_lane_close(d->lanes, i);
    d->place[i] = (struct mm_desk_place){ 0 };
    d->n_busy--;
    d->done(d->ctx, tag, err);
}

int mm_desk_pass(struct mm_desk *d, struct mm_err *err)
{
    int more = mm_lanes_step(d->lanes, err);

    if (more < 0)
        return -1;
    for (size_t i = 0; i < d->n; i++) {
        struct mm_err why;
        int fed;

        if (!d->place[i].query || mm_lane_waits(d->lanes, i))
            continue;
        fed = mm_query_go_on(d->place[i].query, &why);
        if (fed <= 0)
            finish(d, i, fed < 0 ? &why : NULL);
    }
    return more;
}

/* What the stem was given is read, along with all else. */
static int read_stem(struct mm_desk *d, struct mm_err *err)
{
    while (mm_lane_waits(d->lanes, d->stem.lane))
        if (mm_desk_pass(d, err) < 0)
            return -1;
    return 0;
}

/* Lane i begins after the stem. */
static int open_lane(struct mm_desk *d, size_t i, const struct mm_query *q)
{
    size_t context = d->a->bundle->model->config.text.context;
    size_t n = d->a->shared ? mm_lane_length(d->lanes, d->stem.lane) : 0;
    size_t most = n + mm_query_length(q);

    n -= d->a->shared ? q->back : 0;
    return mm_lane_open(d->lanes, i, d->stem.lane, n,
                        most < context ? most : context);
}

int mm_desk_take(struct mm_desk *d, struct mm_query *q, void *tag,
                 struct mm_err *err)
{
    struct mm_err why;
    size_t i = 0;
    int held = 1, failed;

    while (i < d->n && d->place[i].query)
        i++;
    if (i == d->n)
        return 0;
    if (d->a->shared)
        held = mm_stem_hold(&d->stem, q->shots, q->n_shots, q->item, &why);
    failed = held < 0;
    if (held > 0 && read_stem(d, err) < 0)
        return -1;
    if (held == 0 || (!failed && !open_lane(d, i, q))) {
        assert(d->n_busy > 0);
        return 0;
    }
    d->place[i] = (struct mm_desk_place){ q, tag };
    d->n_busy++;
    if (failed || mm_query_start(q, d->lanes, i, &why) < 0)
        finish(d, i, &why);
    return 1;
}
