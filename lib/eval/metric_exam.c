/*
 * metric_exam.c - MMMU and MathVista on records
 */
#include "eval/metric_exam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/mathvista.h"
#include "eval/metric.h"
#include "eval/mmmu.h"
#include "eval/python.h"

/* ---- MMMU: hyp, question_type, options, answer, domain, subject ---- */

/* Strings of an array, or of a list that Python printed. */
struct strings {
    const char **v;
    size_t n, cap;
    struct mm_buf text;
};

/* 1: no such */
static int get_strings(struct strings *s, const struct mm_json *v,
                       struct mm_err *err)
{
    const char *text = mm_json_str(v, NULL);
    size_t at = 0;

    if (!text)
        return mm_record_list(v, &s->v, &s->cap, &s->n, err);
    if (mm_python_list(&s->text, &s->n, text) < 0)
        return 1;
    if (mm_buf_check(&s->text, err) < 0 ||
        mm_grow(&s->v, &s->cap, s->n + 1, sizeof *s->v, err) < 0)
        return -1;
    for (size_t i = 0; i < s->n; i++) {
        s->v[i] = s->text.data + at;
        at += strlen(s->v[i]) + 1;
    }
    return 0;
}

static void release_strings(struct strings *s)
{
    free(s->v);
    mm_buf_release(&s->text);
}

static int mmmu_choice(const struct mm_record *it, const char *hyp,
                       double *score, struct mm_err *err)
{
    const char *answer = mm_record_str(it, "answer", "ground_truth");
    struct strings options = { 0 };
    char letter = 0;
    int result = get_strings(&options, mm_record_get(it, "options", "choices"),
                             err);

    if (result == 0 && !answer)
        result = 1;
    if (result == 0)
        result = mm_mmmu_letter(&letter, hyp, options.v, options.n, err);
    if (result == 0)
        *score = letter && letter == answer[0] && answer[1] == '\0';
    release_strings(&options);
    return result;
}

static int gold_values(struct mm_mmmu_values *gold, const struct mm_record *it,
                       struct mm_err *err)
{
    const struct mm_json *v = mm_record_get(it, "answer", "ground_truth");
    struct strings list = { 0 };
    int result = get_strings(&list, v, err);

    for (size_t i = 0; result == 0 && i < list.n; i++)
        result = mm_mmmu_normalise(gold, list.v[i], strlen(list.v[i]), err);
    if (result == 1 && mm_json_str(v, NULL))
        result = mm_mmmu_normalise(gold, v->str, strlen(v->str), err);
    release_strings(&list);
    return result;
}

static int mmmu_open(const struct mm_record *it, const char *hyp,
                     double *score, struct mm_err *err)
{
    struct mm_mmmu_values ours = { 0 }, theirs = { 0 };
    int result = gold_values(&theirs, it, err);

    if (result == 0)
        result = mm_mmmu_open(&ours, hyp, err);
    if (result == 0)
        *score = mm_mmmu_match(&ours, &theirs);
    mm_mmmu_release(&ours);
    mm_mmmu_release(&theirs);
    return result;
}

static int mmmu_of(struct mm_metric_run *r, const struct mm_record *it,
                   double *score, struct mm_err *err)
{
    const char *hyp = mm_record_str(it, "hyp", "response");
    const char *type = mm_record_str(it, "question_type", NULL);

    (void)r;
    if (!hyp)
        return 1;
    if (!type)
        type = mm_record_get(it, "options", "choices") ? "multiple-choice"
                                                       : "open";
    return strcmp(type, "open") == 0 ? mmmu_open(it, hyp, score, err)
                                     : mmmu_choice(it, hyp, score, err);
}

static int mmmu(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, mmmu_of, err) < 0)
        return -1;
    mm_metric_mean(r, "accuracy", 100);
    mm_metric_text(r, "note", "where no option can be read the reference "
                              "guesses; here that is wrong");
    return mm_metric_by(r, "domain", 100, err) < 0
               ? -1
               : mm_metric_by(r, "subject", 100, err);
}

/* ---- MathVista ---- */

int mm_exam_mathvista(struct mm_buf *out, int *ruled,
                      const struct mm_record *it, const char *response,
                      int extract, struct mm_err *err)
{
    const char *type = mm_record_str(it, "question_type", NULL);
    struct mm_mathvista q = {
        .multi_choice = type && strcmp(type, "multi_choice") == 0,
        .answer_type = mm_record_str(it, "answer_type", NULL),
        .precision = (int)mm_json_num(mm_record_get(it, "precision", NULL), 0)
    };
    struct strings choices = { 0 };
    struct mm_buf extraction = { 0 };
    int result = 0;

    if (!q.answer_type)
        q.answer_type = "text";
    if (q.multi_choice)
        result = get_strings(&choices, mm_record_get(it, "choices", "options"),
                             err);
    q.choices = choices.v;
    q.n_choices = choices.n;
    if (result == 0 && extract)
        result = mm_mathvista_extract(&extraction, ruled, response, &q, err);
    if (result == 0)
        result = mm_mathvista_normalise(
            out, extract && extraction.data ? extraction.data : response, &q,
            err);
    release_strings(&choices);
    mm_buf_release(&extraction);
    return result;
}

static int mathvista_of(struct mm_metric_run *r, const struct mm_record *it,
                        double *score, struct mm_err *err)
{
    const char *hyp = mm_record_str(it, "hyp", "response");
    const char *answer = mm_record_str(it, "answer", NULL);
    struct mm_buf out = { 0 };
    int ruled, result;

    if (!hyp || !answer)
        return 1;
    result = mm_exam_mathvista(&out, &ruled, it, hyp,
                               strcmp(r->flavour, "rules") == 0, err);
    if (result >= 0)
        *score = result == 0 && strcmp(out.data ? out.data : "", answer) == 0;
    mm_buf_release(&out);
    return result < 0 ? -1 : 0;
}

static int mathvista(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, mathvista_of, err) < 0)
        return -1;
    mm_metric_mean(r, "accuracy", 100);
    if (strcmp(r->flavour, "rules") == 0)
        mm_metric_text(r, "note", "answers are found by rules, where the "
                                  "reference asks a language model");
    return mm_metric_by(r, "task", 100, err) < 0
               ? -1
               : mm_metric_by(r, "question_type", 100, err);
}

const struct mm_metric_row mm_exam_metrics[] = {
    { "mmmu", "official", mmmu },
    { "mathvista", "extracted|rules", mathvista },
    { 0 }
};
