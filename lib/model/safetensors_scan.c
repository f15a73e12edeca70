/*
 * safetensors_scan.c - the tokens of a safetensors header
 */
#include "model/safetensors_scan.h"

#include <string.h>

#include "base/utf8.h"

int mm_scan_fail(const struct mm_st_scan *s, const char *what)
{
    if (s->name)
        return mm_fail(s->err, MM_EDATA, "tensor '%.*s': %s",
                       s->name_len > 80 ? 80 : (int)s->name_len, s->name,
                       what);
    return mm_fail(s->err, MM_EDATA, "header, byte %zu: %s", s->at, what);
}

void mm_scan_space(struct mm_st_scan *s)
{
    while (s->at < s->n &&
           (s->text[s->at] == ' ' || s->text[s->at] == '\t' ||
            s->text[s->at] == '\n' || s->text[s->at] == '\r'))
        s->at++;
}

int mm_scan_accept(struct mm_st_scan *s, char c)
{
    mm_scan_space(s);
    if (s->at >= s->n || s->text[s->at] != c)
        return 0;
    s->at++;
    return 1;
}

int mm_scan_expect(struct mm_st_scan *s, char c, const char *what)
{
    return mm_scan_accept(s, c) ? 0 : mm_scan_fail(s, what);
}

static int hex4(const struct mm_st_scan *s, size_t at, uint32_t *cp)
{
    *cp = 0;
    if (s->n - at < 4)
        return -1;
    for (size_t i = at; i < at + 4; i++) {
        char c = s->text[i];

        *cp <<= 4;
        if (c >= '0' && c <= '9')
            *cp |= (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            *cp |= (uint32_t)((c | 32) - 'a' + 10);
        else
            return -1;
    }
    return 0;
}

/* The code point of the escape at s->at, which is after "\u". */
static int unicode(struct mm_st_scan *s, uint32_t *cp)
{
    uint32_t low;

    if (hex4(s, s->at, cp) < 0)
        return mm_scan_fail(s, "\\u needs four hexadecimal digits");
    s->at += 4;
    if (*cp < 0xd800 || *cp > 0xdfff)
        return 0;
    if (*cp > 0xdbff || s->n - s->at < 6 || s->text[s->at] != '\\' ||
        s->text[s->at + 1] != 'u' || hex4(s, s->at + 2, &low) < 0 ||
        low < 0xdc00 || low > 0xdfff)
        return mm_scan_fail(s, "half of a surrogate pair");
    s->at += 6;
    *cp = 0x10000 + ((*cp - 0xd800) << 10) + (low - 0xdc00);
    return 0;
}

/* The escape after a backslash, its bytes into out (at most 4). */
static int escape(struct mm_st_scan *s, char out[4], size_t *len)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = s->at < s->n ? s->text[s->at++] : '\0';
    const char *p = c ? strchr(from, c) : NULL;
    uint32_t cp;

    *len = 1;
    if (p) {
        out[0] = to[p - from];
        return 0;
    }
    if (c != 'u')
        return mm_scan_fail(s, "unknown escape");
    if (unicode(s, &cp) < 0)
        return -1;
    *len = mm_utf8_encode(cp, out);
    return 0;
}

int mm_scan_string(struct mm_st_scan *s, const char **str, size_t *len)
{
    char *begin, *to;

    if (mm_scan_expect(s, '"', "a string should stand here") < 0)
        return -1;
    begin = to = s->text + s->at;
    for (;;) {
        char c = s->at < s->n ? s->text[s->at++] : '\0', bytes[4];
        size_t k = 1;

        if ((unsigned char)c < 0x20)
            return mm_scan_fail(s, "a string has no end, or a control code");
        if (c == '"')
            break;
        bytes[0] = c;
        if (c == '\\' && escape(s, bytes, &k) < 0)
            return -1;
        if (s->decode)
            memcpy(to, bytes, k);
        to += k;
    }
    *str = begin;
    *len = (size_t)(to - begin);
    if (s->decode)
        *to = '\0';
    return 0;
}

/* A whole number of 0 or more, without sign, leading zero, or exponent */
static int whole(struct mm_st_scan *s, uint64_t *v)
{
    size_t begin;

    mm_scan_space(s);
    begin = s->at;
    *v = 0;
    for (; s->at < s->n && s->text[s->at] >= '0' && s->text[s->at] <= '9';
         s->at++) {
        if (__builtin_mul_overflow(*v, 10, v) ||
            __builtin_add_overflow(*v, (uint64_t)(s->text[s->at] - '0'), v))
            return mm_scan_fail(s, "a number over 2^64");
    }
    if (s->at == begin || (s->text[begin] == '0' && s->at > begin + 1) ||
        (s->at < s->n && strchr(".eE", s->text[s->at]) && s->text[s->at]))
        return mm_scan_fail(s, "a whole number should stand here");
    return 0;
}

int mm_scan_wholes(struct mm_st_scan *s, uint64_t *v, size_t max, size_t *n)
{
    *n = 0;
    if (mm_scan_expect(s, '[', "an array should stand here") < 0)
        return -1;
    if (mm_scan_accept(s, ']'))
        return 0;
    do {
        if (*n == max)
            return mm_scan_fail(s, "an array has too many numbers");
        if (whole(s, &v[(*n)++]) < 0)
            return -1;
    } while (mm_scan_accept(s, ','));
    return mm_scan_expect(s, ']', "an array has no end");
}
