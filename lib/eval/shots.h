/*
 * shots.h - examples that stand before a prompt, with their reasons
 *
 * JSON lines {"prompt", "answer", "images": [files], "rationale"}, the last two
 * where there are any.  With a marker (thought.h) an example says "RATIONALE
 * MARKER ANSWER.", else "RATIONALE ANSWER".
 */
#ifndef MM_EVAL_SHOTS_H
#define MM_EVAL_SHOTS_H

#include <stddef.h>

#include "base/err.h"
#include "eval/talk.h"

struct mm_shots {
    struct mm_spoken_example {
        char *prompt, *answer;
        char **files;
        size_t n_files;
    } * v;
    size_t n, cap;
};

/* path may be "-".  marker may be NULL. */
int mm_shots_read(struct mm_shots *s, const char *path, const char *marker,
                  struct mm_err *err);
void mm_shots_release(struct mm_shots *s);

/* As turns of a chat. */
int mm_shots_chat(const struct mm_shots *s, struct mm_talk *t,
                  struct mm_err *err);

/* As text that the model continues, line by line, with a prompt after. */
int mm_shots_text(const struct mm_shots *s, struct mm_talk *t,
                  const char *text, size_t n, const char *const *files,
                  size_t n_files, struct mm_err *err);

#endif
