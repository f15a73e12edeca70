/*
 * item.h - one question of a benchmark
 *
 * From a document: a conversation gives its first user text as the question and
 * "answers", or else its first assistant text, as answers.  A caption pair has
 * no question, and "captions", or else its text, as answers.  "options" (or
 * "choices") are choices; the answer is one of them.  Items of other formats
 * are made into such documents (source.h).
 */
#ifndef MM_EVAL_ITEM_H
#define MM_EVAL_ITEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/doc.h"
#include "data/sample.h"

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
    struct mm_buf fields; /* the document's other members: "\"a\":1,..." */
};

/*
 * Read what the sample says; loading releases what was there.  id is borrowed
 * and lives as long as the item.  All zero: no item.
 */
int mm_item_read(struct mm_item *it, const char *id, struct mm_err *err);
void mm_item_forget(struct mm_item *it); /* all but the sample's memory */
void mm_item_release(struct mm_item *it);

/* A hash of all that is shown of it, and of the run's key. */
uint64_t mm_item_key(const struct mm_item *it, const char *run);

#endif
