/*
 * render.h - an item put into the words of a task
 *
 * A template is text with fields in braces:
 *   {image}     the item's pictures
 *   {question} {options} {answer}
 *   {option}    one of the options, where they are ranked by their contexts
 *   {name}      any other member of the item that is a string or a number
 *   {name|text} text where the member is missing or empty
 *   {name?text} text, with fields of its own, only where it is not empty
 * A template without {image} has the pictures where its fields say <image> or
 * <image 2>.
 */
#ifndef MM_EVAL_RENDER_H
#define MM_EVAL_RENDER_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/bundle.h"
#include "eval/item.h"
#include "eval/prompt.h"
#include "eval/task.h"

/* Text that waits to be encoded in one piece, up to the next picture. */
struct mm_render {
    const struct mm_bundle *bundle;
    const struct mm_task *task;
    const struct mm_pixels *mean; /* in place of every picture, or NULL */
    int blank;                    /* leave the pictures out */
    struct mm_prompt *prompt;     /* appended to; NULL: doc is */
    struct mm_buf text;           /* all zero at first; see below */
    size_t coarse;                /* pictures to come as overviews alone */
    /* the words of a user, for a chat template; texts are owned */
    struct mm_doc doc;
    size_t *order; /* which picture of the item each one is */
    size_t n_order, order_cap;
};

/* answer and option may be NULL where the template does not name them. */
int mm_render(struct mm_render *r, const char *template,
              const struct mm_item *item, const char *answer,
              const char *option, struct mm_err *err);

/* Encode what waits; to be called at the end. */
int mm_render_flush(struct mm_render *r, struct mm_err *err);
void mm_render_release(struct mm_render *r);

/* One picture of the item at the end of the prompt. */
int mm_render_picture(struct mm_render *r, const struct mm_item *item,
                      size_t i, struct mm_err *err);

/*
 * MM_ECONFIG where a "{name" of a template (or NULL) has no closing brace;
 * other braces stand for themselves.
 */
int mm_render_check(const char *key, const char *text, struct mm_err *err);

#endif
