/*
 * notes.h - what a model has said so far, beside the output that it is for
 *
 * OUTPUT.journal is JSON lines: the first says what the answers depend on, each
 * further one is an answer by its key.  A run that was killed goes on behind
 * them; a last line that was cut goes.  Answers of other settings, and a file
 * that is no journal, stay as they are, and are refused.
 */
#ifndef MM_EVAL_NOTES_H
#define MM_EVAL_NOTES_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/journal.h"
#include "base/map.h"
#include "eval/speak.h"

/* All zero before mm_notes_open(): nothing is known, nothing is noted. */
struct mm_notes {
    struct mm_buf path; /* empty: there is no file */
    struct mm_journal journal;
    struct mm_buf head;
    struct mm_map said; /* key to a place in texts, plus 1 */
    struct mm_buf texts;
};

/*
 * Read what was said to the same speaker's settings, template (or NULL) and
 * input.  An output that is no file, as "-", has no notes.  MM_ECONFIG: there
 * are answers of other settings, or another file; MM_EIO: another process
 * writes them.
 */
int mm_notes_open(struct mm_notes *n, const struct mm_speaker *w,
                  const char *template, const char *input, const char *output,
                  struct mm_err *err);
void mm_notes_release(struct mm_notes *n);

/* What was said before, or NULL; until the notes are released */
const char *mm_notes_find(const struct mm_notes *n, const char *key);

int mm_notes_add(struct mm_notes *n, const char *key, const char *text,
                 size_t len, struct mm_err *err);

/* The output is whole: the file goes. */
void mm_notes_drop(const struct mm_notes *n);

#endif
