/*
 * bundle.h - a model directory, opened: weights, tokenizer and preprocessing
 * that belong together
 */
#ifndef MM_EVAL_BUNDLE_H
#define MM_EVAL_BUNDLE_H

#include <stdint.h>

#include "base/err.h"
#include "data/image.h"
#include "data/tokenizer.h"
#include "model/model.h"

struct mm_bundle {
    struct mm_model *model;
    struct mm_tokenizer *tokenizer;
    struct mm_preprocess preprocess; /* the default without pictures */

    /* So many pictures of a prompt, the last, are shown with their tiles, the
       others as an overview; SIZE_MAX: all. */
    size_t high_res_last;
};

/*
 * dir is a model or a run directory.  MM_ECONFIG names both sides when the
 * tokenizer has more ids than the model, other special tokens, or is another
 * than it was trained with.
 */
int mm_bundle_open(struct mm_bundle *b, const char *dir, struct mm_err *err);
void mm_bundle_close(struct mm_bundle *b);

/* A hash of the weights, for the keys of predictions. */
uint64_t mm_bundle_hash(const struct mm_bundle *b);

#endif
