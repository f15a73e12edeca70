/*
 * query.h - one item that a model is asked, on its way through a lane
 *
 * First all that is to be read is made, which may be done for many queries at
 * once.  Then the query goes through a lane in steps: it feeds the lane, and
 * goes on when the lane has read that.
 */
#ifndef MM_EVAL_QUERY_H
#define MM_EVAL_QUERY_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/ask.h"
#include "eval/generate.h"
#include "eval/item.h"
#include "eval/prompt.h"
#include "model/lanes.h"

struct mm_reply {
    struct mm_buf text;    /* generated, or the most probable option */
    struct mm_buf thought; /* what stood before the task's marker */
    double *loglik;        /* [n_loglik]: of the options, or of the answer */
    size_t n_loglik, cap;
    int greedy; /* with one: is the answer what the model would say? */
    size_t n_tokens;
};

void mm_reply_release(struct mm_reply *r);

/* All zero before its first use; the memory serves one item after another. */
struct mm_query {
    const struct mm_asking *a;
    const struct mm_item *item;
    const struct mm_shot *shots; /* [n_shots] */
    size_t n_shots;
    struct mm_reply reply; /* in the place of what it had */

    /*
     * What is read: the lead is nothing where a stem (stem.h) is; a prompt, or
     * one for each option that it names; the answers, which begin with the
     * prompt's last token.
     */
    struct mm_prompt lead, *prompts, *answers;
    size_t n_prompts, n_answers, prompts_cap, answers_cap;
    size_t back; /* 1: prompts begin with the last token of the stem or lead */

    /* on its way */
    enum { MM_QUERY_LEAD,
           MM_QUERY_PROMPT,
           MM_QUERY_ANSWER,
           MM_QUERY_TEXT } at;
    struct mm_lanes *lanes;
    size_t lane, begin, option; /* begin: the lane's length before a prompt */
    struct mm_decode decode;
    struct mm_writing writing;
    double *logprob;
    unsigned char *greedy; /* both [the longest answer] */
    size_t logprob_cap, greedy_cap;
};

void mm_query_release(struct mm_query *q);

/* a, item and shots are borrowed.  Fails when the item cannot be asked. */
int mm_query_make(struct mm_query *q, const struct mm_asking *a,
                  const struct mm_item *item, const struct mm_shot *shots,
                  size_t n_shots, struct mm_err *err);

/* The most positions that it can take, after a stem. */
size_t mm_query_length(const struct mm_query *q);

/*
 * Feed a lane that is open and holds what is before the lead: the stem without
 * its last `back` tokens.
 */
int mm_query_start(struct mm_query *q, struct mm_lanes *lanes, size_t lane,
                   struct mm_err *err);

/*
 * When the lane waits for nothing, before the next pass: 1, and it was fed; 0,
 * and the reply is there; -1.
 */
int mm_query_go_on(struct mm_query *q, struct mm_err *err);

#endif
