/*
 * metric_text.c - text tasks as lm-evaluation-harness scores them
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "base/utf8.h"
#include "eval/mersenne.h"
#include "eval/metric.h"
#include "eval/normal.h"
#include "eval/space.h"

/* ---- choice: loglik [..], choices [..], gold ---- */

enum length { LENGTH_NONE,
              LENGTH_POINTS,
              LENGTH_BYTES };

static double divided(double loglik, const struct mm_json *choice,
                      enum length by)
{
    size_t n = choice->len;

    if (by == LENGTH_NONE)
        return loglik;
    if (by == LENGTH_POINTS)
        n = mm_utf8_count(choice->str, n);
    return loglik / (double)n;
}

/* The first of the greatest; -1: the lists do not fit. */
static int best_choice(const struct mm_record *it, enum length by)
{
    const struct mm_json *l = mm_record_get(it, "loglik", "logliks");
    const struct mm_json *c = mm_record_get(it, "choices", "options"),
                         *choice;
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

/* Is choice i right?  gold is its index, or a list of such; -1: neither */
static int is_gold(const struct mm_record *it, int i)
{
    const struct mm_json *gold = mm_record_get(it, "gold", "answer");

    if (!gold || (!gold->is_int && gold->type != MM_JSON_ARRAY)) {
        int64_t right = mm_record_gold(it);

        return right < 0 ? -1 : right == i;
    }
    if (gold->is_int)
        return gold->integer < 0 ? -1 : gold->integer == i;
    for (const struct mm_json *e = gold->child; e; e = e->next)
        if (e->is_int && e->integer == i)
            return 1;
    return 0;
}

static int choice_of(struct mm_metric_run *r, const struct mm_record *it,
                     double *score, struct mm_err *err)
{
    int best = best_choice(it, strcmp(r->flavour, "acc_norm") == 0
                                   ? LENGTH_POINTS
                               : strcmp(r->flavour, "acc_bytes") == 0
                                   ? LENGTH_BYTES
                                   : LENGTH_NONE);

    (void)err;
    if (best < 0 || is_gold(it, best) < 0)
        return 1;
    *score = is_gold(it, best);
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

        if (isnan(r->scores[i]))
            continue;
        n++;
        for (int k = 0; k < 3; k++)
            sum[k] += is_gold(it, best_choice(it, (enum length)k)) == 1;
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
    const struct mm_json *v = mm_record_get(it, "is_greedy", NULL);

    (void)r, (void)err;
    if (v && v->type == MM_JSON_ARRAY) { /* one of several answers will do */
        for (const struct mm_json *e = v->child; e; e = e->next)
            if (mm_json_bool(e, 0))
                *score = 1;
        return 0;
    }
    if (!isfinite(l) || mm_json_bool(v, -1) < 0)
        return 1;
    *score = mm_json_bool(v, 0);
    return 0;
}

/* -sum of log-likelihoods / sum of units; each item is one, or n; NaN: none */
static double nats_per(const struct mm_metric_run *r, const char *unit)
{
    double sum = 0, units = 0;

    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];

        if (isnan(r->scores[i]))
            continue;
        sum += mm_json_num(mm_record_get(it, "loglik", NULL), 0);
        units += unit ? mm_json_num(mm_record_get(it, unit, NULL), 0) : 1;
    }
    return units > 0 ? -sum / units : NAN;
}

static void write_perplexity(struct mm_metric_run *r, const char *key,
                             const char *unit)
{
    double nats = nats_per(r, unit);

    if (!isnan(nats))
        mm_metric_number(r, key, exp(nats));
}

/*
 * Standard error of the perplexity as the harness has it: 100 chunks of 1000
 * resamples, chunk i drawn by Python's random.Random(i).choices.
 */
enum { CHUNKS = 100,
       CHUNK = 1000 };

struct resampling {
    const double *loglik;
    size_t n;
    double *perplexity; /* [CHUNKS * CHUNK] */
};

static void resample(void *ctx, size_t chunk)
{
    const struct resampling *s = ctx;
    struct mm_mersenne m;

    mm_mersenne_seed(&m, (uint32_t)chunk);
    for (size_t k = 0; k < CHUNK; k++) {
        double sum = 0;

        for (size_t i = 0; i < s->n; i++)
            sum += s->loglik[(size_t)(mm_mersenne_uniform(&m) *
                                      (double)s->n)];
        s->perplexity[chunk * CHUNK + k] = exp(-(sum / (double)s->n));
    }
}

static double deviation(const double *v, size_t n)
{
    double sum = 0, square = 0, mean;

    for (size_t i = 0; i < n; i++)
        sum += v[i];
    mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (v[i] - mean) * (v[i] - mean);
    return sqrt(square / (double)(n - 1));
}

static int write_perplexity_error(struct mm_metric_run *r, struct mm_err *err)
{
    double *loglik = mm_alloc(r->in->n, sizeof *loglik, err);
    struct resampling s = { .loglik = loglik };

    s.perplexity = mm_alloc(CHUNKS * CHUNK, sizeof *s.perplexity, err);
    for (size_t i = 0; loglik && s.perplexity && i < r->in->n; i++) {
        const struct mm_json *v = mm_record_get(&r->in->v[i], "loglik", NULL);

        if (!isnan(r->scores[i]) && v && v->type == MM_JSON_NUMBER)
            loglik[s.n++] = v->number;
    }
    if (s.n > 0 && s.perplexity) {
        mm_par_for(CHUNKS, resample, &s);
        mm_metric_number(r, "perplexity_stderr",
                         deviation(s.perplexity, CHUNKS * CHUNK));
    }
    free(s.perplexity);
    free(loglik);
    return loglik && s.perplexity ? 0 : -1;
}

static int greedy(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, greedy_of, err) < 0)
        return -1;
    mm_metric_mean(r, "acc", 1);
    write_perplexity(r, "perplexity", NULL);
    write_error(r, "stderr");
    return write_perplexity_error(r, err);
}

static double perplexity_of_sums(const double *sums, int which)
{
    (void)which;
    return exp(-sums[0] / sums[1]);
}

static int perplexity_sums(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_sums(r, 2, perplexity_of_sums, 0, err) < 0)
        return -1;
    for (size_t i = 0; i < r->in->n; i++)
        if (!isnan(r->scores[i])) {
            mm_metric_row(r, i)[0] = r->scores[i];
            mm_metric_row(r, i)[1] = 1;
        }
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
    if (mm_metric_each(r, perplexity_of, err) < 0 ||
        perplexity_sums(r, err) < 0)
        return -1;
    write_perplexity(r, "perplexity", NULL);
    write_perplexity(r, "token_perplexity", "tokens");
    write_perplexity(r, "word_perplexity", "words");
    write_perplexity(r, "byte_perplexity", "bytes");
    if (!isnan(nats_per(r, "bytes")))
        mm_metric_number(r, "bits_per_byte", nats_per(r, "bytes") / log(2));
    return write_perplexity_error(r, err);
}

/* ---- exact: hyp, refs (the answer and its aliases) ---- */

static size_t longest(const char *const *v, size_t n)
{
    size_t most = 0;

    for (size_t i = 0; i < n; i++) {
        size_t points = mm_utf8_count(v[i], strlen(v[i]));

        most = points > most ? points : most;
    }
    return most;
}

static void add_normal(struct mm_buf *out, const struct mm_metric_run *r,
                       const char *s, size_t width)
{
    mm_buf_clear(out);
    if (strcmp(r->flavour, "triviaqa") == 0)
        mm_normalise_triviaqa(out, s, strlen(s), width);
    else
        mm_buf_adds(out, s);
    mm_buf_add(out, "", 0);
}

/* White space at the ends does not count. */
static int same_stripped(const char *a, const char *b)
{
    const char *a_end = a + strlen(a), *b_end = b + strlen(b);

    mm_strip(&a, &a_end);
    mm_strip(&b, &b_end);
    return a_end - a == b_end - b && memcmp(a, b, (size_t)(a_end - a)) == 0;
}

static int exact_of(struct mm_metric_run *r, const struct mm_record *it,
                    double *score, struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, NULL), **refs = NULL;
    struct mm_buf a = { 0 }, b = { 0 };
    size_t cap = 0, n, width;
    int stripped = strcmp(r->flavour, "stripped") == 0;
    int result = mm_record_list(mm_record_refs(it), &refs,
                                &cap, &n, err);

    if (result == 0 && (!hyp || n == 0))
        result = 1;
    if (result == 0)
        add_normal(&a, r, hyp, longest(&hyp, 1));
    width = result == 0 ? longest(refs, n) : 0;
    for (size_t i = 0; result == 0 && i < n; i++) {
        add_normal(&b, r, refs[i], width);
        if (a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0))
            *score = 1;
        if (stripped && same_stripped(hyp, refs[i]))
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
    { "choice", "acc|acc_norm|acc_bytes", choice, NULL,
      "loglik, choices (both lists of one length), gold" },
    { "greedy", "lm-eval", greedy, NULL, "loglik, is_greedy" },
    { "perplexity", "lm-eval", perplexity, NULL, "loglik" },
    { "exact", "triviaqa|plain|stripped", exact, NULL, "hyp, refs" },
    { 0 }
};
