/*
 * session.h - a model that reads a prompt and predicts what follows
 *
 * Keeps the keys and values of what it has read (the KV cache).  What it says
 * does not depend on how the prompt was cut into calls, nor on the number of
 * threads (row-invariant products, see gemm.h).
 */
#ifndef MM_MODEL_SESSION_H
#define MM_MODEL_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/model.h"

struct mm_session;

/* capacity: positions it can hold, at most the model's context. */
struct mm_session *mm_session_create(struct mm_model *m, size_t capacity,
                                     struct mm_err *err);
void mm_session_free(struct mm_session *s);

/*
 * Read n more tokens.  Each run of image ids takes the next views in order
 * (n_views in all, as many as the runs need).  logits [vocab], of the last
 * token, may be NULL.  MM_EDATA when the prompt is longer than the capacity
 * (says how many tokens there are and how many fit).
 */
int mm_session_read(struct mm_session *s, const int32_t *tokens, size_t n,
                    const struct mm_pixels *views, size_t n_views,
                    const float mean[3], const float std[3],
                    float *logits, struct mm_err *err);

/*
 * The same, and the log-probability of each token after the first given those
 * before it: logprob[i] of tokens[i + 1], n - 1 numbers.
 */
int mm_session_score(struct mm_session *s, const int32_t *tokens, size_t n,
                     const struct mm_pixels *views, size_t n_views,
                     const float mean[3], const float std[3],
                     double *logprob, struct mm_err *err);

size_t mm_session_length(const struct mm_session *s);

/* Forget all behind the first n positions: a shared prefix is read once. */
void mm_session_rewind(struct mm_session *s, size_t n);

/* ---- choosing the next token ---- */

struct mm_sampling {
    double temperature; /* 0: the most probable, the lowest id on a tie */
    size_t top_k;       /* 0: all */
    double top_p;       /* 1: all */
    uint64_t seed, stream;
};

/* index: which draw this is, so that a text is a function of the seed. */
int32_t mm_sample_token(const struct mm_sampling *s, const float *logits,
                        size_t vocab, uint64_t index, struct mm_err *err);

#endif
