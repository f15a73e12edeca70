/*
 * ask.h - put one item to a model
 *
 * A question is the task's prompt around the item, after the same prompt with
 * its answer around each shot; or the item in a chat template.
 */
#ifndef MM_EVAL_ASK_H
#define MM_EVAL_ASK_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/bundle.h"
#include "eval/item.h"
#include "eval/prompt.h"
#include "eval/task.h"
#include "model/session.h"

/* What is the same for all items; read-only while asking. */
struct mm_asking {
    const struct mm_bundle *bundle;
    const struct mm_task *task;
    struct mm_prompt shots;       /* the shared shots, rendered; BOS first */
    const struct mm_pixels *mean; /* in place of every picture, or NULL */
};

/* Append one shot: the prompt around it, its first answer, the separator. */
int mm_ask_add_shot(struct mm_asking *a, const struct mm_item *shot,
                    struct mm_err *err);

/*
 * What one thread needs.  The session has read the shared shots and is taken
 * back to them after each item.
 */
struct mm_asker {
    struct mm_session *session;
    struct mm_prompt prompt;
};

int mm_asker_init(struct mm_asker *w, const struct mm_asking *a,
                  struct mm_err *err);
void mm_asker_release(struct mm_asker *w);

/*
 * The prediction for an item, appended to out: generated greedily, or the most
 * probable of its options.  How many tokens were generated in *n_tokens.
 */
int mm_ask(struct mm_asker *w, const struct mm_asking *a,
           const struct mm_item *item, struct mm_buf *out, size_t *n_tokens,
           struct mm_err *err);

/* The mean over the fitted pictures of up to most items of a shard. */
int mm_ask_mean_picture(struct mm_image *mean, struct mm_shard *shard,
                        size_t most, const struct mm_preprocess *pre,
                        struct mm_err *err);

#endif
