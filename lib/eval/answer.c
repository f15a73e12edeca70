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

const char *mm_yesno_mme(const char *s)
{
    char head[5] = { 0 };
    size_t n = 0;

    /* four characters; other than ASCII cannot be part of the words */
    for (; *s && n < 4; n++) {
        uint32_t cp;
        size_t k = mm_utf8_decode(s, strlen(s), &cp);

        head[n] = k == 1 ? ascii_lower(*s) : '?';
        s += k ? k : 1;
    }
    if (strstr(head, "yes"))
        return "yes";
    return strstr(head, "no") ? "no" : "other";
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

char mm_letter_first(const char *s)
{
    return *s >= 'A' && *s <= 'Z' ? *s : 0;
}

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

/* The one letter of an option among the words, if it stands near the end. */
static char lone_letter(const char *s, size_t len, size_t n_options)
{
    const char *at = s, *word;
    size_t n, words = 0, first[26] = { 0 };
    int found = -1, kinds = 0;

    while ((n = mm_next_word(&at, s + len, &word))) {
        words++;
        if (n != 1 || *word < 'A' || (size_t)(*word - 'A') >= n_options)
            continue;
        if (!first[*word - 'A']) {
            first[*word - 'A'] = words;
            found = *word - 'A';
            kinds++;
        }
    }
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

/* The one option whose text the answer has. */
static char option_inside(const struct mm_buf *answer,
                          const char *const *options, size_t n,
                          struct mm_err *err)
{
    struct mm_buf lower = { 0 };
    char found = 0;
    int kinds = 0;
    size_t all = 0;

    for (size_t i = 0; i < n; i++) {
        mm_buf_clear(&lower);
        mm_add_lower(&lower, options[i], strlen(options[i]));
        mm_buf_add(&lower, "", 0);
        all += lower.len;
        if (lower.data && strstr(answer->data, lower.data)) {
            found = (char)('A' + i);
            kinds++;
        }
    }
    if (mm_buf_check(&lower, err) < 0)
        found = (char)-1;
    mm_buf_release(&lower);
    return kinds == 1 && answer->len <= 2 * all ? found : 0;
}

int mm_letter_vlmevalkit(char *letter, const char *s,
                         const char *const *options, size_t n,
                         struct mm_err *err)
{
    struct mm_buf plain = { 0 }, lower = { 0 };
    int result = 0;

    if (is_refusal(s)) {
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
        *letter = plain.len ? lone_letter(plain.data, plain.len, n) : 0;
        if (!*letter)
            *letter = bold_letter(s, n);
        if (!*letter && lower.data)
            *letter = option_inside(&lower, options, n, err);
        if (*letter == (char)-1)
            result = -1;
    }
    mm_buf_release(&plain);
    mm_buf_release(&lower);
    return result;
}
