/*
 * metric_gqa.c - GQA's scores on records
 *
 * Hudson and Manning, "GQA", CVPR 2019.  Fields: hyp, answer, isBalanced,
 * types {structural, semantic}, semantic [{operation, argument}], question,
 * groups {global}, entailed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "eval/metric.h"
#include "eval/normal.h"
#include "eval/space.h"

/* lmms-eval compares arrays of one string each, as wide as that is. */
static void add_normal(struct mm_buf *out, enum mm_normaliser how,
                       const char *s)
{
    size_t n = strlen(s);

    if (how == MM_NORMAL_TRIVIAQA)
        mm_normalise_triviaqa(out, s, n, mm_utf8_count(s, n));
    else
        mm_normalise(out, how, s, n);
}

static int gqa_of(struct mm_metric_run *r, const struct mm_record *it,
                  double *score, struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, NULL);
    const char *answer = mm_record_answer(it, "answer", NULL);
    enum mm_normaliser how = MM_NORMAL_LOWER;
    struct mm_buf a = { 0 }, b = { 0 };
    int result;

    if (!answer)
        return 1;
    if (!hyp)
        return mm_metric_unanswered(r, it, score);
    if (strcmp(r->flavour, "official") == 0) {
        *score = strcmp(hyp, answer) == 0;
        return 0;
    }
    if (strcmp(r->flavour, "llava") == 0)
        how = MM_NORMAL_GQA_LLAVA;
    else if (strcmp(r->flavour, "lmms-eval") == 0)
        how = MM_NORMAL_TRIVIAQA;
    add_normal(&a, how, hyp);
    if (how == MM_NORMAL_GQA_LLAVA)
        how = MM_NORMAL_NONE;
    add_normal(&b, how, answer);
    result = mm_buf_check(a.failed ? &a : &b, err);
    if (result == 0)
        *score = a.len == b.len &&
                 (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
    mm_buf_release(&a);
    mm_buf_release(&b);
    return result;
}

static int is_balanced(const struct mm_record *it)
{
    return mm_json_bool(mm_record_get(it, "isBalanced", NULL), 1);
}

/* Of the questions that a right answer entails, how many are right too. */
static double consistent(const struct mm_metric_run *r,
                         const struct mm_record *it)
{
    const struct mm_json *list = mm_record_get(it, "entailed", NULL);
    double sum = 0, n = 0;

    for (const struct mm_json *e = list ? list->child : NULL; e; e = e->next) {
        const char *id = mm_json_str(e, "");
        int64_t *at = mm_map_get(&r->in->ids, id, strlen(id));

        if (!at || strcmp(id, it->id) == 0 || isnan(r->scores[*at]))
            continue;
        sum += r->scores[*at];
        n++;
    }
    return n > 0 ? sum / n : NAN;
}

/* A member of "types" (structural, semantic), or one of the record. */
static void type_of(struct mm_json *value, const struct mm_record *it,
                    const char *name)
{
    const char *flat = strcmp(name, "semantic_type") == 0 ? "semantic" : name;
    const struct mm_json *v = mm_json_get(mm_record_get(it, "types", NULL),
                                          flat);

    if (!v)
        v = mm_record_get(it, name, NULL);
    if (v && is_balanced(it))
        *value = *v;
}

static void words_of(struct mm_json *value, const struct mm_record *it,
                     const char *name)
{
    const char *s = mm_record_str(it, "question", NULL), *word, *end;

    (void)name;
    if (!s || !is_balanced(it))
        return;
    *value = (struct mm_json){ .type = MM_JSON_NUMBER, .is_int = 1 };
    for (end = s + strlen(s); mm_next_word(&s, end, &word);)
        value->integer++;
}

/*
 * Is this operation no step of reasoning, but the question itself?  Its text
 * is "operation: argument".
 */
static int is_query(const struct mm_json *step)
{
    static const char *const marks[] = { "exist", "query: name",
                                         "choose name" };
    struct mm_buf text = { 0 };
    int found = 0;

    mm_buf_addf(&text, "%s: %s",
                mm_json_str(mm_json_get(step, "operation"), "None"),
                mm_json_str(mm_json_get(step, "argument"), "None"));
    for (int i = 0; text.data && i < 3; i++)
        found |= strstr(text.data, marks[i]) != NULL;
    mm_buf_release(&text);
    return found;
}

static void steps_of(struct mm_json *value, const struct mm_record *it,
                     const char *name)
{
    const struct mm_json *v = mm_record_get(it, "semantic", NULL);

    (void)name;
    if (!v || v->type != MM_JSON_ARRAY || !is_balanced(it))
        return;
    *value = (struct mm_json){ .type = MM_JSON_NUMBER, .is_int = 1 };
    for (const struct mm_json *e = v->child; e; e = e->next)
        value->integer += !is_query(e);
}

static void gqa_kinds(struct mm_metric_run *r)
{
    double sum[2] = { 0 }, n[2] = { 0 }, agree = 0, n_agree = 0;

    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        struct mm_json kind = { 0 };
        double c;

        if (isnan(r->scores[i]) || !is_balanced(it))
            continue;
        type_of(&kind, it, "structural");
        if (mm_json_str(&kind, NULL)) {
            int open = strcmp(kind.str, "query") == 0;

            sum[open] += r->scores[i];
            n[open]++;
        }
        c = r->scores[i] > 0 ? consistent(r, it) : NAN;
        if (!isnan(c)) {
            agree += c;
            n_agree++;
        }
    }
    if (n[0] > 0)
        mm_metric_part(r, "binary", 100 * sum[0] / n[0], n[0]);
    if (n[1] > 0)
        mm_metric_part(r, "open", 100 * sum[1] / n[1], n[1]);
    mm_metric_part(r, "consistency",
                   n_agree > 0 ? 100 * agree / n_agree : NAN, n_agree);
}

/* ---- distribution: chi-square of answers, gold and given, by group ---- */

struct cell {
    double gold, given;
    size_t group;
};

struct cells {
    struct mm_map groups, answers; /* names; "group NUL answer" */
    struct cell *v;
    size_t cap;
};

static const char *group_of(const struct mm_record *it)
{
    return mm_json_str(mm_json_get(mm_record_get(it, "groups", NULL),
                                   "global"),
                       NULL);
}

/* Count an answer; one that is not gold anywhere in its group counts not. */
static int count_answer(struct cells *c, const char *group, const char *answer,
                        int gold, struct mm_err *err)
{
    struct mm_buf key = { 0 };
    size_t groups = c->groups.n, answers = c->answers.n;
    int64_t *at = NULL, *of = NULL;

    mm_buf_add(&key, group, strlen(group) + 1);
    mm_buf_adds(&key, answer);
    if (mm_buf_check(&key, err) == 0 && gold) {
        of = mm_map_at(&c->groups, group, strlen(group), err);
        if (of && c->groups.n > groups)
            *of = (int64_t)groups;
        at = of ? mm_map_at(&c->answers, key.data, key.len, err) : NULL;
    } else if (key.data) {
        at = mm_map_get(&c->answers, key.data, key.len);
    }
    mm_buf_release(&key);
    if (!at)
        return gold ? -1 : 0;
    if (mm_grow(&c->v, &c->cap, c->answers.n, sizeof *c->v, err) < 0)
        return -1;
    if (c->answers.n > answers) {
        *at = (int64_t)answers;
        c->v[answers] = (struct cell){ 0, 0, (size_t)*of };
    }
    *(gold ? &c->v[*at].gold : &c->v[*at].given) += 1;
    return 0;
}

static int count_answers(struct cells *c, const struct mm_metric_run *r,
                         int gold, struct mm_err *err)
{
    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        const char *group = group_of(it);
        const char *said = mm_record_hyp(it, NULL);

        if (isnan(r->scores[i]) || !group || !is_balanced(it))
            continue;
        if (gold)
            said = mm_record_answer(it, "answer", NULL);
        if (said && count_answer(c, group, said, gold, err) < 0)
            return -1;
    }
    return 0;
}

/* The mean over groups, weighted by their questions, divided by 100. */
static int distribution(struct mm_metric_run *r, struct mm_err *err)
{
    struct cells c = { 0 };
    double *chi = NULL, *n = NULL, sum = 0, all = 0;
    int result = count_answers(&c, r, 1, err);

    if (result == 0)
        result = count_answers(&c, r, 0, err);
    if (result == 0 && c.groups.n) {
        chi = mm_alloc(c.groups.n, sizeof *chi, err);
        n = mm_alloc(c.groups.n, sizeof *n, err);
        result = chi && n ? 0 : -1;
        for (size_t i = 0; result == 0 && i < c.answers.n; i++) {
            double off = c.v[i].given - c.v[i].gold;

            chi[c.v[i].group] += off * off / c.v[i].gold;
            n[c.v[i].group] += c.v[i].gold;
        }
        for (size_t g = 0; result == 0 && g < c.groups.n; g++) {
            sum += chi[g] * n[g];
            all += n[g];
        }
        if (result == 0)
            mm_metric_number(r, "distribution", sum / all / 100);
    }
    free(chi);
    free(n);
    free(c.v);
    mm_map_release(&c.groups);
    mm_map_release(&c.answers);
    return result;
}

static int gqa(struct mm_metric_run *r, struct mm_err *err)
{
    double sum = 0, n = 0;

    if (mm_metric_each(r, gqa_of, err) < 0)
        return -1;
    for (size_t i = 0; i < r->in->n; i++)
        if (!is_balanced(&r->in->v[i])) {
            if (mm_metric_set_aside(r, i, err) < 0)
                return -1;
        } else if (!isnan(r->scores[i])) {
            sum += r->scores[i];
            n++;
        }
    mm_metric_part(r, "accuracy", n > 0 ? 100 * sum / n : NAN, n);
    gqa_kinds(r);
    mm_metric_text(r, "note", "validity, plausibility and grounding need "
                              "files that testdev does not have: left out");
    if (mm_metric_by_value(r, "structural", 100, type_of, err) < 0 ||
        mm_metric_by_value(r, "semantic_type", 100, type_of, err) < 0 ||
        mm_metric_by_value(r, "steps", 100, steps_of, err) < 0 ||
        mm_metric_by_value(r, "words", 100, words_of, err) < 0)
        return -1;
    return distribution(r, err);
}

static int is_unbalanced(const struct mm_record *it)
{
    return !is_balanced(it);
}

const struct mm_metric_row mm_gqa_metrics[] = {
    { "gqa", "official|llava|lmms-eval|vlmevalkit", gqa, is_unbalanced,
      "hyp, answer" },
    { 0 }
};
