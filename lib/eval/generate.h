/*
 * generate.h - let a model continue a prompt until it should stop
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

/* A text that is being written, token by token; b, d and out are borrowed. */
struct mm_writing {
    const struct mm_bundle *b;
    const struct mm_decode *d;
    struct mm_buf *out;
    size_t begin; /* where our text begins in out */
    size_t told;  /* what on_text has received, counted from begin */
    size_t room;  /* tokens that fit into the context after the prompt */
    size_t n_ids; /* tokens of the text so far */
    int32_t id;   /* the last one */
    enum mm_finish finish;
};

/* The text is appended to out.  length: of the prompt, in positions. */
int mm_writing_begin(struct mm_writing *w, const struct mm_bundle *b,
                     const struct mm_decode *d, size_t length,
                     struct mm_buf *out, struct mm_err *err);

/*
 * The next token, from the logits after the last one: 1, and w->id is to be
 * read; 0, and the text is at its end.  MM_EDIVERGE when they are not numbers.
 */
int mm_writing_go_on(struct mm_writing *w, const float *logits,
                     struct mm_err *err);

/*
 * Write w to its end with s, which has read the prompt but for `last`, its last
 * token.
 */
int mm_generate(struct mm_session *s, struct mm_writing *w, int32_t last,
                struct mm_err *err);

#endif
