/*
 * ptb.h - the tokens of the Penn Treebank, as caption scorers cut them
 *
 * Equals Stanford CoreNLP 3.4.1's PTBTokenizer with -preserveLines -lowerCase,
 * as pycocoevalcap calls it: captions are one text, a line each, so that what
 * follows a caption can decide about its last word ("letter C." before "The
 * dog" gives "c .", before "dogs" it gives "c.").  Then punctuation is left
 * out, and words are joined by single spaces.
 *
 * Line breaks inside a caption (CR, VT, FF, U+2028, U+2029) are spaces here;
 * there they shift all captions that follow.  Bytes that are not UTF-8 count as
 * U+FFFD, which is deleted.
 */
#ifndef MM_EVAL_PTB_H
#define MM_EVAL_PTB_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum {
    MM_PTB_ALONE = 1,      /* each caption is a text of its own */
    MM_PTB_PUNCTUATION = 2 /* punctuation stays */
};

/*
 * Append the tokens of n captions to out, each with a NUL after it; caption i
 * begins at out->data + at[i].  breaks (or NULL) counts captions with a line
 * break inside.
 */
int mm_ptb_captions(struct mm_buf *out, size_t *at,
                    const char *const *captions, size_t n, unsigned flags,
                    size_t *breaks, struct mm_err *err);

#endif
