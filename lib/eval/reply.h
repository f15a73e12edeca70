/*
 * reply.h - a model answers one talk after the other
 *
 * The session is kept between replies: what a prompt has in common with the
 * one before is not read again.
 */
#ifndef MM_EVAL_REPLY_H
#define MM_EVAL_REPLY_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/chat.h"
#include "eval/bundle.h"
#include "eval/generate.h"
#include "eval/prompt.h"
#include "eval/talk.h"
#include "model/session.h"

struct mm_replier {
    const struct mm_bundle *bundle; /* borrowed */
    struct mm_session *session;
    struct mm_prompt prompt, read; /* this one, and what the session read */
};

/* What a reply took. */
struct mm_reply_stats {
    size_t prompt_tokens, kept_tokens, new_tokens; /* kept: read before */
    double prompt_s, new_s;
    enum mm_finish finish;
};

int mm_replier_init(struct mm_replier *r, const struct mm_bundle *b,
                    struct mm_err *err);
void mm_replier_release(struct mm_replier *r);

/* The reply is appended to out. */
int mm_reply(struct mm_replier *r, const struct mm_talk *talk,
             const struct mm_chat *chat, const struct mm_decode *d,
             struct mm_buf *out, struct mm_reply_stats *stats,
             struct mm_err *err);

#endif
