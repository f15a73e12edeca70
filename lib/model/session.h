/*
 * session.h - a model that reads a prompt and predicts what follows
 *
 * One lane (lanes.h) by itself: it keeps the keys and values of what it has
 * read (the KV cache), and what it says does not depend on how the prompt was
 * cut into calls, nor on the number of threads.
 */
#ifndef MM_MODEL_SESSION_H
#define MM_MODEL_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/model.h"

struct mm_session;

/*
 * capacity: positions it can hold, at most the model's context; 0 means that.
 * m is borrowed; it is only read.
 */
struct mm_session *mm_session_create(struct mm_model *m, size_t capacity,
                                     struct mm_err *err);
void mm_session_free(struct mm_session *s);

/*
 * Read n >= 1 more tokens.  Each run of image ids takes the next views in order
 * (n_views in all, as many as the runs need; a view whose run continues in the
 * next call is given once).  logits [vocab], of the last token, may be NULL.
 * MM_EDATA when the prompt is longer than the capacity (says how many tokens
 * there are and how many fit), and nothing was read.
 */
int mm_session_read(struct mm_session *s, const int32_t *tokens, size_t n,
                    const struct mm_pixels *views, size_t n_views,
                    const float mean[3], const float std[3],
                    float *logits, struct mm_err *err);

size_t mm_session_length(const struct mm_session *s);

/*
 * Forget all after the first n positions, which do not end within a picture:
 * a shared prefix is read once.
 */
void mm_session_rewind(struct mm_session *s, size_t n);

#endif
