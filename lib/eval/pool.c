/*
 * pool.c - what examples are taken from
 */
#include "eval/pool.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/par.h"
#include "base/stop.h"
#include "data/image_fit.h"

#define NAMED 5
#define SIDE 16    /* of what a picture is made to, to see whether it is one */
#define AT_ONCE 32 /* samples */

enum { UNSEEN,
       GOOD,
       MUTE,
       BAD };

int mm_pool_open(struct mm_pool *p, struct mm_source *source, int shown,
                 struct mm_err *err)
{
    *p = (struct mm_pool){ .source = source, .shown = shown };
    p->n = mm_source_count(source);
    p->seen = mm_alloc(p->n, 1, err);
    return p->seen ? 0 : -1;
}

void mm_pool_close(struct mm_pool *p)
{
    free(p->seen);
    *p = (struct mm_pool){ 0 };
}

void mm_pool_leave_out(struct mm_pool *p, size_t i, const char *id,
                       const char *why)
{
    if (p->seen[i] == BAD)
        return;
    p->seen[i] = BAD;
    if (++p->n_bad <= NAMED)
        mm_log(MM_LOG_WARN, "'%s': '%s' is left out of the examples: %s",
               mm_source_name(p->source), id, why);
    if (p->n_bad == NAMED + 1)
        mm_log(MM_LOG_WARN, "'%s': more that are left out are only counted",
               mm_source_name(p->source));
}

/* The pictures become pixels, of any size. */
static int check_pictures(const struct mm_item *it, struct mm_err *err)
{
    struct mm_fitter fitter = { 0 };
    struct mm_image fitted = { 0 };
    struct mm_preprocess pre;
    int result = 0;

    mm_preprocess_default(&pre);
    pre.size = SIDE;
    for (size_t i = 0; result == 0 && i < it->n_pictures; i++)
        result = mm_fitter_decode(&fitter, &fitted, it->pictures[i]->data,
                                  it->pictures[i]->len, &pre, err);
    mm_fitter_release(&fitter);
    mm_image_release(&fitted);
    return result;
}

int mm_pool_note(struct mm_pool *p, size_t i, const struct mm_item *it,
                 int result, const struct mm_err *err)
{
    if (result < 0 && err->code != MM_EDATA)
        return -1;
    if (result != 0) {
        mm_pool_leave_out(p, i, it->id, err->msg);
        return 1;
    }
    if (it->n_answers == 0) {
        p->n_mute += p->seen[i] != MUTE;
        p->seen[i] = MUTE;
        return 1;
    }
    return 0;
}

int mm_pool_load(struct mm_pool *p, size_t i, struct mm_item *it,
                 struct mm_err *err)
{
    int result;

    if (p->seen[i] > GOOD)
        return 1;
    result = mm_source_load(p->source, i, it, err);
    if (result < 0)
        return -1;
    if (result == 0 && p->shown && p->seen[i] == UNSEEN)
        result = check_pictures(it, err);
    if ((result = mm_pool_note(p, i, it, result, err)) == 0)
        p->seen[i] = GOOD;
    return result;
}

/* ---- all of them ---- */

struct checking {
    struct mm_item item[AT_ONCE];
    int result[AT_ONCE];
    struct mm_err err[AT_ONCE];
};

static void check_one(void *ctx, size_t k)
{
    struct checking *c = ctx;

    if (c->result[k] == 0)
        c->result[k] = check_pictures(&c->item[k], &c->err[k]);
}

static int check_some(struct mm_pool *p, struct checking *c, size_t from,
                      size_t n, struct mm_err *err)
{
    for (size_t k = 0; k < n; k++) {
        c->result[k] = mm_source_load(p->source, from + k, &c->item[k],
                                      &c->err[k]);
        if (c->result[k] < 0) {
            *err = c->err[k];
            return -1;
        }
    }
    if (p->shown)
        mm_par_for(n, check_one, c);
    for (size_t k = 0; k < n; k++) {
        int result = mm_pool_note(p, from + k, &c->item[k], c->result[k],
                                  &c->err[k]);

        if (result < 0) {
            *err = c->err[k];
            return -1;
        }
        if (result == 0)
            p->seen[from + k] = GOOD;
    }
    return 0;
}

int mm_pool_check(struct mm_pool *p, struct mm_err *err)
{
    struct checking *c = mm_alloc(1, sizeof *c, err);
    int result = c ? 0 : -1;

    for (size_t i = 0; result == 0 && i < p->n && !mm_stop_requested();
         i += AT_ONCE) {
        size_t n = p->n - i < AT_ONCE ? p->n - i : AT_ONCE;

        result = check_some(p, c, i, n, err);
        mm_progress("%zu of %zu samples for examples", i + n, p->n);
    }
    for (size_t k = 0; c && k < AT_ONCE; k++)
        mm_item_release(&c->item[k]);
    free(c);
    if (result == 0 && mm_stop_requested())
        return mm_fail(err, MM_ESTOP, "stopped before the first question");
    return result;
}
