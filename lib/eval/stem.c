/*
 * stem.c - the beginning that prompts have in common, read once
 */
#include "eval/stem.h"

#include <stdlib.h>

#include "base/mem.h"

void mm_stem_init(struct mm_stem *s, const struct mm_asking *a,
                  struct mm_lanes *lanes, size_t lane)
{
    *s = (struct mm_stem){ .a = a, .lanes = lanes, .lane = lane };
    s->other = lane + 1;
}

void mm_stem_release(struct mm_stem *s)
{
    free(s->shots);
    mm_prompt_release(&s->prompt);
    *s = (struct mm_stem){ 0 };
}

/* How many of the shots are those that it holds */
static size_t count_same(const struct mm_stem *s, const struct mm_shot *shots,
                         size_t n, const struct mm_item *item)
{
    size_t same = 0;

    while (same < n && same < s->n &&
           s->shots[same].number == shots[same].number &&
           s->shots[same].fine == mm_ask_fine(s->a, shots, n, same, item))
        same++;
    return same;
}

/*
 * What is after the first `same` shots, which end at `at`; the list becomes
 * the new one.
 */
static int render(struct mm_stem *s, const struct mm_shot *shots, size_t n,
                  size_t same, size_t at, const struct mm_item *item,
                  struct mm_err *err)
{
    mm_prompt_clear(&s->prompt);
    if (mm_grow(&s->shots, &s->cap, n, sizeof *s->shots, err) < 0)
        return -1;
    if (at == 0 && mm_ask_begin(&s->prompt, s->a, err) < 0)
        return -1;
    for (s->n = same; s->n < n; s->n++) {
        struct mm_stem_shot *x = &s->shots[s->n];

        x->number = shots[s->n].number;
        x->begin = at + s->prompt.ids.n;
        x->fine = mm_ask_fine(s->a, shots, n, s->n, item);
        if (mm_ask_shot(&s->prompt, s->a, s->n, shots[s->n].item, x->fine,
                        err) < 0)
            return -1;
        x->end = at + s->prompt.ids.n;
    }
    return 0;
}

/* The other lane goes on with the prompt from position `at` of this one. */
static int move(struct mm_stem *s, size_t at, struct mm_err *err)
{
    const struct mm_preprocess *pre = &s->a->bundle->preprocess;
    const struct mm_prompt *p = &s->prompt;
    size_t most = s->a->bundle->model->config.text.context, old = s->lane;
    const struct mm_feed f = { .tokens = p->ids.v,
                               .n = p->ids.n,
                               .views = p->views,
                               .n_views = p->n_views,
                               .mean = pre->mean,
                               .std = pre->std };

    if (p->ids.n < most - at)
        most = at + p->ids.n;
    if (most == 0)
        return 1; /* nothing to hold */
    if (!mm_lane_open(s->lanes, s->other, s->lane, at, most))
        return 0;
    mm_lane_close(s->lanes, old);
    s->lane = s->other;
    s->other = old;
    return p->ids.n == 0 || mm_lane_feed(s->lanes, s->lane, &f, err) == 0 ? 1
                                                                          : -1;
}

int mm_stem_hold(struct mm_stem *s, const struct mm_shot *shots, size_t n,
                 const struct mm_item *item, struct mm_err *err)
{
    size_t same = count_same(s, shots, n, item);
    size_t at = same ? s->shots[same - 1].end : s->begin;
    int result;

    if (same == n && same == s->n && mm_lane_length(s->lanes, s->lane) == at &&
        at > 0)
        return 1;
    result = render(s, shots, n, same, at, item, err) < 0 ? -1
                                                          : move(s, at, err);
    if (result <= 0)
        s->n = same; /* the others were not read */
    else if (at == 0)
        s->begin = n ? s->shots[0].begin : s->prompt.ids.n;
    return result;
}
