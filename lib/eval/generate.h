/*
 * generate.h - let a model go on from a prompt until it should stop
 */
#ifndef MM_EVAL_GENERATE_H
#define MM_EVAL_GENERATE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/bundle.h"
#include "eval/prompt.h"
#include "model/sampling.h"
#include "model/session.h"

struct mm_decode {
    size_t max_tokens;
    struct mm_sampling sampling;
    const char *const *stops; /* the text ends before the first of these */
    size_t n_stops;
    /*
     * Receives text as it becomes certain: whole characters, and nothing that
     * may turn out to begin a stop string.  May be NULL.
     */
    int (*on_text)(void *ctx, const char *text, size_t n, struct mm_err *err);
    void *ctx;
};

enum mm_finish {
    MM_FINISH_EOS,
    MM_FINISH_STOP,
    MM_FINISH_LENGTH /* max_tokens, or the context is full */
};

/*
 * s has read nothing of the prompt behind position mm_session_length(s): ids
 * and views from `skip_ids` and `skip_views` on are read first.  Appends the
 * text to out; *finish and *n_tokens may be NULL.
 */
int mm_generate(struct mm_session *s, const struct mm_bundle *b,
                const struct mm_prompt *p, size_t skip_ids, size_t skip_views,
                const struct mm_decode *d, struct mm_buf *out,
                enum mm_finish *finish, size_t *n_tokens, struct mm_err *err);

#endif
