/*
 * ptb_word.c - words, short forms, and words joined by hyphens and slashes
 */
#include "eval/ptb_scan.h"

#define SOFT_HYPHEN 0xad

/* ---- words ---- */

/* &eacute; and its like count as a letter. */
static size_t entity_letter(const struct ptb_text *s, size_t i)
{
    static const char *const accents[] = { "acute;", "grave;", "uml;" };

    if (ptb_at(s, i) != '&' || !ptb_is_in(ptb_at(s, i + 1), "aeiouAEIOU"))
        return 0;
    for (size_t k = 0; k < 3; k++)
        if (ptb_literal(s, i + 2, accents[k]))
            return ptb_literal(s, i + 2, accents[k]);
    return 0;
}

size_t ptb_word_letter(const struct ptb_text *s, size_t i)
{
    uint32_t c = ptb_at(s, i);
    enum mm_ptb_class class;

    if (c == '&')
        return entity_letter(s, i);
    if (c < 128)
        return ptb_is_alpha(c) ? i + 1 : 0;
    class = ptb_class(c);
    return class == MM_PTB_LETTER || class == MM_PTB_MARK ? i + 1 : 0;
}

/* A letter, letters and digits; more of them after . ! ? */
size_t ptb_word(const struct ptb_text *s, size_t i)
{
    size_t j = ptb_word_letter(s, i), k;

    while (j) {
        while ((k = ptb_word_letter(s, j)) ||
               (ptb_is_digit(ptb_at(s, j)) && (k = j + 1)))
            j = k;
        if (!ptb_is_in(ptb_at(s, j), ".!?") || !(k = ptb_word_letter(s, j + 1)))
            return j;
        j = k;
    }
    return 0;
}

/* 's 'm 'd 're 've 'll */
size_t ptb_short_verb(const struct ptb_text *s, size_t i)
{
    static const char *const verbs[] = { "re", "ve", "ll" };

    i = ptb_apostrophe(s, i);
    if (!i)
        return 0;
    if (ptb_is_in(ptb_at(s, i), "msdMSD"))
        return i + 1;
    for (size_t k = 0; k < 3; k++)
        if (ptb_literal(s, i, verbs[k]))
            return i + 2;
    return 0;
}

/* n't */
size_t ptb_short_not(const struct ptb_text *s, size_t i)
{
    i = ptb_literal(s, i, "n");
    i = i ? ptb_tick(s, i) : 0;
    return i ? ptb_literal(s, i, "t") : 0;
}

/* The word before n't, which ends in another letter than n. */
static void offer_not(struct ptb_best *b, const struct ptb_text *s, size_t i)
{
    size_t j = i, k;

    while (ptb_is_alpha(ptb_at(s, j)) || ptb_at(s, j) == SOFT_HYPHEN)
        j++;
    if (j == i || (s->t[j - 1] | 32) != 'n' || !ptb_short_not(s, j - 1))
        return;
    for (k = j - 1; k > i && s->t[k - 1] == SOFT_HYPHEN; k--)
        ;
    if (k > i && (s->t[k - 1] | 32) != 'n')
        ptb_offer_before(b, j - 1, ptb_short_not(s, j - 1), PTB_WORD);
}

static size_t letters(const struct ptb_text *s, size_t i)
{
    while (ptb_is_letter(ptb_at(s, i)))
        i++;
    return i;
}

/* O'Neil, T'Pol: a capital (or n), and at least two letters after */
static size_t prefixed_name(const struct ptb_text *s, size_t i)
{
    uint32_t c = ptb_at(s, i);
    size_t j;

    if (!(c == 'n' || (c >= 'A' && c <= 'Z' && c != 'I' && c != 'Y')))
        return 0;
    j = ptb_tick(s, i + 1);
    return j && letters(s, j) >= j + 2 ? letters(s, j) : 0;
}

/* Shari'a, de'Medici: a vowel before, a vowel or a capital after */
static size_t vowel_name(const struct ptb_text *s, size_t i)
{
    size_t j = letters(s, i), k;
    uint32_t c;

    if (j < i + 2 || !ptb_is_in(s->t[j - 1], "aeiouyAEIOUY"))
        return 0;
    k = ptb_tick(s, j);
    c = k ? ptb_at(s, k) : 0;
    return ptb_is_in(c, "aeiou") || (c >= 'A' && c <= 'Z') ? letters(s, k) : 0;
}

/* Words that are written with an apostrophe. */
static size_t apostrophe_word(const struct ptb_text *s, size_t i)
{
    static const char *const whole[] = {
        "cap'n", "c'est",
        "dunkin'", "somethin'", "ol'", "o'clock", "cont'd.", "nor'easter",
        "c'mon", "e'er", "s'mores", "ev'ry", "li'l", "nat'l", "'em", "'till",
        "'til", "'cause", "o`o", "o'er", "ne'er", "ma'am"
    };
    size_t best = 0, a, j;

    for (size_t k = 0; k < sizeof whole / sizeof *whole; k++) {
        const char *w = whole[k];

        for (j = i; j && *w; w++) {
            char one[2] = { *w, 0 };

            j = *w == '\''  ? ptb_apostrophe(s, j)
                : *w == '`' ? ptb_tick(s, j)
                            : ptb_literal(s, j, one);
        }
        best = j > best ? j : best;
    }
    a = ptb_apostrophe(s, i);
    if (a && (j = ptb_literal(s, a, "n"))) {
        size_t closed = ptb_apostrophe(s, j);

        best = (closed ? closed : j) > best ? (closed ? closed : j) : best;
    }
    if (a && ptb_at(s, a) >= '2' && ptb_at(s, a) <= '9' &&
        (j = ptb_literal(s, a + 1, "0s")))
        best = j > best ? j : best;
    if (ptb_is_in(ptb_at(s, i), "lLdDjJ") && (j = ptb_apostrophe(s, i + 1)))
        best = j > best ? j : best;
    j = prefixed_name(s, i);
    best = j > best ? j : best;
    j = vowel_name(s, i);
    return j > best ? j : best;
}

void ptb_offer_words(struct ptb_best *b, struct ptb_text *s, size_t i)
{
    static const struct {
        const char *word;
        size_t first;
    } joined[] = {
        { "cannot", 3 },
        { "gonna", 3 },
        { "gotta", 3 },
        { "lemme", 3 },
        { "gimme", 3 },
        { "wanna", 3 }
    };
    size_t w, j;

    for (size_t k = 0; k < sizeof joined / sizeof *joined; k++)
        if ((j = ptb_literal(s, i, joined[k].word)))
            ptb_offer_before(b, i + joined[k].first, j, PTB_TEXT);
    w = ptb_word(s, i);
    if (w && (j = ptb_short_verb(s, w)))
        ptb_offer_before(b, w, j, PTB_WORD);
    offer_not(b, s, i);
    ptb_offer(b, w, PTB_WORD);
    ptb_offer(b, apostrophe_word(s, i), PTB_TEXT);
    if (ptb_is_in(ptb_at(s, i), "yY") && (j = ptb_apostrophe(s, i + 1)) &&
        ptb_is_letter(ptb_at(s, j)))
        ptb_offer_before(b, j, j + 1, PTB_TEXT);
}

/* ---- words with hyphens, slashes, ampersands ---- */

static int is_hyphen(uint32_t c)
{
    return c == '-' || c == '_' || c == 0x58a || c == 0x2010 || c == 0x2011;
}

/* Letters and digits, perhaps after d' o' l' and a letter. */
static size_t thing_part(const struct ptb_text *s, size_t i)
{
    size_t j = 0, k;

    if (ptb_is_in(ptb_at(s, i), "dDoOlL") && (j = ptb_tick(s, i + 1)) &&
        (ptb_is_letter(ptb_at(s, j)) || ptb_is_digit(ptb_at(s, j))))
        j++;
    else
        j = 0;
    for (k = j ? j : i;; k++)
        if (!ptb_is_letter(ptb_at(s, k)) && !ptb_is_digit(ptb_at(s, k)))
            break;
    if (j && k > j)
        return k;
    for (k = i; ptb_is_letter(ptb_at(s, k)) || ptb_is_digit(ptb_at(s, k)); k++)
        ;
    return k > i ? k : 0;
}

static size_t thing(const struct ptb_text *s, size_t i)
{
    size_t j = thing_part(s, i), k;

    while (j && is_hyphen(ptb_at(s, j)) && (k = thing_part(s, j + 1)))
        j = k;
    return j;
}

/* A+B, AT&T */
static size_t joined_capitals(const struct ptb_text *s, size_t i)
{
    size_t j = i, end = 0, k;

    for (;;) {
        size_t begin = j;

        while (ptb_at(s, j) >= 'A' && ptb_at(s, j) <= 'Z')
            j++;
        if (j == begin)
            return end;
        if (begin > i)
            end = j;
        if ((k = ptb_literal(s, j, "&amp;")))
            j = k;
        else if (ptb_is_in(ptb_at(s, j), "+&"))
            j++;
        else
            return end;
    }
}

/* Letters and digits, then up to two of -letters. */
static size_t slash_part(const struct ptb_text *s, size_t i)
{
    size_t j = i;

    while (ptb_is_alnum(ptb_at(s, j)))
        j++;
    for (int k = 0; j > i && k < 2; k++) {
        if (ptb_at(s, j) != '-' || !ptb_is_alpha(ptb_at(s, j + 1)))
            break;
        for (j++; ptb_is_alpha(ptb_at(s, j)); j++)
            ;
    }
    return j > i ? j : 0;
}

/* and/or, mountain/hill/lake */
size_t ptb_slashed(const struct ptb_text *s, size_t i)
{
    size_t j = slash_part(s, i), end = 0;

    for (int k = 0; j && k < 2; k++) {
        if (ptb_at(s, j) == '\\')
            j++;
        if (ptb_at(s, j) != '/' || !(j = slash_part(s, j + 1)))
            break;
        end = j;
    }
    return end;
}

/* -alnum or -U.S. after a word of letters, digits, periods, commas */
static size_t hyphen_parts(const struct ptb_text *s, size_t i)
{
    size_t end = 0;

    while (ptb_at(s, i) == '-') {
        size_t j = i + 1, k = ptb_initials(s, j);

        if (k > j + 1)
            while (k > j + 2 && ptb_at(s, k) != '.')
                k -= 2;
        if (k > j + 2 && ptb_at(s, k) == '.') {
            j = k + 1;
        } else {
            while (ptb_is_alnum(ptb_at(s, j)) || ptb_at(s, j) == SOFT_HYPHEN)
                j++;
        }
        if (j == i + 1)
            break;
        i = end = j;
    }
    return end;
}

static size_t hyphened(struct ptb_text *s, size_t i)
{
    struct ptb_run *run = &s->hyphened;

    if (!ptb_is_alnum(ptb_at(s, i)))
        return 0;
    if (i < run->begin || i >= run->end) {
        size_t j = i + 1;

        while (ptb_is_alnum(ptb_at(s, j)) || ptb_is_in(ptb_at(s, j), ".,") ||
               ptb_at(s, j) == SOFT_HYPHEN)
            j++;
        *run = (struct ptb_run){ .begin = i, .end = j };
        run->stop = hyphen_parts(s, j);
    }
    return run->stop;
}

void ptb_offer_dotted(struct ptb_best *b, const struct ptb_text *s, size_t end,
                      enum ptb_action action)
{
    uint32_t after = end ? ptb_at(s, end + 1) : 0;

    if (end && ptb_at(s, end) == '.' &&
        (ptb_is_in(after, ",;:") || after == 0x3001))
        ptb_offer_before(b, end + 1, end + 2, action);
}

void ptb_offer_hyphened(struct ptb_best *b, struct ptb_text *s, size_t i)
{
    size_t h = hyphened(s, i), t = thing(s, i), a = joined_capitals(s, i);

    ptb_offer_dotted(b, s, t, PTB_WORD);
    ptb_offer(b, t, PTB_WORD);
    ptb_offer_dotted(b, s, h, PTB_WORD);
    ptb_offer(b, h, PTB_WORD);
    ptb_offer_dotted(b, s, a, PTB_AND);
    ptb_offer(b, a, PTB_AND);
}
