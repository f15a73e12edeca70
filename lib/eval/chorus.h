/*
 * chorus.h - a model answers many talks side by side
 *
 * What it says to one does not depend on the others (lanes.h).  What all of
 * their prompts begin with, in whole pictures, is read once.
 */
#ifndef MM_EVAL_CHORUS_H
#define MM_EVAL_CHORUS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/chat.h"
#include "eval/bundle.h"
#include "eval/generate.h"
#include "eval/prompt.h"
#include "eval/talk.h"
#include "model/lanes.h"

/* One talk and its answer; all zero before its first use. */
struct mm_verse {
    struct mm_talk talk;
    struct mm_decode decode;
    struct mm_buf text; /* the answer, in the place of what it had */
    int failed;         /* then err says why */
    struct mm_err err;
    /* private */
    struct mm_prompt prompt;
    struct mm_writing writing;
    size_t lane;
    enum { MM_VERSE_WAITS,
           MM_VERSE_READS,
           MM_VERSE_WRITES,
           MM_VERSE_DONE } at;
};

void mm_verse_release(struct mm_verse *v);

struct mm_chorus {
    const struct mm_bundle *bundle; /* borrowed */
    const struct mm_chat *chat;
    struct mm_lanes *lanes;
    size_t n; /* of voices; one lane more has the beginning */
    struct mm_prefix beginning;
};

/* Up to n are answered at a time.  Their caches have room for 16384 tokens
 * together, or two contexts of the model. */
int mm_chorus_open(struct mm_chorus *c, const struct mm_bundle *b,
                   const struct mm_chat *chat, size_t n, struct mm_err *err);
void mm_chorus_close(struct mm_chorus *c);

/* Answer them all.  -1: nothing is answered; a verse may fail by itself. */
int mm_chorus_answer(struct mm_chorus *c, struct mm_verse *v, size_t n,
                     struct mm_err *err);

#endif
