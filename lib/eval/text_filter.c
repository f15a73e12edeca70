/*
 * text_filter.c - normalisers and parsers as filters
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/answer.h"
#include "eval/judge.h"
#include "eval/metric.h"
#include "eval/metric_exam.h"
#include "eval/mmmu.h"
#include "eval/normal.h"
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

static int normalise(struct outputs *o, const char *name, struct mm_err *err)
{
    static const struct {
        const char *name;
        unsigned flags;
    } ptb[] = { { "ptb", 0 },
                { "ptb-alone", MM_PTB_ALONE },
                { "ptb-tokens", MM_PTB_PUNCTUATION } };
    enum mm_normaliser which;

    for (size_t i = 0; i < sizeof ptb / sizeof *ptb; i++)
        if (strcmp(name, ptb[i].name) == 0)
            return by_ptb(o, ptb[i].flags, err);
    if (mm_normaliser_parse(name, &which) < 0)
        return mm_fail(err, MM_EUSAGE,
                       "there is no normaliser '%s'; there are ptb, "
                       "ptb-alone, ptb-tokens, vqa, openflamingo, m4c, "
                       "vlmevalkit, vizwiz-api, lmms-eval, triviaqa, "
                       "gqa-llava, lower",
                       name);
    return by_name(o, which, err);
}

/* ---- parse ---- */

static void add_letter(struct outputs *o, char letter)
{
    char text[2] = { letter, 0 };

    mm_jw_str(&o->w, letter ? text : NULL);
}

static int parse_yesno(struct outputs *o, size_t i, const char *how,
                       struct mm_err *err)
{
    const char *said = NULL;

    if (strcmp(how, "yesno-vlmevalkit") == 0 &&
        mm_yesno_vlmevalkit(&said, o->texts[i], err) < 0)
        return -1;
    if (strcmp(how, "yesno-mme-lmms-eval") == 0 &&
        mm_yesno_mme_lmms(&said, o->texts[i], err) < 0)
        return -1;
    if (strcmp(how, "yesno") == 0)
        said = mm_yesno_pope(o->texts[i]);
    else if (strcmp(how, "yesno-mme") == 0)
        said = mm_yesno_mme(o->texts[i]);
    else if (strcmp(how, "yesno-lmms-eval") == 0)
        said = mm_yesno_lmms(o->texts[i]);
    mm_jw_str(&o->w, said);
    return 0;
}

static enum mm_mmmu_reader mmmu_reader(const char *how)
{
    enum mm_mmmu_reader reader = MM_MMMU_OFFICIAL;

    if (how[strlen("letter-mmmu")] == '-')
        mm_mmmu_reader_parse(how + strlen("letter-mmmu-"), &reader);
    return reader;
}

static int parse_letter(struct outputs *o, size_t i, const char *how,
                        struct mm_err *err)
{
    const char **options = NULL, *s = o->texts[i];
    size_t cap = 0, n = 0;
    char letter = 0;
    int result = 0;

    if (strcmp(how, "letter") == 0)
        letter = mm_letter_llava(s);
    else if (strcmp(how, "letter-first") == 0)
        letter = mm_letter_first(s);
    else if (strcmp(how, "letter-scienceqa-lmms-eval") == 0)
        letter = mm_letter_sqa_lmms(s);
    else if (mm_record_list(mm_record_get(&o->in.v[i], "choices", "options"),
                            &options, &cap, &n, err) < 0)
        result = -1;
    else if (strcmp(how, "letter-mmbench-lmms-eval") == 0)
        result = mm_letter_mmbench_lmms(&letter, s, options, n, err);
    else if (strncmp(how, "letter-mmmu", 11) == 0)
        result = mm_mmmu_letter(&letter, mmmu_reader(how), s, options, n, err);
    else
        result = mm_letter_vlmevalkit(&letter, s, options, n, err);
    if (result == 0)
        add_letter(o, letter);
    free(options);
    return result;
}

/* A list: texts and numbers. */
static int parse_mmmu_open(struct outputs *o, size_t i, const char *how,
                           struct mm_err *err)
{
    struct mm_mmmu_values v = { 0 };
    int result = mm_mmmu_open(&v, o->texts[i], err);

    (void)how;
    mm_jw_open(&o->w, '[');
    for (size_t k = 0; result == 0 && k < v.n; k++)
        if (v.v[k].is_number)
            mm_jw_num(&o->w, v.v[k].number);
        else
            mm_record_write(&o->w, v.text.data + v.v[k].at, v.v[k].len);
    mm_jw_close(&o->w, ']');
    mm_mmmu_release(&v);
    return result;
}

static int parse_mathvista(struct outputs *o, size_t i, const char *how,
                           struct mm_err *err)
{
    struct mm_buf out = { 0 };
    int ruled = 0;
    int result = mm_exam_mathvista(&out, &ruled, &o->in.v[i], o->texts[i],
                                   strcmp(how, "mathvista") == 0, err);

    if (result >= 0)
        write_text(o, result == 0 ? out.data : NULL);
    mm_buf_release(&out);
    return result < 0 ? -1 : 0;
}

/* No answer, but what a judge is to be asked about it. */
static int ask_judge(struct outputs *o, size_t i, const char *how,
                     struct mm_err *err)
{
    struct mm_buf request = { 0 };
    int result = strcmp(how, "judge-llava-bench") == 0
                     ? mm_judge_llava(&request, &o->in.v[i], o->texts[i])
                     : mm_judge_mmvet(&request, &o->in.v[i], o->texts[i]);

    if (result > 0)
        mm_records_fault(&o->in, MM_FAULT_FIELDS, o->in.v[i].line,
                         o->in.v[i].id);
    write_text(o, result == 0 ? request.data : NULL);
    result = mm_buf_check(&request, err);
    mm_buf_release(&request);
    return result;
}

static const struct {
    const char *name;
    int (*parse)(struct outputs *o, size_t i, const char *how,
                 struct mm_err *err);
} parsers[] = {
    { "yesno", parse_yesno },
    { "yesno-mme", parse_yesno },
    { "yesno-mme-lmms-eval", parse_yesno },
    { "yesno-lmms-eval", parse_yesno },
    { "yesno-vlmevalkit", parse_yesno },
    { "letter", parse_letter },
    { "letter-first", parse_letter },
    { "letter-vlmevalkit", parse_letter },
    { "letter-mmmu", parse_letter },
    { "letter-mmmu-lmms-eval", parse_letter },
    { "letter-mmmu-robust", parse_letter },
    { "letter-scienceqa-lmms-eval", parse_letter },
    { "letter-mmbench-lmms-eval", parse_letter },
    { "mmmu-open", parse_mmmu_open },
    { "mathvista", parse_mathvista },
    { "mathvista-extracted", parse_mathvista },
    { "judge-llava-bench", ask_judge },
    { "judge-mm-vet", ask_judge },
};
#define N_PARSERS (sizeof parsers / sizeof *parsers)

static int unknown_parser(const char *name, struct mm_err *err)
{
    struct mm_buf names = { 0 };
    int result;

    for (size_t i = 0; i < N_PARSERS; i++) {
        mm_buf_addc(&names, ' ');
        mm_buf_adds(&names, parsers[i].name);
    }
    result = mm_fail(err, MM_EUSAGE, "there is no parser '%s'; there are%s",
                     name, names.data ? names.data : "");
    mm_buf_release(&names);
    return result;
}

static int parse(struct outputs *o, const char *name, struct mm_err *err)
{
    size_t p = 0;

    while (p < N_PARSERS && strcmp(parsers[p].name, name) != 0)
        p++;
    if (p == N_PARSERS)
        return unknown_parser(name, err);
    for (size_t i = 0; i < o->in.n; i++) {
        begin_line(o, i);
        if (!o->texts[i])
            mm_jw_null(&o->w);
        else if (parsers[p].parse(o, i, name, err) < 0)
            return -1;
        end_line(o);
    }
    return 0;
}

int mm_text_filter(struct mm_buf *out, const char *path, const char *verb,
                   const char *name, int *partial, struct mm_err *err)
{
    struct outputs o = { .out = out };
    int result;

    if (mm_records_read(&o.in, path, err) < 0)
        return -1;
    o.texts = mm_alloc(o.in.n, sizeof *o.texts, err);
    for (size_t i = 0; o.texts && i < o.in.n; i++) {
        o.texts[i] = mm_record_str(&o.in.v[i], "text", "hyp");
        if (!o.texts[i])
            mm_records_fault(&o.in, MM_FAULT_FIELDS, o.in.v[i].line,
                             o.in.v[i].id);
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
