/*
 * mathvista.c - answers to MathVista's questions
 */
#include "eval/mathvista.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "eval/python.h"
#include "eval/space.h"

static int is_type(const struct mm_mathvista *q, const char *type)
{
    return !q->multi_choice && strcmp(q->answer_type, type) == 0;
}

/* ---- the nearest choice ---- */

struct points {
    uint32_t *v;
    size_t n;
};

static int decode(struct points *p, const char *s, size_t n,
                  struct mm_err *err)
{
    p->n = 0;
    p->v = mm_alloc(n, sizeof *p->v, err);
    if (!p->v)
        return -1;
    while (n) {
        size_t k = mm_utf8_decode(s, n, &p->v[p->n]);

        if (k == 0) {
            p->v[p->n] = 0xfffd;
            k = 1;
        }
        p->n++;
        s += k;
        n -= k;
    }
    return 0;
}

/* Insertions, deletions and replacements from a to b; row has b->n + 1. */
static size_t edits(const struct points *a, const struct points *b,
                    size_t *row)
{
    for (size_t j = 0; j <= b->n; j++)
        row[j] = j;
    for (size_t i = 0; i < a->n; i++) {
        size_t corner = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < b->n; j++) {
            size_t change = corner + (a->v[i] != b->v[j]), least;

            corner = row[j + 1];
            least = (row[j] < corner ? row[j] : corner) + 1;
            row[j + 1] = change < least ? change : least;
        }
    }
    return row[b->n];
}

static int nearest(size_t *best, const char *s, size_t n,
                   const struct mm_mathvista *q, struct mm_err *err)
{
    struct points a, b = { 0 };
    size_t least = SIZE_MAX, *row;
    int result = decode(&a, s, n, err);

    for (size_t i = 0; result == 0 && i < q->n_choices; i++) {
        size_t d;

        result = decode(&b, q->choices[i], strlen(q->choices[i]), err);
        row = result == 0 ? mm_alloc(b.n + 1, sizeof *row, err) : NULL;
        if (row) {
            d = edits(&a, &b, row);
            if (d < least) {
                least = d;
                *best = i;
            }
        } else {
            result = -1;
        }
        free(row);
        free(b.v);
    }
    free(a.v);
    return result;
}

static int is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* The first (x), in upper case; 0: none */
static char bracketed(const char *s, size_t n)
{
    for (size_t i = 0; i + 2 < n; i++)
        if (s[i] == '(' && is_letter(s[i + 1]) && s[i + 2] == ')')
            return (char)(s[i + 1] & ~32);
    return 0;
}

static int choose(struct mm_buf *out, const char *s,
                  const struct mm_mathvista *q, struct mm_err *err)
{
    const char *end = s + strlen(s);
    size_t best = 0;
    char letter;

    mm_strip(&s, &end);
    letter = bracketed(s, (size_t)(end - s));
    if (!letter && end - s == 1 && *s >= 'A' && *s <= 'Z')
        letter = *s;
    if (letter && (size_t)(letter - 'A') < q->n_choices) {
        best = (size_t)(letter - 'A');
    } else {
        char one[2] = { letter, 0 };
        int lone = letter != 0;

        if (q->n_choices == 0)
            return 1;
        if (nearest(&best, lone ? one : s, lone ? 1 : (size_t)(end - s), q,
                    err) < 0)
            return -1;
    }
    mm_buf_adds(out, q->choices[best]);
    return mm_buf_check(out, err);
}

/* Python's integers have no -0. */
static void add_whole(struct mm_buf *out, double x)
{
    mm_buf_addf(out, "%.0f", x == 0 ? 0.0 : x);
}

int mm_mathvista_normalise(struct mm_buf *out, const char *extraction,
                           const struct mm_mathvista *q, struct mm_err *err)
{
    double x;

    if (q->multi_choice)
        return choose(out, extraction, q, err);
    if (is_type(q, "integer") || is_type(q, "float")) {
        if (mm_python_float(&x, extraction, strlen(extraction)) < 0)
            return 1;
        if (is_type(q, "float") && !q->is_whole)
            mm_python_repr(out, mm_python_round(x, q->precision));
        else if (!isfinite(x))
            return 1;
        else
            add_whole(out, is_type(q, "float") ? rint(x) : trunc(x));
    } else {
        mm_buf_adds(out, extraction);
    }
    mm_buf_add(out, "", 0);
    return mm_buf_check(out, err);
}

/* ---- extraction ---- */

/* int(s): no point, no exponent */
static int is_integer(const char *s)
{
    double x;

    return !strpbrk(s, ".eEnN") && mm_python_float(&x, s, strlen(s)) == 0;
}

/* What The answer is "(.*)"\. holds: the longest on its line. */
static int quoted(const char *s, const char **begin, size_t *n)
{
    static const char phrase[] = "The answer is \"";

    for (const char *at = s; (at = strstr(at, phrase)); at++) {
        const char *a = at + strlen(phrase), *line = a + strcspn(a, "\n");

        for (const char *b = line - 1; b > a; b--)
            if (b[-1] == '"' && b[0] == '.') {
                *begin = a;
                *n = (size_t)(b - 1 - a);
                return 1;
            }
    }
    return 0;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Does the comma at s part thousands, with just three digits after? */
static int parts_thousands(const char *begin, const char *s, const char *end)
{
    int digits = 0;

    while (s + 1 + digits < end && is_digit(s[1 + digits]))
        digits++;
    return *s == ',' && s > begin && is_digit(s[-1]) && digits == 3;
}

/* The last number of a text, "1,234.5" too; returns its bytes. */
static size_t last_number(const char *s, const char **begin)
{
    const char *end = s + strlen(s), *a;

    while (end > s && !is_digit(end[-1]))
        end--;
    for (a = end; a > s; a--)
        if (!is_digit(a[-1]) && a[-1] != '.' &&
            !parts_thousands(s, a - 1, end))
            break;
    while (a < end && *a == '.')
        a++;
    if (a > s && a < end && a[-1] == '-')
        a--;
    *begin = a;
    return (size_t)(end - a);
}

/* A number without its commas. */
static void add_number(struct mm_buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] != ',')
            mm_buf_addc(out, s[i]);
}

/* The last letter of a choice, in brackets or alone; 0: none */
static char last_letter(const char *s, size_t n_choices)
{
    char found = 0;

    for (const char *p = s; *p; p++) {
        int before = p == s || strchr(" ([*\n:", p[-1]) != NULL;
        int behind = p[1] == '\0' || strchr(" )].,;*\n:", p[1]) != NULL;

        if (before && behind && *p >= 'A' && (size_t)(*p - 'A') < n_choices)
            found = *p;
    }
    return found;
}

static void by_rule(struct mm_buf *out, const char *s,
                    const struct mm_mathvista *q)
{
    const char *a;
    size_t n;
    char letter = q->multi_choice ? last_letter(s, q->n_choices) : 0;

    if (letter)
        mm_buf_addc(out, letter);
    else if (!q->multi_choice && !is_type(q, "list") &&
             (n = last_number(s, &a)))
        add_number(out, a, n);
    else
        mm_buf_adds(out, s);
}

int mm_mathvista_extract(struct mm_buf *out, int *ruled, const char *response,
                         const struct mm_mathvista *q, struct mm_err *err)
{
    const char *a;
    size_t n;
    double x;

    *ruled = 0;
    for (size_t i = 0; q->multi_choice && i < q->n_choices; i++)
        if (strcmp(response, q->choices[i]) == 0) {
            mm_buf_adds(out, response);
            return mm_buf_check(out, err);
        }
    if (is_type(q, "float") &&
        mm_python_float(&x, response, strlen(response)) == 0) {
        mm_python_repr(out, x);
    } else if (is_type(q, "integer") && is_integer(response)) {
        mm_buf_adds(out, response);
    } else if (quoted(response, &a, &n)) {
        mm_buf_add(out, a, n);
    } else if (*response) {
        *ruled = 1;
        by_rule(out, response, q);
    }
    mm_buf_add(out, "", 0);
    return mm_buf_check(out, err);
}
