/*
 * item.h - one question of a benchmark, from a document shard
 *
 * A conversation gives its first user text as the question and "answers", or
 * else its first assistant text, as answers.  A caption pair has no question,
 * and "captions", or else its text, as answers.  "options" are choices; the
 * answer is one of them.
 */
#ifndef MM_EVAL_ITEM_H
#define MM_EVAL_ITEM_H

#include <stddef.h>

#include "base/err.h"
#include "data/doc.h"
#include "data/sample.h"
#include "data/shard.h"

/* Strings belong to doc, pictures to sample. */
struct mm_item {
    struct mm_sample sample;
    struct mm_doc doc;
    const char *id;
    const char *question; /* "" when there is none */
    const char **answers, **options;
    size_t n_answers, n_options;
    struct mm_buf **pictures; /* encoded, in order */
    size_t n_pictures;
};

/* All zero is no item; loading releases what was there. */
int mm_item_load(struct mm_item *it, struct mm_shard *shard, size_t i,
                 struct mm_err *err);
void mm_item_release(struct mm_item *it);

#endif
