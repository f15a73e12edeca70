/*
 * ptb_scan.c - the longest token at a place of a text: the choice
 */
#include "eval/ptb_scan.h"

enum mm_ptb_class ptb_class(uint32_t cp)
{
    size_t low = 0, high = mm_ptb_n_ranges;

    if (cp > 0xffff)
        return MM_PTB_OTHER;
    while (low < high) {
        size_t mid = (low + high) / 2;

        if (mm_ptb_ranges[mid].last < cp)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == mm_ptb_n_ranges || mm_ptb_ranges[low].first > cp)
        return MM_PTB_OTHER;
    return (enum mm_ptb_class)mm_ptb_ranges[low].class;
}

int ptb_is_space(uint32_t cp)
{
    return cp == ' ' || cp == '\t' || cp == 0xa0 ||
           (cp >= 0x2000 && cp <= 0x200a) || cp == 0x3000;
}

/* ---- quotation marks ---- */

static int is_quote(uint32_t c)
{
    return c == '`' || (c >= 0x91 && c <= 0x94) ||
           (c >= 0x2018 && c <= 0x201f) || c == 0x2039 || c == 0x203a ||
           c == 0xab || c == 0xbb;
}

static void offer_quotes(struct ptb_best *b, const struct ptb_text *s,
                         size_t i)
{
    uint32_t c = ptb_at(s, i);
    size_t d = c == '"' ? i + 1 : ptb_literal(s, i, "&quot;");
    size_t a = ptb_apostrophe(s, i);

    if (d && (ptb_is_alnum(ptb_at(s, d)) || ptb_at(s, d) == '$'))
        ptb_offer_before(b, d, d + 1, PTB_OPENING);
    ptb_offer(b, d, PTB_QUOTE);
    if (c == '\'' && ptb_is_alpha(ptb_at(s, i + 1))) {
        uint32_t next = ptb_at(s, i + 2);

        if (i + 2 < s->n && !ptb_is_in(next, " \t\n\r") && next != 0xa0)
            ptb_offer_before(b, i + 1, i + 3, PTB_TICK);
    }
    if ((d = ptb_short_verb(s, i)) && d < s->n && !ptb_is_alpha(s->t[d]))
        ptb_offer_before(b, d, d + 1, PTB_QUOTE);
    ptb_offer(b, ptb_short_verb(s, i), PTB_QUOTE);
    ptb_offer(b, a, PTB_QUOTE);
    if (c == '\'' && ptb_at(s, i + 1) == '\'')
        ptb_offer(b, i + 2, PTB_TEXT);
    if (is_quote(c))
        ptb_offer(b, i + 1 + (size_t)is_quote(ptb_at(s, i + 1)), PTB_QUOTE);
}

/* 'tis, 'twas, '80s and their like */
static void offer_short(struct ptb_best *b, const struct ptb_text *s, size_t i)
{
    size_t j = ptb_short_verb(s, i);

    ptb_offer_before(b, i + 2, ptb_literal(s, i, "'twas"), PTB_TEXT);
    ptb_offer_before(b, i + 2, ptb_literal(s, i, "'tis"), PTB_TEXT);
    if (j && j < s->n && !ptb_is_alpha(s->t[j]))
        ptb_offer_before(b, j, j + 1, PTB_QUOTE);
    ptb_offer(b, ptb_short_not(s, i), PTB_QUOTE);
    if ((j = ptb_apostrophe(s, i)) && ptb_ascii_digits(s, j, 2, 2) &&
        ptb_is_blank(ptb_at(s, j + 2)))
        ptb_offer_before(b, j + 2, j + 3, PTB_TEXT);
}

/* ---- signs ---- */

static const struct {
    const char *text;
    enum ptb_action action;
} specials[] = {
    { "&md;", PTB_DASH },
    { "&mdash;", PTB_DASH },
    { "&ndash;", PTB_DASH },
    { "&amp;", PTB_AND },
    { "&ht;", PTB_TEXT },
    { "&tl;", PTB_TEXT },
    { "&ur;", PTB_TEXT },
    { "&lr;", PTB_TEXT },
    { "&qc;", PTB_TEXT },
    { "&ql;", PTB_TEXT },
    { "&qr;", PTB_TEXT },
    { "&odq;", PTB_TEXT },
    { "&cdq;", PTB_TEXT },
    { "-rrb-", PTB_TEXT },
    { "-lrb-", PTB_TEXT },
    { "-rcb-", PTB_TEXT },
    { "-lcb-", PTB_TEXT },
    { "-rsb-", PTB_TEXT },
    { "-lsb-", PTB_TEXT },
    { "c.d.s", PTB_TEXT },
    { "pro-", PTB_TEXT },
    { "anti-", PTB_TEXT },
    { "s&p-500", PTB_TEXT },
    { "s&amp;p-500", PTB_AND },
    { "s&ls", PTB_TEXT },
    { "s&amp;ls", PTB_AND },
    { "c++", PTB_TEXT },
    { "c#", PTB_TEXT },
    { "f#", PTB_TEXT },
    { "&lt;", PTB_LESS },
    { "&gt;", PTB_GREATER },
    { "<<", PTB_TEXT },
    { ">>", PTB_TEXT },
    { "&nbsp;", PTB_NOTHING },
};

static void offer_specials(struct ptb_best *b, const struct ptb_text *s,
                           size_t i)
{
    uint32_t first = ptb_at(s, i) | 32;
    size_t j;

    for (size_t k = 0; k < sizeof specials / sizeof *specials; k++)
        if (first == ((unsigned char)specials[k].text[0] | 32))
            ptb_offer(b, ptb_literal(s, i, specials[k].text),
                      specials[k].action);
    if ((j = ptb_literal(s, i, "&#")) &&
        (j = ptb_ascii_digits(s, j, 1, s->n)) && ptb_at(s, j) == ';')
        ptb_offer(b, j + 1, PTB_TEXT);
}

static size_t run_of(const struct ptb_text *s, size_t i, const char *set)
{
    while (ptb_is_in(ptb_at(s, i), set))
        i++;
    return i;
}

/* US$, $, #tag, @name */
static void offer_signs(struct ptb_best *b, const struct ptb_text *s, size_t i)
{
    uint32_t c = ptb_at(s, i);
    size_t j = i;

    while (ptb_at(s, j) >= 'A' && ptb_at(s, j) <= 'Z')
        j++;
    if (ptb_at(s, j) == '$')
        ptb_offer(b, j + 1, PTB_TEXT);
    if (c == '@' && (ptb_is_alpha(ptb_at(s, i + 1)) ||
                     ptb_at(s, i + 1) == '_')) {
        for (j = i + 2; ptb_is_alnum(ptb_at(s, j)) || ptb_at(s, j) == '_';
             j++)
            ;
        ptb_offer(b, j, PTB_TEXT);
    }
    if (c == '#' && ptb_word_letter(s, i + 1)) {
        size_t k;

        for (j = i + 1; (k = ptb_word_letter(s, j)); j = k)
            ;
        ptb_offer(b, j, PTB_TEXT);
    }
}

static void offer_runs(struct ptb_best *b, const struct ptb_text *s, size_t i)
{
    uint32_t c = ptb_at(s, i);
    char one[2] = { (char)c, 0 };
    size_t j = i, n;

    if (c == '-') {
        j = run_of(s, i, one);
        ptb_offer(b, j, j - i == 3 || j - i == 4 ? PTB_DASH : PTB_TEXT);
    }
    if (c == 0x85 || c == 0x2026)
        ptb_offer(b, i + 1, PTB_DOTS);
    if (c == '.')
        ptb_offer(b, ptb_dots(s, i), PTB_DOTS);
    if (ptb_is_in(c, "@#_*"))
        ptb_offer(b, run_of(s, i, one), PTB_TEXT);
    if (ptb_is_in(c, "?!"))
        ptb_offer(b, run_of(s, i, "?!"), PTB_TEXT);
    j = i;
    for (n = 0; n < 3 && ptb_literal(s, j, "\\*"); n++)
        j += 2;
    if (n)
        ptb_offer(b, j, PTB_TEXT);
    if (c == 0x96 || c == 0x97 || (c >= 0x2013 && c <= 0x2015))
        ptb_offer(b, i + 1, PTB_DASH);
}

static void offer_faces(struct ptb_best *b, const struct ptb_text *s, size_t i)
{
    size_t j = ptb_smiley(s, i);

    if (j && j < s->n && !ptb_is_alnum(s->t[j]))
        ptb_offer_before(b, j, j + 1, PTB_JOINED);
    ptb_offer(b, ptb_face(s, i), PTB_JOINED);
}

static void offer_numbers(struct ptb_best *b, const struct ptb_text *s,
                          size_t i)
{
    ptb_offer(b, ptb_date(s, i), PTB_TEXT);
    ptb_offer(b, ptb_number(s, i), PTB_WORD);
    ptb_offer(b, ptb_raised(s, i), PTB_TEXT);
    ptb_offer(b, ptb_fraction(s, i), PTB_JOINED);
}

static void offer_links(struct ptb_best *b, struct ptb_text *s, size_t i)
{
    ptb_offer(b, ptb_link(s, i), PTB_TEXT);
    ptb_offer(b, ptb_site(s, i), PTB_TEXT);
    ptb_offer(b, ptb_email(s, i), PTB_TEXT);
}

/* ---- the choice ---- */

/* Small letters and then a space: most of all words, and no rule but one. */
static size_t plain_word(const struct ptb_text *s, size_t i)
{
    size_t j = i;

    while (ptb_at(s, j) >= 'a' && ptb_at(s, j) <= 'z')
        j++;
    if (j == i || (ptb_at(s, j) != ' ' && ptb_at(s, j) != '\n'))
        return 0;
    if ((j - i == 5 || j - i == 6) && ptb_is_in(s->t[i], "cglw"))
        return 0;
    return j;
}

/* Only a site can begin with a space, and not with the common one. */
static struct ptb_token spaces(struct ptb_text *s, size_t i)
{
    struct ptb_best b = { i, i, PTB_NOTHING };

    while (ptb_is_space(ptb_at(s, b.end)))
        b.total = ++b.end;
    ptb_offer(&b, ptb_site(s, i), PTB_TEXT);
    return (struct ptb_token){ b.end, b.action };
}

struct ptb_token ptb_next(struct ptb_text *s, size_t i)
{
    struct ptb_best b = { i + 1, i, PTB_TEXT };
    uint32_t c = s->t[i];
    size_t end = plain_word(s, i), total = 0;

    if (end)
        return (struct ptb_token){ end, PTB_PLAIN };
    if (ptb_is_space(c))
        return spaces(s, i);
    if (c == '<')
        ptb_offer(&b, ptb_tag(s, i), PTB_TAG);
    ptb_offer_words(&b, s, i);
    offer_short(&b, s, i);
    offer_specials(&b, s, i);
    offer_links(&b, s, i);
    offer_signs(&b, s, i);
    offer_numbers(&b, s, i);
    ptb_offer(&b, ptb_slashed(s, i), PTB_TEXT);
    ptb_offer_abbreviations(&b, s, i);
    end = ptb_file(s, i, &total);
    ptb_offer_before(&b, end, total, PTB_TEXT);
    ptb_offer_dotted(&b, s, ptb_word(s, i), PTB_WORD);
    ptb_offer(&b, ptb_phone(s, i), PTB_JOINED);
    offer_quotes(&b, s, i);
    offer_faces(&b, s, i);
    offer_runs(&b, s, i);
    ptb_offer_hyphened(&b, s, i);
    if (b.total == i)
        b.action = ptb_class(c) != MM_PTB_OTHER || (c > ' ' && c < 127)
                       ? PTB_TEXT
                       : PTB_NOTHING;
    return (struct ptb_token){ b.end, b.action };
}
