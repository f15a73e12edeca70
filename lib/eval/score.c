/*
 * score.c - from predictions to numbers
 */
#include "eval/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/bootstrap.h"
#include "eval/cluster.h"
#include "eval/parser.h"
#include "eval/part.h"

#define REPLICATES 2000

/* ---- what to score by ---- */

/* What was said on the command line, else the task, else the run's header. */
static const char *setting(const char *given, const char *task,
                           const struct mm_json *header, const char *name)
{
    if (given)
        return given;
    return task ? task : mm_json_str(mm_json_get(header, name), NULL);
}

static int choose_metric(struct mm_score *s, const struct mm_predictions *p,
                         const struct mm_score_how *how, struct mm_err *err)
{
    const struct mm_json *task = mm_json_get(p->records.header.root, "task");
    const struct mm_task *t = how->task;

    s->metric = setting(how->metric, t ? t->metric : NULL, task, "metric");
    if (!s->metric)
        return mm_fail(err, MM_ECONFIG,
                       "'%s' does not say its metric; give --metric", p->path);
    /* another metric has other flavours */
    s->flavour = how->flavour;
    if (!how->metric)
        s->flavour = setting(how->flavour, t ? t->flavour : NULL, task,
                             "flavour");
    mm_metric_alias(&s->metric, &s->flavour);
    if (mm_metric_check(s->metric, s->flavour, err) == 0)
        return 0;
    if (!how->metric && !how->flavour) {
        mm_fail_in(err, "'%s'; give --metric", p->path);
        err->code = MM_EDATA;
    }
    return -1;
}

static enum mm_caption_tokenizer tokenizer_of(const struct mm_predictions *p,
                                              const struct mm_score_how *how)
{
    const struct mm_json *task = mm_json_get(p->records.header.root, "task");
    const char *name = mm_json_str(mm_json_get(task, "caption_tokenizer"), "");
    enum mm_caption_tokenizer tokenizer = MM_CAPTION_PTB;

    if (how->task)
        return how->task->tokenizer;
    mm_caption_tokenizer_parse(name, &tokenizer);
    return tokenizer;
}

/* ---- the headline ---- */

/* Of the numbers of a metric, which stands in a table, and times what. */
static const struct {
    const char *metric, *keys; /* "a|b": the first that there is */
    double scale;
} headlines[] = {
    { "cider", "cider-d|cider", 100 },
    { "nocaps", "entire", 100 },
    { "bleu", "", 100 },
    { "rouge-l", "rouge-l", 100 },
    { "exact", "exact_match", 100 },
    { "choice", "", 100 },
    { "greedy", "acc", 100 },
    { "pope", "mean f1|f1", 100 },
    { "mme", "perception|cognition", 1 },
};

static const struct mm_json *number(const struct mm_json *corpus,
                                    const char *key, size_t n)
{
    for (const struct mm_json *v = corpus->child; v; v = v->next)
        if (v->key_len == n && memcmp(v->key, key, n) == 0)
            return v->type == MM_JSON_NUMBER ? v : NULL;
    return NULL;
}

/* By one of the keys, by the flavour's name, or the first that is a number */
static const struct mm_json *find_headline(const struct mm_json *corpus,
                                           const char *keys,
                                           const char *flavour)
{
    const struct mm_json *v = NULL;

    while (!v && *keys) {
        size_t n = strcspn(keys, "|");

        v = number(corpus, keys, n);
        keys += n + (keys[n] == '|');
    }
    for (const struct mm_json *m = corpus->child; !v && m; m = m->next) {
        const char *dash = strrchr(m->key, '-');

        if (m->type == MM_JSON_NUMBER &&
            (!strcmp(m->key, flavour) || (dash && !strcmp(dash + 1, flavour))))
            v = m;
    }
    /* the first score there is; null: none, and not the next one instead */
    for (const struct mm_json *m = corpus->child; !v && m; m = m->next)
        if (m->type == MM_JSON_NUMBER || m->type == MM_JSON_NULL)
            v = m;
    return v && v->type == MM_JSON_NUMBER ? v : NULL;
}

static int take_headline(struct mm_score *s, struct mm_err *err)
{
    struct mm_json_doc corpus = { 0 };
    const struct mm_json *v;
    const char *keys = "";
    double scale = 1;

    for (size_t i = 0; i < sizeof headlines / sizeof *headlines; i++)
        if (strcmp(headlines[i].metric, s->metric) == 0) {
            keys = headlines[i].keys;
            scale = headlines[i].scale;
        }
    if (mm_json_parse(&corpus, s->result.corpus.data, s->result.corpus.len,
                      err) < 0)
        return -1;
    v = find_headline(corpus.root, keys, s->flavour);
    s->value = v ? scale * v->number : NAN;
    s->partial |= !v;
    mm_json_release(&corpus);
    return 0;
}

/* ---- the interval ---- */

/* The headline is this times the mean of the items, or 0. */
static double scale_of(double value, double mean)
{
    double found = 0;

    for (double scale = 1; scale <= 100; scale *= 100)
        if (fabs(scale * mean - value) <= 1e-9 * fabs(value) + 1e-12)
            found = scale;
    return found;
}

int mm_score_has(const struct mm_score *s, size_t i)
{
    return !isnan(s->items[i]) && !(s->result.aside && s->result.aside[i]);
}

static double value_of_sums(const double *sums, const void *ctx)
{
    const struct mm_metric_sums *of = ctx;

    return of->value(sums, of->which);
}

int mm_score_of_sums(double *value, struct mm_interval *interval,
                     const struct mm_score *s, const size_t *index, size_t n,
                     const struct mm_clusters *clusters, uint64_t seed,
                     struct mm_err *err)
{
    const struct mm_metric_sums *of = &s->result.sums;
    struct mm_bootstrap_sums how = { .width = of->width, .ctx = of };
    double *rows = mm_alloc(n * of->width, sizeof *rows, err);
    double *sums = mm_alloc(of->width, sizeof *sums, err);
    int result = rows && sums ? 0 : -1;

    for (size_t i = 0; result == 0 && i < n; i++)
        for (size_t k = 0; k < of->width; k++) {
            double v = of->v[index[i] * of->width + k];

            rows[i * of->width + k] = v;
            sums[k] += v;
        }
    how.rows = rows;
    how.value = value_of_sums;
    if (result == 0) {
        *value = of->value(sums, of->which);
        result = mm_bootstrap_sums(interval, &how, clusters->of, n,
                                   clusters->n, REPLICATES, seed, err);
    }
    free(rows);
    free(sums);
    return result;
}

static void take_interval(struct mm_score *s, double scale,
                          const struct mm_interval *interval)
{
    if (s->clusters < 2 || scale == 0)
        return;
    s->low = scale * interval->low;
    s->high = scale * interval->high;
    s->error = scale * interval->error;
}

static int bootstrap(struct mm_score *s, const double *scored,
                     const size_t *index, uint64_t seed, struct mm_err *err)
{
    struct mm_clusters clusters;
    struct mm_interval interval;
    double value;
    int result;

    if (mm_clusters_find(&clusters, s->predictions, index, s->n, err) < 0)
        return -1;
    s->clusters = clusters.n;
    if (s->result.sums.v) {
        result = mm_score_of_sums(&value, &interval, s, index, s->n, &clusters,
                                  seed, err);
        s->scale = 0;
        s->sums_scale = result == 0 ? scale_of(s->value, value) : 0;
    } else {
        result = mm_bootstrap(&interval, scored, clusters.of, s->n, clusters.n,
                              REPLICATES, seed, err);
    }
    mm_clusters_release(&clusters);
    if (result == 0)
        take_interval(s, s->scale + s->sums_scale, &interval);
    return result;
}

static int add_interval(struct mm_score *s, uint64_t seed, struct mm_err *err)
{
    double *scored = mm_alloc(s->n, sizeof *scored, err), sum = 0;
    size_t *index = mm_alloc(s->n, sizeof *index, err), k = 0;
    int result = -1;

    s->low = s->high = s->error = NAN;
    for (size_t i = 0; scored && index && i < s->predictions->n; i++)
        if (mm_score_has(s, i)) {
            sum += s->items[i];
            index[k] = i;
            scored[k++] = s->items[i];
        }
    if (scored && index) {
        s->scale = scale_of(s->value, s->n ? sum / (double)s->n : 0);
        result = bootstrap(s, scored, index, seed, err);
    }
    free(scored);
    free(index);
    return result;
}

/*
 * Where the mean is over what there is: what it were if a missing prediction
 * were wrong.  GQA and ScienceQA count it so in the score itself.
 */
static double missing_as_wrong(const struct mm_score *s)
{
    const struct mm_records *r = &s->predictions->records;
    size_t missing = r->faults[MM_FAULT_MISSING];

    if (missing == 0 || !(s->scale > 0) || strcmp(s->metric, "gqa") == 0 ||
        strcmp(s->metric, "scienceqa") == 0)
        return NAN;
    return s->value * (double)s->n / (double)(s->n + missing);
}

/* ---- the whole ---- */

static void name_score(struct mm_score *s, const struct mm_predictions *p,
                       const struct mm_task *t)
{
    const struct mm_json *header = p->records.header.root;
    const struct mm_json *task = mm_json_get(header, "task");
    int64_t n = mm_json_int(mm_json_get(header, "n"), 0);
    int64_t faulty = mm_json_int(mm_json_get(header, "faulty"), 0);

    s->label = mm_json_str(mm_json_get(header, "label"), p->path);
    s->task = mm_json_str(mm_json_get(task, "name"), t ? t->name : "-");
    s->shots = mm_json_int(mm_json_get(header, "shots"), 0);
    n = mm_json_int(mm_json_get(header, "of"), n);
    s->expected = n > 0 ? (size_t)n : p->records.lines;
    if (s->expected && s->expected < p->n)
        s->expected = p->n; /* a run went on with a higher --limit */
    if (faulty > 0)
        s->expected += (size_t)faulty;
}

/* Are all that count here of the kind that else does not? */
static int is_of_aside(const struct mm_score *s)
{
    int (*apart)(const struct mm_record *) = s->result.row->apart;
    size_t n = 0;

    for (size_t i = 0; apart && i < s->predictions->n; i++)
        n += mm_score_has(s, i) && apart(&s->predictions->records.v[i]);
    return n > 0 && n == s->n;
}

/* Items of the benchmark that would count; aside: by the task's metric. */
static void expect(struct mm_score *s, const struct mm_predictions *p,
                   const char *metric)
{
    const struct mm_json *header = p->records.header.root;
    int64_t n = mm_json_int(mm_json_get(header, "aside"), 0);
    size_t aside = s->aside;

    if (metric)
        mm_metric_alias(&metric, &(const char *){ NULL });
    if (n > 0 && metric && strcmp(metric, s->metric) == 0)
        aside = is_of_aside(s) ? s->expected - (size_t)n : (size_t)n;
    s->expected -= aside < s->expected ? aside : 0;
    if (s->expected < s->n)
        s->expected = s->n;
}

static int run_metric(struct mm_score *s, struct mm_predictions *p,
                      const struct mm_score_how *how, struct mm_err *err)
{
    const struct mm_json *task = mm_json_get(p->records.header.root, "task");
    const char *parser = setting(how->parser,
                                 how->task ? how->task->parser : NULL, task,
                                 "parser");

    if (parser &&
        mm_parser_apply(&p->records, parser, &p->unparsed, err) < 0)
        return -1;
    if (mm_metric_score(&s->result, &p->records, s->metric, s->flavour,
                        tokenizer_of(p, how), err) < 0)
        return -1;
    s->metric = s->result.row->name;
    s->flavour = s->result.flavour;
    s->items = s->result.scores;
    for (size_t i = 0; i < p->n; i++)
        s->aside += !isnan(s->items[i]) && !mm_score_has(s, i);
    s->n = s->result.scored - s->aside;
    s->total = s->expected;
    expect(s, p,
           setting(NULL, how->task ? how->task->metric : NULL, task,
                   "metric"));
    if (s->n + s->aside == 0)
        return mm_fail(err, MM_EDATA, "'%s': no prediction can be scored: they "
                                      "lack what %s needs; -t and --data add "
                                      "the references of a task",
                       p->path, s->metric);
    s->partial = s->n < s->expected || s->result.scored < s->total ||
                 s->result.scored < p->records.lines ||
                 mm_records_partial(&p->records) ||
                 mm_json_int(mm_json_get(p->records.header.root, "flawed"),
                             0) > 0;
    return 0;
}

int mm_score_predictions(struct mm_score *s, struct mm_predictions *p,
                         const struct mm_score_how *how, struct mm_err *err)
{
    *s = (struct mm_score){ .predictions = p };
    name_score(s, p, how->task);
    if (choose_metric(s, p, how, err) == 0 &&
        run_metric(s, p, how, err) == 0 && take_headline(s, err) == 0 &&
        add_interval(s, how->seed, err) == 0) {
        s->as_wrong = missing_as_wrong(s);
        return 0;
    }
    mm_score_release(s);
    return -1;
}

void mm_score_release(struct mm_score *s)
{
    mm_metric_release(&s->result);
    mm_parts_release(s);
    s->items = NULL;
}
