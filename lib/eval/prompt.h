/*
 * prompt.h - text and pictures put together for a model to read
 */
#ifndef MM_EVAL_PROMPT_H
#define MM_EVAL_PROMPT_H

#include <stddef.h>

#include "base/err.h"
#include "data/image.h"
#include "data/tokenizer.h"
#include "eval/bundle.h"
#include "model/model.h"

/*
 * ids has a run of the image id for each view, as long as the model's image
 * tokens per view; views are their pixels, owned, in the same order.  All zero
 * is an empty prompt.
 */
struct mm_prompt {
    struct mm_ids ids;
    struct mm_pixels *views;
    size_t n_views, views_cap;
};

/* Forget all but the memory. */
void mm_prompt_clear(struct mm_prompt *p);

void mm_prompt_release(struct mm_prompt *p);

/* Special tokens in the text are ordinary characters. */
int mm_prompt_text(struct mm_prompt *p, const struct mm_bundle *b,
                   const char *text, size_t n, struct mm_err *err);

/*
 * A JPEG or PNG in memory: decoded and fitted, as one view or as many as the
 * bundle's preprocessing says.  coarse: the overview alone.
 */
int mm_prompt_image(struct mm_prompt *p, const struct mm_bundle *b,
                    const void *bytes, size_t n, int coarse,
                    struct mm_err *err);

/* The same number of views, all of them the one given. */
int mm_prompt_blind(struct mm_prompt *p, const struct mm_bundle *b,
                    const void *bytes, size_t n, int coarse,
                    const struct mm_pixels *view, struct mm_err *err);

/* What two prompts both begin with: ids, and the views of them. */
struct mm_prefix {
    size_t ids, views;
};

/*
 * In whole pictures, and without b's last token, whose logits are wanted.
 * m: whose prompts they are.
 */
struct mm_prefix mm_prompt_common(const struct mm_prompt *a,
                                  const struct mm_prompt *b,
                                  const struct mm_config *m);

#endif
