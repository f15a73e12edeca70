/*
 * feed.h - the batch of the next step is loaded while this one is computed
 */
#ifndef MM_TRAIN_FEED_H
#define MM_TRAIN_FEED_H

#include <stdint.h>

#include "base/err.h"
#include "data/packed.h"
#include "train/batch.h"

struct mm_feed;

/*
 * Batches of B sequences, the first of which has number position; the one
 * after `end` is never loaded.  data must not be used by others until the
 * feed is closed.  augment: how they are changed, by the seed; or NULL
 */
struct mm_feed *mm_feed_open(struct mm_packed *data, size_t B, size_t micro,
                             int64_t position, int64_t end,
                             const struct mm_augment *augment, uint64_t seed,
                             struct mm_err *err);

/*
 * The next batch, valid until the call after; NULL when it could not be
 * loaded.  Asking for more than there are breaks the contract.
 */
const struct mm_step_batch *mm_feed_next(struct mm_feed *f,
                                         struct mm_err *err);
void mm_feed_close(struct mm_feed *f); /* NULL: nothing */

#endif
