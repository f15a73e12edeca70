/*
 * ask.h - put one item to a model
 *
 * A question is the task's prompt around the item, after the same prompt with
 * its answer around each shot; or the item in a chat template.  A session that
 * has read shots keeps them: the next item reads only from the first shot on
 * that is another.
 */
#ifndef MM_EVAL_ASK_H
#define MM_EVAL_ASK_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/bundle.h"
#include "eval/item.h"
#include "eval/prompt.h"
#include "eval/source.h"
#include "eval/task.h"
#include "model/session.h"

/* What is the same for all items; read-only while asking. */
struct mm_asking {
    const struct mm_bundle *bundle;
    const struct mm_task *task;
    const struct mm_pixels *mean; /* in place of every picture, or NULL */
    int text_shots;               /* shots are shown without their pictures */
    int fresh;                    /* read the shots anew for each item */
};

/* A solved example: number tells shots apart. */
struct mm_shot {
    size_t number;
    const struct mm_item *item;
};

/* A shot that a session has read. */
struct mm_shot_read {
    size_t number, end; /* end: the session's length behind it */
    size_t fine;        /* its last pictures that have tiles */
    struct mm_prompt prompt;
};

/* What one thread needs. */
struct mm_asker {
    struct mm_session *session;
    struct mm_prompt prompt; /* of the item */
    struct mm_shot_read *shots;
    size_t n_shots, shots_cap; /* those that the session holds, in order */
    size_t rendered;           /* those whose prompts are there */
    size_t begin;              /* the session's length before the shots */
};

struct mm_reply {
    struct mm_buf text;    /* generated, or the most probable option */
    struct mm_buf thought; /* what stood before the task's marker */
    double *loglik;        /* [n_loglik]: of the options, or of the answer */
    size_t n_loglik, cap;
    int greedy; /* with one: is the answer what the model would say? */
    size_t n_tokens;
};

void mm_reply_release(struct mm_reply *r);

int mm_asker_init(struct mm_asker *w, const struct mm_asking *a,
                  struct mm_err *err);
void mm_asker_release(struct mm_asker *w);

/* The reply to an item behind n shots, in the place of what reply had. */
int mm_ask(struct mm_asker *w, const struct mm_asking *a,
           const struct mm_shot *shots, size_t n, const struct mm_item *item,
           struct mm_reply *reply, struct mm_err *err);

/* The mean over the fitted pictures of up to most items. */
int mm_ask_mean_picture(struct mm_image *mean, struct mm_source *source,
                        size_t most, const struct mm_preprocess *pre,
                        struct mm_err *err);

#endif
