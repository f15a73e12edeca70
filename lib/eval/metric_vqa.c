/*
 * metric_vqa.c - VQA accuracy and answerability on records
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/metric.h"
#include "eval/vqa.h"

#define PEOPLE 10

/* ---- vqa: hyp, refs (strings, or objects with "answer") ---- */

static int vqa_of(struct mm_metric_run *r, const struct mm_record *it,
                  double *score, struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, NULL), **refs = NULL;
    enum mm_vqa_flavour flavour = MM_VQA_OFFICIAL;
    size_t cap = 0, n;
    int result = mm_record_list(mm_record_refs(it), &refs,
                                &cap, &n, err);

    if (!hyp && !mm_record_get(it, "hyp", NULL))
        hyp = mm_record_str(it, "answer", NULL);
    mm_vqa_flavour_parse(r->flavour, &flavour);
    /* lmms-eval has M4C's normaliser for all but VQAv2 */
    if (strcmp(r->flavour, "lmms-eval") == 0 && strcmp(r->metric, "vqa") != 0)
        flavour = MM_VQA_M4C;
    if (result == 0 && (!hyp || n == 0))
        result = 1;
    if (result == 0 && n != PEOPLE)
        mm_records_fault(r->in, MM_FAULT_ANSWERS, it->line, it->id);
    if (result == 0)
        result = mm_vqa_score(score, flavour, hyp, refs, n, err);
    free(refs);
    return result;
}

static int vqa(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, vqa_of, err) < 0)
        return -1;
    mm_metric_mean(r, "accuracy", 100);
    return mm_metric_by(r, "question_type", 100, err) < 0
               ? -1
               : mm_metric_by(r, "answer_type", 100, err);
}

static int okvqa(struct mm_metric_run *r, struct mm_err *err)
{
    if (vqa(r, err) < 0)
        return -1;
    mm_metric_text(r, "note", "answers as they are: the reference stems them "
                              "with WordNet, which is left out");
    return 0;
}

/*
 * ---- answerability: hyp (how sure that there is an answer), answerable (0 or
 * 1).  What is looked for are questions without one, as in VizWiz's code.
 */

struct ranked {
    double score;
    int positive;
};

static int by_score(const void *a, const void *b)
{
    double x = ((const struct ranked *)a)->score;
    double y = ((const struct ranked *)b)->score;

    return (x < y) - (x > y);
}

/* sum over thresholds of (recall gained) x precision; ties are one step */
static double average_precision(struct ranked *v, size_t n)
{
    double ap = 0, positives = 0, hits = 0, before = 0;

    qsort(v, n, sizeof *v, by_score);
    for (size_t i = 0; i < n; i++)
        positives += v[i].positive;
    for (size_t i = 0; i < n; i++) {
        hits += v[i].positive;
        if (i + 1 < n && v[i + 1].score == v[i].score)
            continue;
        ap += (hits - before) / positives * hits / (double)(i + 1);
        before = hits;
    }
    return ap;
}

static void write_answerability(struct mm_metric_run *r, struct ranked *v,
                                size_t n)
{
    double tp = 0, fp = 0, fn = 0, f1;

    for (size_t i = 0; i < n; i++) {
        tp += v[i].score > 0.5 && v[i].positive;
        fp += v[i].score > 0.5 && !v[i].positive;
        fn += v[i].score <= 0.5 && v[i].positive;
    }
    f1 = tp > 0 ? 100 * 2 * tp / (2 * tp + fp + fn) : 0;
    mm_metric_number(r, "average precision",
                     tp + fn > 0 ? 100 * average_precision(v, n) : NAN);
    mm_metric_number(r, "f1", n > 0 ? f1 : NAN);
}

static int answerability(struct mm_metric_run *r, struct mm_err *err)
{
    struct ranked *v = mm_alloc(r->in->n, sizeof *v, err);
    size_t n = 0;

    if (!v)
        return -1;
    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        const struct mm_json *hyp = mm_record_get(it, "hyp", "answerable_hyp");
        const struct mm_json *gold = mm_record_get(it, "answerable", NULL);
        double p = mm_json_num(hyp, NAN), g = mm_json_num(gold, NAN);

        if (!isfinite(p) || !isfinite(g)) {
            mm_records_lack(r->in, it);
            continue;
        }
        v[n++] = (struct ranked){ 1 - p, g == 0 };
        r->scores[i] = (1 - p > 0.5) == (g == 0);
    }
    write_answerability(r, v, n);
    free(v);
    return 0;
}

const struct mm_metric_row mm_vqa_metrics[] = {
    { "vqa", "official|openflamingo|m4c|lmms-eval|vlmevalkit|vizwiz-api", vqa,
      NULL, "hyp, refs" },
    { "textvqa", "m4c|official|openflamingo|lmms-eval|vlmevalkit", vqa, NULL,
      "hyp, refs" },
    { "vizwiz", "m4c|official|openflamingo|lmms-eval|vlmevalkit|vizwiz-api",
      vqa, NULL, "hyp, refs" },
    { "okvqa", "official|openflamingo|m4c|lmms-eval|vlmevalkit", okvqa, NULL,
      "hyp, refs" },
    { "answerability", "vizwiz", answerability, NULL,
      "hyp (a number), answerable" },
    { 0 }
};
