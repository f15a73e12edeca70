/*
 * vqa.c - VQA accuracy and the normalisation of its answers
 */
#include "eval/vqa.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "eval/space.h"
#include "eval/vqa_table.h"

/* re.UNICODE is passed where the count of replacements belongs. */
#define MAX_PERIODS 32

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* P0: newlines and tabs to spaces, strip. */
static void flatten(struct mm_buf *out, const char *s, size_t n)
{
    const char *end = s + n;

    mm_strip(&s, &end);
    for (; s < end; s++)
        mm_buf_addc(out, *s == '\n' || *s == '\t' ? ' ' : *s);
}

static int has_digit_comma_digit(const char *s, size_t n)
{
    for (size_t i = 1; i + 1 < n; i++)
        if (s[i] == ',' && is_digit(s[i - 1]) && is_digit(s[i + 1]))
            return 1;
    return 0;
}

/* Is p next to a space somewhere? */
static int touches_space(const char *s, size_t n, char p)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] == p && ((i && s[i - 1] == ' ') ||
                          (i + 1 < n && s[i + 1] == ' ')))
            return 1;
    return 0;
}

/*
 * A mark is deleted everywhere when it touches a space anywhere in the text as
 * it came, or when that has a comma between digits; else it becomes a space.
 * Then the first periods that no digit follows are deleted.
 */
static void process_punctuation(struct mm_buf *out, const char *s, size_t n)
{
    static const char marks[] = ";/[]\"{}()=+\\_-><@`,?!";
    char deleted[256] = { 0 }, spaced[256] = { 0 };
    int commas = has_digit_comma_digit(s, n), periods = 0;
    size_t begin = out->len, kept = begin;

    for (const char *p = marks; *p; p++)
        if (commas || touches_space(s, n, *p))
            deleted[(unsigned char)*p] = 1;
        else
            spaced[(unsigned char)*p] = 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (!deleted[c])
            mm_buf_addc(out, spaced[c] ? ' ' : s[i]);
    }
    for (size_t i = begin; i < out->len; i++) {
        if (out->data[i] == '.' && periods < MAX_PERIODS &&
            !(i + 1 < out->len && is_digit(out->data[i + 1]))) {
            periods++;
            continue;
        }
        out->data[kept++] = out->data[i];
    }
    out->len = kept;
}

/* str.lower(): one code point becomes one, but for the dotted capital I. */
static void add_lower(struct mm_buf *out, const char *s, size_t n)
{
    while (n) {
        char text[4];
        uint32_t cp;
        size_t k = mm_utf8_decode(s, n, &cp);

        if (k == 0) {
            mm_buf_addc(out, *s);
            k = 1;
        } else if (cp == 0x130) {
            mm_buf_adds(out, "i\xcc\x87");
        } else {
            cp = (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
            mm_buf_add(out, text, mm_utf8_encode(cp, text));
        }
        s += k;
        n -= k;
    }
}

static int is_word(const char *word, size_t n, const char *is)
{
    return strlen(is) == n && memcmp(word, is, n) == 0;
}

static const char *number_of(const char *word, size_t n)
{
    static const char *const words[] = {
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight",
        "nine", "ten", "none"
    };
    static const char *const numbers[] = {
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "0"
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(word, n, words[i]))
            return numbers[i];
    return NULL;
}

static const char *contraction_of(const char *word, size_t n)
{
    for (size_t i = 0; i < mm_vqa_n_contractions; i++)
        if (is_word(word, n, mm_vqa_contractions[i].written))
            return mm_vqa_contractions[i].meant;
    return NULL;
}

static void process_digits_articles(struct mm_buf *out, const char *s,
                                    const char *end)
{
    const char *word, *better;
    size_t n, begin = out->len;

    while ((n = mm_next_word(&s, end, &word))) {
        if (is_word(word, n, "a") || is_word(word, n, "an") ||
            is_word(word, n, "the"))
            continue;
        if (out->len > begin)
            mm_buf_addc(out, ' ');
        better = number_of(word, n);
        if (!better)
            better = contraction_of(word, n);
        if (better)
            mm_buf_adds(out, better);
        else
            mm_buf_add(out, word, n);
    }
}

void mm_vqa_normalise(struct mm_buf *out, const char *s, size_t n)
{
    struct mm_buf flat = { 0 }, plain = { 0 }, lower = { 0 };

    flatten(&flat, s, n);
    if (flat.len)
        process_punctuation(&plain, flat.data, flat.len);
    if (plain.len)
        add_lower(&lower, plain.data, plain.len);
    if (lower.len)
        process_digits_articles(out, lower.data, lower.data + lower.len);
    if (flat.failed || plain.failed || lower.failed)
        out->failed = 1;
    mm_buf_add(out, "", 0);
    mm_buf_release(&flat);
    mm_buf_release(&plain);
    mm_buf_release(&lower);
}

/* ---- accuracy ---- */

/* Of n people m agree with the answer: those leave m - 1, the others m. */
static double leave_one_out(size_t m, size_t n)
{
    double with = m ? (double)(m - 1) / 3 : 0, without = (double)m / 3;

    if (n == 0)
        return 0;
    with = with < 1 ? with : 1;
    without = without < 1 ? without : 1;
    return ((double)m * with + (double)(n - m) * without) / (double)n;
}

static void prepare(struct mm_buf *out, const char *s, int normalise)
{
    mm_buf_clear(out);
    if (normalise)
        mm_vqa_normalise(out, s, strlen(s));
    else
        flatten(out, s, strlen(s));
    mm_buf_add(out, "", 0);
}

static int all_equal(const char *const *people, size_t n, struct mm_buf *a,
                     struct mm_buf *b)
{
    for (size_t i = 1; i < n; i++) {
        prepare(a, people[0], 0);
        prepare(b, people[i], 0);
        if (strcmp(a->data, b->data) != 0)
            return 0;
    }
    return 1;
}

int mm_vqa_score(double *score, enum mm_vqa_flavour flavour,
                 const char *answer, const char *const *people, size_t n,
                 struct mm_err *err)
{
    struct mm_buf ours = { 0 }, theirs = { 0 };
    size_t matches = 0;
    int normalise, result;

    mm_buf_add(&ours, "", 0);
    mm_buf_add(&theirs, "", 0);
    normalise = flavour == MM_VQA_OPENFLAMINGO ||
                !all_equal(people, n, &ours, &theirs);
    prepare(&ours, answer, normalise);
    for (size_t i = 0; i < n; i++) {
        prepare(&theirs, people[i], normalise);
        matches += ours.len == theirs.len &&
                   memcmp(ours.data, theirs.data, ours.len) == 0;
    }
    *score = leave_one_out(matches, n);
    result = mm_buf_check(&ours, err) < 0 ? -1 : mm_buf_check(&theirs, err);
    mm_buf_release(&ours);
    mm_buf_release(&theirs);
    return result;
}

size_t mm_vqa_cut(const char *s, size_t n)
{
    static const char *const stops[] = { "Question", "Answer", "Short" };
    size_t i;

    for (size_t k = 0; k < sizeof stops / sizeof *stops; k++) {
        size_t len = strlen(stops[k]);

        for (i = 0; i + len <= n; i++)
            if (memcmp(s + i, stops[k], len) == 0)
                n = i;
    }
    for (i = 0; i + 2 <= n; i++)
        if (s[i] == ',' && s[i + 1] == ' ')
            return i;
    return n;
}
