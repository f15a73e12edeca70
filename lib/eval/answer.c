/*
 * answer.c - what a model meant: yes or no, a letter
 */
#include "eval/answer.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "eval/lower.h"
#include "eval/space.h"
#include "eval/vqa.h"

static int is_text(const char *s, size_t n, const char *is)
{
    return strlen(is) == n && memcmp(s, is, n) == 0;
}

/* ---- yes or no ---- */

/* The word without its commas. */
static int is_denial(const char *s, size_t n)
{
    char word[4];
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == ',')
            continue;
        if (len == 3)
            return 0;
        word[len++] = s[i];
    }
    word[len] = '\0';
    return strcmp(word, "No") == 0 || strcmp(word, "no") == 0 ||
           strcmp(word, "not") == 0;
}

const char *mm_yesno_pope(const char *s)
{
    const char *end = s + strcspn(s, ".");

    while (s < end) {
        size_t n = strcspn(s, " ");

        if (n > (size_t)(end - s))
            n = (size_t)(end - s);
        if (is_denial(s, n))
            return "no";
        s += n + 1;
    }
    return "yes";
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* The first four characters in lower case decide. */
const char *mm_yesno_mme(const char *s)
{
    char head[6] = { 0 };
    size_t n = 0;

    while (*s && n < 4) {
        uint32_t cp;
        size_t k = mm_utf8_decode(s, strlen(s), &cp);

        /* other than ASCII cannot be part of the words; one becomes two */
        head[n++] = k == 1 ? ascii_lower(*s) : '?';
        if (k > 1 && cp == 0x130)
            head[n++] = '?';
        s += k ? k : 1;
    }
    head[4] = '\0';
    if (strstr(head, "yes"))
        return "yes";
    return strstr(head, "no") ? "no" : "other";
}

int mm_yesno_mme_lmms(const char **answer, const char *s, struct mm_err *err)
{
    const char *end = s + strlen(s);
    struct mm_buf plain = { 0 };
    int result;

    mm_strip(&s, &end);
    for (; s < end; s++)
        if (*s != '.')
            mm_buf_addc(&plain, *s);
    mm_buf_addc(&plain, '\0');
    result = mm_buf_check(&plain, err);
    if (result == 0 && plain.len == 2)
        *answer = ascii_lower(plain.data[0]) == 'y'   ? "yes"
                  : ascii_lower(plain.data[0]) == 'n' ? "no"
                                                      : "other";
    else if (result == 0)
        *answer = mm_yesno_mme(plain.data);
    mm_buf_release(&plain);
    return result;
}

const char *mm_yesno_lmms(const char *s)
{
    const char *end = s + strlen(s);

    mm_strip(&s, &end);
    if (end - s == 3 && ascii_lower(s[0]) == 'y' && ascii_lower(s[1]) == 'e' &&
        ascii_lower(s[2]) == 's')
        return "yes";
    if (end - s == 2 && ascii_lower(s[0]) == 'n' && ascii_lower(s[1]) == 'o')
        return "no";
    return "unknown";
}

int mm_yesno_vlmevalkit(const char **answer, const char *s, struct mm_err *err)
{
    struct mm_buf lower = { 0 }, plain = { 0 };
    const char *at, *end, *word;
    int yes = 0, no = 0, result;
    size_t n;

    mm_add_lower(&lower, s, strlen(s));
    mm_vqa_punctuation(&plain, MM_VQA_VLMEVALKIT,
                       lower.data ? lower.data : "", lower.len);
    result = mm_buf_check(lower.failed ? &lower : &plain, err);
    at = plain.data ? plain.data : "";
    end = at + plain.len;
    while ((n = mm_next_word(&at, end, &word))) {
        yes |= is_text(word, n, "yes");
        no |= is_text(word, n, "no");
    }
    *answer = yes == no ? "unknown" : yes ? "yes"
                                          : "no";
    mm_buf_release(&lower);
    mm_buf_release(&plain);
    return result;
}

/* ---- letters ---- */

static int is_option(char c)
{
    return c >= 'A' && c <= 'E';
}

char mm_letter_llava(const char *s)
{
    static const char phrase[] = "The answer is ";
    const char *at = s;
    char found = 0;
    int n = 0;

    if (is_option(s[0]) && (s[1] == '\0' || strncmp(s + 1, ". ", 2) == 0))
        return s[0];
    while ((at = strstr(at, phrase))) {
        const char *x = at + strlen(phrase);

        if (*x >= 'A' && *x <= 'Z' && x[1] && x[1] != '\n') {
            found = *x;
            n++;
            at = x + 2;
        } else {
            at++;
        }
    }
    return n == 1 ? found : 0;
}

static char ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static int is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

char mm_letter_first(const char *s)
{
    const char *end = s + strlen(s);
    char c;

    mm_strip(&s, &end);
    c = s < end ? ascii_upper(*s) : 0;
    return is_capital(c) ? c : 0;
}

char mm_letter_sqa_lmms(const char *s)
{
    const char *end = s + strlen(s);

    mm_strip(&s, &end);
    if (end - s == 1 && is_capital(ascii_upper(*s)))
        return ascii_upper(*s);
    return end - s >= 2 && is_capital(*s) && s[1] == '.' ? *s : 0;
}

/* What stands for an answer when the model was not reached. */
#define FAILED_CALL "Failed to obtain answer via API"

static int is_refusal(const char *s)
{
    static const char *const phrases[] = {
        "Sorry, I can't help with images of people yet.",
        "I can't process this file.",
        "I'm sorry, but without the image provided",
        "Cannot determine the answer"
    };

    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (strstr(s, phrases[i]))
            return 1;
    return 0;
}

/*
 * The one letter of an option among the words, if it stands near the end; 'Z'
 * when that is there and no option's.
 */
static char lone_letter(const char *s, size_t len, size_t n_options)
{
    const char *at = s, *word;
    size_t n, words = 0, first[26] = { 0 };
    int found = -1, kinds = 0, refused = 0;

    while ((n = mm_next_word(&at, s + len, &word))) {
        words++;
        if (n != 1 || !is_capital(*word))
            continue;
        if ((size_t)(*word - 'A') >= n_options) {
            refused |= *word == 'Z';
        } else if (!first[*word - 'A']) {
            first[*word - 'A'] = words;
            found = *word - 'A';
            kinds++;
        }
    }
    if (kinds == 0 && refused)
        return 'Z';
    return kinds == 1 && first[found] + 4 > words ? (char)('A' + found) : 0;
}

static char bold_letter(const char *s, size_t n_options)
{
    static const char phrase[] = "answer is **";
    const char *at = strstr(s, phrase);
    char c = at ? at[strlen(phrase)] : 0;

    return c >= 'A' && (size_t)(c - 'A') < n_options &&
                   strncmp(at + strlen(phrase) + 1, "**", 2) == 0
               ? c
               : 0;
}

/* The one option whose text the answer, in lower case, has; *all: their code
 * points. */
static int option_inside(char *letter, size_t *all, const char *answer,
                         const char *const *options, size_t n,
                         struct mm_err *err)
{
    struct mm_buf lower = { 0 };
    int kinds = 0, result;

    *letter = 0;
    *all = 0;
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(options[i]);

        mm_buf_clear(&lower);
        mm_add_lower(&lower, options[i], len);
        mm_buf_add(&lower, "", 0);
        *all += mm_utf8_count(options[i], len);
        if (lower.data && strstr(answer, lower.data)) {
            *letter = (char)('A' + i);
            kinds++;
        }
    }
    result = mm_buf_check(&lower, err);
    if (kinds != 1)
        *letter = 0;
    mm_buf_release(&lower);
    return result;
}

int mm_letter_vlmevalkit(char *letter, const char *s,
                         const char *const *options, size_t n,
                         struct mm_err *err)
{
    struct mm_buf plain = { 0 }, lower = { 0 };
    size_t all;
    int result = 0, failed;

    failed = strstr(s, FAILED_CALL) != NULL; /* then only its text counts */
    if (!failed && is_refusal(s)) {
        *letter = 'Z';
        return 0;
    }
    n = n < 26 ? n : 26;
    for (const char *p = s; *p; p++)
        mm_buf_addc(&plain, strchr(".()[],:;!*#{}", *p) ? ' ' : *p);
    mm_add_lower(&lower, s, strlen(s));
    mm_buf_add(&lower, "", 0);
    if (mm_buf_check(plain.failed ? &plain : &lower, err) < 0) {
        result = -1;
    } else {
        *letter = plain.len && !failed
                      ? lone_letter(plain.data, plain.len, n)
                      : 0;
        if (!*letter && !failed)
            *letter = bold_letter(s, n);
        if (!*letter && lower.data) {
            result = option_inside(letter, &all, lower.data, options, n, err);
            if (mm_utf8_count(lower.data, lower.len) > 2 * all)
                *letter = 0;
        }
    }
    mm_buf_release(&plain);
    mm_buf_release(&lower);
    return result;
}

/* ---- MMBench in lmms-eval ---- */

/* Is the letter among the words, as in a pattern with an x in its place? */
static int has_marked(const char *s, char letter, const char *pattern)
{
    const char *at = s, *end = s + strlen(s), *word;
    size_t n, len = strlen(pattern), x = strcspn(pattern, "x");

    while ((n = mm_next_word(&at, end, &word)))
        if (n == len && memcmp(word, pattern, x) == 0 && word[x] == letter &&
            memcmp(word + x + 1, pattern + x + 1, n - x - 1) == 0)
            return 1;
    return 0;
}

/* The letter, if it is the only one of A..E that is marked so. */
static char only_marked(const char *s, const char *pattern)
{
    char found = 0;
    int kinds = 0;

    for (char c = 'A'; c <= 'E'; c++)
        if (has_marked(s, c, pattern)) {
            found = found ? found : c;
            kinds++;
        }
    return kinds == 1 ? found : 0;
}

static char marked_letter(const char *s)
{
    static const char *const patterns[] = { "x.", "x,", "x:", "x)",
                                            "x).", "(x)", "(x).", ":x",
                                            ":x,", ":x.", ":x)", ":x)." };
    const char *at = s, *end = s + strlen(s), *word;
    char c = only_marked(s, "x");
    size_t words = 0;

    while (mm_next_word(&at, end, &word))
        words++;
    /* an A in a sentence is taken for an article */
    if (c && !(words > 3 && has_marked(s, 'A', "x")))
        return c;
    c = 0;
    for (size_t i = 0; !c && i < sizeof patterns / sizeof *patterns; i++)
        c = only_marked(s, patterns[i]);
    return c;
}

int mm_letter_mmbench_lmms(char *letter, const char *s,
                           const char *const *options, size_t n,
                           struct mm_err *err)
{
    struct mm_buf lower = { 0 };
    size_t all;
    int result;

    *letter = strstr(s, FAILED_CALL) ? 0 : marked_letter(s);
    if (*letter)
        return 0;
    mm_add_lower(&lower, s, strlen(s));
    mm_buf_addc(&lower, '\0');
    result = mm_buf_check(&lower, err);
    if (result == 0)
        result = option_inside(letter, &all, lower.data, options,
                               n < 4 ? n : 4, err);
    mm_buf_release(&lower);
    return result;
}
