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
#include "model/lanes.h"
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
 * Read the tokens of feed, see lanes.h.  logits [vocab], of the last token, may
 * be NULL; they decide feed->predict.  MM_EDATA when the prompt is longer than
 * the capacity (says how many tokens there are and how many fit), and nothing
 * was read.
 */
int mm_session_read(struct mm_session *s, const struct mm_feed *feed,
                    float *logits, struct mm_err *err);

size_t mm_session_length(const struct mm_session *s);

/*
 * Forget all after the first n positions, which do not end within a picture:
 * a shared prefix is read once.
 */
void mm_session_rewind(struct mm_session *s, size_t n);

#endif
