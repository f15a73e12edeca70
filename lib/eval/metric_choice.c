/*
 * metric_choice.c - multiple choice benchmarks on records
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "eval/answer.h"
#include "eval/metric.h"
#include "eval/strings.h"

/* ---- ScienceQA: hyp, answer (number or letter), choices, image ---- */

static int gold_index(const struct mm_record *it)
{
    const struct mm_json *v = mm_record_get(it, "answer", "label");
    const char *s = mm_json_str(v, NULL);

    if (s)
        return s[0] >= 'A' && s[0] <= 'Z' && s[1] == '\0' ? s[0] - 'A' : -1;
    return v && v->is_int ? (int)v->integer : -1;
}

static int scienceqa_of(struct mm_metric_run *r, const struct mm_record *it,
                        double *score, struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, "text");
    const struct mm_json *choices = mm_record_get(it, "choices", "options");
    int gold = gold_index(it), said;
    size_t n = choices && choices->type == MM_JSON_ARRAY ? choices->n : 5;
    char c;

    (void)err;
    if (gold < 0)
        return 1;
    if (!hyp) /* the reference reads "FAILED" */
        return mm_metric_unanswered(r, it, score);
    c = strcmp(r->flavour, "lmms-eval") == 0 ? mm_letter_sqa_lmms(hyp)
                                             : mm_letter_llava(hyp);
    said = c ? c - 'A' : -1;
    *score = said >= 0 && (size_t)said < n && said == gold;
    return 0;
}

static int scienceqa(struct mm_metric_run *r, struct mm_err *err)
{
    double sum = 0, n = 0;

    if (mm_metric_each(r, scienceqa_of, err) < 0)
        return -1;
    mm_metric_mean(r, "accuracy", 100);
    for (size_t i = 0; i < r->in->n; i++)
        if (!isnan(r->scores[i]) &&
            mm_record_str(&r->in->v[i], "image", NULL)) {
            sum += r->scores[i];
            n++;
        }
    if (n > 0)
        mm_metric_part(r, "accuracy, with picture", 100 * sum / n, n);
    return mm_metric_by(r, "subject", 100, err);
}

/* ---- SEED: hyp, answer (letter), data_type, question_type ---- */

static int seed_of(struct mm_metric_run *r, const struct mm_record *it,
                   double *score, struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, NULL);
    const char *answer = mm_record_answer(it, "answer", NULL);

    (void)err;
    if (!hyp || !answer)
        return 1;
    *score = strcmp(r->flavour, "lmms-eval") == 0
                 ? mm_letter_first(answer) &&
                       mm_letter_first(hyp) == mm_letter_first(answer)
                 : strcmp(hyp, answer) == 0;
    return 0;
}

static int seed(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, seed_of, err) < 0)
        return -1;
    mm_metric_mean(r, "all", 100);
    return mm_metric_by(r, "data_type", 100, err) < 0
               ? -1
               : mm_metric_by(r, "question_type", 100, err);
}

/* ---- MMBench: index, hyp, answer, A, B, C, D, category, l2-category ---- */

#define ROTATION 1000000

/* index, or a number as id; -1: neither */
static int64_t index_of(const struct mm_record *it)
{
    const struct mm_json *v = mm_record_get(it, "index", "id");
    const char *s = mm_json_str(v, NULL);
    char *end;
    long long n;

    if (!s)
        return v && v->is_int && v->integer >= 0 ? v->integer : -1;
    n = strtoll(s, &end, 10);
    return *s && *end == '\0' && n >= 0 ? n : -1;
}

static int mmbench_of(struct mm_metric_run *r, const struct mm_record *it,
                      double *score, struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, NULL);
    const char *answer = mm_record_answer(it, "answer", NULL);
    struct mm_strings o = { 0 };
    char letter = 0;
    int result;

    if (!hyp || !answer || !*answer || index_of(it) < 0)
        return 1;
    if (strcmp(r->flavour, "letter") == 0) {
        letter = hyp[0] && hyp[1] == '\0' ? hyp[0] : 0;
        result = 0;
    } else if ((result = mm_strings_options(&o, it, err)) >= 0) {
        result = strcmp(r->flavour, "lmms-eval") == 0
                     ? mm_letter_mmbench_lmms(&letter, hyp, o.v, o.n, err)
                     : mm_letter_vlmevalkit(&letter, hyp, o.v, o.n, err);
    }
    mm_strings_release(&o);
    *score = letter == *answer && answer[1] == '\0';
    return result;
}

static int is_rotation(const struct mm_record *it)
{
    return index_of(it) >= ROTATION;
}

/* Of a question: how many of its rows are wrong, and whether it is one. */
#define WRONG 2
#define MAIN 1

/* A question is right when its row and all of its rotations are. */
static int mmbench_circular(struct mm_metric_run *r, struct mm_map *wrong,
                            struct mm_err *err)
{
    double sum = 0, n = 0, vanilla = 0;

    for (size_t i = 0; i < r->in->n; i++) {
        int64_t index = index_of(&r->in->v[i]) % ROTATION, *at;

        if (isnan(r->scores[i]))
            continue;
        if (!(at = mm_map_at(wrong, &index, sizeof index, err)))
            return -1;
        *at += r->scores[i] == 0 ? WRONG : 0;
        *at |= index_of(&r->in->v[i]) < ROTATION ? MAIN : 0;
    }
    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        int64_t index = index_of(it), row = index % ROTATION;

        if (isnan(r->scores[i]))
            continue;
        if (!(*mm_map_get(wrong, &row, sizeof row) & MAIN))
            mm_records_fault(r->in, MM_FAULT_GROUP, it->line, it->id);
        if (index >= ROTATION) {
            if (mm_metric_set_aside(r, i, err) < 0)
                return -1;
            continue;
        }
        vanilla += r->scores[i];
        r->scores[i] = *mm_map_get(wrong, &row, sizeof row) < WRONG;
        sum += r->scores[i];
        n++;
    }
    mm_metric_number(r, "circular", n > 0 ? 100 * sum / n : NAN);
    mm_metric_number(r, "vanilla", n > 0 ? 100 * vanilla / n : NAN);
    mm_metric_number(r, "questions", n);
    return 0;
}

static int mmbench(struct mm_metric_run *r, struct mm_err *err)
{
    struct mm_map wrong = { 0 };
    double *all = NULL;
    int result;

    if (mm_metric_each(r, mmbench_of, err) < 0)
        return -1;
    result = mmbench_circular(r, &wrong, err);
    mm_map_release(&wrong);
    /* categories are of questions: rotations are out of sight for a while */
    if (result == 0)
        result = (all = mm_alloc(r->in->n, sizeof *all, err)) ? 0 : -1;
    for (size_t i = 0; result == 0 && i < r->in->n; i++) {
        all[i] = r->scores[i];
        if (index_of(&r->in->v[i]) >= ROTATION)
            r->scores[i] = NAN;
    }
    if (result == 0 &&
        (result = mm_metric_by(r, "category", 100, err)) == 0 &&
        (result = mm_metric_by(r, "l2-category", 100, err)) == 0)
        result = mm_metric_by(r, "L2-category", 100, err);
    for (size_t i = 0; all && i < r->in->n; i++)
        r->scores[i] = all[i];
    free(all);
    return result;
}

const struct mm_metric_row mm_choice_metrics[] = {
    { "scienceqa", "llava|lmms-eval", scienceqa, NULL, "hyp, answer" },
    { "seed", "llava|lmms-eval", seed, NULL, "hyp, answer" },
    { "mmbench", "vlmevalkit|letter|lmms-eval", mmbench, is_rotation,
      "hyp, answer (a letter), index" },
    { 0 }
};
