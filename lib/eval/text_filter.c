/*
 * text_filter.c - normalisers and parsers as filters
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/alias.h"
#include "eval/metric.h"
#include "eval/normal.h"
#include "eval/parser.h"
#include "eval/ptb.h"

/* ---- normalise: text ---- */

struct outputs {
    struct mm_records in;
    const char **texts; /* NULL: the field is missing */
    struct mm_jw w;
    struct mm_buf *out;
};

static void write_text(struct outputs *o, const char *s)
{
    if (s)
        mm_record_write(&o->w, s, strlen(s));
    else
        mm_jw_null(&o->w);
}

static void begin_line(struct outputs *o, size_t i)
{
    mm_jw_begin(&o->w, o->out);
    mm_jw_open(&o->w, '{');
    mm_jw_key(&o->w, "id");
    mm_record_name(&o->w, &o->in.v[i]);
    mm_jw_key(&o->w, "out");
}

static void end_line(struct outputs *o)
{
    mm_jw_close(&o->w, '}');
    mm_buf_addc(o->out, '\n');
}

/* All texts at once: the tokenizer looks beyond the end of one. */
static int by_ptb(struct outputs *o, unsigned flags, struct mm_err *err)
{
    const char **list = mm_alloc(o->in.n, sizeof *list, err);
    size_t *at = mm_alloc(o->in.n, sizeof *at, err), n = 0;
    struct mm_buf tokens = { 0 };
    int result = -1;

    for (size_t i = 0; list && at && i < o->in.n; i++)
        if (o->texts[i])
            list[n++] = o->texts[i];
    if (list && at)
        result = mm_ptb_captions(&tokens, at, list, n, flags, NULL, err);
    n = 0;
    for (size_t i = 0; result == 0 && i < o->in.n; i++) {
        begin_line(o, i);
        write_text(o, o->texts[i] ? tokens.data + at[n++] : NULL);
        end_line(o);
    }
    mm_buf_release(&tokens);
    free(list);
    free(at);
    return result;
}

static int by_name(struct outputs *o, enum mm_normaliser which,
                   struct mm_err *err)
{
    struct mm_buf text = { 0 };
    int result;

    for (size_t i = 0; i < o->in.n; i++) {
        mm_buf_clear(&text);
        begin_line(o, i);
        if (o->texts[i]) {
            mm_normalise(&text, which, o->texts[i], strlen(o->texts[i]));
            mm_record_write(&o->w, text.data ? text.data : "",
                            text.len);
        } else {
            mm_jw_null(&o->w);
        }
        end_line(o);
    }
    result = mm_buf_check(&text, err);
    mm_buf_release(&text);
    return result;
}

static const struct {
    const char *name;
    unsigned flags;
} ptb[] = { { "ptb", 0 },
            { "ptb-alone", MM_PTB_ALONE },
            { "ptb-tokens", MM_PTB_PUNCTUATION } };

#define N_PTB (sizeof ptb / sizeof *ptb)

/* N_PTB: none of them */
static size_t find_ptb(const char *name)
{
    size_t i = 0;

    while (i < N_PTB && !mm_same_name(name, strlen(name), ptb[i].name))
        i++;
    return i;
}

/* Before anything is read; *which where it is none of ptb's */
static int find_normaliser(enum mm_normaliser *which, const char *name,
                           struct mm_err *err)
{
    if (find_ptb(name) == N_PTB && mm_normaliser_parse(name, which) < 0)
        return mm_fail(err, MM_EUSAGE,
                       "there is no normaliser '%s'; there are ptb, "
                       "ptb-alone, ptb-tokens, vqa, openflamingo, m4c, "
                       "vlmevalkit, vizwiz-api, lmms-eval, triviaqa, "
                       "gqa-llava, lower, hellaswag, openflamingo-answer, "
                       "openflamingo-caption",
                       name);
    return 0;
}

static int normalise(struct outputs *o, const char *name, struct mm_err *err)
{
    size_t i = find_ptb(name);
    enum mm_normaliser which;

    if (i < N_PTB)
        return by_ptb(o, ptb[i].flags, err);
    return find_normaliser(&which, name, err) < 0 ? -1 : by_name(o, which, err);
}

/* ---- parse ---- */

static int parse(struct outputs *o, const char *name, struct mm_err *err)
{
    for (size_t i = 0; i < o->in.n; i++) {
        begin_line(o, i);
        if (!o->texts[i])
            mm_jw_null(&o->w);
        else if (mm_parser_write(&o->w, name, &o->in, &o->in.v[i], o->texts[i],
                                 err) < 0)
            return -1;
        end_line(o);
    }
    return 0;
}

int mm_text_filter(struct mm_buf *out, const char *path, const char *verb,
                   const char *name, int *partial, struct mm_err *err)
{
    struct outputs o = { .out = out };
    enum mm_normaliser ignored;
    int result;

    mm_alias_filter(verb, &name);
    if ((strcmp(verb, "parse") == 0
             ? mm_parser_check(name, err)
             : find_normaliser(&ignored, name, err)) < 0 ||
        mm_records_read(&o.in, path, err) < 0)
        return -1;
    o.texts = mm_alloc(o.in.n, sizeof *o.texts, err);
    for (size_t i = 0; o.texts && i < o.in.n; i++) {
        o.texts[i] = mm_record_str(&o.in.v[i], "text", "hyp");
        if (!o.texts[i])
            mm_records_lack(&o.in, &o.in.v[i]);
    }
    if (!o.texts)
        result = -1;
    else if (strcmp(verb, "normalise") == 0)
        result = normalise(&o, name, err);
    else
        result = parse(&o, name, err);
    mm_buf_add(out, "", 0); /* no lines are a text too */
    if (result == 0)
        result = mm_buf_check(out, err);
    *partial = mm_records_partial(&o.in);
    free(o.texts);
    mm_records_release(&o.in);
    return result;
}
