/*
 * metric_judge.c - LLaVA-Bench and MM-Vet from the verdicts of a judge
 */
#include <math.h>
#include <string.h>

#include "eval/judge.h"
#include "eval/metric.h"
#include "eval/python.h"

/* ---- LLaVA-Bench: hyp (the review), category ---- */

/* The ratio of means of all, or of a category, as a percentage. */
static double llava_ratio(const struct mm_metric_run *r, const char *category)
{
    double sum[2] = { 0 };

    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        const char *of = mm_record_str(it, "category", NULL);
        double pair[2];

        if (isnan(r->scores[i]) ||
            (category && (!of || strcmp(of, category) != 0)))
            continue;
        mm_judge_pair(pair, mm_record_str(it, "hyp", "review"));
        sum[0] += pair[0];
        sum[1] += pair[1];
    }
    return sum[0] != 0 ? mm_python_round(sum[1] / sum[0] * 100, 1) : NAN;
}

static int llava_of(struct mm_metric_run *r, const struct mm_record *it,
                    double *score, struct mm_err *err)
{
    const char *review = mm_record_str(it, "hyp", "review");
    double pair[2];

    (void)r, (void)err;
    if (!review)
        return 1;
    mm_judge_pair(pair, review);
    *score = pair[1];
    return 0;
}

static int llava_bench(struct mm_metric_run *r, struct mm_err *err)
{
    static const char *const categories[] = { "conv", "detail", "complex" };
    double failed = 0;

    if (mm_metric_each(r, llava_of, err) < 0)
        return -1;
    for (size_t i = 0; i < r->in->n; i++)
        failed += r->scores[i] == -1;
    mm_metric_number(r, "all", llava_ratio(r, NULL));
    for (int i = 0; i < 3; i++)
        mm_metric_number(r, categories[i], llava_ratio(r, categories[i]));
    mm_metric_number(r, "reviews without two scores", failed);
    return 0;
}

/* ---- MM-Vet: hyp (the verdict), capability ---- */

static int mmvet_of(struct mm_metric_run *r, const struct mm_record *it,
                    double *score, struct mm_err *err)
{
    const char *verdict = mm_record_str(it, "hyp", "verdict");

    (void)r, (void)err;
    if (!verdict)
        return 1;
    *score = mm_judge_grade(verdict);
    return 0;
}

static int has_capability(const struct mm_record *it, const char *name)
{
    const struct mm_json *list = mm_record_get(it, "capability", NULL);

    for (const struct mm_json *e = list ? list->child : NULL; e; e = e->next)
        if (strcmp(mm_json_str(e, ""), name) == 0)
            return 1;
    return 0;
}

static int mmvet(struct mm_metric_run *r, struct mm_err *err)
{
    static const char *const names[] = { "rec", "ocr", "know", "gen", "spat",
                                         "math" };
    double failed = 0;

    if (mm_metric_each(r, mmvet_of, err) < 0)
        return -1;
    for (size_t i = 0; i < r->in->n; i++)
        if (r->scores[i] == -1) {
            r->scores[i] = 0; /* as after the last try of the reference */
            failed++;
        }
    mm_metric_mean(r, "total", 100);
    for (int k = 0; k < 6; k++) {
        double sum = 0, n = 0;

        for (size_t i = 0; i < r->in->n; i++)
            if (!isnan(r->scores[i]) &&
                has_capability(&r->in->v[i], names[k])) {
                sum += r->scores[i];
                n++;
            }
        if (n > 0)
            mm_metric_number(r, names[k], 100 * sum / n);
    }
    mm_metric_number(r, "verdicts without a grade", failed);
    return 0;
}

const struct mm_metric_row mm_judge_metrics[] = {
    { "llava-bench", "in-the-wild", llava_bench },
    { "mm-vet", "v1", mmvet },
    { 0 }
};
