/*
 * metric_judge.c - LLaVA-Bench and MM-Vet from the verdicts of a judge
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eval/judge.h"
#include "eval/metric.h"
#include "eval/python.h"

/* ---- LLaVA-Bench: hyp (the review), category ---- */

/* "conv" in questions, "llava_bench_conv" in reviews */
static int is_category(const char *of, const char *category)
{
    static const char prefix[] = "llava_bench_";

    if (of && strncmp(of, prefix, strlen(prefix)) == 0)
        of += strlen(prefix);
    return of && strcmp(of, category) == 0;
}

/*
 * The means of all, or of a category, to three places as summarize_gpt_review
 * rounds them; returns how many reviews those are.
 */
static double llava_means(double mean[2], const struct mm_metric_run *r,
                          const char *category)
{
    double sum[2] = { 0 }, n = 0;

    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        const char *of = mm_record_str(it, "category", NULL);
        double pair[2];

        if (isnan(r->scores[i]) || (category && !is_category(of, category)))
            continue;
        mm_judge_pair(pair, mm_record_str(it, "hyp", "review"));
        sum[0] += pair[0];
        sum[1] += pair[1];
        n++;
    }
    for (int k = 0; k < 2; k++)
        mean[k] = n > 0 ? mm_python_round(sum[k] / n, 3) : NAN;
    return n;
}

/* The ratio of means as a percentage, of all or of a category. */
static void llava_ratio(struct mm_metric_run *r, const char *key,
                        const char *category)
{
    double mean[2], n = llava_means(mean, r, category);

    mm_metric_part(r, key,
                   mean[0] != 0 ? mm_python_round(mean[1] / mean[0] * 100, 1)
                                : NAN,
                   n);
}

/* The sums of both scores and the number of reviews. */
static double ratio_of_sums(const double *sums, int which)
{
    double a = mm_python_round(sums[0] / sums[2], 3);
    double b = mm_python_round(sums[1] / sums[2], 3);

    (void)which;
    return a != 0 ? mm_python_round(b / a * 100, 1) : 0;
}

static int llava_of(struct mm_metric_run *r, const struct mm_record *it,
                    double *score, struct mm_err *err)
{
    const char *review = mm_record_str(it, "hyp", "review");
    double pair[2], *row;

    (void)err;
    if (!review)
        return 1;
    mm_judge_pair(pair, review);
    row = mm_metric_row(r, (size_t)(it - r->in->v));
    row[0] = pair[0];
    row[1] = *score = pair[1];
    row[2] = 1;
    return 0;
}

static int llava_bench(struct mm_metric_run *r, struct mm_err *err)
{
    static const char *const categories[] = { "conv", "detail", "complex" };
    double failed = 0, mean[2];

    if (mm_metric_sums(r, 3, ratio_of_sums, 0, err) < 0 ||
        mm_metric_each(r, llava_of, err) < 0)
        return -1;
    for (size_t i = 0; i < r->in->n; i++)
        failed += r->scores[i] == -1;
    llava_ratio(r, "all", NULL);
    for (int i = 0; i < 3; i++)
        llava_ratio(r, categories[i], categories[i]);
    if (llava_means(mean, r, NULL) > 0) {
        mm_metric_number(r, "reference", mm_python_round(mean[0] * 10, 1));
        mm_metric_number(r, "model", mm_python_round(mean[1] * 10, 1));
    }
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

static const char *const capabilities[] = { "rec", "ocr", "know", "gen",
                                            "spat", "math" };
#define CAPABILITIES 6

static unsigned bit_of(const char *s, size_t n)
{
    for (int k = 0; k < CAPABILITIES; k++)
        if (strlen(capabilities[k]) == n && memcmp(s, capabilities[k], n) == 0)
            return 1u << k;
    return 0;
}

/* The capabilities that a question needs, a bit each: a list, or "rec,ocr". */
static unsigned needs(const struct mm_record *it)
{
    const struct mm_json *v = mm_record_get(it, "capability", "capabilities");
    const char *s = mm_json_str(v, NULL);
    unsigned set = 0;

    for (const struct mm_json *e = v ? v->child : NULL; e; e = e->next)
        set |= bit_of(mm_json_str(e, ""), strlen(mm_json_str(e, "")));
    while (s && *s) {
        size_t n = strcspn(s, ",");

        set |= bit_of(s, n);
        s += n + (s[n] == ',');
    }
    return set;
}

struct mean {
    double sum, n;
};

/* Per set of capabilities: {"rec+ocr": {"score", "n"}} */
static void write_sets(struct mm_metric_run *r, const struct mean *sets)
{
    mm_jw_key(r->corpus, "capability sets");
    mm_jw_open(r->corpus, '{');
    for (unsigned set = 1; set < 1u << CAPABILITIES; set++) {
        char name[40] = "";
        size_t len = 0;

        if (sets[set].n == 0)
            continue;
        for (int k = 0; k < CAPABILITIES; k++)
            if (set >> k & 1)
                len += (size_t)snprintf(name + len, sizeof name - len, "%s%s",
                                        len ? "+" : "", capabilities[k]);
        mm_jw_key(r->corpus, name);
        mm_jw_open(r->corpus, '{');
        mm_metric_number(r, "score", 100 * sets[set].sum / sets[set].n);
        mm_metric_number(r, "n", sets[set].n);
        mm_jw_close(r->corpus, '}');
    }
    mm_jw_close(r->corpus, '}');
}

static void write_capabilities(struct mm_metric_run *r)
{
    struct mean one[CAPABILITIES] = { 0 }, sets[1u << CAPABILITIES] = { 0 };

    for (size_t i = 0; i < r->in->n; i++) {
        unsigned set = needs(&r->in->v[i]);

        if (isnan(r->scores[i]))
            continue;
        sets[set].sum += r->scores[i];
        sets[set].n++;
        for (int k = 0; k < CAPABILITIES; k++)
            if (set >> k & 1) {
                one[k].sum += r->scores[i];
                one[k].n++;
            }
    }
    for (int k = 0; k < CAPABILITIES; k++)
        if (one[k].n > 0)
            mm_metric_part(r, capabilities[k], 100 * one[k].sum / one[k].n,
                           one[k].n);
    write_sets(r, sets);
}

static int mmvet(struct mm_metric_run *r, struct mm_err *err)
{
    double failed = 0;

    if (mm_metric_each(r, mmvet_of, err) < 0)
        return -1;
    for (size_t i = 0; i < r->in->n; i++)
        if (r->scores[i] == -1) {
            r->scores[i] = 0; /* as after the last try of the reference */
            failed++;
        }
    mm_metric_mean(r, "total", 100);
    write_capabilities(r);
    mm_metric_number(r, "verdicts without a grade", failed);
    return 0;
}

const struct mm_metric_row mm_judge_metrics[] = {
    { "llava-bench", "in-the-wild", llava_bench, NULL, "hyp" },
    { "mm-vet", "v1", mmvet, NULL, "hyp" },
    { 0 }
};
