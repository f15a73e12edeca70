/*
 * space.c - white space as Python's str knows it
 */
#include "eval/space.h"

#include "base/utf8.h"

/* str.isspace() of one code point */
static int is_space(uint32_t cp)
{
    return (cp >= 0x09 && cp <= 0x0d) || (cp >= 0x1c && cp <= 0x20) ||
           cp == 0x85 || cp == 0xa0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 ||
           cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

/* Bytes of the character at s; a byte that is not UTF-8 is a letter. */
static size_t next_char(const char *s, const char *end, int *space)
{
    uint32_t cp;
    size_t n;

    if ((unsigned char)*s < 128) {
        *space = is_space((unsigned char)*s);
        return 1;
    }
    n = mm_utf8_decode(s, (size_t)(end - s), &cp);
    *space = n && is_space(cp);
    return n ? n : 1;
}

size_t mm_next_word(const char **s, const char *end, const char **word)
{
    int space;

    while (*s < end) {
        size_t n = next_char(*s, end, &space);

        if (!space)
            break;
        *s += n;
    }
    *word = *s;
    while (*s < end) {
        size_t n = next_char(*s, end, &space);

        if (space)
            break;
        *s += n;
    }
    return (size_t)(*s - *word);
}

void mm_strip(const char **s, const char **end)
{
    const char *at = *s, *word, *last = *s;
    size_t n = mm_next_word(&at, *end, &word);

    *s = word;
    for (; n; n = mm_next_word(&at, *end, &word))
        last = word + n;
    *end = last > *s ? last : *s;
}
