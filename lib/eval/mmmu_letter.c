/*
 * mmmu_letter.c - which option an answer to one of MMMU's questions means
 */
#include <string.h>

#include "eval/lower.h"
#include "eval/mmmu.h"
#include "eval/space.h"

/* The last place of a text, or -1; of none, as Python has it, the end. */
static long last_place(const char *s, const char *what)
{
    const char *at = s;
    long last = -1;

    if (!*what)
        return (long)strlen(s);

    while ((at = strstr(at, what)))
        last = (long)(at++ - s);
    return last;
}

static size_t count_words(const char *s)
{
    const char *end = s + strlen(s), *word;
    size_t n = 0;

    while (mm_next_word(&s, end, &word))
        n++;
    return n;
}

/* The option whose mark (its letter between a and b) comes last; 0: none. */
static char last_mark(const char *s, size_t n, char a, char b)
{
    char found = 0;
    long last = -1;

    for (size_t i = 0; i < n; i++) {
        char mark[4] = { a, (char)('A' + i), b, 0 };
        long at = last_place(s, mark);

        if (at > last) {
            last = at;
            found = mark[1];
        }
    }
    return found;
}

static char last_text(const char *lower, const char *const *options, size_t n,
                      struct mm_buf *option)
{
    char found = 0;
    long last = -1;

    for (size_t i = 0; i < n; i++) {
        long at;

        mm_buf_clear(option);
        mm_add_lower(option, options[i], strlen(options[i]));
        mm_buf_addc(option, '\0');
        at = option->failed ? -1 : last_place(lower, option->data);
        if (at > last) {
            last = at;
            found = (char)('A' + i);
        }
    }
    return found;
}

/* Marks and spaces that the reference strips: one after the other, once. */
static void strip_marks(const char **s, const char **end)
{
    for (const char *c = ",.!?;:'"; *c; c++) {
        while (*s < *end && **s == *c)
            ++*s;
        while (*end > *s && (*end)[-1] == *c)
            --*end;
    }
}

static char official_mark(const char *s, size_t n)
{
    char found = last_mark(s, n, '(', ')');

    return found ? found : last_mark(s, n, ' ', ' ');
}

/* Is the letter of option i there, with b after it? */
static int has_letter(const char *s, size_t i, char b)
{
    char mark[3] = { (char)('A' + i), b, 0 };

    return strstr(s, mark) != NULL;
}

/* The last " A " decides among several; none is before all, the first wins. */
static char among(const char *s, size_t n, char behind)
{
    char found = 0;
    long last = -2;
    int kinds = 0;

    for (size_t i = 0; i < n; i++) {
        char mark[4] = { ' ', (char)('A' + i), ' ', 0 };
        long at;

        if (!has_letter(s, i, behind))
            continue;
        at = last_place(s, mark);
        kinds++;
        if (at > last) {
            last = at;
            found = mark[1];
        }
    }
    return kinds ? found : 0;
}

static char lmms_mark(const char *s, size_t n)
{
    char found = last_mark(s, n, '(', ')');

    if (!found)
        found = among(s, n, ' ');
    return found ? found : among(s, n, '.');
}

/* ---- a rule of our own ---- */

/* White space, quotes and what makes text bold. */
static void trim(const char **s, const char **end)
{
    static const char marks[] = " \t\r\n\"'`*_";

    while (*s < *end && strchr(marks, **s))
        ++*s;
    while (*end > *s && strchr(marks, (*end)[-1]))
        --*end;
}

/* The letter of one of n options, in either case; 0: none. */
static char option_letter(char c, size_t n)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 32);
    return c >= 'A' && (size_t)(c - 'A') < n ? c : 0;
}

/* "B", "(b)", "B.", "b)" and no more */
static char whole_letter(const char *s, const char *end, size_t n)
{
    trim(&s, &end);
    if (s < end && (*s == '(' || *s == '['))
        s++;
    while (end > s && strchr(".):,]", end[-1]))
        end--;
    trim(&s, &end);
    return end - s == 1 ? option_letter(*s, n) : 0;
}

/* "(B) text", "B. text", "B) text", "B: text", "b) text" */
static char leading_letter(const char *s, const char *end, size_t n)
{
    int bracket;
    char c;

    trim(&s, &end);
    bracket = s < end && *s == '(';
    s += bracket;
    if (end - s < 2 || !(c = option_letter(*s, n)))
        return 0;
    if (bracket || s[1] == ')')
        return s[1] == ')' ? c : 0;
    return c == *s && strchr(".:", s[1]) ? c : 0;
}

/* After the last "answer is" or "answer:" */
static char stated_letter(const char *s, size_t n)
{
    static const char *const phrases[] = { "answer is", "answer:" };
    char found = 0;
    long last = -1;

    for (size_t k = 0; k < 2; k++) {
        long at = last_place(s, phrases[k]);
        const char *p, *end;

        if (at <= last)
            continue;
        p = s + at + strlen(phrases[k]);
        p += strspn(p, " *:(\"'`");
        for (end = p; (*end | 32) >= 'a' && (*end | 32) <= 'z';)
            end++;
        if (end - p == 1 && option_letter(*p, n) == *p) {
            found = *p;
            last = at;
        }
    }
    return found;
}

static char robust_letter(const char *s, size_t n)
{
    const char *end = s + strlen(s), *line = strrchr(s, '\n');
    char found = whole_letter(s, end, n);

    if (!found)
        found = leading_letter(s, end, n);
    if (!found)
        found = stated_letter(s, n);
    return found || !line ? found : whole_letter(line, end, n);
}

/* ---- all of them ---- */

static int by_text(char *letter, const struct mm_buf *text,
                   const char *const *options, size_t n, struct mm_err *err)
{
    struct mm_buf lower = { 0 }, option = { 0 };
    int result;

    mm_add_lower(&lower, text->data, text->len);
    mm_buf_addc(&lower, '\0');
    if (!lower.failed)
        *letter = last_text(lower.data, options, n, &option);
    result = mm_buf_check(lower.failed ? &lower : &option, err);
    mm_buf_release(&lower);
    mm_buf_release(&option);
    return result;
}

int mm_mmmu_letter(char *letter, enum mm_mmmu_reader how, const char *s,
                   const char *const *options, size_t n, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    const char *end = s + strlen(s);
    int result;

    n = n < 26 ? n : 26;
    *letter = how == MM_MMMU_ROBUST ? robust_letter(s, n) : 0;
    if (*letter)
        return 0;
    strip_marks(&s, &end);
    mm_buf_addc(&text, ' ');
    mm_buf_add(&text, s, (size_t)(end - s));
    mm_buf_addc(&text, ' ');
    result = mm_buf_check(&text, err);
    if (result == 0) {
        *letter = how == MM_MMMU_LMMS_EVAL ? lmms_mark(text.data, n)
                                           : official_mark(text.data, n);
        if (!*letter && count_words(text.data) > 5)
            result = by_text(letter, &text, options, n, err);
    }
    mm_buf_release(&text);
    return result;
}

int mm_mmmu_reader_parse(const char *name, enum mm_mmmu_reader *how)
{
    static const char *const names[] = { "official", "lmms-eval", "robust" };

    for (size_t i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *how = (enum mm_mmmu_reader)i;
            return 0;
        }
    return -1;
}
