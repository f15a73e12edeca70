/*
 * why.c - in words, how an item came to its score
 */
#include "eval/why.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "eval/vqa.h"

static int is_vqa(const struct mm_score *s)
{
    static const char *const names[] = { "vqa", "textvqa", "vizwiz", "okvqa" };

    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(s->metric, names[k]) == 0)
            return 1;
    return 0;
}

/* The mean of the items' scores. */
static double mean_of(const struct mm_score *s)
{
    double sum = 0;

    if (s->scale > 0)
        return s->value / s->scale;
    for (size_t i = 0; i < s->predictions->n; i++)
        if (!isnan(s->items[i]))
            sum += s->items[i];
    return s->n ? sum / (double)s->n : 0;
}

int mm_score_is_good(const struct mm_score *s, size_t i)
{
    return mm_metric_is_caption(s->metric) ? s->items[i] >= mean_of(s)
                                           : s->items[i] > 0.5;
}

/* "x" normalised is "y", as 3 of 10 people say */
static int why_vqa(struct mm_buf *out, const struct mm_score *s, size_t i,
                   struct mm_err *err)
{
    const struct mm_prediction *p = &s->predictions->items[i];
    enum mm_vqa_flavour flavour = MM_VQA_OPENFLAMINGO;
    struct mm_buf ours = { 0 }, theirs = { 0 };
    size_t same = 0, raw = 0;
    int result;

    mm_vqa_flavour_parse(s->flavour, &flavour);
    mm_vqa_normalise(&ours, flavour, p->text, strlen(p->text));
    for (size_t k = 0; k < p->n_answers; k++) {
        mm_buf_clear(&theirs);
        mm_vqa_normalise(&theirs, flavour, p->answers[k],
                         strlen(p->answers[k]));
        same += ours.len == theirs.len &&
                (!ours.len || memcmp(ours.data, theirs.data, ours.len) == 0);
        raw += strcmp(p->text, p->answers[k]) == 0;
    }
    mm_buf_addf(out, "normalised \"%s\": %zu of %zu people say so",
                ours.data ? ours.data : "", same, p->n_answers);
    if (raw != same)
        mm_buf_addf(out, " (%zu to the letter)", raw);
    result = mm_buf_check(ours.failed ? &ours : &theirs, err);
    mm_buf_release(&ours);
    mm_buf_release(&theirs);
    return result;
}

/* Which of the options was how probable. */
static void why_choice(struct mm_buf *out, const struct mm_record *r)
{
    const struct mm_json *l = mm_record_get(r, "loglik", "logliks");
    const struct mm_json *c = mm_record_get(r, "choices", "options");
    size_t i = 0;

    c = c ? c->child : NULL;
    for (l = l ? l->child : NULL; l; l = l->next, i++) {
        mm_buf_addf(out, "%s%s %.3f", i ? ", " : "log-likelihoods: ",
                    mm_json_str(c, ""), l->number);
        c = c ? c->next : NULL;
    }
}

static void why_other(struct mm_buf *out, const struct mm_score *s, size_t i)
{
    const struct mm_prediction *p = &s->predictions->items[i];

    if (strcmp(s->metric, "exact") == 0)
        mm_buf_addf(out, "equals %s of %zu answers (%s)",
                    s->items[i] > 0 ? "one" : "none", p->n_answers,
                    s->flavour);
    else if (mm_metric_is_caption(s->metric))
        mm_buf_addf(out, "%s %.1f; the mean is %.1f; %zu references",
                    s->metric, 100 * s->items[i], 100 * mean_of(s),
                    p->n_answers);
    else
        mm_buf_addf(out, "%s by %s:%s", s->items[i] > 0.5 ? "right" : "wrong",
                    s->metric, s->flavour);
}

int mm_score_why(struct mm_buf *out, const struct mm_score *s, size_t i,
                 struct mm_err *err)
{
    const struct mm_record *r = &s->predictions->records.v[i];

    if (isnan(s->items[i])) {
        mm_buf_adds(out, "cannot be scored: a field is missing");
        return mm_buf_check(out, err);
    }
    if (r->said)
        mm_buf_addf(out, "read as \"%s\"; ", r->said);
    if (is_vqa(s) && why_vqa(out, s, i, err) < 0)
        return -1;
    if (strcmp(s->metric, "choice") == 0)
        why_choice(out, r);
    else if (!is_vqa(s))
        why_other(out, s, i);
    if (is_vqa(s) || (s->items[i] > 0 && s->items[i] < 1))
        mm_buf_addf(out, "; score %.3g", s->items[i]);
    return mm_buf_check(out, err);
}

int mm_score_truth(struct mm_buf *out, const struct mm_score *s, size_t i,
                   struct mm_err *err)
{
    const struct mm_prediction *p = &s->predictions->items[i];
    struct mm_map times = { 0 };
    const char *key;
    size_t pos = 0, n, before = out->len;
    int64_t count;

    for (size_t k = 0; k < p->n_answers; k++) {
        int64_t *at = mm_map_at(&times, p->answers[k], strlen(p->answers[k]),
                                err);

        if (!at) {
            mm_map_release(&times);
            return -1;
        }
        ++*at;
    }
    while (mm_map_next(&times, &pos, &key, &n, &count)) {
        if (out->len > before)
            mm_buf_adds(out, mm_metric_is_caption(s->metric) ? " | " : ", ");
        mm_buf_add(out, key, n);
        if (count > 1)
            mm_buf_addf(out, " (%lld)", (long long)count);
    }
    mm_map_release(&times);
    return mm_buf_check(out, err);
}
