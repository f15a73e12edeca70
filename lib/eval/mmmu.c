/*
 * mmmu.c - answers to MMMU's open questions
 */
#include "eval/mmmu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "eval/lower.h"
#include "eval/python.h"
#include "eval/space.h"

/* ---- values ---- */

static int same_value(const struct mm_mmmu_values *o,
                      const struct mm_mmmu_value *a,
                      const struct mm_mmmu_value *b)
{
    if (a->is_number || b->is_number)
        return a->is_number && b->is_number && a->number == b->number;
    return a->len == b->len &&
           memcmp(o->text.data + a->at, o->text.data + b->at, a->len) == 0;
}

/* The value at v[n], unless it is there already. */
static void keep_value(struct mm_mmmu_values *out)
{
    for (size_t i = 0; i < out->n; i++)
        if (same_value(out, &out->v[i], &out->v[out->n]))
            return;
    out->n++;
}

static int add_text(struct mm_mmmu_values *out, const char *before,
                    const char *s, size_t n, const char *behind,
                    struct mm_err *err)
{
    struct mm_mmmu_value v = { .at = out->text.len };

    if (mm_grow(&out->v, &out->cap, out->n + 1, sizeof *out->v, err) < 0)
        return -1;
    mm_buf_adds(&out->text, before);
    mm_buf_add(&out->text, s, n);
    mm_buf_adds(&out->text, behind);
    v.len = out->text.len - v.at;
    mm_buf_addc(&out->text, '\0');
    if (mm_buf_check(&out->text, err) < 0)
        return -1;
    out->v[out->n] = v;
    keep_value(out);
    return 0;
}

static int add_number(struct mm_mmmu_values *out, double number,
                      struct mm_err *err)
{
    if (mm_grow(&out->v, &out->cap, out->n + 1, sizeof *out->v, err) < 0)
        return -1;
    out->v[out->n] = (struct mm_mmmu_value){
        .is_number = 1, .number = mm_python_round(number, 2)
    };
    keep_value(out);
    return 0;
}

static int add_lowered(struct mm_mmmu_values *out, const char *s, size_t n,
                       struct mm_err *err)
{
    struct mm_buf lower = { 0 };
    size_t points = 0;
    int result;

    mm_add_lower(&lower, s, n);
    mm_buf_addc(&lower, '\0');
    if ((result = mm_buf_check(&lower, err)) == 0) {
        for (size_t i = 0; i + 1 < lower.len; i++)
            points += ((unsigned char)lower.data[i] & 0xc0) != 0x80;
        n = lower.len - 1;
        if (points != 1)
            result = add_text(out, "", lower.data, n, "", err);
        else if ((result = add_text(out, " ", lower.data, n, "", err)) == 0)
            result = add_text(out, "", lower.data, n, " ", err);
    }
    mm_buf_release(&lower);
    return result;
}

int mm_mmmu_normalise(struct mm_mmmu_values *out, const char *s, size_t n,
                      struct mm_err *err)
{
    struct mm_buf plain = { 0 };
    const char *end = s + n;
    double number;
    int result = 0, is_number;

    mm_strip(&s, &end);
    for (const char *p = s; p < end; p++)
        if (*p != ',')
            mm_buf_addc(&plain, *p);
    is_number = plain.len && mm_python_float(&number, plain.data,
                                             plain.len) == 0;
    result = mm_buf_check(&plain, err);
    mm_buf_release(&plain);
    if (result < 0)
        return -1;
    return is_number ? add_number(out, number, err)
                     : add_lowered(out, s, (size_t)(end - s), err);
}

/* ---- numbers in a text ---- */

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* \w of the character at s[i], or of the one before */
static int is_word_char(const char *s, size_t n, size_t i)
{
    utf8proc_category_t c;
    uint32_t cp;

    if (i >= n)
        return 0;
    if ((unsigned char)s[i] < 128)
        return is_digit(s[i]) || s[i] == '_' ||
               ((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z');
    if (!mm_utf8_decode(s + i, n - i, &cp))
        return 0;
    c = utf8proc_category((utf8proc_int32_t)cp);
    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
           (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO);
}

static int is_word_before(const char *s, size_t n, size_t i)
{
    size_t k = i;

    while (k > 0 && i - k < 4 && ((unsigned char)s[--k] & 0xc0) == 0x80)
        ;
    return i > 0 && is_word_char(s, n, k);
}

static size_t run_of_digits(const char *s, size_t n, size_t i)
{
    while (i < n && is_digit(s[i]))
        i++;
    return i;
}

/* -?\b\d{1,3}(?:,\d{3})+\b */
static size_t comma_number(const char *s, size_t n, size_t i)
{
    size_t j = i + (s[i] == '-'), end = 0, k;

    if (j >= n || !is_digit(s[j]) || is_word_before(s, n, j))
        return 0;
    k = run_of_digits(s, n < j + 4 ? n : j + 4, j);
    if (k > j + 3)
        return 0;
    while (k + 3 < n && s[k] == ',' && is_digit(s[k + 1]) &&
           is_digit(s[k + 2]) && is_digit(s[k + 3])) {
        k += 4;
        if (!is_word_char(s, n, k))
            end = k;
    }
    return end;
}

/* [eE][+-]?\d+ */
static size_t exponent(const char *s, size_t n, size_t i)
{
    size_t j = i + 1;

    if (i >= n || (s[i] | 32) != 'e')
        return 0;
    if (j < n && (s[j] == '+' || s[j] == '-'))
        j++;
    return run_of_digits(s, n, j) > j ? run_of_digits(s, n, j) : 0;
}

/* -?\d+(?:\.\d+)?[eE][+-]?\d+ */
static size_t scientific_number(const char *s, size_t n, size_t i)
{
    size_t j = i + (s[i] == '-'), k = run_of_digits(s, n, j), f;

    if (k == j)
        return 0;
    if (k + 1 < n && s[k] == '.' && is_digit(s[k + 1])) {
        f = run_of_digits(s, n, k + 1);
        return exponent(s, n, f);
    }
    return exponent(s, n, k);
}

/* (?![eE][+-]?\d+)(?![,\d]) */
static int may_end(const char *s, size_t n, size_t i)
{
    return !exponent(s, n, i) && !(i < n && (s[i] == ',' || is_digit(s[i])));
}

/* -?(?:\d+\.\d+|\.\d+|\d+\b) and may_end */
static size_t simple_number(const char *s, size_t n, size_t i)
{
    size_t j = i + (s[i] == '-'), k = run_of_digits(s, n, j), f;

    if (k + 1 < n && s[k] == '.' && is_digit(s[k + 1])) {
        f = run_of_digits(s, n, k + 1);
        if (may_end(s, n, f))
            return f;
    }
    return k > j && !is_word_char(s, n, k) && may_end(s, n, k) ? k : 0;
}

/* All matches of one kind, from left to right. */
static int add_numbers(struct mm_mmmu_values *out, const char *s, size_t n,
                       size_t (*match)(const char *, size_t, size_t),
                       struct mm_err *err)
{
    size_t i = 0;

    while (i < n) {
        size_t end = s[i] == '-' || s[i] == '.' || is_digit(s[i])
                         ? match(s, n, i)
                         : 0;

        if (end && mm_mmmu_normalise(out, s + i, end - i, err) < 0)
            return -1;
        if (end)
            i = end;
        else /* what fails at a digit fails at the rest of its run */
            i = is_digit(s[i]) ? run_of_digits(s, n, i) : i + 1;
    }
    return 0;
}

/* ---- open answers ---- */

struct piece {
    const char *s;
    size_t n;
};

/* What stands after the last indicator of a line: the shortest there is. */
static struct piece key_of(const char *s, size_t n, int last)
{
    static const char *const words[] = { "could be ", "so ", "is ",
                                         "thus ", "therefore ", "final ",
                                         "answer ", "result ", "=" };
    struct piece best = { NULL, 0 };

    for (size_t k = 0; k < 8 + (size_t)last; k++) {
        size_t len = strlen(words[k]);

        for (size_t i = n >= len ? n - len + 1 : 0; i-- > 0;) {
            const char *a = s + i + len, *b = s + n;

            if (memcmp(s + i, words[k], len) != 0)
                continue;
            mm_strip(&a, &b);
            if (best.n == 0 || mm_utf8_count(a, (size_t)(b - a)) <
                                   mm_utf8_count(best.s, best.n))
                best = (struct piece){ a, (size_t)(b - a) };
            break;
        }
    }
    if (best.n == 1 && strchr(":,.!?;'", *best.s))
        best.n = 0;
    return best;
}

static int add_pieces(struct mm_mmmu_values *out, const struct piece *v,
                      size_t n, struct mm_err *err)
{
    struct mm_buf plain = { 0 };
    int result = 0;

    for (size_t i = 0; i < n; i++)
        if (mm_mmmu_normalise(out, v[i].s, v[i].n, err) < 0)
            return -1;
    for (size_t i = 0; result == 0 && i < n; i++) {
        mm_buf_clear(&plain);
        mm_python_digits(&plain, v[i].s, v[i].n);
        if (mm_buf_check(&plain, err) < 0 ||
            add_numbers(out, plain.data, plain.len, comma_number, err) < 0 ||
            add_numbers(out, plain.data, plain.len, scientific_number, err) <
                0 ||
            add_numbers(out, plain.data, plain.len, simple_number, err) < 0)
            result = -1;
    }
    mm_buf_release(&plain);
    return result;
}

static int open_lines(struct mm_mmmu_values *out, const char *s, size_t n,
                      struct mm_err *err)
{
    struct piece *keys = NULL, whole = { s, n };
    size_t n_keys = 0, cap = 0;
    int result = 0;

    for (size_t at = 0; result == 0 && at <= n;) {
        const char *nl = at < n ? memchr(s + at, '\n', n - at) : NULL;
        size_t len = nl ? (size_t)(nl - s) - at : n - at;
        struct piece key = key_of(s + at, len, nl == NULL);

        if (key.n) {
            result = mm_grow(&keys, &cap, n_keys + 1, sizeof *keys, err);
            if (result == 0)
                keys[n_keys++] = key;
        }
        at += len + 1;
    }
    if (result == 0)
        result = n_keys ? add_pieces(out, keys, n_keys, err)
                        : add_pieces(out, &whole, 1, err);
    free(keys);
    return result;
}

int mm_mmmu_open(struct mm_mmmu_values *out, const char *s, struct mm_err *err)
{
    const char *end = s + strlen(s);
    struct mm_buf lower = { 0 };
    int result;

    mm_strip(&s, &end);
    while (s < end && *s == '.')
        s++;
    while (end > s && end[-1] == '.')
        end--;
    mm_add_lower(&lower, s, (size_t)(end - s));
    result = mm_buf_check(&lower, err);
    if (result == 0)
        result = open_lines(out, lower.data ? lower.data : "", lower.len, err);
    mm_buf_release(&lower);
    return result;
}

int mm_mmmu_match(const struct mm_mmmu_values *ours,
                  const struct mm_mmmu_values *theirs)
{
    for (size_t i = 0; i < ours->n; i++)
        for (size_t k = 0; k < theirs->n; k++) {
            const struct mm_mmmu_value *a = &ours->v[i], *b = &theirs->v[k];

            if (a->is_number != b->is_number)
                continue;
            if (a->is_number ? a->number == b->number
                             : strstr(ours->text.data + a->at,
                                      theirs->text.data + b->at) != NULL)
                return 1;
        }
    return 0;
}

void mm_mmmu_release(struct mm_mmmu_values *v)
{
    mm_buf_release(&v->text);
    free(v->v);
    *v = (struct mm_mmmu_values){ 0 };
}
