/*
 * batch.h - the sequences of one optimizer step, and the pieces computed at
 * a time
 *
 * A step's batch is loaded whole, so that its supervised tokens are counted
 * before the first gradient: losses are summed over them and divided once.
 * Which sequences it holds is a function of the step alone.
 */
#ifndef MM_TRAIN_BATCH_H
#define MM_TRAIN_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/packed.h"
#include "model/model.h"
#include "train/augment.h"

/* B sequences of T tokens, cut into pieces of `micro` (the last is shorter) */
struct mm_step_batch {
    size_t B, T, micro, max_views;
    size_t count;                              /* sequences of the data */
    int64_t position;                          /* of the first, all passes */
    struct mm_packed_seq *seqs;                /* [B] */
    int32_t *tokens, *rows, *segment, *target; /* [B,T]; rows: positions */
    struct mm_pixels *views;                   /* [B*max_views] */
    int32_t *image_row;                        /* of the piece's rows */
    size_t *first_view;                        /* [B+1] */
    size_t supervised;                         /* targets of all sequences */
    size_t used;                               /* tokens that are not padding */
    struct mm_augment augment;                 /* how it changes the data */
    struct mm_augmenter augmenter;
    uint64_t seed; /* of that */
};

int mm_step_batch_init(struct mm_step_batch *b, const struct mm_packed *data,
                       size_t B, size_t micro, struct mm_err *err);
void mm_step_batch_release(struct mm_step_batch *b);

/* From now on sequences are changed on their way; NULL: none are. */
void mm_step_batch_augment(struct mm_step_batch *b,
                           const struct mm_augment *how, uint64_t seed);

/*
 * Sequences position, position + 1, ... of the data, which starts over at its
 * end.
 */
int mm_step_batch_load(struct mm_step_batch *b, struct mm_packed *data,
                       int64_t position, struct mm_err *err);

/* The pieces, and piece i as an input of the model (borrowed from b). */
size_t mm_step_batch_pieces(const struct mm_step_batch *b);
struct mm_batch mm_step_batch_piece(const struct mm_step_batch *b, size_t i);

/* The number in the data of sequence i. */
size_t mm_step_batch_index(const struct mm_step_batch *b, size_t i);

#endif
