/*
 * space.h - white space as Python's str knows it
 */
#ifndef MM_EVAL_SPACE_H
#define MM_EVAL_SPACE_H

#include <stddef.h>

/*
 * The next word of *s .. end, as str.split() cuts them: sets *word, moves *s
 * after it, returns its bytes, 0 at the end.
 */
size_t mm_next_word(const char **s, const char *end, const char **word);

/* str.strip(): moves both ends inward. */
void mm_strip(const char **s, const char **end);

#endif
