/*
 * pairs.h - is packed data pairs of a picture and a text?
 */
#ifndef MM_TRAIN_PAIRS_H
#define MM_TRAIN_PAIRS_H

#include <stddef.h>

#include "base/err.h"
#include "data/packed.h"
#include "model/model.h"
#include "train/recipe.h"

/* Has each segment of sequence `index` one view of one picture?  MM_EDATA */
int mm_pairs_check(const struct mm_packed_seq *s, size_t index,
                   struct mm_err *err);

/* The same of the first sequences */
int mm_pairs_look(struct mm_packed *data, struct mm_err *err);

/*
 * InfoNCE of one pair is 0.  Sequences of several pairs are a batch by
 * themselves; that one of many holds a single pair does no harm.
 */
int mm_pairs_suffice(const struct mm_config *c, const struct mm_recipe *r,
                     struct mm_packed *data, struct mm_err *err);

#endif
