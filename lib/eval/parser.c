/*
 * parser.c - what an answer means
 */
#include "eval/parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/alias.h"
#include "eval/answer.h"
#include "eval/judge.h"
#include "eval/metric_exam.h"
#include "eval/mmmu.h"
#include "eval/strings.h"

/* One text on its way. */
struct parse {
    struct mm_jw *w;
    struct mm_records *in;
    const struct mm_record *it;
    const char *text;
};

static void write_text(struct parse *p, const char *s)
{
    if (s)
        mm_record_write(p->w, s, strlen(s));
    else
        mm_jw_null(p->w);
}

static void add_letter(struct parse *p, char letter)
{
    char text[2] = { letter, 0 };

    mm_jw_str(p->w, letter ? text : NULL);
}

static int parse_yesno(struct parse *p, const char *how,
                       struct mm_err *err)
{
    const char *said = NULL;

    if (strcmp(how, "yesno-vlmevalkit") == 0 &&
        mm_yesno_vlmevalkit(&said, p->text, err) < 0)
        return -1;
    if (strcmp(how, "yesno-mme-lmms-eval") == 0 &&
        mm_yesno_mme_lmms(&said, p->text, err) < 0)
        return -1;
    if (strcmp(how, "yesno") == 0)
        said = mm_yesno_pope(p->text);
    else if (strcmp(how, "yesno-mme") == 0)
        said = mm_yesno_mme(p->text);
    else if (strcmp(how, "yesno-lmms-eval") == 0)
        said = mm_yesno_lmms(p->text);
    mm_jw_str(p->w, said);
    return 0;
}

static enum mm_mmmu_reader mmmu_reader(const char *how)
{
    enum mm_mmmu_reader reader = MM_MMMU_OFFICIAL;

    if (how[strlen("letter-mmmu")] == '-')
        mm_mmmu_reader_parse(how + strlen("letter-mmmu-"), &reader);
    return reader;
}

static int parse_letter(struct parse *p, const char *how,
                        struct mm_err *err)
{
    struct mm_strings o = { 0 };
    const char *s = p->text;
    char letter = 0;
    int result = 0;

    if (strcmp(how, "letter") == 0)
        letter = mm_letter_llava(s);
    else if (strcmp(how, "letter-first") == 0)
        letter = mm_letter_first(s);
    else if (strcmp(how, "letter-scienceqa-lmms-eval") == 0)
        letter = mm_letter_sqa_lmms(s);
    else if ((result = mm_strings_options(&o, p->it, err)) != 0) {
        if (result > 0)
            mm_records_lack(p->in, p->it);
    } else if (strcmp(how, "letter-mmbench-lmms-eval") == 0)
        result = mm_letter_mmbench_lmms(&letter, s, o.v, o.n, err);
    else if (strncmp(how, "letter-mmmu", 11) == 0)
        result = mm_mmmu_letter(&letter, mmmu_reader(how), s, o.v, o.n, err);
    else
        result = mm_letter_vlmevalkit(&letter, s, o.v, o.n, err);
    if (result >= 0)
        add_letter(p, letter);
    mm_strings_release(&o);
    return result < 0 ? -1 : 0;
}

/* A list: texts and numbers. */
static int parse_mmmu_open(struct parse *p, const char *how,
                           struct mm_err *err)
{
    struct mm_mmmu_values v = { 0 };
    int result = mm_mmmu_open(&v, p->text, err);

    (void)how;
    mm_jw_open(p->w, '[');
    for (size_t k = 0; result == 0 && k < v.n; k++)
        if (v.v[k].is_number)
            mm_jw_num(p->w, v.v[k].number);
        else
            mm_record_write(p->w, v.text.data + v.v[k].at, v.v[k].len);
    mm_jw_close(p->w, ']');
    mm_mmmu_release(&v);
    return result;
}

static int parse_mathvista(struct parse *p, const char *how,
                           struct mm_err *err)
{
    struct mm_buf out = { 0 };
    int ruled = 0;
    int result = mm_exam_mathvista(&out, &ruled, p->it, p->text,
                                   strcmp(how, "mathvista") == 0, err);

    if (result >= 0)
        write_text(p, result == 0 ? out.data : NULL);
    mm_buf_release(&out);
    return result < 0 ? -1 : 0;
}

/* No answer, but what a judge is to be asked about it. */
static int ask_judge(struct parse *p, const char *how,
                     struct mm_err *err)
{
    struct mm_buf request = { 0 };
    int result = strcmp(how, "judge-llava-bench") == 0
                     ? mm_judge_llava(&request, p->it, p->text)
                     : mm_judge_mmvet(&request, p->it, p->text);

    if (result > 0)
        mm_records_lack(p->in, p->it);
    write_text(p, result == 0 ? request.data : NULL);
    result = mm_buf_check(&request, err);
    mm_buf_release(&request);
    return result;
}

static const struct {
    const char *name;
    int (*parse)(struct parse *p, const char *how, struct mm_err *err);
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

static size_t find_parser(const char *name)
{
    size_t i = 0;

    while (i < N_PARSERS &&
           !mm_same_name(name, strlen(name), parsers[i].name))
        i++;
    return i;
}

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

int mm_parser_check(const char *name, struct mm_err *err)
{
    return find_parser(name) < N_PARSERS ? 0 : unknown_parser(name, err);
}

int mm_parser_write(struct mm_jw *w, const char *name, struct mm_records *in,
                    const struct mm_record *it, const char *text,
                    struct mm_err *err)
{
    struct parse p = { w, in, it, text };
    size_t i = find_parser(name);

    return i < N_PARSERS ? parsers[i].parse(&p, parsers[i].name, err)
                         : unknown_parser(name, err);
}

/* "" for what is not text. */
static char *text_of(const struct mm_buf *json, struct mm_err *err)
{
    struct mm_json_doc doc = { 0 };
    char *s = NULL;

    if (mm_json_parse(&doc, json->data, json->len, err) == 0)
        s = mm_strdup(mm_json_str(doc.root, ""), err);
    mm_json_release(&doc);
    return s;
}

int mm_parser_apply(struct mm_records *in, const char *name, size_t *failed,
                    struct mm_err *err)
{
    struct mm_buf json = { 0 };
    int result = mm_parser_check(name, err);

    *failed = 0;
    for (size_t i = 0; result == 0 && i < in->n; i++) {
        struct mm_record *it = &in->v[i];
        const char *text = mm_record_hyp(it, NULL);
        struct mm_jw w;

        if (!text)
            continue;
        mm_buf_clear(&json);
        mm_jw_begin(&w, &json);
        result = mm_parser_write(&w, name, in, it, text, err);
        if (result == 0)
            result = mm_buf_check(&json, err);
        if (result == 0 && !(it->said = text_of(&json, err)))
            result = -1;
        *failed += result == 0 && !*it->said;
    }
    mm_buf_release(&json);
    return result;
}
