/*
 * lower.c - lower case as Python's and Java's strings have it
 */
#include "eval/lower.h"

#include <utf8proc.h>

#include "base/utf8.h"

#define DOTTED_I 0x130
#define SIGMA 0x3a3
#define FINAL_SIGMA 0x3c2

static int is_ignorable(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_ME ||
           c == UTF8PROC_CATEGORY_CF || c == UTF8PROC_CATEGORY_LM ||
           c == UTF8PROC_CATEGORY_SK || cp == '\'' || cp == '.' || cp == ':' ||
           cp == 0xb7 || cp == 0x387 || cp == 0x55f || cp == 0x5f4 ||
           cp == 0x2018 || cp == 0x2019 || cp == 0x2024 || cp == 0x2027 ||
           cp == 0xfe13 || cp == 0xfe52 || cp == 0xfe55 || cp == 0xff07 ||
           cp == 0xff0e || cp == 0xff1a;
}

static int is_cased(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    /* beside letters: ordinals, Roman numerals, letters in circles */
    return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LL ||
           c == UTF8PROC_CATEGORY_LT || cp == 0xaa || cp == 0xba ||
           (cp >= 0x2160 && cp <= 0x217f) || (cp >= 0x24b6 && cp <= 0x24e9) ||
           (cp >= 0x1f130 && cp <= 0x1f149) ||
           (cp >= 0x1f150 && cp <= 0x1f169) ||
           (cp >= 0x1f170 && cp <= 0x1f189);
}

/* Is the next letter after s[at..n) there, as the word continues? */
static int goes_on(const char *s, size_t n)
{
    while (n) {
        uint32_t cp;
        size_t k = mm_utf8_decode(s, n, &cp);

        if (k == 0)
            return 0;
        if (!is_ignorable(cp))
            return is_cased(cp);
        s += k;
        n -= k;
    }
    return 0;
}

void mm_add_lower(struct mm_buf *out, const char *s, size_t n)
{
    int cased = 0; /* a letter stands before, inside this word */

    while (n) {
        char text[4];
        uint32_t cp, low;
        size_t k;

        if ((unsigned char)*s < 128) {
            mm_buf_addc(out, *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s);
            if (!is_ignorable((unsigned char)*s))
                cased = (*s | 32) >= 'a' && (*s | 32) <= 'z';
            s++;
            n--;
            continue;
        }
        k = mm_utf8_decode(s, n, &cp);
        if (k == 0) {
            mm_buf_addc(out, *s++);
            n--;
            cased = 0;
            continue;
        }
        low = (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
        if (cp == SIGMA && cased && !goes_on(s + k, n - k))
            low = FINAL_SIGMA;
        if (cp == DOTTED_I)
            mm_buf_adds(out, "i\xcc\x87");
        else
            mm_buf_add(out, text, mm_utf8_encode(low, text));
        if (!is_ignorable(cp))
            cased = is_cased(cp);
        s += k;
        n -= k;
    }
}

void mm_add_capitalised(struct mm_buf *out, const char *s, size_t n)
{
    struct mm_buf first = { 0 }, all = { 0 };
    uint32_t cp;
    size_t k = n ? mm_utf8_decode(s, n, &cp) : 0;
    char title[4];

    if (k == 0) {
        mm_add_lower(out, s, n);
        return;
    }
    mm_add_lower(&first, s, k);
    mm_add_lower(&all, s, n);
    cp = (uint32_t)utf8proc_totitle((utf8proc_int32_t)cp);
    mm_buf_add(out, title, mm_utf8_encode(cp, title));
    if (all.len > first.len)
        mm_buf_add(out, all.data + first.len, all.len - first.len);
    out->failed |= first.failed | all.failed;
    mm_buf_release(&first);
    mm_buf_release(&all);
}
