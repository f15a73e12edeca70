/*
 * unicode_table.h - letter, number, white space or none of them
 *
 * The classes \p{L}, \p{N} and \s of the pre-tokenizer's pattern, as the
 * regular expression engine of Hugging Face's tokenizers knows them (Unicode
 * 16.0 in release 0.23; tests/golden/tokenizer.py compares all code points).
 * Two levels: a block of 256 code points, then two bits each.
 */
#ifndef MM_DATA_UNICODE_TABLE_H
#define MM_DATA_UNICODE_TABLE_H

#include <stdint.h>

enum mm_unicode_class {
    MM_UNICODE_OTHER,
    MM_UNICODE_LETTER, /* \p{L} */
    MM_UNICODE_NUMBER, /* \p{N} */
    MM_UNICODE_SPACE   /* \s */
};

extern const char mm_unicode_version[]; /* "16.0.0" */
extern const uint8_t mm_unicode_block[0x1100];
extern const uint8_t mm_unicode_bits[];

/* cp <= 0x10FFFF */
static inline enum mm_unicode_class mm_unicode_class(uint32_t cp)
{
    uint32_t at = mm_unicode_block[cp >> 8] * 64u + (cp >> 2 & 63);

    return (enum mm_unicode_class)(mm_unicode_bits[at] >> (cp & 3) * 2 & 3);
}

#endif
