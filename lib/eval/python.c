/*
 * python.c - texts as Python reads and writes them
 */
#include "eval/python.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/utf8.h"
#include "eval/space.h"

/* ---- numbers ---- */

static int is_decimal(uint32_t cp)
{
    return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ND;
}

/* Digits of a script stand in tens, one after the other. */
static char digit_of(uint32_t cp)
{
    uint32_t first = cp;

    while (first > 0 && is_decimal(first - 1))
        first--;
    return (char)('0' + (cp - first) % 10);
}

void mm_python_digits(struct mm_buf *out, const char *s, size_t n)
{
    const char *end = s + n;

    while (s < end) {
        uint32_t cp;
        size_t k = mm_utf8_decode(s, (size_t)(end - s), &cp);

        if (k > 1 && is_decimal(cp))
            mm_buf_addc(out, digit_of(cp));
        else
            mm_buf_add(out, s, k ? k : 1);
        s += k ? k : 1;
    }
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits with single underscores between: moves *s, keeps the digits. */
static int digits(const char **s, char *out, size_t *n)
{
    const char *p = *s;

    if (!is_digit(*p))
        return 0;
    while (is_digit(*p) || (*p == '_' && is_digit(p[1]))) {
        if (*p != '_')
            out[(*n)++] = *p;
        p++;
    }
    *s = p;
    return 1;
}

static int is_name(const char *s, const char *name)
{
    for (; *s && *name; s++, name++)
        if ((*s | 32) != *name)
            return 0;
    return *s == *name;
}

/* The decimal number s, underscores left out, into out. */
static int clean(char *out, const char *s)
{
    size_t n = 0;
    int some;

    if (*s == '+' || *s == '-')
        out[n++] = *s++;
    some = digits(&s, out, &n);
    if (*s == '.') {
        out[n++] = *s++;
        some |= digits(&s, out, &n);
    }
    if (!some)
        return -1;
    if (*s == 'e' || *s == 'E') {
        out[n++] = *s++;
        if (*s == '+' || *s == '-')
            out[n++] = *s++;
        if (!digits(&s, out, &n))
            return -1;
    }
    out[n] = '\0';
    return *s ? -1 : 0;
}

static int read_float(double *value, const char *s)
{
    const char *name = s + (*s == '+' || *s == '-');
    char *plain;
    int result;

    if (is_name(name, "inf") || is_name(name, "infinity")) {
        *value = *s == '-' ? -INFINITY : INFINITY;
        return 0;
    }
    if (is_name(name, "nan")) {
        *value = NAN;
        return 0;
    }
    plain = malloc(strlen(s) + 1);
    result = plain ? clean(plain, s) : -1;
    if (result == 0)
        *value = strtod(plain, NULL);
    free(plain);
    return result;
}

int mm_python_float(double *value, const char *s, size_t n)
{
    const char *end = s + n;
    struct mm_buf plain = { 0 };
    int result = -1;

    mm_strip(&s, &end);
    mm_python_digits(&plain, s, (size_t)(end - s));
    if (!plain.failed && plain.len && strlen(plain.data) == plain.len)
        result = read_float(value, plain.data);
    mm_buf_release(&plain);
    return result;
}

double mm_python_round(double x, int places)
{
    char text[400];

    if (!isfinite(x) || places > 30)
        return x;
    if (places < 0) {
        double scale = pow(10, -places);

        return rint(x / scale) * scale;
    }
    snprintf(text, sizeof text, "%.*f", places, x);
    return strtod(text, NULL);
}

void mm_python_repr(struct mm_buf *out, double x)
{
    char text[40], *e;
    int precision = 1, exponent;

    if (!isfinite(x)) {
        mm_buf_adds(out, isnan(x) ? "nan" : x < 0 ? "-inf"
                                                  : "inf");
        return;
    }
    do
        snprintf(text, sizeof text, "%.*e", precision++ - 1, x);
    while (strtod(text, NULL) != x && precision <= 17);
    e = strchr(text, 'e');
    exponent = (int)strtol(e + 1, NULL, 10);
    if (exponent >= -4 && exponent < 16) {
        int places = precision - 2 - exponent;

        mm_buf_addf(out, "%.*f", places > 1 ? places : 1, x);
        return;
    }
    *e = '\0';
    mm_buf_addf(out, "%se%c%02d", text, exponent < 0 ? '-' : '+',
                abs(exponent));
}

/* ---- lists ---- */

/* What stands after a backslash; returns the bytes that it takes. */
static size_t add_escape(struct mm_buf *out, const char *s)
{
    static const char from[] = "ntr\\'\"", to[] = "\n\t\r\\'\"";
    const char *at = *s ? strchr(from, *s) : NULL;
    size_t n = *s == 'x' ? 2 : *s == 'u' ? 4
                           : *s == 'U'   ? 8
                                         : 0;
    char hex[9] = { 0 }, text[4];

    if (at) {
        mm_buf_addc(out, to[at - from]);
        return 1;
    }
    if (n && strlen(s) > n &&
        strspn(s + 1, "0123456789abcdefABCDEF") >= n) {
        memcpy(hex, s + 1, n);
        mm_buf_add(out, text,
                   mm_utf8_encode((uint32_t)strtoul(hex, NULL, 16), text));
        return n + 1;
    }
    mm_buf_addc(out, '\\');
    return 0;
}

/* A quoted string; returns what stands after it, or NULL. */
static const char *add_string(struct mm_buf *out, const char *s)
{
    char quote = *s;

    if (quote != '\'' && quote != '"')
        return NULL;
    for (s++; *s != quote;) {
        if (*s == '\0')
            return NULL;
        if (*s == '\\') {
            s++;
            s += add_escape(out, s);
        } else {
            mm_buf_addc(out, *s++);
        }
    }
    mm_buf_addc(out, '\0');
    return s + 1;
}

int mm_python_list(struct mm_buf *out, size_t *n, const char *s)
{
    size_t before = out->len;

    *n = 0;
    s += strspn(s, " \t\r\n");
    if (*s++ != '[')
        return -1;
    for (;;) {
        s += strspn(s, " \t\r\n");
        if (*s == ']')
            break;
        s = add_string(out, s);
        if (!s)
            goto failed;
        ++*n;
        s += strspn(s, " \t\r\n");
        if (*s == ',')
            s++;
        else if (*s != ']')
            goto failed;
    }
    s++;
    if (s[strspn(s, " \t\r\n")] == '\0')
        return 0;
failed:
    out->len = before;
    return -1;
}
