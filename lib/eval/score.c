/*
 * score.c - from predictions to numbers
 */
#include "eval/score.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/bootstrap.h"
#include "eval/caption.h"
#include "eval/cider.h"
#include "eval/space.h"
#include "eval/vqa.h"

#define REPLICATES 2000

/* Equal but for white space at the ends. */
static int same_text(const char *a, const char *b)
{
    const char *a_end = a + strlen(a), *b_end = b + strlen(b);

    mm_strip(&a, &a_end);
    mm_strip(&b, &b_end);
    return a_end - a == b_end - b && memcmp(a, b, (size_t)(a_end - a)) == 0;
}

static double exact(const struct mm_prediction *it)
{
    for (size_t i = 0; i < it->n_answers; i++)
        if (same_text(it->text, it->answers[i]))
            return 1;
    return 0;
}

static int score_item(double *score, enum mm_metric metric,
                      const struct mm_prediction *it, struct mm_err *err)
{
    enum mm_vqa_flavour flavour = metric == MM_METRIC_VQA
                                      ? MM_VQA_OFFICIAL
                                      : MM_VQA_OPENFLAMINGO;

    if (metric == MM_METRIC_VQA || metric == MM_METRIC_VQA_OF)
        return mm_vqa_score(score, flavour, it->text, it->answers,
                            it->n_answers, err);
    *score = exact(it);
    return 0;
}

static int score_tokens(double *scores, const struct mm_captions *tokens,
                        struct mm_err *err)
{
    struct mm_cider *c = mm_cider_create(err);
    int result = c ? 0 : -1;

    for (size_t i = 0; result == 0 && i < tokens->n; i++)
        result = mm_cider_add(c, tokens->v[i].hyp, tokens->v[i].refs,
                              tokens->v[i].n_refs, err);
    if (result == 0)
        mm_cider_score(c, MM_CIDER_D, scores);
    mm_cider_free(c);
    return result;
}

static int score_captions(double *scores, const struct mm_predictions *p,
                          struct mm_err *err)
{
    const struct mm_json *task = mm_json_get(p->header.root, "task");
    struct mm_caption *captions = mm_alloc(p->n, sizeof *captions, err);
    struct mm_captions tokens = { 0 };
    int result = -1;

    if (!captions)
        return -1;
    for (size_t i = 0; i < p->n; i++)
        captions[i] = (struct mm_caption){ p->items[i].text,
                                           p->items[i].answers,
                                           p->items[i].n_answers };
    if (mm_captions_tokenise(&tokens, captions, p->n, mm_task_tokenizer(task),
                             err) == 0)
        result = score_tokens(scores, &tokens, err);
    mm_captions_release(&tokens);
    free(captions);
    return result;
}

static int score_items(struct mm_score *s, const struct mm_predictions *p,
                       struct mm_err *err)
{
    int result = 0;

    if (s->metric == MM_METRIC_CIDER)
        return score_captions(s->items, p, err);
    for (size_t i = 0; result == 0 && i < p->n; i++)
        if ((result = score_item(&s->items[i], s->metric, &p->items[i], err)) <
            0)
            mm_fail_in(err, "'%s', item '%s'", p->path, p->items[i].id);
    return result;
}

static int choose_metric(struct mm_score *s, const struct mm_predictions *p,
                         const char *metric, struct mm_err *err)
{
    const struct mm_json *task = mm_json_get(p->header.root, "task");
    const char *own = mm_json_str(mm_json_get(task, "metric"), NULL);

    if (!metric && !own)
        return mm_fail(err, MM_ECONFIG,
                       "'%s' does not say its metric; give --metric", p->path);
    if (mm_metric_parse(metric ? metric : own, &s->metric) == 0)
        return 0;
    if (metric)
        return mm_fail(err, MM_EUSAGE,
                       "there is no metric '%s'; mm1-eval(1) names them",
                       metric);
    return mm_fail(err, MM_EDATA, "'%s': there is no metric '%s'; give "
                                  "--metric",
                   p->path, own);
}

static void average(struct mm_score *s)
{
    double sum = 0;

    for (size_t i = 0; i < s->n; i++)
        sum += s->items[i];
    s->value = s->n ? 100 * sum / (double)s->n : 0;
    s->low *= 100;
    s->high *= 100;
}

int mm_score_predictions(struct mm_score *s, const struct mm_predictions *p,
                         const char *metric, uint64_t seed,
                         struct mm_err *err)
{
    const struct mm_json *header = p->header.root;

    *s = (struct mm_score){ 0 };
    s->label = mm_json_str(mm_json_get(header, "label"), p->path);
    s->task = mm_json_str(mm_json_get(mm_json_get(header, "task"), "name"),
                          "-");
    s->shots = mm_json_int(mm_json_get(header, "shots"), 0);
    s->expected = (size_t)mm_json_int(mm_json_get(header, "n"), 0);
    s->n = p->n;
    if (s->expected && s->expected < p->n)
        s->expected = p->n; /* a run went on with a higher --limit */
    if (choose_metric(s, p, metric, err) < 0)
        return -1;
    s->items = mm_alloc(p->n, sizeof *s->items, err);
    if (!s->items || score_items(s, p, err) < 0 ||
        mm_bootstrap_mean(&s->low, &s->high, s->items, s->n, REPLICATES, seed,
                          err) < 0) {
        mm_score_release(s);
        return -1;
    }
    average(s);
    return 0;
}

void mm_score_release(struct mm_score *s)
{
    free(s->items);
    s->items = NULL;
}

/* ---- tables ---- */

static void json_row(struct mm_jw *w, const struct mm_score *s)
{
    mm_jw_open(w, '{');
    mm_jw_key(w, "label");
    mm_jw_str(w, s->label);
    mm_jw_key(w, "task");
    mm_jw_str(w, s->task);
    mm_jw_key(w, "shots");
    mm_jw_int(w, s->shots);
    mm_jw_key(w, "metric");
    mm_jw_str(w, mm_metric_name(s->metric));
    mm_jw_key(w, "value");
    mm_jw_num(w, s->value);
    mm_jw_key(w, "low");
    mm_jw_num(w, s->low);
    mm_jw_key(w, "high");
    mm_jw_num(w, s->high);
    mm_jw_key(w, "n");
    mm_jw_int(w, (int64_t)s->n);
    mm_jw_key(w, "expected");
    mm_jw_int(w, (int64_t)s->expected);
    mm_jw_key(w, "partial");
    mm_jw_bool(w, s->n < s->expected);
    mm_jw_close(w, '}');
}

static void json_table(struct mm_buf *out, const struct mm_score *scores,
                       size_t n)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        json_row(&w, &scores[i]);
    mm_jw_close(&w, ']');
    mm_buf_addc(out, '\n');
}

/* No score is shown without the number of items that it rests on. */
static void text_row(struct mm_buf *out, const struct mm_score *s,
                     const char *bar)
{
    const char *edge = *bar == '|' ? bar : "";

    mm_buf_addf(out, "%s%-14s%s%-24s%s%5lld%s%-16s%s%7.2f%s%6.2f .. %6.2f%s",
                edge, s->task, bar, s->label, bar, (long long)s->shots, bar,
                mm_metric_name(s->metric), bar, s->value, bar, s->low, s->high,
                bar);
    mm_buf_addf(out, "%zu", s->n);
    if (s->expected)
        mm_buf_addf(out, " of %zu", s->expected);
    if (s->n < s->expected)
        mm_buf_adds(out, " (partial)");
    mm_buf_addf(out, "%s\n", edge);
}

void mm_score_table(struct mm_buf *out, const struct mm_score *scores,
                    size_t n, enum mm_table_format format)
{
    if (format == MM_TABLE_JSON) {
        json_table(out, scores, n);
        return;
    }
    if (format == MM_TABLE_MARKDOWN)
        mm_buf_adds(out, "| task | run | shots | metric | score | 95 % "
                         "interval | items |\n"
                         "|---|---|---:|---|---:|---|---|\n");
    else
        mm_buf_addf(out, "%-14s  %-24s  %5s  %-16s  %7s  %-16s  %s\n", "task",
                    "run", "shots", "metric", "score", "95 % interval",
                    "items");
    for (size_t i = 0; i < n; i++)
        text_row(out, &scores[i], format == MM_TABLE_TEXT ? "  " : "| ");
}
