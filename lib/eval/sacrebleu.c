/*
 * sacrebleu.c - BLEU as machine translation reports it
 */
#include "eval/sacrebleu.h"

#include <math.h>
#include <string.h>

#include "eval/space.h"

/* Each `from` becomes `to`, once from left to right. */
static void replace(struct mm_buf *text, const char *from, const char *to)
{
    struct mm_buf out = { 0 };
    const char *s = text->data, *at;

    while ((at = strstr(s, from)) != NULL) {
        mm_buf_add(&out, s, (size_t)(at - s));
        mm_buf_adds(&out, to);
        s = at + strlen(from);
    }
    mm_buf_adds(&out, s);
    mm_buf_add(&out, "", 0);
    out.failed |= text->failed;
    mm_buf_release(text);
    *text = out;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_point(char c)
{
    return c == '.' || c == ',';
}

static int is_mark(char c)
{
    return (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') || c == '/' ||
           (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
}

static int is_not_digit(char c)
{
    return !is_digit(c);
}

static int is_hyphen(char c)
{
    return c == '-';
}

/*
 * A pair of characters gets a space before (where asked for), between and
 * after; a character is part of one pair.  Bytes of a longer character are no
 * digit and no mark, so that a pair with its last byte will do.
 */
static void part(struct mm_buf *text, int (*first)(char),
                 int (*second)(char), int before, int behind)
{
    struct mm_buf out = { 0 };
    const char *s = text->data;

    for (size_t i = 0; i < text->len; i++) {
        if (i + 1 == text->len || !first(s[i]) || !second(s[i + 1])) {
            mm_buf_addc(&out, s[i]);
            continue;
        }
        mm_buf_addf(&out, "%s%c %c%s", before ? " " : "", s[i], s[i + 1],
                    behind ? " " : "");
        i++;
    }
    mm_buf_add(&out, "", 0);
    out.failed |= text->failed;
    mm_buf_release(text);
    *text = out;
}

static void part_marks(struct mm_buf *out, const char *s, size_t n)
{
    mm_buf_addc(out, ' ');
    for (size_t i = 0; i < n; i++)
        if (is_mark(s[i]))
            mm_buf_addf(out, " %c ", s[i]);
        else
            mm_buf_addc(out, s[i]);
    mm_buf_adds(out, "  ");
    mm_buf_add(out, "", 0);
}

void mm_sacrebleu_words(struct mm_buf *out, const char *s)
{
    static const char *const rules[][2] = {
        { "<skipped>", "" },
        { "-\n", "" },
        { "\n", " " },
        { "&quot;", "\"" },
        { "&amp;", "&" },
        { "&lt;", "<" },
        { "&gt;", ">" }
    };
    const char *end = s + strlen(s), *begin = s, *word;
    struct mm_buf raw = { 0 }, text = { 0 };
    size_t n, first = 1;

    mm_strip(&begin, &end); /* at the end only, but spaces part words anyway */
    mm_buf_add(&raw, s, (size_t)(end - s));
    mm_buf_add(&raw, "", 0);
    for (size_t i = 0; raw.data && i < sizeof rules / sizeof *rules; i++)
        replace(&raw, rules[i][0], rules[i][1]);
    part_marks(&text, raw.data ? raw.data : "", raw.len);
    if (text.data) {
        part(&text, is_not_digit, is_point, 0, 1);
        part(&text, is_point, is_not_digit, 1, 0);
        part(&text, is_digit, is_hyphen, 0, 1);
    }
    s = text.data ? text.data : "";
    for (end = s + text.len; (n = mm_next_word(&s, end, &word)) > 0;
         first = 0) {
        if (!first)
            mm_buf_addc(out, ' ');
        mm_buf_add(out, word, n);
    }
    mm_buf_add(out, "", 0);
    out->failed |= raw.failed | text.failed;
    mm_buf_release(&raw);
    mm_buf_release(&text);
}

double mm_sacrebleu_of(const double sums[MM_BLEU_SUMS], int effective)
{
    const double *correct = sums, *guess = sums + 4;
    double words = sums[8], reference = sums[9], logs = 0, half = 1;
    int orders = 0;

    if (correct[0] + correct[1] + correct[2] + correct[3] == 0)
        return 0;
    for (; orders < 4 && guess[orders] > 0; orders++) {
        if (correct[orders] == 0)
            half /= 2;
        logs += log(correct[orders] > 0
                        ? 100 * correct[orders] / guess[orders]
                        : 100 * half / guess[orders]);
    }
    if (orders < 4 && !effective)
        return 0;
    return exp(logs / orders) *
           (words < reference ? exp(1 - reference / words) : 1);
}
