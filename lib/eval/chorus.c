/*
 * chorus.c - a model answers many talks side by side
 */
#include "eval/chorus.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "tensor/attention.h"

#define CACHE 16384 /* tokens */
#define WORTH 8     /* tokens of a beginning that is read by itself */

void mm_verse_release(struct mm_verse *v)
{
    mm_talk_release(&v->talk);
    mm_buf_release(&v->text);
    mm_prompt_release(&v->prompt);
    *v = (struct mm_verse){ 0 };
}

int mm_chorus_open(struct mm_chorus *c, const struct mm_bundle *b,
                   const struct mm_chat *chat, size_t n, struct mm_err *err)
{
    size_t least = 2 * b->model->config.text.context + 2 * MM_PAGE;

    *c = (struct mm_chorus){ .bundle = b, .chat = chat, .n = n };
    c->lanes = mm_lanes_create(b->model, n + 1, CACHE > least ? CACHE : least,
                               err);
    return c->lanes ? 0 : -1;
}

void mm_chorus_close(struct mm_chorus *c)
{
    mm_lanes_free(c->lanes);
    *c = (struct mm_chorus){ 0 };
}

/* ---- prompts ---- */

struct making {
    struct mm_chorus *c;
    struct mm_verse *v;
};

static void make_prompt(void *ctx, size_t i)
{
    const struct making *m = ctx;
    struct mm_verse *v = &m->v[i];

    mm_buf_clear(&v->text);
    v->at = MM_VERSE_WAITS;
    v->failed = mm_talk_prompt(&v->talk, m->c->chat, m->c->bundle, &v->prompt,
                               &v->err) < 0;
    if (!v->failed && v->prompt.ids.n == 0) {
        v->failed = 1;
        mm_fail(&v->err, MM_EDATA, "the prompt is empty");
    }
    if (v->failed)
        v->at = MM_VERSE_DONE;
}

/* What all begin with, without the last token of one */
static struct mm_prefix common(const struct mm_chorus *c,
                               const struct mm_verse *v, size_t n)
{
    const struct mm_config *m = &c->bundle->model->config;
    const struct mm_prompt *first = NULL;
    struct mm_prefix most = { 0, 0 };

    for (size_t i = 0; i < n; i++) {
        const struct mm_prompt *x = &v[i].prompt;
        struct mm_prefix p, q;

        if (v[i].failed)
            continue;
        if (!first) {
            first = x;
            most = (struct mm_prefix){ x->ids.n, x->n_views };
            continue;
        }
        p = mm_prompt_common(first, x, m);
        q = mm_prompt_common(x, first, m);
        p = q.ids < p.ids ? q : p;
        most = p.ids < most.ids ? p : most;
    }
    return most;
}

/* Of a prompt what is between two places; to.views may be all there are. */
static int feed(struct mm_chorus *c, size_t lane, const struct mm_prompt *p,
                struct mm_prefix from, struct mm_prefix to, struct mm_err *err)
{
    const struct mm_preprocess *pre = &c->bundle->preprocess;
    const struct mm_feed f = { .tokens = p->ids.v + from.ids,
                               .n = to.ids - from.ids,
                               .views = p->views + from.views,
                               .n_views = to.views - from.views,
                               .mean = pre->mean,
                               .std = pre->std,
                               .predict = 1 };

    return mm_lane_feed(c->lanes, lane, &f, err);
}

/* Lane n reads what all begin with. */
static int begin(struct mm_chorus *c, const struct mm_verse *v, size_t n,
                 struct mm_err *err)
{
    const struct mm_prefix none = { 0, 0 };
    size_t first = 0;

    c->beginning = common(c, v, n);
    if (n < 2 || c->beginning.ids < WORTH ||
        c->beginning.ids > c->bundle->model->config.text.context)
        c->beginning = none;
    mm_lane_close(c->lanes, c->n);
    if (c->beginning.ids == 0)
        return 0;
    while (v[first].failed)
        first++;
    mm_lane_open(c->lanes, c->n, 0, 0, c->beginning.ids);
    if (feed(c, c->n, &v[first].prompt, none, c->beginning, err) < 0)
        return -1;
    while (mm_lane_waits(c->lanes, c->n))
        if (mm_lanes_step(c->lanes, err) < 0)
            return -1;
    return 0;
}

/* ---- verses in lanes ---- */

static void finish(struct mm_chorus *c, struct mm_verse *v, int failed)
{
    mm_lane_close(c->lanes, v->lane);
    v->at = MM_VERSE_DONE;
    v->failed = failed;
}

/* 1: it has a lane; 0: there is no room now. */
static int take(struct mm_chorus *c, struct mm_verse *v, size_t lane)
{
    size_t context = c->bundle->model->config.text.context;
    const struct mm_prefix all = { v->prompt.ids.n, v->prompt.n_views };
    size_t n = all.ids, most = n + v->decode.max_tokens;

    if (!mm_lane_open(c->lanes, lane, c->n, c->beginning.ids,
                      most < context ? most : context))
        return 0;
    v->lane = lane;
    v->at = MM_VERSE_READS;
    if (feed(c, lane, &v->prompt, c->beginning, all, &v->err) < 0)
        finish(c, v, 1);
    return 1;
}

/* The lane has read what it was fed. */
static void go_on(struct mm_chorus *c, struct mm_verse *v)
{
    struct mm_feed next = { .tokens = &v->writing.id, .n = 1, .predict = 1 };
    int more = 1;

    if (v->at == MM_VERSE_READS &&
        mm_writing_begin(&v->writing, c->bundle, &v->decode,
                         mm_lane_length(c->lanes, v->lane), &v->text,
                         &v->err) < 0)
        more = -1;
    v->at = MM_VERSE_WRITES;
    if (more > 0)
        more = mm_writing_go_on(&v->writing, mm_lane_logits(c->lanes, v->lane),
                                &v->err);
    if (more > 0 && mm_lane_feed(c->lanes, v->lane, &next, &v->err) < 0)
        more = -1;
    if (more <= 0)
        finish(c, v, more < 0);
}

/* Free lanes take those that wait, in order; how many are on their way. */
static size_t take_all(struct mm_chorus *c, struct mm_verse **voice,
                       struct mm_verse *v, size_t n, size_t *next)
{
    size_t busy = 0;

    for (size_t i = 0; i < c->n; i++) {
        while (*next < n && v[*next].at == MM_VERSE_DONE)
            ++*next;
        if (voice[i] && voice[i]->at == MM_VERSE_DONE)
            voice[i] = NULL;
        if (!voice[i] && *next < n && take(c, &v[*next], i))
            voice[i] = &v[(*next)++];
        busy += voice[i] != NULL;
    }
    return busy;
}

static int answer(struct mm_chorus *c, struct mm_verse **voice,
                  struct mm_verse *v, size_t n, struct mm_err *err)
{
    size_t next = 0;

    while (take_all(c, voice, v, n, &next)) {
        if (mm_lanes_step(c->lanes, err) < 0)
            return -1;
        for (size_t i = 0; i < c->n; i++)
            if (voice[i] && voice[i]->at != MM_VERSE_DONE &&
                mm_lane_waits(c->lanes, i) == 0)
                go_on(c, voice[i]);
    }
    assert(next == n);
    return 0;
}

int mm_chorus_answer(struct mm_chorus *c, struct mm_verse *v, size_t n,
                     struct mm_err *err)
{
    struct making m = { c, v };
    struct mm_verse **voice = mm_alloc(c->n, sizeof *voice, err);
    int result = -1;

    if (!voice)
        return -1;
    mm_par_for(n, make_prompt, &m);
    if (begin(c, v, n, err) == 0)
        result = answer(c, voice, v, n, err);
    free(voice);
    return result;
}
