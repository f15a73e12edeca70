/*
 * html_decode.c - from a page's bytes to UTF-8: encodings and references
 */
#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/utf8.h"
#include "data/html.h"
#include "data/html_entity_table.h"

/* ---- character references ---- */

/* What the numbers 128-159 mean: windows-1252. 0: themselves. */
static const uint16_t c1[32] = {
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
};

static int digit(char c, int base)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (base == 16 && c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return base == 16 && c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void add_number(struct mm_buf *out, uint32_t cp)
{
    char text[4];
    size_t n;

    if (cp >= 128 && cp < 160 && c1[cp - 128])
        cp = c1[cp - 128];
    n = cp ? mm_utf8_encode(cp, text) : 0;
    if (n)
        mm_buf_add(out, text, n);
    else
        mm_buf_adds(out, "\xef\xbf\xbd");
}

/* "&#12;" or "&#xc;" at p; the bytes it takes, 0: it is none. */
static size_t number(struct mm_buf *out, const char *p, size_t n)
{
    int base = n > 2 && (p[2] == 'x' || p[2] == 'X') ? 16 : 10;
    size_t first = base == 16 ? 3 : 2, i = first;
    uint32_t cp = 0;

    for (; i < n && digit(p[i], base) >= 0; i++)
        if (cp <= 0x10ffff) /* above it, it stays above it */
            cp = cp * (uint32_t)base + (uint32_t)digit(p[i], base);
    if (i == first)
        return 0;
    add_number(out, cp);
    return i + (i < n && p[i] == ';');
}

static const struct mm_html_entity *find(const char *name, size_t n)
{
    size_t low = 0, high = mm_html_n_entities;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const char *at = mm_html_entities[mid].name;
        int c = strncmp(name, at, n);

        if (c == 0 && at[n] == 0)
            return &mm_html_entities[mid];
        if (c > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static int is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

/*
 * "&name;" at p; the bytes it takes, 0: it is none.  Without ';' only where
 * the name ends there: "?a=1&copy=2" is an address.
 */
static size_t named(struct mm_buf *out, const char *p, size_t n)
{
    const struct mm_html_entity *e;
    size_t i = 1;

    while (i < n && i <= MM_HTML_ENTITY_MAX && is_name(p[i]))
        i++;
    e = i > 1 ? find(p + 1, i - 1) : NULL;
    if (!e || (i < n && p[i] == ';' ? 0 : !e->bare || (i < n && p[i] == '=')))
        return 0;
    mm_buf_adds(out, e->text);
    return i + (i < n && p[i] == ';');
}

void mm_html_decode(struct mm_buf *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        const char *amp = memchr(p + i, '&', n - i);
        size_t plain = (amp ? (size_t)(amp - p) : n) - i, used = 0;

        mm_buf_add(out, p + i, plain);
        i += plain;
        if (!amp)
            break;
        if (i + 1 < n)
            used = p[i + 1] == '#' ? number(out, p + i, n - i)
                                   : named(out, p + i, n - i);
        if (used == 0)
            mm_buf_addc(out, '&');
        i += used ? used : 1;
    }
}

/* ---- encodings ---- */

/*
 * Names on pages, and what they mean (WHATWG's Encoding standard).  Others are
 * read as UTF-8: no foreign name reaches iconv.
 */
static const char *const encodings[][2] = {
    { "iso-8859-1", "CP1252" },
    { "latin1", "CP1252" },
    { "us-ascii", "CP1252" },
    { "ascii", "CP1252" },
    { "windows-1252", "CP1252" },
    { "cp1252", "CP1252" },
    { "iso-8859-2", "ISO-8859-2" },
    { "iso-8859-5", "ISO-8859-5" },
    { "iso-8859-7", "ISO-8859-7" },
    { "iso-8859-9", "CP1254" },
    { "iso-8859-15", "ISO-8859-15" },
    { "windows-1250", "CP1250" },
    { "windows-1251", "CP1251" },
    { "windows-1253", "CP1253" },
    { "windows-1254", "CP1254" },
    { "windows-1255", "CP1255" },
    { "windows-1256", "CP1256" },
    { "windows-1257", "CP1257" },
    { "koi8-r", "KOI8-R" },
    { "koi8-u", "KOI8-U" },
    { "shift_jis", "CP932" },
    { "euc-jp", "EUC-JP" },
    { "euc-kr", "CP949" },
    { "gb2312", "GBK" },
    { "gbk", "GBK" },
    { "gb18030", "GB18030" },
    { "big5", "BIG5" },
};

/* Where word (in small letters) stands in p[0..n), or n. */
static size_t find_word(const char *p, size_t n, const char *word)
{
    size_t len = strlen(word), k = 0;

    for (size_t i = 0; i + len <= n; i++) {
        for (k = 0; k < len && (p[i + k] | 32) == word[k];)
            k++;
        if (k == len)
            return i;
    }
    return n;
}

/* The name after "charset=" or "encoding=" near the front, or "". */
static void declared(char *name, size_t size, const char *p, size_t n)
{
    static const char *const words[] = { "charset", "encoding" };
    size_t k = 0;

    n = n < 1024 ? n : 1024;
    for (size_t w = 0; w < 2 && k == 0; w++) {
        size_t i = find_word(p, n, words[w]);

        i = i < n ? i + strlen(words[w]) : n;
        while (i < n && (p[i] == ' ' || p[i] == '=' || p[i] == '"' ||
                         p[i] == '\''))
            i++;
        while (i < n && k + 1 < size &&
               (is_name(p[i]) || p[i] == '-' || p[i] == '_')) {
            char c = p[i++];

            name[k++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        }
    }
    name[k] = 0;
}

static int convert(struct mm_buf *out, const char *p, size_t n,
                   const char *from, struct mm_err *err)
{
    iconv_t cd = iconv_open("UTF-8", from);
    char *in = (char *)(uintptr_t)p, room[4096];

    if (cd == (iconv_t)-1)
        return mm_fail(err, MM_ESYS, "the system cannot convert %s", from);
    while (n > 0) {
        char *to = room;
        size_t left = sizeof room;
        size_t result = iconv(cd, &in, &n, &to, &left);

        mm_buf_add(out, room, sizeof room - left);
        if (result == (size_t)-1 && errno != E2BIG) {
            mm_buf_adds(out, "\xef\xbf\xbd");
            in++;
            n--;
        }
    }
    iconv_close(cd);
    return mm_buf_check(out, err);
}

static const char *choose(const char *p, size_t n)
{
    char name[24];

    if (n >= 2 && memcmp(p, "\xff\xfe", 2) == 0)
        return "UTF-16LE";
    if (n >= 2 && memcmp(p, "\xfe\xff", 2) == 0)
        return "UTF-16BE";
    declared(name, sizeof name, p, n);
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (strcmp(name, encodings[i][0]) == 0)
            return encodings[i][1];
    return !name[0] && mm_utf8_check(p, n) < n ? "CP1252" : NULL;
}

int mm_html_to_utf8(struct mm_buf *out, const char *p, size_t n,
                    struct mm_err *err)
{
    const char *from;

    if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        mm_utf8_repair(out, p + 3, n - 3);
        return mm_buf_check(out, err);
    }
    from = choose(p, n);
    if (from && from[0] == 'U') /* after its mark */
        return convert(out, p + 2, n - 2, from, err);
    if (from)
        return convert(out, p, n, from, err);
    mm_utf8_repair(out, p, n);
    return mm_buf_check(out, err);
}
