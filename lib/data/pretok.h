/*
 * pretok.h - where a text is cut before merging: GPT-2's pattern by hand
 *
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+
 *   |\s+(?!\S)|\s+
 *
 * (Radford et al. 2019, encoder.py; ByteLevel in Hugging Face's tokenizers).
 * The scanner takes any bytes: one that is not UTF-8 is a character of its own,
 * neither letter nor number nor white space.  It looks at each byte a constant
 * number of times and does not recurse.
 */
#ifndef MM_DATA_PRETOK_H
#define MM_DATA_PRETOK_H

#include <stddef.h>

/*
 * The length of the first word of text[0..n), n >= 1.  A text is cut by
 * calling this again after each word; the end of text is the end of the
 * text that is cut.
 */
size_t mm_pretok_next(const char *text, size_t n);

#endif
