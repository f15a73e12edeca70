/*
 * ptb_scan.h - the longest token at a place of a text
 *
 * Used by ptb.c only.  The rules of the tokenizer are tried side by side; the
 * one that covers most, with what it must see after the token, wins, and
 * among equals the first.  What a rule learns about the rest of a run is kept,
 * so that no run is walked twice: time is linear in the text.
 */
#ifndef MM_EVAL_PTB_SCAN_H
#define MM_EVAL_PTB_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "eval/ptb_table.h"

#define PTB_END UINT32_MAX /* what stands after the text */

/* How a token is written. */
enum ptb_action {
    PTB_PLAIN,   /* as it stands, and it is of small letters */
    PTB_TEXT,    /* as it stands */
    PTB_WORD,    /* without soft hyphens */
    PTB_TAG,     /* spaces become no-break spaces */
    PTB_JOINED,  /* that, and brackets their names */
    PTB_DOTTED,  /* as it stands, and its last period comes again */
    PTB_DASH,    /* -- */
    PTB_DOTS,    /* ... */
    PTB_AND,     /* & */
    PTB_LESS,    /* < */
    PTB_GREATER, /* > */
    PTB_OPENING, /* `` */
    PTB_QUOTE,   /* each quotation mark as ` or ' */
    PTB_TICK,    /* ` */
    PTB_NOTHING
};

struct ptb_run {
    size_t begin, end; /* of the run that was walked */
    size_t at, stop;   /* the last place where the rule holds, or 0 */
};

struct ptb_text {
    const uint32_t *t; /* code points; a line ends with '\n', t[0] is one */
    size_t n;
    struct ptb_run email, site, file, hyphened;
    size_t no_greater; /* before this there is no '>' */
};

struct ptb_token {
    size_t end;
    enum ptb_action action;
};

enum mm_ptb_class ptb_class(uint32_t cp);
int ptb_is_space(uint32_t cp); /* but for line ends */

/* The token at 0 < at < n, which is not a line end. */
struct ptb_token ptb_next(struct ptb_text *s, size_t at);

/* ---- parts of rules: each returns where it ends, or 0 for no match ---- */

static inline uint32_t ptb_at(const struct ptb_text *s, size_t i)
{
    return i < s->n ? s->t[i] : PTB_END;
}

static inline int ptb_is_alpha(uint32_t c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static inline int ptb_is_ascii_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static inline int ptb_is_alnum(uint32_t c)
{
    return ptb_is_alpha(c) || ptb_is_ascii_digit(c);
}

static inline int ptb_is_digit(uint32_t c)
{
    return c < 128 ? ptb_is_ascii_digit(c) : ptb_class(c) == MM_PTB_DIGIT;
}

static inline int ptb_is_letter(uint32_t c)
{
    return c < 128 ? ptb_is_alpha(c) : ptb_class(c) == MM_PTB_LETTER;
}

/* One of the characters of an ASCII string? */
int ptb_is_in(uint32_t c, const char *set);

/* Without its case: the dotted and the dotless i and the long s count too. */
static inline uint32_t ptb_fold(uint32_t c)
{
    if (c < 128)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    return c == 0x130 || c == 0x131 ? 'i' : c == 0x17f ? 's'
                                                       : c;
}

/* An ASCII text without regard to case. */
size_t ptb_literal(const struct ptb_text *s, size_t i, const char *text);

size_t ptb_apostrophe(const struct ptb_text *s, size_t i); /* or &apos; */
/* or an opening one */
size_t ptb_tick(const struct ptb_text *s, size_t i);
size_t ptb_digits(const struct ptb_text *s, size_t i, size_t min, size_t max);
size_t ptb_ascii_digits(const struct ptb_text *s, size_t i, size_t min,
                        size_t max);

static inline int ptb_is_blank(uint32_t c)
{
    return c == '\n' || ptb_is_space(c);
}

/* ---- the rule that covers most so far ---- */

struct ptb_best {
    size_t end, total;
    enum ptb_action action;
};

/* end: of the token; total: with what must stand after it; 0: no match */
static inline void ptb_offer_before(struct ptb_best *b, size_t end,
                                    size_t total, enum ptb_action action)
{
    if (end && total > b->total)
        *b = (struct ptb_best){ end, total, action };
}

static inline void ptb_offer(struct ptb_best *b, size_t end,
                             enum ptb_action action)
{
    ptb_offer_before(b, end, end, action);
}

/* ---- words: ptb_word.c, ptb_abbreviation.c ---- */

size_t ptb_word_letter(const struct ptb_text *s, size_t i);
size_t ptb_word(const struct ptb_text *s, size_t i);
size_t ptb_short_verb(const struct ptb_text *s, size_t i); /* 's 're */
size_t ptb_short_not(const struct ptb_text *s, size_t i);  /* n't */
size_t ptb_slashed(const struct ptb_text *s, size_t i);    /* and/or */
size_t ptb_initials(const struct ptb_text *s, size_t i);   /* a.b.c */
void ptb_offer_words(struct ptb_best *b, struct ptb_text *s, size_t i);
void ptb_offer_hyphened(struct ptb_best *b, struct ptb_text *s, size_t i);
void ptb_offer_abbreviations(struct ptb_best *b, struct ptb_text *s, size_t i);

/* Before a comma and the like a word (to end) keeps its period. */
void ptb_offer_dotted(struct ptb_best *b, const struct ptb_text *s, size_t end,
                      enum ptb_action action);

/* ---- links: ptb_link.c ---- */

size_t ptb_tag(struct ptb_text *s, size_t i);  /* <b>, </b>, <a href="x"> */
size_t ptb_link(struct ptb_text *s, size_t i); /* with http:// */
size_t ptb_site(struct ptb_text *s, size_t i); /* www.x.org, x.org */
size_t ptb_email(struct ptb_text *s, size_t i);
size_t ptb_file(struct ptb_text *s, size_t i, size_t *total); /* x.txt */

/* ---- numbers and faces: ptb_form.c ---- */

size_t ptb_date(const struct ptb_text *s, size_t i);
size_t ptb_number(const struct ptb_text *s, size_t i);
size_t ptb_fraction(const struct ptb_text *s, size_t i);
size_t ptb_raised(const struct ptb_text *s, size_t i); /* x to the n-th */
size_t ptb_phone(const struct ptb_text *s, size_t i);
size_t ptb_smiley(const struct ptb_text *s, size_t i);
size_t ptb_face(const struct ptb_text *s, size_t i); /* the Asian way */
size_t ptb_dots(const struct ptb_text *s, size_t i);

#endif
