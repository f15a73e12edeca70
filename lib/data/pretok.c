/*
 * pretok.c - where a text is cut before merging
 */
#include "data/pretok.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "data/unicode_table.h"

/* clang-format off */
#define O MM_UNICODE_OTHER
#define L MM_UNICODE_LETTER
#define N MM_UNICODE_NUMBER
#define S MM_UNICODE_SPACE
/* The same as the table, for what most of a text is made of. */
static const uint8_t ascii[128] = {
    O, O, O, O, O, O, O, O, O, S, S, S, S, S, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    N, N, N, N, N, N, N, N, N, N, O, O, O, O, O, O,
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
};
#undef O
#undef L
#undef N
#undef S
/* clang-format on */

/* The bytes of the character at p (n >= 1 left), its class into *class. */
static inline size_t peek(const char *p, size_t n, unsigned *class)
{
    uint32_t cp;
    size_t len;

    if (!(*p & 0x80)) {
        *class = ascii[(unsigned char)*p];
        return 1;
    }
    len = mm_utf8_decode(p, n, &cp);
    if (len == 0) {
        *class = MM_UNICODE_OTHER;
        return 1;
    }
    *class = mm_unicode_class(cp);
    return len;
}

/* The end of the run of characters of that class that holds p[i - 1]. */
static inline size_t run(const char *p, size_t i, size_t n, unsigned class)
{
    unsigned c;

    while (i < n) {
        size_t len = peek(p + i, n - i, &c);

        if (c != class)
            break;
        i += len;
    }
    return i;
}

/* 's 't 're 've 'm 'll 'd at p, which is a quote; 0 when there is none. */
static size_t contraction(const char *p, size_t n)
{
    if (n >= 2 && memchr("stmd", p[1], 4) != NULL)
        return 2;
    if (n >= 3 && (memcmp(p + 1, "re", 2) == 0 || memcmp(p + 1, "ve", 2) == 0 ||
                   memcmp(p + 1, "ll", 2) == 0))
        return 3;
    return 0;
}

/*
 * A run of white space, p[0..i) being its first character.  Before other text
 * its last character is left over: a space goes with the word after it.
 */
static size_t spaces(const char *p, size_t i, size_t n)
{
    size_t last = 0;
    unsigned c;

    while (i < n) {
        size_t len = peek(p + i, n - i, &c);

        if (c != MM_UNICODE_SPACE)
            return last > 0 ? last : i;
        last = i;
        i += len;
    }
    return i;
}

size_t mm_pretok_next(const char *text, size_t n)
{
    unsigned class;
    size_t begin, len;

    assert(n > 0);
    if (*text == '\'' && (len = contraction(text, n)) > 0)
        return len;
    begin = *text == ' ' && n > 1;
    len = peek(text + begin, n - begin, &class);
    if (class != MM_UNICODE_SPACE)
        return run(text, begin + len, n, class);
    return spaces(text, begin > 0 ? 1 : len, n);
}
