/*
 * metric_exam.c - MMMU and MathVista on records
 */
#include "eval/metric_exam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/mathvista.h"
#include "eval/mersenne.h"
#include "eval/metric.h"
#include "eval/mmmu.h"
#include "eval/python.h"
#include "eval/space.h"
#include "eval/strings.h"

/* ---- MMMU: hyp, question_type, options, answer, domain, subject ---- */

/* The gold answer: a letter, or a list of them. */
static int is_gold(const struct mm_json *gold, char letter)
{
    const char *s = mm_json_str(gold, NULL);

    if (s)
        return letter && s[0] == letter && s[1] == '\0';
    for (const struct mm_json *e = gold->child; e; e = e->next)
        if (is_gold(e, letter))
            return 1;
    return 0;
}

static int mmmu_choice(struct mm_metric_run *r, const struct mm_record *it,
                       const char *hyp, double *score, struct mm_err *err)
{
    const struct mm_json *gold = mm_record_get(it, "answer", "ground_truth");
    enum mm_mmmu_reader how = MM_MMMU_OFFICIAL;
    struct mm_strings options = { 0 };
    char letter = 0;
    int result = mm_strings_options(&options, it, err);

    mm_mmmu_reader_parse(r->flavour, &how);
    if (result == 0 && (!gold || (gold->type != MM_JSON_STRING &&
                                  gold->type != MM_JSON_ARRAY)))
        result = 1;
    if (result == 0)
        result = mm_mmmu_letter(&letter, how, hyp, options.v, options.n, err);
    if (result == 0 && !letter && options.n &&
        strcmp(r->flavour, "official-guess") == 0)
        letter = (char)('A' + mm_mersenne_below(r->state,
                                                (uint32_t)options.n));
    if (result == 0)
        *score = is_gold(gold, letter);
    mm_strings_release(&options);
    return result;
}

/* A list that Python printed is one, but to lmms-eval a text as it is. */
static int gold_values(struct mm_mmmu_values *gold,
                       const struct mm_metric_run *r,
                       const struct mm_record *it, struct mm_err *err)
{
    const struct mm_json *v = mm_record_get(it, "answer", "ground_truth");
    struct mm_strings list = { 0 };
    int as_text = mm_json_str(v, NULL) && strcmp(r->flavour, "lmms-eval") == 0;
    int result = as_text ? 1 : mm_strings_get(&list, v, err);

    for (size_t i = 0; result == 0 && i < list.n; i++)
        result = mm_mmmu_normalise(gold, list.v[i], strlen(list.v[i]), err);
    if (result == 1 && mm_json_str(v, NULL))
        result = mm_mmmu_normalise(gold, v->str, strlen(v->str), err);
    mm_strings_release(&list);
    return result;
}

static int mmmu_open(struct mm_metric_run *r, const struct mm_record *it,
                     const char *hyp, double *score, struct mm_err *err)
{
    struct mm_mmmu_values ours = { 0 }, theirs = { 0 };
    int result = gold_values(&theirs, r, it, err);

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
    const char *hyp = mm_record_hyp(it, "response");
    const char *type = mm_record_str(it, "question_type", NULL);

    if (!hyp)
        return 1;
    if (!type)
        type = mm_record_get(it, "options", "choices") ? "multiple-choice"
                                                       : "open";
    return strcmp(type, "open") == 0 ? mmmu_open(r, it, hyp, score, err)
                                     : mmmu_choice(r, it, hyp, score, err);
}

static const struct {
    const char *domain, *subjects;
} domains[] = {
    { "Art and Design", " Art Art_Theory Design Music " },
    { "Business", " Accounting Economics Finance Manage Marketing " },
    { "Science", " Biology Chemistry Geography Math Physics " },
    { "Health and Medicine",
      " Basic_Medical_Science Clinical_Medicine "
      "Diagnostics_and_Laboratory_Medicine Pharmacy Public_Health " },
    { "Humanities and Social Science",
      " History Literature Sociology Psychology " },
    { "Tech and Engineering",
      " Agriculture Architecture_and_Engineering Computer_Science Electronics "
      "Energy_and_Power Materials Mechanical_Engineering " }
};

/* The domain or the subject: a member, or from an id "validation_Math_12" */
static void part_of(struct mm_json *value, const struct mm_record *it,
                    const char *name)
{
    const char *own = mm_record_str(it, name, NULL);
    const char *begin = strchr(it->id, '_'), *end = strrchr(it->id, '_');

    if (own) {
        *value = *mm_record_get(it, name, NULL);
        return;
    }
    if (!begin || end == begin)
        return;
    for (size_t k = 0; k < sizeof domains / sizeof *domains; k++)
        for (const char *s = domains[k].subjects + 1; *s;
             s += strcspn(s, " ") + 1) {
            size_t n = strcspn(s, " ");

            if ((size_t)(end - begin) != n + 1 ||
                memcmp(begin + 1, s, n) != 0)
                continue;
            *value = (struct mm_json){ .type = MM_JSON_STRING };
            value->str = strcmp(name, "domain") == 0 ? domains[k].domain : s;
            value->len = strcmp(name, "domain") == 0 ? strlen(value->str) : n;
        }
}

static int mmmu(struct mm_metric_run *r, struct mm_err *err)
{
    struct mm_mersenne guesses;

    mm_mersenne_seed(&guesses, 42); /* as the reference does */
    r->state = &guesses;
    if (mm_metric_each(r, mmmu_of, err) < 0)
        return -1;
    mm_metric_mean(r, "accuracy", 100);
    if (strcmp(r->flavour, "official-guess") == 0)
        mm_metric_text(r, "note", "where no option can be read one is guessed "
                                  "at random, by Python's generator from 42 "
                                  "in the order of lines");
    else
        mm_metric_text(r, "note", "where no option can be read the reference "
                                  "guesses; here that is wrong");
    return mm_metric_by_value(r, "domain", 100, part_of, err) < 0
               ? -1
               : mm_metric_by_value(r, "subject", 100, part_of, err);
}

/* ---- MathVista ---- */

int mm_exam_mathvista(struct mm_buf *out, int *ruled,
                      const struct mm_record *it, const char *response,
                      int extract, struct mm_err *err)
{
    const char *type = mm_record_str(it, "question_type", NULL);
    double precision = mm_json_num(mm_record_get(it, "precision", NULL), NAN);
    struct mm_mathvista q = {
        .multi_choice = type && strcmp(type, "multi_choice") == 0,
        .answer_type = mm_record_str(it, "answer_type", NULL),
        .precision = fabs(precision) < 100 ? (int)precision : 0,
        .is_whole = isnan(precision)
    };
    struct mm_strings choices = { 0 };
    struct mm_buf extraction = { 0 };
    int result = 0;

    if (!q.answer_type)
        q.answer_type = "text";
    if (q.multi_choice)
        result = mm_strings_options(&choices, it, err);
    q.choices = choices.v;
    q.n_choices = choices.n;
    if (result == 0 && extract)
        result = mm_mathvista_extract(&extraction, ruled, response, &q, err);
    if (result == 0)
        result = mm_mathvista_normalise(
            out, extract && extraction.data ? extraction.data : response, &q,
            err);
    mm_strings_release(&choices);
    mm_buf_release(&extraction);
    return result;
}

static int mathvista_of(struct mm_metric_run *r, const struct mm_record *it,
                        double *score, struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, "response");
    const char *answer = mm_record_answer(it, "answer", NULL);
    const char *a, *b, *a_end, *b_end;
    struct mm_buf out = { 0 };
    int ruled, result;

    if (!hyp || !answer)
        return 1;
    result = mm_exam_mathvista(&out, &ruled, it, hyp,
                               strcmp(r->flavour, "rules") == 0, err);
    a = result == 0 ? out.data : "None";
    b = answer;
    a_end = a + strlen(a);
    b_end = b + strlen(b);
    if (strcmp(r->flavour, "lmms-eval") == 0) {
        mm_strip(&a, &a_end);
        mm_strip(&b, &b_end);
    } else if (result == 1) {
        a_end = a; /* no value equals nothing */
        b_end = b + 1;
    }
    if (result >= 0)
        *score = a_end - a == b_end - b &&
                 memcmp(a, b, (size_t)(a_end - a)) == 0;
    mm_buf_release(&out);
    return result < 0 ? -1 : 0;
}

/* A member, of the record or of its "metadata" */
static void meta_of(struct mm_json *value, const struct mm_record *it,
                    const char *name)
{
    const struct mm_json *v = mm_record_get(it, name, NULL);

    if (!v)
        v = mm_json_get(mm_record_get(it, "metadata", NULL), name);
    if (v)
        *value = *v;
}

static int mathvista_parts(struct mm_metric_run *r, struct mm_err *err)
{
    static const char *const names[] = { "question_type", "answer_type",
                                         "language", "source", "category",
                                         "task", "context", "grade",
                                         "skills" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (mm_metric_by_value(r, names[i], 100, meta_of, err) < 0)
            return -1;
    return 0;
}

static int mathvista(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, mathvista_of, err) < 0)
        return -1;
    mm_metric_mean(r, "accuracy", 100);
    if (strcmp(r->flavour, "rules") == 0)
        mm_metric_text(r, "note", "answers are found by rules, where the "
                                  "reference asks a language model");
    return mathvista_parts(r, err);
}

const struct mm_metric_row mm_exam_metrics[] = {
    { "mmmu", "official|official-guess|lmms-eval|robust", mmmu, NULL,
      "hyp, question_type, answer, options" },
    { "mathvista", "extracted|rules|lmms-eval", mathvista, NULL,
      "hyp, answer, question_type, answer_type" },
    { 0 }
};
