/*
 * test_plain.c - scorers against the same written down plainly
 *
 * Slow and without tables: each n-gram is compared with all others, each mark
 * is replaced in a pass of its own, each person is left out in turn.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/rng.h"
#include "eval/caption.h"
#include "eval/cider.h"
#include "eval/vqa.h"
#include "eval/vqa_table.h"

#define LONGEST 400

static uint64_t counter;

static size_t below(size_t n)
{
    return mm_rng_below(11, 1, counter++, n);
}

static void copy(char *to, const char *s)
{
    memmove(to, s, strlen(s) + 1);
}

static void append(char *to, const char *s)
{
    copy(to + strlen(to), s);
}

/* ---- VQA ---- */

/* Words, numbers, marks: everything that a rule speaks of. */
static void add_text(char *out)
{
    static const char *const parts[] = {
        "a", "an", "the", "The", "two", "none", "ten", "TEN", "dont", "don't",
        "somebody'd", "ow's'at", "yall'd've", "it's", "cant", "1,000", "1,,0",
        "3.5", "3.", ".5", "...", "................................",
        "..................................x", "red", "Red", "left-hand",
        "blue/green", "what?", "wow!", "\"q\"", "(x)", "[y]", "a_b", "@", ";",
        ",", ", ", " ,", "-", "- ", "`", "\\", "\t", "\n", " ", "  ", ":", "%",
        "$5", "#1", "0", "10:30", "x,y", "9,8", "="
    };
    size_t n = below(7);

    *out = '\0';
    for (size_t i = 0; i < n; i++) {
        append(out, parts[below(sizeof parts / sizeof *parts)]);
        if (below(2))
            append(out, " ");
    }
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Every mark in a pass of its own over the text so far. */
static void plain_marks(char *s)
{
    static const char marks[] = ";/[]\"{}()=+\\_-><@`,?!";
    char was[LONGEST];
    int commas = 0, periods = 0;

    copy(was, s);
    for (size_t i = 1; was[0] && was[i]; i++)
        commas |= was[i] == ',' && is_digit(was[i - 1]) && is_digit(was[i + 1]);
    for (const char *p = marks; *p; p++) {
        char before[3] = { ' ', *p, 0 }, behind[3] = { *p, ' ', 0 };
        int gone = strstr(was, before) || strstr(was, behind) || commas;
        char *to = s;

        for (char *from = s; *from; from++)
            if (*from != *p)
                *to++ = *from;
            else if (!gone)
                *to++ = ' ';
        *to = '\0';
    }
    for (size_t i = 0; s[i];)
        if (s[i] == '.' && periods < 32 && !is_digit(s[i + 1])) {
            memmove(s + i, s + i + 1, strlen(s + i));
            periods++;
        } else {
            i++;
        }
}

static const char *plain_word(const char *word)
{
    static const char *const numbers[] = { "none", "one", "two", "three",
                                           "four", "five", "six", "seven",
                                           "eight", "nine", "ten", "zero" };
    static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6",
                                          "7", "8", "9", "10", "0" };

    for (size_t i = 0; i < 12; i++)
        if (strcmp(word, numbers[i]) == 0)
            return digits[i];
    for (size_t i = 0; i < mm_vqa_n_contractions; i++)
        if (strcmp(word, mm_vqa_contractions[i].written) == 0)
            return mm_vqa_contractions[i].meant;
    return word;
}

static void plain_words(char *out, char *s)
{
    *out = '\0';
    for (char *at = s; *at;) {
        char *word = at, end;

        while (*at && !is_blank(*at)) {
            *at |= *at >= 'A' && *at <= 'Z' ? 32 : 0;
            at++;
        }
        end = *at;
        *at = '\0';
        if (*word && strcmp(word, "a") && strcmp(word, "an") &&
            strcmp(word, "the")) {
            append(out, *out ? " " : "");
            append(out, plain_word(word));
        }
        at += end != '\0';
    }
}

static void plain_flat(char *out, const char *s)
{
    size_t n;

    while (is_blank(*s))
        s++;
    copy(out, s);
    for (n = strlen(out); n && is_blank(out[n - 1]); n--)
        ;
    out[n] = '\0';
    for (char *p = out; *p; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
}

static void plain_normal(char *out, const char *s)
{
    char text[LONGEST];

    plain_flat(text, s);
    plain_marks(text);
    plain_words(out, text);
}

static double plain_vqa(const char *hyp, char (*people)[LONGEST], int always)
{
    char ours[LONGEST], theirs[10][LONGEST];
    double sum = 0;
    int differ = always;

    for (int i = 0; i < 10; i++) {
        plain_flat(theirs[i], people[i]);
        differ |= strcmp(theirs[i], theirs[0]) != 0;
    }
    plain_flat(ours, hyp);
    if (differ) {
        plain_normal(ours, hyp);
        for (int i = 0; i < 10; i++)
            plain_normal(theirs[i], people[i]);
    }
    for (int out = 0; out < 10; out++) {
        double same = 0;

        for (int i = 0; i < 10; i++)
            same += i != out && strcmp(theirs[i], ours) == 0;
        sum += same > 3 ? 1 : same / 3;
    }
    return sum / 10;
}

static void test_vqa(void **state)
{
    static char people[10][LONGEST], hyp[LONGEST], want[LONGEST];
    const char *list[10];
    struct mm_buf out = { 0 };
    struct mm_err err;

    (void)state;
    for (int n = 0; n < 20000; n++) {
        int same = below(4) == 0;
        double official, always;

        for (int i = 0; i < 10; i++) {
            if (i == 0 || (!same && below(3)))
                add_text(people[i]);
            else
                copy(people[i], people[0]);
            list[i] = people[i];
        }
        add_text(hyp);
        if (below(2))
            copy(hyp, people[below(10)]);
        mm_buf_clear(&out);
        mm_vqa_normalise(&out, MM_VQA_OFFICIAL, hyp, strlen(hyp));
        mm_buf_addc(&out, '\0');
        plain_normal(want, hyp);
        assert_string_equal(out.data, want);
        assert_int_equal(mm_vqa_score(&official, MM_VQA_OFFICIAL, hyp, list,
                                      10, &err),
                         0);
        assert_int_equal(mm_vqa_score(&always, MM_VQA_OPENFLAMINGO, hyp, list,
                                      10, &err),
                         0);
        if (fabs(official - plain_vqa(hyp, people, 0)) > 1e-12 ||
            fabs(always - plain_vqa(hyp, people, 1)) > 1e-12)
            fail_msg("%s", hyp);
    }
    mm_buf_release(&out);
}

/* ---- captions ---- */

enum { IMAGES = 6,
       REFS = 3,
       WORDS = 12 };

struct text {
    int words[WORDS], n;
};

struct picture {
    struct text hyp, refs[REFS];
};

static struct text draw(void)
{
    struct text t;

    t.n = (int)below(WORDS + 1);
    for (int i = 0; i < t.n; i++)
        t.words[i] = (int)below(5);
    return t;
}

static int same_gram(const struct text *a, int i, const struct text *b, int j,
                     int order)
{
    for (int k = 0; k < order; k++)
        if (a->words[i + k] != b->words[j + k])
            return 0;
    return 1;
}

/* How often b has the n-gram that stands at i in a. */
static int times(const struct text *a, int i, const struct text *b, int order)
{
    int n = 0;

    for (int j = 0; j + order <= b->n; j++)
        n += same_gram(a, i, b, j, order);
    return n;
}

/* Is it the first of its kind in a? */
static int is_first(const struct text *a, int i, int order)
{
    for (int j = 0; j < i; j++)
        if (same_gram(a, i, a, j, order))
            return 0;
    return 1;
}

static double idf(const struct picture *p, const struct text *a, int i,
                  int order)
{
    double df = 0;

    for (int k = 0; k < IMAGES; k++) {
        int found = 0;

        for (int r = 0; r < REFS; r++)
            found |= times(a, i, &p[k].refs[r], order) > 0;
        df += found;
    }
    return log(IMAGES) - log(df > 1 ? df : 1);
}

static double plain_norm(const struct picture *p, const struct text *a,
                         int order)
{
    double sum = 0;

    for (int i = 0; i + order <= a->n; i++)
        if (is_first(a, i, order))
            sum += pow(times(a, i, a, order) * idf(p, a, i, order), 2);
    return sqrt(sum);
}

static double plain_similar(const struct picture *p, const struct text *h,
                            const struct text *r, int order)
{
    double sum = 0, a = plain_norm(p, h, order), b = plain_norm(p, r, order);
    double off = (h->n > 1 ? h->n - 1 : 0) - (r->n > 1 ? r->n - 1 : 0);

    for (int i = 0; i + order <= h->n; i++) {
        double w = idf(p, h, i, order), x = times(h, i, h, order) * w;
        double y = times(h, i, r, order) * w;

        if (is_first(h, i, order))
            sum += (x < y ? x : y) * y;
    }
    if (a != 0 && b != 0)
        sum /= a * b;
    return sum * exp(-off * off / (2 * 6.0 * 6.0));
}

static double plain_cider(const struct picture *p, int k)
{
    double sum = 0;

    for (int order = 1; order <= 4; order++)
        for (int r = 0; r < REFS; r++)
            sum += plain_similar(p, &p[k].hyp, &p[k].refs[r], order);
    return 10 * sum / 4 / REFS;
}

/* The longest common subsequence from (i, j) on. */
static int common(const struct text *a, const struct text *b)
{
    int row[WORDS + 1][WORDS + 1] = { 0 };

    for (int i = a->n - 1; i >= 0; i--)
        for (int j = b->n - 1; j >= 0; j--) {
            int down = row[i + 1][j], right = row[i][j + 1];

            row[i][j] = a->words[i] == b->words[j] ? row[i + 1][j + 1] + 1
                        : down > right             ? down
                                                   : right;
        }
    return row[0][0];
}

/* An empty text is one empty word, which is in another empty one only. */
static double plain_rouge(const struct picture *p)
{
    double precision = 0, recall = 0, b2 = 1.2 * 1.2;

    for (int r = 0; r < REFS; r++) {
        const struct text *h = &p->hyp, *t = &p->refs[r];
        double l = h->n == 0 && t->n == 0 ? 1 : common(h, t);

        precision = fmax(precision, l / (h->n ? h->n : 1));
        recall = fmax(recall, l / (t->n ? t->n : 1));
    }
    return precision > 0 && recall > 0
               ? (1 + b2) * precision * recall / (recall + b2 * precision)
               : 0;
}

static double plain_bleu(const struct picture *p, int orders)
{
    double product = 1, length = p->hyp.n, nearest = 1e9, ratio;

    for (int r = 0; r < REFS; r++) {
        double n = p->refs[r].n, off = fabs(n - length);

        if (off < fabs(nearest - length) ||
            (off == fabs(nearest - length) && n < nearest))
            nearest = n;
    }
    for (int order = 1; order <= orders; order++) {
        double right = 0, all = p->hyp.n - order + 1;

        for (int i = 0; i + order <= p->hyp.n; i++) {
            int most = 0, own = times(&p->hyp, i, &p->hyp, order);

            for (int r = 0; r < REFS; r++) {
                int t = times(&p->hyp, i, &p->refs[r], order);

                most = t > most ? t : most;
            }
            if (is_first(&p->hyp, i, order))
                right += own < most ? own : most;
        }
        product *= (right + 1e-15) / ((all > 0 ? all : 0) + 1e-9);
    }
    ratio = (length + 1e-15) / (nearest + 1e-9);
    return pow(product, 1.0 / orders) * (ratio < 1 ? exp(1 - 1 / ratio) : 1);
}

/* The words are letters. */
static void print(char *out, const struct text *t)
{
    for (int i = 0; i < t->n; i++) {
        *out++ = (char)('a' + t->words[i]);
        if (i + 1 < t->n)
            *out++ = ' ';
    }
    *out = '\0';
}

static void near(double have, double want, double off)
{
    if (!(fabs(have - want) <= off))
        fail_msg("%.17g is not %.17g", have, want);
}

static void check_captions(const struct picture *p)
{
    static char text[IMAGES][REFS + 1][2 * WORDS + 1];
    const char *refs[IMAGES][REFS];
    struct mm_caption c[IMAGES];
    double cider[IMAGES], rouge[IMAGES], bleu[IMAGES][4], corpus[4], mean;
    struct mm_err err;
    struct mm_cider *s = mm_cider_create(&err);

    for (int k = 0; k < IMAGES; k++) {
        print(text[k][REFS], &p[k].hyp);
        for (int r = 0; r < REFS; r++) {
            print(text[k][r], &p[k].refs[r]);
            refs[k][r] = text[k][r];
        }
        c[k] = (struct mm_caption){ text[k][REFS], refs[k], REFS };
        mm_cider_add(s, c[k].hyp, c[k].refs, REFS, &err);
    }
    mm_cider_score(s, MM_CIDER_D, cider);
    assert_int_equal(mm_rouge_l(rouge, &mean, c, IMAGES, &err), 0);
    assert_int_equal(mm_bleu(bleu, NULL, corpus, c, IMAGES, &err), 0);
    for (int k = 0; k < IMAGES; k++) {
        near(cider[k], plain_cider(p, k), 1e-9);
        near(rouge[k], plain_rouge(&p[k]), 1e-12);
        for (int order = 0; order < 4; order++)
            near(bleu[k][order], plain_bleu(&p[k], order + 1), 1e-12);
    }
    mm_cider_free(s);
}

static void test_captions(void **state)
{
    struct picture p[IMAGES];

    (void)state;
    for (int n = 0; n < 300; n++) {
        for (int k = 0; k < IMAGES; k++) {
            p[k].hyp = draw();
            for (int r = 0; r < REFS; r++)
                p[k].refs[r] = below(4) ? draw() : p[k].hyp;
        }
        check_captions(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vqa),
        cmocka_unit_test(test_captions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
