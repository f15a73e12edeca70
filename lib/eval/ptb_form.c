/*
 * ptb_form.c - tokens that are not words: numbers, faces, dots
 */
#include <string.h>

#include "eval/ptb_scan.h"

int ptb_is_in(uint32_t c, const char *set)
{
    return c && c < 128 && strchr(set, (int)c) != NULL;
}

size_t ptb_literal(const struct ptb_text *s, size_t i, const char *text)
{
    for (; *text; text++, i++)
        if (ptb_fold(ptb_at(s, i)) != ptb_fold((unsigned char)*text))
            return 0;
    return i;
}

size_t ptb_apostrophe(const struct ptb_text *s, size_t i)
{
    uint32_t c = ptb_at(s, i);

    if (c == '\'' || c == 0x92 || c == 0x2019)
        return i + 1;
    return c == '&' ? ptb_literal(s, i, "&apos;") : 0;
}

size_t ptb_tick(const struct ptb_text *s, size_t i)
{
    uint32_t c = ptb_at(s, i);

    if (c == '`' || c == 0x91 || c == 0x2018 || c == 0x201b)
        return i + 1;
    return ptb_apostrophe(s, i);
}

size_t ptb_digits(const struct ptb_text *s, size_t i, size_t min, size_t max)
{
    size_t n = 0;

    while (n < max && ptb_is_digit(ptb_at(s, i + n)))
        n++;
    return n < min ? 0 : i + n;
}

size_t ptb_ascii_digits(const struct ptb_text *s, size_t i, size_t min,
                        size_t max)
{
    size_t n = 0;

    while (n < max && ptb_is_ascii_digit(ptb_at(s, i + n)))
        n++;
    return n < min ? 0 : i + n;
}

/* ---- numbers ---- */

size_t ptb_date(const struct ptb_text *s, size_t i)
{
    for (int k = 0; k < 2; k++) {
        i = ptb_digits(s, i, 1, 2);
        if (!i || !ptb_is_in(ptb_at(s, i), "-/"))
            return 0;
        i++;
    }
    return ptb_digits(s, i, 2, 4);
}

size_t ptb_number(const struct ptb_text *s, size_t i)
{
    size_t begin, j;

    if (ptb_is_in(ptb_at(s, i), "+-"))
        i++;
    begin = i;
    i = ptb_digits(s, i, 0, s->n);
    for (;;) {
        uint32_t c = ptb_at(s, i);

        if (!ptb_is_in(c, ".:,") && c != 0xad && c != 0x66b && c != 0x66c)
            break;
        j = ptb_digits(s, i + 1, 1, s->n);
        if (!j)
            break;
        i = j;
    }
    return i > begin ? i : 0;
}

static size_t simple_fraction(const struct ptb_text *s, size_t i)
{
    i = ptb_digits(s, i, 1, 4);
    if (!i)
        return 0;
    if (ptb_at(s, i) == 0x2044 || ptb_at(s, i) == '/')
        return ptb_digits(s, i + 1, 1, 4);
    if (ptb_at(s, i) == '\\' && ptb_at(s, i + 1) == '/')
        return ptb_digits(s, i + 2, 1, 4);
    return 0;
}

size_t ptb_fraction(const struct ptb_text *s, size_t i)
{
    size_t whole = ptb_digits(s, i, 1, 4), mixed = 0, simple;
    uint32_t c = whole ? ptb_at(s, whole) : 0;

    if (c == '-' || c == ' ' || c == 0xa0)
        mixed = simple_fraction(s, whole + 1);
    simple = simple_fraction(s, i);
    return mixed > simple ? mixed : simple;
}

static int is_superscript(uint32_t c)
{
    return c == 0x2070 || c == 0xb9 || c == 0xb2 || c == 0xb3 ||
           (c >= 0x2074 && c <= 0x2079);
}

static int is_subscript(uint32_t c)
{
    return c >= 0x2080 && c <= 0x2089;
}

size_t ptb_raised(const struct ptb_text *s, size_t i)
{
    uint32_t c = ptb_at(s, i);
    size_t begin;

    if (c == 0x207a || c == 0x207b || c == 0x208a || c == 0x208b)
        i++;
    begin = i;
    while (is_superscript(ptb_at(s, i)))
        i++;
    while (i == begin && is_subscript(ptb_at(s, i))) {
        for (i++; is_subscript(ptb_at(s, i)); i++)
            ;
        return i;
    }
    return i > begin ? i : 0;
}

static size_t phone_gap(const struct ptb_text *s, size_t i)
{
    uint32_t c = ptb_at(s, i);

    return c == '-' || c == ' ' || c == 0xa0 ? i + 1 : 0;
}

/* The local number: 3 or 4 digits, perhaps a gap, 3 to 5 digits. */
static size_t phone_tail(const struct ptb_text *s, size_t i)
{
    size_t best = 0;

    for (size_t n = 3; n <= 4; n++) {
        size_t j = ptb_ascii_digits(s, i, n, n), end;

        if (!j)
            break;
        if (phone_gap(s, j))
            j = phone_gap(s, j);
        end = ptb_ascii_digits(s, j, 3, 5);
        best = end > best ? end : best;
    }
    return best;
}

/* +44 20 7946 0958: one or two groups with gaps before the local number */
static size_t phone_groups(const struct ptb_text *s, size_t i)
{
    size_t best = 0;

    for (int k = 0; k < 2; k++) {
        size_t end;

        i = ptb_ascii_digits(s, i, 2, 4);
        i = i ? phone_gap(s, i) : 0;
        if (!i)
            break;
        end = phone_tail(s, i);
        best = end > best ? end : best;
    }
    return best;
}

/* 555.123.4567, perhaps with one more group in front */
static size_t phone_periods(const struct ptb_text *s, size_t i)
{
    static const size_t most[] = { 4, 4, 4, 5 };
    size_t best = 0;

    for (size_t skip = 0; skip < 2; skip++) {
        size_t j = i;

        for (size_t k = skip; j && k < 4; k++) {
            j = ptb_ascii_digits(s, j, k < 2 ? 2 : 3, most[k]);
            if (j && k < 3)
                j = ptb_at(s, j) == '.' ? j + 1 : 0;
        }
        best = j > best ? j : best;
    }
    return best;
}

size_t ptb_phone(const struct ptb_text *s, size_t i)
{
    size_t a, b, plus = i;

    if (ptb_at(s, i) == '(') {
        i = ptb_ascii_digits(s, i + 1, 2, 3);
        if (!i || ptb_at(s, i) != ')')
            return 0;
        i++;
        return phone_tail(s, i + (ptb_at(s, i) == ' ' ||
                                  ptb_at(s, i) == 0xa0));
    }
    while (plus < i + 2 && ptb_at(s, plus) == '+')
        plus++;
    a = phone_groups(s, plus);
    b = phone_periods(s, plus);
    return a > b ? a : b;
}

/* ---- faces and dots ---- */

size_t ptb_smiley(const struct ptb_text *s, size_t i)
{
    if (ptb_is_in(ptb_at(s, i), "<>"))
        i++;
    if (!ptb_is_in(ptb_at(s, i), ":;="))
        return 0;
    i++;
    if (ptb_is_in(ptb_at(s, i), "-o*'") &&
        ptb_is_in(ptb_at(s, i + 1), "()DPdpO\\{@|[]"))
        i++;
    return ptb_is_in(ptb_at(s, i), "()DPdpO\\{@|[]") ? i + 1 : 0;
}

size_t ptb_face(const struct ptb_text *s, size_t i)
{
    static const char eyes[] = "-^x=~<>'";
    size_t j = i + 2;

    if (ptb_at(s, i) != '(')
        return ptb_is_in(ptb_at(s, i), eyes) && ptb_at(s, i + 1) == '_' &&
                       ptb_is_in(ptb_at(s, i + 2), eyes)
                   ? i + 3
                   : 0;
    if (!ptb_is_in(ptb_at(s, i + 1), eyes))
        return 0;
    if (ptb_is_in(ptb_at(s, j), "_."))
        j++;
    if (ptb_is_in(ptb_at(s, j), eyes) && ptb_at(s, j + 1) == ')')
        return j + 2;
    return ptb_is_in(ptb_at(s, i + 1), eyes + 1) && ptb_at(s, i + 2) == '-' &&
                   ptb_is_in(ptb_at(s, i + 3), "^x=~<>'`") &&
                   ptb_at(s, i + 4) == ')'
               ? i + 5
               : 0;
}

size_t ptb_dots(const struct ptb_text *s, size_t i)
{
    size_t n = 0, j = i;

    while (n < 5 && ptb_at(s, i + n) == '.')
        n++;
    if (n >= 3)
        return i + n;
    for (n = 0; n < 5 && ptb_at(s, j) == '.'; n++) {
        uint32_t gap = ptb_at(s, j + 1);

        if (n == 4 || (gap != ' ' && gap != 0xa0) ||
            ptb_at(s, j + 2) != '.')
            return n >= 2 ? j + 1 : 0;
        j += 2;
    }
    return 0;
}
