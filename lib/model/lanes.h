/*
 * lanes.h - sequences that a model reads side by side
 *
 * Each lane is a sequence of its own with its keys and values (KV cache) in
 * pages.  What all lanes wait for is read in passes: the rows of a pass, one
 * after the other and without padding, go through the weights as one matrix,
 * and only attention tells them apart.  What a lane predicts depends, bit for
 * bit, on no other lane, nor on how its tokens were cut into calls and passes,
 * nor on the number of threads (row-invariant products, see gemm.h).
 *
 * A lane may begin with what another has read: whole pages are shared.
 */
#ifndef MM_MODEL_LANES_H
#define MM_MODEL_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/model.h"

struct mm_lanes;

/*
 * n lanes, all closed.  tokens: positions that their caches have room for
 * together, rounded up to pages of MM_PAGE.  m is borrowed; it is only read.
 */
struct mm_lanes *mm_lanes_create(struct mm_model *m, size_t n, size_t tokens,
                                 struct mm_err *err);
void mm_lanes_free(struct mm_lanes *l);

/*
 * Open lane i, which is closed, with the first n positions of lane `from`
 * (n = 0: of none), which do not end within a picture.  It can come to hold
 * `most` positions, at most the model's context, at least n, for which room is
 * kept.  1; or 0 where there is no room for them now.
 */
int mm_lane_open(struct mm_lanes *l, size_t i, size_t from, size_t n,
                 size_t most);
void mm_lane_close(struct mm_lanes *l, size_t i); /* if it is open */

/*
 * Tokens for a lane to read.  Each run of image ids takes the next views in
 * order (n_views in all, as many as the runs need; a view whose run continues
 * in what comes later is given once).  All arrays are borrowed until the lane
 * has read its last token.
 */
struct mm_feed {
    const int32_t *tokens; /* [n], n > 0 */
    size_t n;
    const struct mm_pixels *views;
    size_t n_views;
    const float *mean, *std; /* [3] */
    int predict;             /* the last token's logits are wanted */
    /*
     * logprob[i] becomes the log-probability of tokens[i + 1] given all before
     * it, n - 1 numbers; greedy[i], if not NULL, whether that token is the most
     * probable (the lowest id of equals).  NULL: not wanted.
     */
    double *logprob;
    unsigned char *greedy;
};

/*
 * To an open lane that waits for nothing.  MM_EDATA when it does not fit (says
 * how many tokens there are and how many would), and nothing changed.
 */
int mm_lane_feed(struct mm_lanes *l, size_t i, const struct mm_feed *feed,
                 struct mm_err *err);

/*
 * A pass: 1, or 0 where no lane waits for anything.  -1: MM_ESYS, and what was
 * fed is not read.
 */
int mm_lanes_step(struct mm_lanes *l, struct mm_err *err);

/* Tokens that were fed and are not read yet. */
size_t mm_lane_waits(const struct mm_lanes *l, size_t i);
size_t mm_lane_length(const struct mm_lanes *l, size_t i); /* positions read */

/*
 * After the pass in which a lane read the last token of a feed that predicts:
 * its logits [vocab], valid until the next pass.
 */
const float *mm_lane_logits(const struct mm_lanes *l, size_t i);

/*
 * Forget all after the first n positions of a lane that waits for nothing.
 * They do not end within a picture, nor before a whole page that is shared.
 */
void mm_lane_rewind(struct mm_lanes *l, size_t i, size_t n);

#endif
