/*
 * ask.h - an item in the words in which a model is asked
 *
 * A question is the task's prompt around the item, after the same prompt with
 * its answer around each shot; or the item in a chat template.
 */
#ifndef MM_EVAL_ASK_H
#define MM_EVAL_ASK_H

#include <stddef.h>

#include "base/err.h"
#include "eval/bundle.h"
#include "eval/item.h"
#include "eval/prompt.h"
#include "eval/source.h"
#include "eval/task.h"

/* What is the same for all items; read-only while asking. */
struct mm_asking {
    const struct mm_bundle *bundle;
    const struct mm_task *task;
    const struct mm_pixels *mean; /* in place of every picture, or NULL */
    int text_shots;               /* shots are shown without their pictures */
    int shared;                   /* and most items have the same: read once */
};

/* A solved example: number tells shots apart. */
struct mm_shot {
    size_t number;
    const struct mm_item *item;
};

/* All of these append to p. */

/* What all prompts begin with: nothing before a chat template. */
int mm_ask_begin(struct mm_prompt *p, const struct mm_asking *a,
                 struct mm_err *err);

/* How many of shot i's last pictures are among the last that have tiles */
size_t mm_ask_fine(const struct mm_asking *a, const struct mm_shot *shots,
                   size_t n, size_t i, const struct mm_item *item);

/*
 * The prompt around a shot, its first answer, the separator; or a turn of the
 * user and one of the assistant.  i: which of the shots it is.
 */
int mm_ask_shot(struct mm_prompt *p, const struct mm_asking *a, size_t i,
                const struct mm_item *shot, size_t fine, struct mm_err *err);

/*
 * The prompt around an item, after n_shots shots; option: where it names one,
 * else NULL.
 */
int mm_ask_item(struct mm_prompt *p, const struct mm_asking *a, size_t n_shots,
                const struct mm_item *item, const char *option,
                struct mm_err *err);

/* An answer after a prompt, after the prompt's last token. */
int mm_ask_answer(struct mm_prompt *p, const struct mm_asking *a,
                  const struct mm_prompt *prompt, const struct mm_item *item,
                  const char *text, struct mm_err *err);

/* The mean over the fitted pictures of up to most items. */
int mm_ask_mean_picture(struct mm_image *mean, struct mm_source *source,
                        size_t most, const struct mm_preprocess *pre,
                        struct mm_err *err);

#endif
