/*
 * metric.c - scorers as filters: what all of them share
 */
#include "eval/metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "eval/alias.h"

/* ---- for the functions of metrics ---- */

int mm_metric_each(struct mm_metric_run *r,
                   int (*fn)(struct mm_metric_run *r,
                             const struct mm_record *it, double *score,
                             struct mm_err *err),
                   struct mm_err *err)
{
    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        double score = 0;
        int result = fn(r, it, &score, err);

        if (result < 0)
            return mm_fail_in(err, "'%s', line %zu", r->in->path, it->line);
        if (result > 0)
            mm_records_lack(r->in, it);
        else
            r->scores[i] = score;
    }
    return 0;
}

int mm_metric_unanswered(struct mm_metric_run *r, const struct mm_record *it,
                         double *score)
{
    mm_records_fault(r->in, MM_FAULT_MISSING, it->line, it->id);
    *score = 0;
    return 0;
}

int mm_metric_sums(struct mm_metric_run *r, size_t width,
                   double (*value)(const double *sums, int which), int which,
                   struct mm_err *err)
{
    r->sums = (struct mm_metric_sums){ .width = width, .value = value };
    r->sums.which = which;
    r->sums.v = mm_alloc(r->in->n * width, sizeof *r->sums.v, err);
    return r->sums.v ? 0 : -1;
}

double *mm_metric_row(struct mm_metric_run *r, size_t i)
{
    return r->sums.v + i * r->sums.width;
}

int mm_metric_set_aside(struct mm_metric_run *r, size_t i,
                        struct mm_err *err)
{
    if (!r->aside && !(r->aside = mm_alloc(r->in->n, 1, err)))
        return -1;
    r->aside[i] = 1;
    return 0;
}

void mm_metric_number(struct mm_metric_run *r, const char *key, double v)
{
    mm_jw_put_num(r->corpus, key, v);
}

void mm_metric_part(struct mm_metric_run *r, const char *key, double v,
                    double n)
{
    char name[48];

    mm_metric_number(r, key, v);
    snprintf(name, sizeof name, "%s, n", key);
    mm_metric_number(r, name, n);
}

void mm_metric_text(struct mm_metric_run *r, const char *key, const char *v)
{
    mm_jw_put_str(r->corpus, key, v);
}

void mm_metric_mean(struct mm_metric_run *r, const char *key, double scale)
{
    double sum = 0, n = 0;

    for (size_t i = 0; i < r->in->n; i++)
        if (!isnan(r->scores[i])) {
            sum += r->scores[i];
            n++;
        }
    mm_metric_number(r, key, n > 0 ? scale * (sum / n) : NAN);
}

struct group {
    double sum;
    size_t n;
};

struct groups {
    struct mm_map names;
    struct group *v;
    size_t cap;
};

/* Under the text of a string or integer; of others nothing is counted. */
static int add_to_group(struct groups *g, const struct mm_json *name,
                        double score, struct mm_err *err)
{
    const char *value = mm_json_str(name, NULL);
    size_t before = g->names.n, n = name->len;
    char number[24];
    int64_t *at;

    if (!value && name->is_int) {
        n = (size_t)snprintf(number, sizeof number, "%lld",
                             (long long)name->integer);
        value = number;
    }
    if (!value)
        return 0;
    at = mm_map_at(&g->names, value, n, err);
    if (!at || mm_grow(&g->v, &g->cap, g->names.n, sizeof *g->v, err) < 0)
        return -1;
    if (g->names.n > before) {
        *at = (int64_t)before;
        g->v[before] = (struct group){ 0 };
    }
    g->v[*at].sum += score;
    g->v[*at].n++;
    return 0;
}

/* A record with a list is in each group that this names. */
static int add_to_groups(struct groups *g, const struct mm_json *value,
                         double score, struct mm_err *err)
{
    if (value->type != MM_JSON_ARRAY)
        return add_to_group(g, value, score, err);
    for (const struct mm_json *e = value->child; e; e = e->next)
        if (add_to_group(g, e, score, err) < 0)
            return -1;
    return 0;
}

static void write_groups(struct mm_metric_run *r, const struct groups *g,
                         double scale)
{
    const char *key;
    size_t pos = 0, n;
    int64_t at;

    while (mm_map_next(&g->names, &pos, &key, &n, &at)) {
        struct mm_buf name = { 0 };

        mm_buf_add(&name, key, n);
        mm_jw_key(r->corpus, name.data ? name.data : "");
        mm_jw_open(r->corpus, '{');
        mm_metric_number(r, "score",
                         scale * (g->v[at].sum / (double)g->v[at].n));
        mm_jw_put_size(r->corpus, "n", g->v[at].n);
        mm_jw_close(r->corpus, '}');
        mm_buf_release(&name);
    }
}

int mm_metric_by_value(struct mm_metric_run *r, const char *name,
                       double scale,
                       void (*value)(struct mm_json *value,
                                     const struct mm_record *it,
                                     const char *name),
                       struct mm_err *err)
{
    struct groups g = { 0 };
    int result = 0;

    for (size_t i = 0; result == 0 && i < r->in->n; i++) {
        struct mm_json v = { 0 };

        if (isnan(r->scores[i]))
            continue;
        value(&v, &r->in->v[i], name);
        result = add_to_groups(&g, &v, r->scores[i], err);
    }
    if (result == 0 && g.names.n) {
        mm_jw_key(r->corpus, name);
        mm_jw_open(r->corpus, '{');
        write_groups(r, &g, scale);
        mm_jw_close(r->corpus, '}');
    }
    mm_map_release(&g.names);
    free(g.v);
    return result;
}

static void member(struct mm_json *value, const struct mm_record *it,
                   const char *name)
{
    const struct mm_json *v = mm_record_get(it, name, NULL);

    if (v)
        *value = *v;
}

int mm_metric_by(struct mm_metric_run *r, const char *field, double scale,
                 struct mm_err *err)
{
    return mm_metric_by_value(r, field, scale, member, err);
}

/* ---- the filter ---- */

static const struct mm_metric_row *const tables[] = {
    mm_caption_metrics, mm_vqa_metrics, mm_gqa_metrics, mm_yesno_metrics,
    mm_choice_metrics, mm_exam_metrics, mm_judge_metrics, mm_text_metrics
};
#define N_TABLES (sizeof tables / sizeof *tables)

static const struct mm_metric_row *find_metric(const char *name)
{
    for (size_t t = 0; t < N_TABLES; t++)
        for (const struct mm_metric_row *m = tables[t]; m->name; m++)
            if (mm_same_name(name, strlen(name), m->name))
                return m;
    return NULL;
}

static int unknown_metric(const char *name, struct mm_err *err)
{
    struct mm_buf names = { 0 };
    int result;

    for (size_t t = 0; t < N_TABLES; t++)
        for (const struct mm_metric_row *m = tables[t]; m->name; m++) {
            mm_buf_addc(&names, ' ');
            mm_buf_adds(&names, m->name);
        }
    result = mm_fail(err, MM_EUSAGE, "there is no metric '%s'; there are%s",
                     name, names.data ? names.data : "");
    mm_buf_release(&names);
    return result;
}

/*
 * One of "a|b|c" that is s, or the first when s is NULL; the name of the metric
 * may come before it, as in "bleu-4".
 */
static char *choose_flavour(const struct mm_metric_row *m, const char *s,
                            struct mm_err *err)
{
    const char *f = m->flavours, *rest = s;
    size_t len = strlen(m->name);

    if (s && strlen(s) > len && mm_same_name(s, len, m->name))
        rest = s + len;
    for (;;) {
        size_t n = strcspn(f, "|");

        if (!s || mm_same_name(f, n, s) || mm_same_name(f, n, rest))
            return mm_strndup(f, n, err);
        if (f[n] == '\0')
            break;
        f += n + 1;
    }
    mm_fail(err, MM_EUSAGE, "%s has no flavour '%s'; it has %s", m->name, s,
            m->flavours);
    return NULL;
}

void mm_metric_alias(const char **name, const char **flavour)
{
    const struct mm_metric_row *m;

    if (strcmp(*name, "exact") == 0 && !*flavour)
        *flavour = "stripped";
    mm_alias_metric(name, flavour);
    m = find_metric(*name);
    if (m)
        *name = m->name;
}

int mm_metric_check(const char *name, const char *flavour, struct mm_err *err)
{
    const struct mm_metric_row *m;
    char *chosen;

    mm_alias_metric(&name, &flavour);
    m = find_metric(name);
    if (!m)
        return unknown_metric(name, err);
    chosen = choose_flavour(m, flavour, err);
    free(chosen);
    return chosen ? 0 : -1;
}

int (*mm_metric_apart(const char *name))(const struct mm_record *it)
{
    const struct mm_metric_row *m = find_metric(name);

    return m ? m->apart : NULL;
}

int mm_metric_is_caption(const char *name)
{
    for (const struct mm_metric_row *m = mm_caption_metrics; m->name; m++)
        if (mm_same_name(name, strlen(name), m->name))
            return 1;
    return 0;
}

/* Is the first of its scores a number? */
static int has_headline(const struct mm_buf *corpus, struct mm_err *err)
{
    struct mm_json_doc doc = { 0 };
    const struct mm_json *v = NULL;
    int found;

    if (mm_buf_check(corpus, err) == 0 &&
        mm_json_parse(&doc, corpus->data, corpus->len, err) == 0)
        v = doc.root->child;
    while (v && v->type != MM_JSON_NUMBER && v->type != MM_JSON_NULL)
        v = v->next;
    found = v && v->type == MM_JSON_NUMBER;
    mm_json_release(&doc);
    return found;
}

static int run_metric(struct mm_metric_result *m, struct mm_records *in,
                      enum mm_caption_tokenizer tokenizer, struct mm_err *err)
{
    struct mm_metric_run r = { .in = in, .tokenizer = tokenizer };
    struct mm_jw w;
    int result;

    m->scores = mm_alloc(in->n, sizeof *m->scores, err);
    if (!m->scores)
        return -1;
    for (size_t i = 0; i < in->n; i++)
        m->scores[i] = NAN;
    r.metric = m->row->name;
    r.flavour = m->flavour;
    r.scores = m->scores;
    r.corpus = &w;
    mm_jw_begin(&w, &m->corpus);
    mm_jw_open(&w, '{');
    result = m->row->run(&r, err);
    m->sums = r.sums;
    m->aside = r.aside;
    if (result < 0)
        return -1;
    mm_jw_close(&w, '}');
    for (size_t i = 0; i < in->n; i++)
        m->scored += !isnan(m->scores[i]);
    m->missing = m->scored > 0 && !has_headline(&m->corpus, err);
    return mm_buf_check(&m->corpus, err);
}

int mm_metric_score(struct mm_metric_result *m, struct mm_records *in,
                    const char *name, const char *flavour,
                    enum mm_caption_tokenizer tokenizer, struct mm_err *err)
{
    mm_alias_metric(&name, &flavour);
    *m = (struct mm_metric_result){ .row = find_metric(name) };
    if (!m->row)
        return unknown_metric(name, err);
    m->flavour = choose_flavour(m->row, flavour, err);
    if (m->flavour && run_metric(m, in, tokenizer, err) == 0)
        return 0;
    mm_metric_release(m);
    return -1;
}

void mm_metric_release(struct mm_metric_result *m)
{
    free(m->flavour);
    free(m->scores);
    free(m->sums.v);
    free(m->aside);
    mm_buf_release(&m->corpus);
    *m = (struct mm_metric_result){ 0 };
}

static void write_scores(struct mm_buf *out, const struct mm_records *in,
                         const double *scores)
{
    for (size_t i = 0; i < in->n; i++) {
        struct mm_jw w;

        mm_jw_begin(&w, out);
        mm_jw_open(&w, '{');
        mm_jw_key(&w, "id");
        mm_record_name(&w, &in->v[i]);
        mm_jw_put_num(&w, "score", scores[i]);
        mm_jw_close(&w, '}');
        mm_buf_addc(out, '\n');
    }
}

static void write_corpus(struct mm_buf *out, const struct mm_records *in,
                         const struct mm_metric_result *m)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_key(&w, "corpus");
    mm_jw_raw(&w, m->corpus.data, m->corpus.len);
    mm_jw_put_str(&w, "metric", m->row->name);
    mm_jw_put_str(&w, "flavour", m->flavour);
    mm_records_describe(in, m->scored, m->missing, &w);
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

int mm_metric_filter(struct mm_buf *out, const char *path, const char *name,
                     const char *flavour, enum mm_caption_tokenizer tokenizer,
                     int *partial, struct mm_err *err)
{
    struct mm_metric_result m = { 0 };
    struct mm_records in = { 0 };
    int result = -1;

    if (mm_metric_check(name, flavour, err) < 0 ||
        mm_records_read(&in, path, err) < 0)
        return -1;
    if (mm_metric_score(&m, &in, name, flavour, tokenizer, err) == 0) {
        write_scores(out, &in, m.scores);
        write_corpus(out, &in, &m);
        result = mm_buf_check(out, err);
    }
    if (result == 0 && in.faults[MM_FAULT_FIELDS])
        mm_log(MM_LOG_WARN, "%s needs the fields %s", m.row->name,
               m.row->needs);
    *partial = mm_records_partial(&in) || in.lines == 0;
    mm_metric_release(&m);
    mm_records_release(&in);
    return result;
}
