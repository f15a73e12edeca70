/*
 * prefetch.h - the batch of the next step is loaded while this one is computed
 */
#ifndef MM_TRAIN_PREFETCH_H
#define MM_TRAIN_PREFETCH_H

#include <stdint.h>

#include "base/err.h"
#include "data/packed.h"
#include "train/batch.h"

struct mm_prefetch;

/* Batches of B sequences, computed `micro` at a time. */
struct mm_prefetch_plan {
    size_t B, micro;
    int64_t position, end;            /* the first; `end` is never loaded */
    const struct mm_augment *augment; /* how they are changed; or NULL */
    uint64_t seed;                    /* of that */
};

/* data must not be used by others until this is closed. */
struct mm_prefetch *mm_prefetch_open(struct mm_packed *data,
                                     const struct mm_prefetch_plan *plan,
                                     struct mm_err *err);

/*
 * The next batch, valid until the call after; NULL when it could not be
 * loaded.  Asking for more than there are breaks the contract.
 */
const struct mm_step_batch *mm_prefetch_next(struct mm_prefetch *f,
                                             struct mm_err *err);
void mm_prefetch_close(struct mm_prefetch *f); /* NULL: nothing */

#endif
