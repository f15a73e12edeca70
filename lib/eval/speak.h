/*
 * speak.h - answers to a prompt, to the lines of a chat, to JSON lines
 */
#ifndef MM_EVAL_SPEAK_H
#define MM_EVAL_SPEAK_H

#include <stddef.h>

#include "base/err.h"
#include "base/io.h"
#include "data/chat.h"
#include "eval/generate.h"
#include "eval/reply.h"
#include "eval/shots.h"
#include "eval/talk.h"

/*
 * Without a template (chat "none") the model continues the text; with one
 * it answers, and white space in front of the answer is left out.
 */
struct mm_speaker {
    struct mm_replier replier;
    const struct mm_chat *chat;
    const char *system;      /* what each talk begins with, or NULL */
    struct mm_decode decode; /* on_text and ctx are ours */
    struct mm_out *out;      /* the caller's */
    int answers;             /* there is a template */
    struct mm_shots shots;   /* before each prompt */
    const char *marker;      /* only what is after it is the answer; or NULL */
    struct mm_buf thought;   /* of the last answer: what stood before it */
    int said;                /* private: something came out */
};

void mm_speaker_release(struct mm_speaker *w); /* but for out */

/*
 * What was generated becomes an answer, appended to text: valid UTF-8, of a
 * chat without the white space in front; only what is after the marker, and
 * the rest is w->thought.
 */
int mm_speak_tidy(struct mm_speaker *w, struct mm_buf *raw,
                  struct mm_buf *text, struct mm_err *err);

/* Text and pictures; what the model says goes to out as it comes. */
int mm_speak_once(struct mm_speaker *w, const char *text,
                  const char *const *files, size_t n_files,
                  struct mm_err *err);

/*
 * Each line of `in` is answered by one line, with all that was said before as
 * context.  The pictures belong to the first line.  ask, if not NULL, is called
 * before a line is read.
 */
int mm_speak_lines(struct mm_speaker *w, struct mm_in *in,
                   const char *const *files, size_t n_files,
                   void (*ask)(void), struct mm_err *err);

/* The talk that asks for an answer to a text with pictures. */
int mm_speak_talk(struct mm_speaker *w, struct mm_talk *talk, const char *text,
                  size_t n, const char *const *files, size_t n_files,
                  struct mm_err *err);

void mm_speak_report(const struct mm_reply_stats *s); /* to who asks for it */

struct mm_batch_counts {
    size_t lines, bad; /* that are not empty; that could not be answered */
    size_t known;      /* answers of a run before */
    char why[512];     /* the first bad line is bad */
};

/*
 * Each line {"prompt", "images": [files], "id"} is answered by a line {"id",
 * "text", "finish", "tokens"}, in order.  One that cannot be is named, counted
 * and answered by {"id", "line", "error"}; where none can, MM_EDATA.  As many
 * lines as are there without waiting are answered side by side, up to 32; of
 * lines about the same pictures, these together.  The answers do not depend on
 * it.  What was said stands in OUTPUT.journal, and the same work goes on from
 * there (notes.h); it stays as long as there are bad lines.  out is committed,
 * and NULL then.
 */
int mm_speak_batch(struct mm_speaker *w, struct mm_in *in, const char *output,
                   struct mm_batch_counts *counts, struct mm_err *err);

#endif
