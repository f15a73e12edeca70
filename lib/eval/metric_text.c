/*
 * metric_text.c - text tasks as lm-evaluation-harness scores them
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/metric.h"
#include "eval/normal.h"

/* ---- choice: loglik [..], choices [..], gold ---- */

static size_t code_points(const char *s, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)s[i] & 0xc0) != 0x80;
    return count;
}

enum length { LENGTH_NONE,
              LENGTH_POINTS,
              LENGTH_BYTES };

static double divided(double loglik, const struct mm_json *choice,
                      enum length by)
{
    size_t n = choice->len;

    if (by == LENGTH_NONE)
        return loglik;
    return loglik / (double)(by == LENGTH_BYTES ? n
                                                : code_points(choice->str, n));
}

/* The first of the greatest; -1: the lists do not fit. */
static int best_choice(const struct mm_record *it, enum length by)
{
    const struct mm_json *l = mm_record_get(it, "loglik", "logliks");
    const struct mm_json *c = mm_record_get(it, "choices", NULL), *choice;
    double most = 0;
    int best = -1, i = 0;

    if (!l || l->type != MM_JSON_ARRAY || !c || c->type != MM_JSON_ARRAY ||
        l->n != c->n)
        return -1;
    choice = c->child;
    for (const struct mm_json *v = l->child; v; v = v->next, i++) {
        double x;

        if (v->type != MM_JSON_NUMBER || !isfinite(v->number) ||
            choice->type != MM_JSON_STRING)
            return -1;
        x = divided(v->number, choice, by);
        if (i == 0 || x > most) {
            most = x;
            best = i;
        }
        choice = choice->next;
    }
    return best;
}

static int choice_of(struct mm_metric_run *r, const struct mm_record *it,
                     double *score, struct mm_err *err)
{
    int64_t gold = mm_json_int(mm_record_get(it, "gold", "answer"), -1);
    int best = best_choice(it, strcmp(r->flavour, "acc_norm") == 0
                                   ? LENGTH_POINTS
                               : strcmp(r->flavour, "acc_bytes") == 0
                                   ? LENGTH_BYTES
                                   : LENGTH_NONE);

    (void)err;
    if (gold < 0 || best < 0)
        return 1;
    *score = best == gold;
    return 0;
}

/* sd of the mean, as the harness prints it */
static void write_error(struct mm_metric_run *r, const char *key)
{
    double sum = 0, square = 0, n = 0, mean;

    for (size_t i = 0; i < r->in->n; i++)
        if (!isnan(r->scores[i])) {
            sum += r->scores[i];
            n++;
        }
    mean = sum / n;
    for (size_t i = 0; i < r->in->n; i++)
        if (!isnan(r->scores[i]))
            square += (r->scores[i] - mean) * (r->scores[i] - mean);
    mm_metric_number(r, key, n > 1 ? sqrt(square / (n - 1)) / sqrt(n) : NAN);
}

static int choice(struct mm_metric_run *r, struct mm_err *err)
{
    static const char *const keys[] = { "acc", "acc_norm", "acc_bytes" };
    double sum[3] = { 0 }, n = 0;

    if (mm_metric_each(r, choice_of, err) < 0)
        return -1;
    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        int64_t gold = mm_json_int(mm_record_get(it, "gold", "answer"), -1);

        if (isnan(r->scores[i]))
            continue;
        n++;
        for (int k = 0; k < 3; k++)
            sum[k] += best_choice(it, (enum length)k) == gold;
    }
    for (int k = 0; k < 3; k++)
        mm_metric_number(r, keys[k], n > 0 ? sum[k] / n : NAN);
    write_error(r, "stderr");
    return 0;
}

/* ---- greedy: loglik, is_greedy, and perhaps words or bytes ---- */

static int greedy_of(struct mm_metric_run *r, const struct mm_record *it,
                     double *score, struct mm_err *err)
{
    double l = mm_json_num(mm_record_get(it, "loglik", NULL), NAN);
    int greedy = mm_json_bool(mm_record_get(it, "is_greedy", NULL), -1);

    (void)r, (void)err;
    if (!isfinite(l) || greedy < 0)
        return 1;
    *score = greedy;
    return 0;
}

/* exp(-sum of log-likelihoods / sum of units); each item is one unit, or n */
static void write_perplexity(struct mm_metric_run *r, const char *key,
                             const char *unit)
{
    double sum = 0, units = 0;

    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];

        if (isnan(r->scores[i]))
            continue;
        sum += mm_json_num(mm_record_get(it, "loglik", NULL), 0);
        units += unit ? mm_json_num(mm_record_get(it, unit, NULL), 0) : 1;
    }
    if (units > 0)
        mm_metric_number(r, key, exp(-sum / units));
}

static int greedy(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, greedy_of, err) < 0)
        return -1;
    mm_metric_mean(r, "acc", 1);
    write_perplexity(r, "perplexity", NULL);
    write_error(r, "stderr");
    return 0;
}

static int perplexity_of(struct mm_metric_run *r, const struct mm_record *it,
                         double *score, struct mm_err *err)
{
    (void)r, (void)err;
    *score = mm_json_num(mm_record_get(it, "loglik", NULL), NAN);
    return !isfinite(*score);
}

static int perplexity(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, perplexity_of, err) < 0)
        return -1;
    write_perplexity(r, "perplexity", NULL);
    write_perplexity(r, "token_perplexity", "tokens");
    write_perplexity(r, "word_perplexity", "words");
    write_perplexity(r, "byte_perplexity", "bytes");
    return 0;
}

/* ---- exact: hyp, refs (the answer and its aliases) ---- */

static int exact_of(struct mm_metric_run *r, const struct mm_record *it,
                    double *score, struct mm_err *err)
{
    enum mm_normaliser how = strcmp(r->flavour, "triviaqa") == 0
                                 ? MM_NORMAL_TRIVIAQA
                                 : MM_NORMAL_NONE;
    const char *hyp = mm_record_str(it, "hyp", "prediction"), **refs = NULL;
    struct mm_buf a = { 0 }, b = { 0 };
    size_t cap = 0, n;
    int result = mm_record_list(mm_record_get(it, "refs", "answers"), &refs,
                                &cap, &n, err);

    if (result == 0 && (!hyp || n == 0))
        result = 1;
    if (result == 0)
        mm_normalise(&a, how, hyp, strlen(hyp));
    for (size_t i = 0; result == 0 && i < n; i++) {
        mm_buf_clear(&b);
        mm_normalise(&b, how, refs[i], strlen(refs[i]));
        if (a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0))
            *score = 1;
    }
    if (result == 0)
        result = mm_buf_check(a.failed ? &a : &b, err);
    mm_buf_release(&a);
    mm_buf_release(&b);
    free(refs);
    return result;
}

static int exact(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, exact_of, err) < 0)
        return -1;
    mm_metric_mean(r, "exact_match", 1);
    write_error(r, "stderr");
    return 0;
}

const struct mm_metric_row mm_text_metrics[] = {
    { "choice", "acc|acc_norm|acc_bytes", choice },
    { "greedy", "lm-eval", greedy },
    { "perplexity", "lm-eval", perplexity },
    { "exact", "triviaqa|plain", exact },
    { 0 }
};
