/*
 * ptb_abbreviation.c - words that keep their period
 */
#include <utf8proc.h>

#include "eval/ptb_scan.h"

/* a.b.c without a last period */
size_t ptb_initials(const struct ptb_text *s, size_t i)
{
    static const char *const longer[] = {
        "canada-u.s", "sino-u.s", "korean-u.s", "eu-u.s", "japan-u.s",
        "non-u.s", "u.s.-u.k", "u.s.-u.s.s.r"
    };
    size_t j = i + 1, k;

    if (!ptb_is_alpha(ptb_at(s, i)))
        return 0;
    while (ptb_at(s, j) == '.' && ptb_is_alpha(ptb_at(s, j + 1)))
        j += 2;
    for (size_t w = 0; w < sizeof longer / sizeof *longer; w++)
        if ((k = ptb_literal(s, i, longer[w])) && ptb_at(s, k) == '.' &&
            k > j)
            j = k;
    return j;
}

static int compare(const struct ptb_text *s, size_t i, size_t n,
                   const struct mm_ptb_abbreviation *a)
{
    for (size_t k = 0; k < n; k++) {
        int c = (int)ptb_fold(s->t[i + k]), d = a->word[k] | 32;

        if (a->word[k] == '\0' || c != d)
            return a->word[k] == '\0' ? 1 : c - d;
    }
    return a->word[n] ? -1 : 0;
}

static const struct mm_ptb_abbreviation *abbreviation(const struct ptb_text *s,
                                                      size_t i, size_t n)
{
    size_t low = 0, high = mm_ptb_n_abbreviations;

    while (low < high) {
        const struct mm_ptb_abbreviation *a =
            &mm_ptb_abbreviations[(low + high) / 2];
        int order = compare(s, i, n, a);

        if (order == 0)
            return a->fixed < 0 ||
                           s->t[i + (size_t)a->fixed] ==
                               (unsigned char)a->word[a->fixed]
                       ? a
                       : NULL;
        if (order > 0)
            low = (low + high) / 2 + 1;
        else
            high = (low + high) / 2;
    }
    return NULL;
}

static int is_upper(uint32_t c)
{
    return c <= 0xffff && utf8proc_category((utf8proc_int32_t)c) ==
                              UTF8PROC_CATEGORY_LU;
}

/* White space and then more of it, a capital or a tag ends a sentence. */
static size_t sentence_end(struct ptb_text *s, size_t i)
{
    uint32_t c = ptb_at(s, i + 1);
    size_t tag;

    if (!ptb_is_blank(ptb_at(s, i)))
        return 0;
    tag = c == '<' ? ptb_tag(s, i + 1) : 0;
    if (tag)
        return tag;
    return ptb_is_blank(c) || is_upper(c) ? i + 2 : 0;
}

/* Words that begin a sentence, so that a period before them ends one. */
static size_t first_word(struct ptb_text *s, size_t i)
{
    static const char *const words[] = {
        "About", "According", "Additionally", "After", "An", "A", "As", "At",
        "But", "Earlier", "He", "Her", "Here", "However", "If", "In", "It",
        "Last", "Many", "More", "Mr.", "Ms.", "Now", "Once", "One", "Other",
        "Our", "She", "Since", "So", "Some", "Such", "That", "The", "Their",
        "Then", "There", "These", "They", "This", "We", "When", "While",
        "What", "Yet", "You"
    };
    size_t best = 0, tag;

    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        size_t j = ptb_at(s, i) == (unsigned char)words[k][0]
                       ? ptb_literal(s, i, words[k])
                       : 0;

        if (j && ptb_is_blank(ptb_at(s, j)) && j + 1 > best)
            best = j + 1;
    }
    tag = ptb_at(s, i) == '<' ? ptb_tag(s, i) : 0;
    if (tag && ptb_is_blank(ptb_at(s, tag)))
        return tag + 1;
    return best;
}

static void offer_initials(struct ptb_best *b, struct ptb_text *s, size_t i)
{
    size_t end = ptb_initials(s, i), j;

    while (end && ptb_at(s, end) != '.' && end > i + 2 &&
           ptb_at(s, end - 2) == '.')
        end -= 2;
    if (!end || ptb_at(s, end) != '.')
        return;
    for (j = end + 1; ptb_is_blank(ptb_at(s, j)); j++)
        ;
    if (j > end + 1 && (j = first_word(s, j))) {
        if (end == i + 1)
            ptb_offer_before(b, end, j, PTB_TEXT);
        else
            ptb_offer_before(b, end + 1, j, PTB_DOTTED);
    }
    ptb_offer(b, end + 1, PTB_TEXT);
}

/* Ed.D. and Ph.D. end a sentence like Jr., a.k.a. does not. */
static size_t doctorate(const struct ptb_text *s, size_t i)
{
    size_t j = ptb_literal(s, i, "ed.d");

    return j ? j : ptb_literal(s, i, "ph.d");
}

static void offer_ending(struct ptb_best *b, struct ptb_text *s, size_t end)
{
    size_t j = sentence_end(s, end);

    if (j)
        ptb_offer_before(b, end, j, PTB_DOTTED);
    if (end + 1 < s->n)
        ptb_offer_before(b, end, end + 2, PTB_TEXT);
    ptb_offer(b, end, PTB_DOTTED);
}

/* Pty., Pte. and Co. do not end a sentence before Ltd. and Limited. */
static size_t company(const struct ptb_text *s, size_t i)
{
    size_t k = ptb_literal(s, i, "pt");

    if (k && ptb_is_in(ptb_at(s, k), "eyEY"))
        return k + 1;
    return ptb_literal(s, i, "co");
}

void ptb_offer_abbreviations(struct ptb_best *b, struct ptb_text *s, size_t i)
{
    const struct mm_ptb_abbreviation *a;
    size_t j = i, k;

    offer_initials(b, s, i);
    while (ptb_is_alpha(ptb_fold(ptb_at(s, j))))
        j++;
    if (ptb_at(s, j) != '.')
        return;
    if (j > i + 1 && (a = abbreviation(s, i, j - i))) {
        k = j + 1 + (size_t)ptb_is_blank(ptb_at(s, j + 1));
        if (a->kind == MM_PTB_NUMBER && ptb_is_digit(ptb_at(s, k)))
            ptb_offer_before(b, j + 1, k + 1, PTB_TEXT);
        if (a->kind == MM_PTB_END)
            offer_ending(b, s, j + 1);
        if (a->kind == MM_PTB_TITLE)
            ptb_offer(b, j + 1, PTB_TEXT);
    }
    if ((k = doctorate(s, i)) && ptb_at(s, k) == '.')
        offer_ending(b, s, k + 1);
    if ((k = company(s, i)) && ptb_at(s, k) == '.' &&
        ptb_is_space(ptb_at(s, k + 1)) &&
        ((j = ptb_literal(s, k + 2, "ltd")) ||
         (j = ptb_literal(s, k + 2, "lim"))))
        ptb_offer_before(b, k + 1, j, PTB_TEXT);
}
