/*
 * vqa.c - VQA accuracy and the normalisation of its answers
 */
#include "eval/vqa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "eval/lower.h"
#include "eval/space.h"
#include "eval/vqa_table.h"

/* re.UNICODE is passed where the count of replacements belongs. */
#define MAX_PERIODS 32

/* Is the character that begins at s[i] a digit? */
static int digit_at(const char *s, size_t n, size_t i,
                    enum mm_vqa_flavour flavour)
{
    uint32_t cp;

    if (i >= n || (unsigned char)s[i] < 128)
        return i < n && s[i] >= '0' && s[i] <= '9';
    return flavour != MM_VQA_OFFICIAL &&
           mm_utf8_decode(s + i, n - i, &cp) &&
           utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ND;
}

static int digit_before(const char *s, size_t n, size_t i,
                        enum mm_vqa_flavour flavour)
{
    size_t k = i;

    while (k > 0 && i - k < 4 && ((unsigned char)s[--k] & 0xc0) == 0x80)
        ;
    return i > 0 && digit_at(s, n, k, flavour);
}

/* P0: newlines and tabs to spaces, strip. */
static void flatten(struct mm_buf *out, const char *s, size_t n)
{
    const char *end = s + n;

    mm_strip(&s, &end);
    for (; s < end; s++)
        mm_buf_addc(out, *s == '\n' || *s == '\t' ? ' ' : *s);
}

/* A comma between digits; M4C takes several of them. */
static int has_digit_comma_digit(const char *s, size_t n,
                                 enum mm_vqa_flavour flavour)
{
    int several = flavour == MM_VQA_M4C || flavour == MM_VQA_LMMS_EVAL;

    for (size_t i = 0; i < n; i++) {
        size_t end = i + 1;

        if (s[i] != ',' || !digit_before(s, n, i, flavour))
            continue;
        while (several && end < n && s[end] == ',')
            end++;
        if (digit_at(s, n, end, flavour))
            return 1;
    }
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
 * The first periods that no digit follows; VLMEvalKit keeps those that one
 * comes before, as the pattern was meant.
 */
static void delete_periods(struct mm_buf *out, size_t begin,
                           enum mm_vqa_flavour flavour)
{
    size_t n = out->len - begin, kept = 0;
    char *s = out->data + begin;
    int periods = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '.' && periods < MAX_PERIODS &&
            !digit_at(s, n, i + 1, flavour) &&
            !(flavour == MM_VQA_VLMEVALKIT &&
              digit_before(s, n, i, flavour))) {
            periods++;
            continue;
        }
        s[kept++] = s[i];
    }
    out->len = begin + kept;
}

/*
 * A mark is deleted everywhere when it touches a space anywhere in the text as
 * it came, or when that has a comma between digits; else it becomes a space.
 */
void mm_vqa_punctuation(struct mm_buf *out, enum mm_vqa_flavour flavour,
                        const char *s, size_t n)
{
    static const char marks[] = ";/[]\"{}()=+\\_-><@`,?!";
    char deleted[256] = { 0 }, spaced[256] = { 0 };
    int commas = has_digit_comma_digit(s, n, flavour);
    size_t begin = out->len;

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
    if (out->len > begin)
        delete_periods(out, begin, flavour);
}

struct word {
    const char *s;
    size_t n;
};

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

    for (size_t i = 0; n >= 3 && n <= 5 && i < sizeof words / sizeof *words;
         i++)
        if (*word == *words[i] && is_word(word, n, words[i]))
            return numbers[i];
    return NULL;
}

static int by_writing(const void *key, const void *row)
{
    const struct mm_vqa_contraction *r = row;
    const struct word *w = key;
    int order = strncmp(w->s, r->written, w->n);

    return order ? order : r->written[w->n] ? -1
                                            : 0;
}

/* Each of them has at least three letters of ASCII. */
static const char *contraction_of(const char *word, size_t n)
{
    struct word key = { word, n };
    const struct mm_vqa_contraction *row =
        n < 3 || memchr(word, '\0', n)
            ? NULL
            : bsearch(&key, mm_vqa_contractions, mm_vqa_n_contractions,
                      sizeof *row, by_writing);

    return row ? row->meant : NULL;
}

#define CURLY "\xe2\x80\x99"

/* The word with straight apostrophes; how many it has of each kind. */
static size_t straighten(char *out, size_t room, const char *word, size_t n,
                         size_t *straight, size_t *curly)
{
    size_t len = 0;

    *straight = *curly = 0;
    for (size_t i = 0; i < n && len + 1 < room; len++) {
        int is_curly = n - i >= 3 && memcmp(word + i, CURLY, 3) == 0;

        out[len] = is_curly ? '\'' : word[i];
        *curly += (size_t)is_curly;
        *straight += word[i] == '\'';
        i += is_curly ? 3 : 1;
    }
    out[len] = '\0';
    return len;
}

/*
 * The VizWiz code's table was typeset: apostrophes are curly in all words that
 * it looks for but two, and in all that it writes but eight.
 */
static int add_vizwiz(struct mm_buf *out, const char *word, size_t n)
{
    static const char keys[] = " couldn'tve hadn'tve ";
    static const char values[] =
        " aint arent cant couldve couldnt weve wheres whove ";
    char plain[24], spaced[26];
    size_t straight, curly, len;
    const char *meant;

    len = straighten(plain, sizeof plain, word, n, &straight, &curly);
    meant = n <= 2 * sizeof plain ? contraction_of(plain, len) : NULL;
    if (!meant)
        return 0;
    snprintf(spaced, sizeof spaced, " %s ", plain);
    if (strstr(keys, spaced) ? curly > 0 : straight > 0)
        return 0;
    for (; *meant; meant++)
        if (*meant == '\'' && !strstr(values, spaced))
            mm_buf_adds(out, CURLY);
        else
            mm_buf_addc(out, *meant);
    return 1;
}

static int add_contraction(struct mm_buf *out, const char *word, size_t n,
                           enum mm_vqa_flavour flavour)
{
    const char *meant;

    if (flavour == MM_VQA_VIZWIZ_API)
        return add_vizwiz(out, word, n);
    meant = contraction_of(word, n);
    if (meant)
        mm_buf_adds(out, meant);
    return meant != NULL;
}

static void process_digits_articles(struct mm_buf *out, const char *s,
                                    const char *end,
                                    enum mm_vqa_flavour flavour)
{
    const char *word, *number;
    size_t n, begin = out->len;

    while ((n = mm_next_word(&s, end, &word))) {
        if (is_word(word, n, "a") || is_word(word, n, "an") ||
            is_word(word, n, "the"))
            continue;
        if (out->len > begin)
            mm_buf_addc(out, ' ');
        number = number_of(word, n);
        if (number)
            mm_buf_adds(out, number);
        else if (!add_contraction(out, word, n, flavour))
            mm_buf_add(out, word, n);
    }
}

/* M4C: lower case, no commas and question marks, 's apart. */
static void prepare_m4c(struct mm_buf *out, const char *s, size_t n)
{
    struct mm_buf lower = { 0 };
    const char *begin, *end;

    mm_add_lower(&lower, s, n);
    for (size_t i = 0; i < lower.len; i++) {
        char c = lower.data[i];

        if (c == '\'' && i + 1 < lower.len && lower.data[i + 1] == 's')
            mm_buf_addc(out, ' ');
        if (c != ',' && c != '?')
            mm_buf_addc(out, c);
    }
    if (lower.failed)
        out->failed = 1;
    mm_buf_release(&lower);
    begin = out->data;
    end = begin ? begin + out->len : begin;
    if (!begin)
        return;
    mm_strip(&begin, &end);
    out->len = (size_t)(end - out->data);
    memmove(out->data, begin, (size_t)(end - begin));
    out->len = (size_t)(end - begin);
}

/* The steps of a text on its way, kept from one to the next. */
struct steps {
    struct mm_buf first, flat, plain, lower;
};

/*
 * Most answers are a few small letters, which all steps but that of words leave
 * as they are.
 */
static int is_plain(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= '0' && s[i] <= '9') &&
            s[i] != ' ')
            return 0;
    return 1;
}

static void normalise(struct mm_buf *out, struct steps *t,
                      enum mm_vqa_flavour flavour, const char *s, size_t n)
{
    if (is_plain(s, n)) {
        process_digits_articles(out, s, s + n, flavour);
        mm_buf_add(out, "", 0);
        return;
    }
    mm_buf_clear(&t->first);
    mm_buf_clear(&t->flat);
    mm_buf_clear(&t->plain);
    mm_buf_clear(&t->lower);
    if (flavour == MM_VQA_M4C) {
        prepare_m4c(&t->first, s, n);
        s = t->first.data ? t->first.data : "";
        n = t->first.len;
    }
    flatten(&t->flat, s, n);
    if (t->flat.len)
        mm_vqa_punctuation(&t->plain, flavour, t->flat.data, t->flat.len);
    if (t->plain.len)
        mm_add_lower(&t->lower, t->plain.data, t->plain.len);
    if (t->lower.len)
        process_digits_articles(out, t->lower.data,
                                t->lower.data + t->lower.len, flavour);
    if (t->first.failed || t->flat.failed || t->plain.failed ||
        t->lower.failed)
        out->failed = 1;
    mm_buf_add(out, "", 0);
}

static void release_steps(struct steps *t)
{
    mm_buf_release(&t->first);
    mm_buf_release(&t->flat);
    mm_buf_release(&t->plain);
    mm_buf_release(&t->lower);
}

void mm_vqa_normalise(struct mm_buf *out, enum mm_vqa_flavour flavour,
                      const char *s, size_t n)
{
    struct steps t = { 0 };

    normalise(out, &t, flavour, s, n);
    release_steps(&t);
}

int mm_vqa_flavour_parse(const char *name, enum mm_vqa_flavour *flavour)
{
    static const struct {
        const char *name;
        enum mm_vqa_flavour flavour;
    } names[] = { { "official", MM_VQA_OFFICIAL },
                  { "openflamingo", MM_VQA_OPENFLAMINGO },
                  { "m4c", MM_VQA_M4C },
                  { "vlmevalkit", MM_VQA_VLMEVALKIT },
                  { "vizwiz-api", MM_VQA_VIZWIZ_API },
                  { "lmms-eval", MM_VQA_LMMS_EVAL } };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i].name) == 0) {
            *flavour = names[i].flavour;
            return 0;
        }
    return -1;
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

enum treatment { RAW,
                 FLAT,
                 NORMAL };

static void prepare(struct mm_buf *out, struct steps *t, const char *s,
                    enum treatment how, enum mm_vqa_flavour flavour)
{
    mm_buf_clear(out);
    if (how == NORMAL)
        normalise(out, t, flavour, s, strlen(s));
    else if (how == FLAT)
        flatten(out, s, strlen(s));
    else
        mm_buf_adds(out, s);
    mm_buf_add(out, "", 0);
}

static int all_equal(const char *const *people, size_t n, struct mm_buf *a,
                     struct mm_buf *b)
{
    for (size_t i = 1; i < n; i++) {
        if (strcmp(people[0], people[i]) == 0)
            continue;
        prepare(a, NULL, people[0], FLAT, MM_VQA_OFFICIAL);
        prepare(b, NULL, people[i], FLAT, MM_VQA_OFFICIAL);
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
    struct steps steps = { 0 };
    enum treatment how = NORMAL;
    size_t matches = 0;
    int result;

    mm_buf_add(&ours, "", 0);
    mm_buf_add(&theirs, "", 0);
    if (flavour == MM_VQA_OFFICIAL && all_equal(people, n, &ours, &theirs))
        how = FLAT;
    prepare(&ours, &steps, answer, how, flavour);
    if (flavour == MM_VQA_VIZWIZ_API)
        how = RAW;
    for (size_t i = 0; i < n; i++) {
        /* people often agree: then the last answer is at hand */
        if (i == 0 || strcmp(people[i], people[i - 1]) != 0)
            prepare(&theirs, &steps, people[i], how, flavour);
        matches += ours.len == theirs.len &&
                   memcmp(ours.data, theirs.data, ours.len) == 0;
    }
    *score = leave_one_out(matches, n);
    result = mm_buf_check(&ours, err) < 0 ? -1 : mm_buf_check(&theirs, err);
    mm_buf_release(&ours);
    mm_buf_release(&theirs);
    release_steps(&steps);
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
