/*
 * base64.c - bytes as text
 */
#include "data/base64.h"

#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"
                             "tuvwxyz0123456789+/";

/* 0..63, or -1 */
static int value_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63
                                    : -1;
}

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int bad(struct mm_buf *out, size_t len, size_t at, struct mm_err *err)
{
    out->len = len;
    if (out->data)
        out->data[len] = '\0';
    return mm_fail(err, MM_EDATA, "no base64 at character %zu", at);
}

int mm_base64_decode(struct mm_buf *out, const char *s, size_t n,
                     struct mm_err *err)
{
    size_t len = out->len, i = 0;
    uint32_t bits = 0;
    unsigned have = 0, padding = 0;

    for (; i < n; i++) {
        int v = value_of((unsigned char)s[i]);

        if (is_space(s[i]))
            continue;
        if (s[i] == '=' && have && have < 8 && padding < 2) {
            padding++;
            continue;
        }
        if (v < 0 || padding)
            return bad(out, len, i, err);
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            mm_buf_addc(out, (char)(bits >> have & 0xff));
        }
    }
    if (have == 6) /* a single digit is not a byte */
        return bad(out, len, n, err);
    return mm_buf_check(out, err);
}

void mm_base64_encode(struct mm_buf *out, const void *p, size_t n)
{
    const unsigned char *s = p;

    for (size_t i = 0; i < n; i += 3) {
        size_t k = n - i < 3 ? n - i : 3;
        uint32_t v = (uint32_t)s[i] << 16;

        if (k > 1)
            v |= (uint32_t)s[i + 1] << 8;
        if (k > 2)
            v |= s[i + 2];
        for (size_t j = 0; j < 4; j++)
            mm_buf_addc(out, j <= k ? digits[v >> (18 - 6 * j) & 63] : '=');
    }
}
