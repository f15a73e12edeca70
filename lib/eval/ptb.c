/*
 * ptb.c - captions to tokens
 */
#include "eval/ptb.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "eval/lower.h"
#include "eval/ptb_scan.h"

#define REPLACEMENT 0xfffd

struct code_points {
    uint32_t *t;
    size_t n, cap;
};

/* ---- the text ---- */

static int is_break(uint32_t cp)
{
    return cp == '\r' || cp == 0x0b || cp == 0x0c || cp == 0x2028 ||
           cp == 0x2029;
}

/* A line end comes first: place 0 can mean no match then. */
static int start_text(struct code_points *p, struct mm_err *err)
{
    if (mm_grow(&p->t, &p->cap, 1, sizeof *p->t, err) < 0)
        return -1;
    p->t[0] = '\n';
    p->n = 1;
    return 0;
}

/* Decode a caption; returns whether a line break stood in it, or -1. */
static int add_caption(struct code_points *p, const char *s,
                       struct mm_err *err)
{
    size_t n = strlen(s);
    int broken = 0;

    if (mm_grow(&p->t, &p->cap, p->n + n + 1, sizeof *p->t, err) < 0)
        return -1;
    while (n) {
        uint32_t cp;
        size_t k = mm_utf8_decode(s, n, &cp);

        if (k == 0) {
            cp = REPLACEMENT;
            k = 1;
        }
        if (is_break(cp)) {
            broken = 1;
            cp = ' ';
        }
        p->t[p->n++] = cp == '\n' ? ' ' : cp;
        s += k;
        n -= k;
    }
    return broken;
}

/* ---- tokens ---- */

static void add_cp(struct mm_buf *out, uint32_t cp)
{
    char text[4];

    mm_buf_add(out, text, mm_utf8_encode(cp, text));
}

/* What a character that is a token, or part of one, is written as. */
static const char *name_of(uint32_t cp)
{
    static const struct {
        uint32_t cp;
        const char *name;
    } names[] = {
        { '(', "-lrb-" },
        { ')', "-rrb-" },
        { '[', "-lsb-" },
        { ']', "-rsb-" },
        { '{', "-lcb-" },
        { '}', "-rcb-" },
        { 0xa2, "cents" },
        { 0xa3, "#" },
        { 0x80, "$" },
        { 0xa4, "$" },
        { 0x20a0, "$" },
        { 0x20ac, "$" },
        { 0xbc, "1/4" },
        { 0xbd, "1/2" },
        { 0xbe, "3/4" },
        { 0x2153, "1/3" },
        { 0x2154, "2/3" },
        { 0x91, "`" },
        { 0x2018, "`" },
        { 0x201b, "`" },
        { 0x2039, "`" },
        { 0x92, "'" },
        { 0x2019, "'" },
        { 0x203a, "'" },
        { 0x93, "``" },
        { 0x201c, "``" },
        { 0xab, "``" },
        { 0x94, "''" },
        { 0x201d, "''" },
        { 0xbb, "''" },
        { '"', "''" },
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].cp == cp)
            return names[i].name;
    return NULL;
}

static void add_named(struct mm_buf *out, uint32_t cp)
{
    const char *name = name_of(cp);

    if (name)
        mm_buf_adds(out, name);
    else
        add_cp(out, cp);
}

static void add_quote(struct mm_buf *out, const struct ptb_text *s, size_t i,
                      size_t end)
{
    size_t j;

    while (i < end) {
        if ((j = ptb_literal(s, i, "&apos;"))) {
            mm_buf_addc(out, '\'');
        } else if ((j = ptb_literal(s, i, "&quot;"))) {
            mm_buf_adds(out, "''");
        } else {
            add_named(out, s->t[i]);
            j = i + 1;
        }
        i = j;
    }
}

/* Letters without soft hyphens; nothing but those is a hyphen. */
static void add_word(struct mm_buf *out, const struct ptb_text *s, size_t i,
                     size_t end)
{
    size_t before = out->len;

    for (; i < end; i++)
        if (s->t[i] != 0xad)
            add_cp(out, s->t[i]);
    if (out->len == before)
        mm_buf_addc(out, '-');
}

/* A token of several parts: spaces that do not part it, brackets by name. */
static void add_joined(struct mm_buf *out, const struct ptb_text *s, size_t i,
                       size_t end, int brackets)
{
    for (; i < end; i++)
        if (s->t[i] == ' ')
            add_cp(out, 0xa0);
        else if (brackets && (s->t[i] == '(' || s->t[i] == ')'))
            add_named(out, s->t[i]);
        else
            add_cp(out, s->t[i]);
}

/* & for &amp;, wherever it stands */
static void add_anded(struct mm_buf *out, const struct ptb_text *s, size_t i,
                      size_t end)
{
    size_t j;

    for (; i < end; i = j)
        if ((j = ptb_literal(s, i, "&amp;"))) {
            mm_buf_addc(out, '&');
        } else {
            add_cp(out, s->t[i]);
            j = i + 1;
        }
}

static void write_token(struct mm_buf *out, const struct ptb_text *s, size_t i,
                        struct ptb_token k)
{
    static const char *const fixed[] = {
        [PTB_DASH] = "--",
        [PTB_DOTS] = "...",
        [PTB_LESS] = "<",
        [PTB_GREATER] = ">",
        [PTB_OPENING] = "``",
        [PTB_TICK] = "`",
        [PTB_NOTHING] = ""
    };

    if (k.action == PTB_WORD)
        add_word(out, s, i, k.end);
    else if (k.action == PTB_JOINED || k.action == PTB_TAG)
        add_joined(out, s, i, k.end, k.action == PTB_JOINED);
    else if (k.action == PTB_AND)
        add_anded(out, s, i, k.end);
    else if (k.action == PTB_QUOTE)
        add_quote(out, s, i, k.end);
    else if (k.action != PTB_TEXT && k.action != PTB_DOTTED)
        mm_buf_adds(out, fixed[k.action]);
    else if (k.end == i + 1)
        add_named(out, s->t[i]);
    else
        for (; i < k.end; i++)
            add_cp(out, s->t[i]);
}

static int is_punctuation(const char *s, size_t n)
{
    static const char *const marks[] = { "''", "'", "``", "`", ".", "?",
                                         "!", ",", ":", "-", "--",
                                         "...", ";" };

    for (size_t i = 0; n <= 3 && i < sizeof marks / sizeof *marks; i++)
        if (strlen(marks[i]) == n && memcmp(marks[i], s, n) == 0)
            return 1;
    return 0;
}

struct writer {
    struct mm_buf *out, token, plain;
    unsigned flags;
    size_t *at, begin; /* where the caption in hand begins */
};

static void put_token(struct writer *w, const struct ptb_text *s, size_t i,
                      struct ptb_token k)
{
    mm_buf_clear(&w->plain);
    mm_buf_clear(&w->token);
    write_token(&w->plain, s, i, k);
    if (w->plain.len == 0)
        return;
    mm_add_lower(&w->token, w->plain.data, w->plain.len);
    if (!(w->flags & MM_PTB_PUNCTUATION) &&
        is_punctuation(w->token.data, w->token.len))
        return;
    if (w->out->len > w->begin)
        mm_buf_addc(w->out, ' ');
    mm_buf_add(w->out, w->token.data, w->token.len);
}

/* Runs of small letters, most of all text, go straight through. */
static void put_plain(struct writer *w, const struct ptb_text *s, size_t i,
                      size_t end)
{
    char *to;

    if (w->out->len > w->begin)
        mm_buf_addc(w->out, ' ');
    to = mm_buf_extend(w->out, end - i);
    for (; to && i < end; i++)
        *to++ = (char)s->t[i];
}

static void end_line(struct writer *w)
{
    mm_buf_addc(w->out, '\0');
    *++w->at = w->begin = w->out->len;
}

/* A token, which is cut where a line ends inside of it (in a tag). */
static void put_lines(struct writer *w, const struct ptb_text *s, size_t i,
                      struct ptb_token k)
{
    if (k.action == PTB_TAG)
        for (size_t j = i; j < k.end; j++)
            if (s->t[j] == '\n') {
                put_token(w, s, i, (struct ptb_token){ j, PTB_TAG });
                end_line(w);
                i = j + 1;
            }
    put_token(w, s, i, k);
}

/* One text of as many lines as at has entries, after a line end. */
static void put_text(struct writer *w, size_t *at, struct ptb_text *s)
{
    size_t i = 1;

    w->at = at;
    *at = w->begin = w->out->len;
    while (i < s->n) {
        struct ptb_token k;

        if (s->t[i] == '\n') {
            end_line(w);
            i++;
            continue;
        }
        if (s->t[i] == ' ' && !ptb_is_space(ptb_at(s, i + 1))) {
            i++;
            continue;
        }
        k = ptb_next(s, i);
        if (k.action == PTB_PLAIN)
            put_plain(w, s, i, k.end);
        else
            put_lines(w, s, i, k);
        i = k.end;
        if (k.action == PTB_DOTTED)
            put_token(w, s, i - 1, (struct ptb_token){ i, PTB_TEXT });
    }
    mm_buf_addc(w->out, '\0');
}

int mm_ptb_captions(struct mm_buf *out, size_t *at,
                    const char *const *captions, size_t n, unsigned flags,
                    size_t *breaks, struct mm_err *err)
{
    struct code_points p = { 0 };
    struct writer w = { .out = out, .flags = flags };
    int result = start_text(&p, err);

    for (size_t i = 0; result == 0 && i < n; i++) {
        int broken = add_caption(&p, captions[i], err);

        if (broken > 0 && breaks)
            ++*breaks;
        if (broken < 0) {
            result = -1;
        } else if (flags & MM_PTB_ALONE) {
            put_text(&w, &at[i], &(struct ptb_text){ .t = p.t, .n = p.n });
            p.n = 1;
        } else if (i + 1 < n) {
            p.t[p.n++] = '\n';
        }
    }
    if (result == 0 && n && !(flags & MM_PTB_ALONE))
        put_text(&w, at, &(struct ptb_text){ .t = p.t, .n = p.n });
    free(p.t);
    if (result == 0)
        result = mm_buf_check(out, err);
    if (result == 0 && (w.token.failed || w.plain.failed))
        result = mm_buf_check(w.token.failed ? &w.token : &w.plain, err);
    mm_buf_release(&w.token);
    mm_buf_release(&w.plain);
    return result;
}
