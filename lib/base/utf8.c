/*
 * utf8.c - code points
 */
#include "base/utf8.h"

/*
 * Bytes of a sequence by its first byte, the range of its second (which rules
 * out overlong forms and surrogates), from the Unicode standard's table 3-7.
 */
static size_t classify(unsigned char c, unsigned char *lo, unsigned char *hi)
{
    *lo = 0x80;
    *hi = 0xbf;
    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    if (c < 0xe0)
        return 2;
    if (c == 0xe0)
        *lo = 0xa0;
    if (c == 0xed)
        *hi = 0x9f;
    if (c < 0xf0)
        return 3;
    if (c == 0xf0)
        *lo = 0x90;
    if (c == 0xf4)
        *hi = 0x8f;
    return 4;
}

/* How many bytes at p begin a valid sequence of *want; 0 for none. */
static size_t valid_prefix(const char *p, size_t n, size_t *want)
{
    const unsigned char *u = (const unsigned char *)p;
    unsigned char lo, hi;
    size_t i;

    *want = classify(u[0], &lo, &hi);
    if (*want < 2)
        return *want;
    for (i = 1; i < *want && i < n; i++) {
        if (u[i] < lo || u[i] > hi)
            break;
        lo = 0x80;
        hi = 0xbf;
    }
    return i;
}

size_t mm_utf8_decode(const char *p, size_t n, uint32_t *cp)
{
    static const unsigned char first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    const unsigned char *u = (const unsigned char *)p;
    size_t want, have = valid_prefix(p, n, &want);

    if (want == 0 || have < want)
        return 0;
    *cp = u[0] & first[want];
    for (size_t i = 1; i < want; i++)
        *cp = *cp << 6 | (u[i] & 0x3f);
    return want;
}

size_t mm_utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        if (cp >= 0xd800 && cp < 0xe000)
            return 0;
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    if (cp > 0x10ffff)
        return 0;
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

size_t mm_utf8_check(const char *p, size_t n)
{
    size_t i = 0;
    uint32_t cp;

    while (i < n) {
        size_t k = mm_utf8_decode(p + i, n - i, &cp);

        if (k == 0)
            break;
        i += k;
    }
    return i;
}

size_t mm_utf8_count(const char *p, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)p[i] & 0xc0) != 0x80;
    return count;
}

void mm_utf8_repair(struct mm_buf *out, const char *p, size_t n)
{
    while (n) {
        size_t good = mm_utf8_check(p, n), want, have;

        mm_buf_add(out, p, good);
        p += good;
        n -= good;
        if (n == 0)
            return;
        have = valid_prefix(p, n, &want);
        if (have == 0)
            have = 1;
        mm_buf_adds(out, "\xef\xbf\xbd");
        p += have;
        n -= have;
    }
}
