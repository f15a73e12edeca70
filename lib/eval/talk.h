/*
 * talk.h - what is said to a model, turn by turn, and the prompt it makes
 *
 * A text with its pictures becomes parts of a document: each "<image>" in the
 * text is the place of the next picture, and without any the pictures come
 * first.  A chat template then lays the document out.
 */
#ifndef MM_EVAL_TALK_H
#define MM_EVAL_TALK_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/chat.h"
#include "data/doc.h"
#include "eval/bundle.h"
#include "eval/prompt.h"

/* All zero is a talk in which nothing was said. */
struct mm_talk {
    struct mm_doc doc;       /* its texts are owned by the talk */
    struct mm_buf *pictures; /* encoded, in the order of their places */
    size_t n_pictures, pictures_cap;
};

void mm_talk_release(struct mm_talk *t); /* and nothing was said again */

/*
 * role "user", "assistant" or "system", or NULL for text that is not a
 * conversation.  files are read.  MM_EDATA when places and pictures do not
 * match.
 */
int mm_talk_say(struct mm_talk *t, const char *role, const char *text,
                size_t n, const char *const *files, size_t n_files,
                struct mm_err *err);

/* Text as it is, whatever it says; and a picture, whose bytes are copied. */
int mm_talk_add(struct mm_talk *t, const char *role, const char *text,
                size_t n, struct mm_err *err);
int mm_talk_show(struct mm_talk *t, const char *role, const char *name,
                 const struct mm_buf *picture, struct mm_err *err);

/* The prompt that asks for the next answer, into p (cleared first). */
int mm_talk_prompt(const struct mm_talk *t, const struct mm_chat *chat,
                   const struct mm_bundle *b, struct mm_prompt *p,
                   struct mm_err *err);

#endif
