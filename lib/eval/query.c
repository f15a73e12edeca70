/*
 * query.c - one item that a model is asked, on its way through a lane
 */
#include "eval/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/thought.h"

void mm_reply_release(struct mm_reply *r)
{
    mm_buf_release(&r->text);
    mm_buf_release(&r->thought);
    free(r->loglik);
    *r = (struct mm_reply){ 0 };
}

static void release_prompts(struct mm_prompt *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mm_prompt_release(&v[i]);
    free(v);
}

void mm_query_release(struct mm_query *q)
{
    mm_reply_release(&q->reply);
    mm_prompt_release(&q->lead);
    release_prompts(q->prompts, q->prompts_cap);
    release_prompts(q->answers, q->answers_cap);
    free(q->logprob);
    free(q->greedy);
    *q = (struct mm_query){ 0 };
}

/* ---- making what is read ---- */

/* n empty prompts */
static int need_prompts(struct mm_prompt **v, size_t *cap, size_t n,
                        struct mm_err *err)
{
    size_t had = *cap;

    if (mm_grow(v, cap, n, sizeof **v, err) < 0)
        return -1;
    if (*cap > had)
        memset(*v + had, 0, (*cap - had) * sizeof **v);
    for (size_t i = 0; i < n; i++)
        mm_prompt_clear(&(*v)[i]);
    return 0;
}

static int make_lead(struct mm_query *q, struct mm_err *err)
{
    mm_prompt_clear(&q->lead);
    if (q->a->shared)
        return 0;
    if (mm_ask_begin(&q->lead, q->a, err) < 0)
        return -1;
    for (size_t i = 0; i < q->n_shots; i++)
        if (mm_ask_shot(&q->lead, q->a, i, q->shots[i].item,
                        mm_ask_fine(q->a, q->shots, q->n_shots, i, q->item),
                        err) < 0)
            return -1;
    return 0;
}

/* The prompt is made once, unless it has the option in it. */
static int make_prompts(struct mm_query *q, struct mm_err *err)
{
    const char *prompt = q->a->task->prompt;
    int each = q->a->task->ask == MM_ASK_RANK && prompt &&
               strstr(prompt, "{option}");
    size_t n = each ? q->item->n_options : 1;

    if (need_prompts(&q->prompts, &q->prompts_cap, n, err) < 0)
        return -1;
    q->n_prompts = n;
    for (size_t i = 0; i < n; i++)
        if (mm_ask_item(&q->prompts[i], q->a, q->n_shots, q->item,
                        each ? q->item->options[i] : NULL, err) < 0)
            return -1;
    return 0;
}

/* The last token of what stands before the prompts, into *last. */
static int token_before(const struct mm_query *q, int32_t *last,
                        struct mm_err *err)
{
    const struct mm_ids *ids = &q->lead.ids;
    struct mm_prompt p = { 0 };
    int result = 0;

    if (q->a->shared) {
        size_t n = q->n_shots;

        ids = &p.ids;
        result = n ? mm_ask_shot(&p, q->a, n - 1, q->shots[n - 1].item, 0, err)
                   : mm_ask_begin(&p, q->a, err);
    }
    if (result == 0 && ids->n == 0)
        result = mm_fail(err, MM_EDATA, "the prompt is empty, and so is what "
                                        "stands before it");
    if (result == 0)
        *last = ids->v[ids->n - 1];
    if (result == 0 && *last == mm_tokenizer_image(q->a->bundle->tokenizer))
        result = mm_fail(err, MM_EDATA, "the prompt is empty behind a "
                                        "picture; put words there");
    mm_prompt_release(&p);
    return result;
}

/*
 * Something must be there to go on from: where a prompt has no tokens, all of
 * them begin with the last one of what stands before.
 */
static int fill_empty(struct mm_query *q, struct mm_err *err)
{
    int32_t last = -1;
    size_t i = 0;

    while (i < q->n_prompts && q->prompts[i].ids.n)
        i++;
    if (i == q->n_prompts)
        return 0;
    if (token_before(q, &last, err) < 0)
        return -1;
    for (i = 0; i < q->n_prompts; i++) {
        struct mm_ids *ids = &q->prompts[i].ids;

        if (mm_ids_add(ids, last, err) < 0)
            return -1;
        memmove(ids->v + 1, ids->v, (ids->n - 1) * sizeof *ids->v);
        ids->v[0] = last;
    }
    if (!q->a->shared)
        q->lead.ids.n--;
    q->back = 1;
    return 0;
}

static const struct mm_prompt *prompt_of(const struct mm_query *q,
                                         size_t option)
{
    return &q->prompts[q->n_prompts > 1 ? option : 0];
}

static int make_answers(struct mm_query *q, struct mm_err *err)
{
    const struct mm_item *it = q->item;
    int rank = q->a->task->ask == MM_ASK_RANK;
    const char **text = rank ? it->options : it->answers;
    size_t n = rank ? it->n_options : 1, longest = 0;

    if (need_prompts(&q->answers, &q->answers_cap, n, err) < 0)
        return -1;
    q->n_answers = n;
    for (size_t i = 0; i < n; i++) {
        if (mm_ask_answer(&q->answers[i], q->a, prompt_of(q, i), it, text[i],
                          err) < 0)
            return -1;
        if (q->answers[i].ids.n < 2)
            return mm_fail(err, MM_EDATA, "an answer has no tokens, so nothing "
                                          "is to be said of it");
        if (q->answers[i].ids.n > longest)
            longest = q->answers[i].ids.n;
    }
    if (mm_grow(&q->logprob, &q->logprob_cap, longest, sizeof *q->logprob,
                err) < 0 ||
        mm_grow(&q->greedy, &q->greedy_cap, longest, sizeof *q->greedy,
                err) < 0)
        return -1;
    return mm_grow(&q->reply.loglik, &q->reply.cap, n,
                   sizeof *q->reply.loglik, err);
}

static void clear_reply(struct mm_reply *r)
{
    mm_buf_clear(&r->text);
    mm_buf_add(&r->text, "", 0);
    mm_buf_clear(&r->thought);
    r->n_tokens = r->n_loglik = 0;
    r->greedy = 0;
}

int mm_query_make(struct mm_query *q, const struct mm_asking *a,
                  const struct mm_item *item, const struct mm_shot *shots,
                  size_t n_shots, struct mm_err *err)
{
    q->a = a;
    q->item = item;
    q->shots = shots;
    q->n_shots = n_shots;
    q->n_prompts = q->n_answers = q->back = 0;
    clear_reply(&q->reply);
    if (a->task->ask == MM_ASK_RANK && item->n_options < 2)
        return mm_fail(err, MM_EDATA, "there are no options to choose from");
    if (a->task->ask == MM_ASK_LOGLIK && item->n_answers == 0)
        return mm_fail(err, MM_EDATA, "there is no answer to judge");
    q->decode = (struct mm_decode){
        .max_tokens = a->task->max_tokens,
        .sampling = { .top_p = 1 },
        .stops = (const char *const *)a->task->stop,
        .n_stops = a->task->n_stops
    };
    if (make_lead(q, err) < 0 || make_prompts(q, err) < 0 ||
        fill_empty(q, err) < 0)
        return -1;
    return a->task->ask == MM_ASK_GENERATE ? 0 : make_answers(q, err);
}

size_t mm_query_length(const struct mm_query *q)
{
    size_t most = q->prompts[0].ids.n + q->decode.max_tokens;

    if (q->n_answers)
        most = 0;
    for (size_t i = 0; i < q->n_answers; i++) {
        size_t n = prompt_of(q, i)->ids.n + q->answers[i].ids.n;

        most = n > most ? n : most;
    }
    return q->lead.ids.n + most;
}

/* ---- in a lane ---- */

/* The first n ids of a prompt.  0 where that is nothing. */
static int feed(struct mm_query *q, const struct mm_prompt *p, size_t n,
                int predict, struct mm_err *err)
{
    const struct mm_preprocess *pre = &q->a->bundle->preprocess;
    const struct mm_feed f = { .tokens = p->ids.v,
                               .n = n,
                               .views = p->views,
                               .n_views = p->n_views,
                               .mean = pre->mean,
                               .std = pre->std,
                               .predict = predict };

    if (n == 0)
        return 0;
    return mm_lane_feed(q->lanes, q->lane, &f, err) < 0 ? -1 : 1;
}

static int feed_answer(struct mm_query *q, struct mm_err *err)
{
    const struct mm_prompt *p = &q->answers[q->option];
    const struct mm_feed f = { .tokens = p->ids.v,
                               .n = p->ids.n,
                               .logprob = q->logprob,
                               .greedy = q->greedy };

    q->at = MM_QUERY_ANSWER;
    return mm_lane_feed(q->lanes, q->lane, &f, err) < 0 ? -1 : 1;
}

/* All of the prompt; or without the last token, which answers begin with. */
static int feed_prompt(struct mm_query *q, struct mm_err *err)
{
    const struct mm_prompt *p = prompt_of(q, q->option);
    int fed;

    q->at = MM_QUERY_PROMPT;
    if (q->a->task->ask != MM_ASK_GENERATE) {
        fed = feed(q, p, p->ids.n - 1, 0, err);
        return fed ? fed : feed_answer(q, err);
    }
    fed = feed(q, p, p->ids.n, 1, err);
    return fed ? fed : mm_fail(err, MM_EDATA, "the prompt is empty");
}

int mm_query_start(struct mm_query *q, struct mm_lanes *lanes, size_t lane,
                   struct mm_err *err)
{
    int fed;

    q->lanes = lanes;
    q->lane = lane;
    q->option = 0;
    q->at = MM_QUERY_LEAD;
    q->begin = mm_lane_length(lanes, lane);
    fed = feed(q, &q->lead, q->lead.ids.n, 0, err);
    if (fed == 0)
        fed = feed_prompt(q, err);
    return fed < 0 ? -1 : 0;
}

static int choose(struct mm_query *q)
{
    const struct mm_reply *r = &q->reply;
    size_t best = 0;

    for (size_t i = 1; i < r->n_loglik; i++)
        if (r->loglik[i] > r->loglik[best])
            best = i;
    if (q->a->task->ask == MM_ASK_RANK)
        mm_buf_adds(&q->reply.text, q->item->options[best]);
    else if (r->greedy)
        mm_buf_adds(&q->reply.text, q->item->answers[0]);
    return 0;
}

/* The answer was read: note it, and forget it for the next one. */
static int take_answer(struct mm_query *q, struct mm_err *err)
{
    struct mm_reply *r = &q->reply;
    size_t n = q->answers[q->option].ids.n, length;
    double sum = 0;

    r->greedy = q->a->task->ask == MM_ASK_LOGLIK;
    for (size_t i = 0; i + 1 < n; i++) {
        sum += q->logprob[i];
        r->greedy &= q->greedy[i];
    }
    if (isnan(sum))
        return mm_fail(err, MM_EDIVERGE, "the model predicts what is no "
                                         "number");
    r->loglik[r->n_loglik++] = sum;
    if (++q->option == q->n_answers)
        return choose(q);
    length = mm_lane_length(q->lanes, q->lane) - n;
    mm_lane_rewind(q->lanes, q->lane, q->n_prompts > 1 ? q->begin : length);
    return q->n_prompts > 1 ? feed_prompt(q, err) : feed_answer(q, err);
}

static int finish_text(struct mm_query *q, struct mm_err *err)
{
    struct mm_reply *r = &q->reply;

    r->n_tokens = q->writing.n_ids;
    if (q->a->task->marker)
        mm_thought_cut(&r->text, q->a->task->marker, &r->thought);
    return mm_buf_check(&r->thought, err);
}

static int go_on_writing(struct mm_query *q, struct mm_err *err)
{
    const struct mm_feed next = { .tokens = &q->writing.id,
                                  .n = 1,
                                  .predict = 1 };
    int more = mm_writing_go_on(&q->writing,
                                mm_lane_logits(q->lanes, q->lane), err);

    if (more <= 0)
        return more < 0 ? -1 : finish_text(q, err);
    return mm_lane_feed(q->lanes, q->lane, &next, err) < 0 ? -1 : 1;
}

static int begin_text(struct mm_query *q, struct mm_err *err)
{
    q->at = MM_QUERY_TEXT;
    if (mm_writing_begin(&q->writing, q->a->bundle, &q->decode,
                         mm_lane_length(q->lanes, q->lane), &q->reply.text,
                         err) < 0)
        return -1;
    return go_on_writing(q, err);
}

int mm_query_go_on(struct mm_query *q, struct mm_err *err)
{
    switch (q->at) {
    case MM_QUERY_LEAD:
        q->begin = mm_lane_length(q->lanes, q->lane);
        return feed_prompt(q, err);
    case MM_QUERY_PROMPT:
        return q->n_answers ? feed_answer(q, err) : begin_text(q, err);
    case MM_QUERY_ANSWER:
        return take_answer(q, err);
    case MM_QUERY_TEXT:
        break;
    }
    return go_on_writing(q, err);
}
