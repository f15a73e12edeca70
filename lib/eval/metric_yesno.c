/*
 * metric_yesno.c - yes/no benchmarks on records: POPE and MME
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "eval/answer.h"
#include "eval/metric.h"

/* ---- POPE: hyp, label (or answer), category ---- */

/* unsaid: neither yes nor no, so that its items are in no other count */
struct pope {
    double tp, fp, tn, fn, unsaid_yes, unsaid_no;
};

static int is_flavour(const struct mm_metric_run *r, const char *name)
{
    return strcmp(r->flavour, name) == 0;
}

static int yes_of(struct mm_metric_run *r, const char *hyp, const char **said,
                  struct mm_err *err)
{
    if (is_flavour(r, "vlmevalkit"))
        return mm_yesno_vlmevalkit(said, hyp, err);
    *said = is_flavour(r, "lmms-eval") ? mm_yesno_lmms(hyp)
                                       : mm_yesno_pope(hyp);
    return 0;
}

/* The reference takes all but "no" for yes; the others know both words. */
static const char *gold_of(const struct mm_metric_run *r, const char *label)
{
    if (is_flavour(r, "official"))
        return strcmp(label, "no") == 0 ? "no" : "yes";
    return mm_yesno_lmms(label);
}

static int pope_of(struct mm_metric_run *r, const struct mm_record *it,
                   double *score, struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, "text"), *said;
    const char *label = mm_record_answer(it, "label", "answer");

    if (!hyp || !label || yes_of(r, hyp, &said, err) < 0)
        return hyp && label ? -1 : 1;
    *score = strcmp(said, gold_of(r, label)) == 0;
    return 0;
}

/*
 * How often a category is among those of an item, "a,b"; all: NULL, and then
 * once, but for VLMEvalKit, which makes rows of them before it counts.
 */
static int times_in(const struct mm_metric_run *r, const struct mm_record *it,
                    const char *category)
{
    const char *s = mm_record_str(it, "category", NULL);
    size_t n, len = category ? strlen(category) : 0;
    int times = 0;

    if (!category && (!s || !is_flavour(r, "vlmevalkit")))
        return 1;
    for (; s; s = s[n] ? s + n + 1 : NULL) {
        n = strcspn(s, ",");
        times += !category || (n == len && memcmp(s, category, n) == 0);
    }
    return times;
}

static int add_item(struct pope *p, struct mm_metric_run *r,
                    const struct mm_record *it, int times, struct mm_err *err)
{
    const char *gold = gold_of(r, mm_record_answer(it, "label", "answer"));
    int yes = strcmp(gold, "yes") == 0;
    const char *said;

    if (yes_of(r, mm_record_hyp(it, "text"), &said, err) < 0)
        return -1;
    if (strcmp(said, "yes") == 0)
        *(yes ? &p->tp : &p->fp) += times;
    else if (strcmp(said, "no") == 0)
        *(yes ? &p->fn : &p->tn) += times;
    else
        *(yes ? &p->unsaid_yes : &p->unsaid_no) += times;
    return 0;
}

static int pope_counts(struct pope *p, struct mm_metric_run *r,
                       const char *category, struct mm_err *err)
{
    *p = (struct pope){ 0 };
    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        int times = isnan(r->scores[i]) ? 0 : times_in(r, it, category);

        if (times && add_item(p, r, it, times, err) < 0)
            return -1;
    }
    /* VLMEvalKit has 1 for yes and 0 for all else */
    if (is_flavour(r, "vlmevalkit")) {
        p->fn += p->unsaid_yes;
        p->unsaid_yes = 0;
    }
    return 0;
}

/* Where the reference divides by zero, 0. */
static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

/* Of no items there is no score. */
static void write_score(struct mm_metric_run *r, const char *key, double v,
                        double n)
{
    mm_metric_number(r, key, n > 0 ? v : NAN);
}

static double count_of(const struct pope *p)
{
    return p->tp + p->fp + p->tn + p->fn + p->unsaid_yes + p->unsaid_no;
}

static double f1_of(const struct pope *p)
{
    return ratio(2 * p->tp, 2 * p->tp + p->fp + p->fn);
}

/* lmms-eval's ratio is that of the labels: so it is in its flavour. */
static void write_pope(struct mm_metric_run *r, const struct pope *p)
{
    double n = count_of(p), yes = ratio(p->tp + p->fp, n);

    write_score(r, "accuracy", ratio(p->tp + p->tn, n), n);
    write_score(r, "precision", ratio(p->tp, p->tp + p->fp), n);
    write_score(r, "recall", ratio(p->tp, p->tp + p->fn), n);
    write_score(r, "f1", f1_of(p), n);
    if (is_flavour(r, "lmms-eval")) {
        write_score(r, "yes-ratio", ratio(p->tp + p->fn + p->unsaid_yes, n),
                    n);
        write_score(r, "yes-ratio, of the answers", yes, n);
    } else {
        write_score(r, "yes-ratio", yes, n);
    }
    mm_metric_number(r, "n", n);
}

static const char *const splits[] = { "random", "popular", "adversarial" };

/* Of all, and of each split: right and wrong "yes", missed ones, all items */
enum { TP,
       FP,
       FN,
       ALL,
       COUNTS };

static double f1_of_sums(const double *sums, int which)
{
    struct pope p[4] = { 0 };
    int whole = 1;

    (void)which;
    for (int k = 0; k < 4; k++, sums += COUNTS) {
        p[k] = (struct pope){ .tp = sums[TP], .fp = sums[FP], .fn = sums[FN] };
        whole &= sums[ALL] > 0;
    }
    return whole ? (f1_of(&p[1]) + f1_of(&p[2]) + f1_of(&p[3])) / 3
                 : f1_of(&p[0]);
}

static int sum_up(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_sums(r, 4 * COUNTS, f1_of_sums, 0, err) < 0)
        return -1;
    for (size_t i = 0; i < r->in->n; i++)
        for (int k = 0; !isnan(r->scores[i]) && k < 4; k++) {
            const struct mm_record *it = &r->in->v[i];
            double *row = mm_metric_row(r, i) + k * COUNTS;
            struct pope p = { 0 };

            if (add_item(&p, r, it, times_in(r, it, k ? splits[k - 1] : NULL),
                         err) < 0)
                return -1;
            row[TP] = p.tp;
            row[FP] = p.fp;
            row[FN] = p.fn + (is_flavour(r, "vlmevalkit") ? p.unsaid_yes : 0);
            row[ALL] = count_of(&p);
        }
    return 0;
}

static int pope(struct mm_metric_run *r, struct mm_err *err)
{
    struct pope p;
    double sum = 0;
    int n = 0;

    if (mm_metric_each(r, pope_of, err) < 0 ||
        pope_counts(&p, r, NULL, err) < 0)
        return -1;
    write_pope(r, &p);
    for (int i = 0; i < 3; i++) {
        if (pope_counts(&p, r, splits[i], err) < 0)
            return -1;
        if (count_of(&p) == 0)
            continue;
        mm_jw_key(r->corpus, splits[i]);
        mm_jw_open(r->corpus, '{');
        write_pope(r, &p);
        mm_jw_close(r->corpus, '}');
        sum += f1_of(&p);
        n++;
    }
    if (n == 3)
        mm_metric_number(r, "mean f1", sum / 3);
    return sum_up(r, err);
}

/* ---- MME: hyp, answer, task (or category), image ---- */

static const char *const mme_tasks[] = {
    "existence", "count", "position", "color", "posters", "celebrity", "scene",
    "landmark", "artwork", "OCR", "commonsense_reasoning",
    "numerical_calculation", "text_translation", "code_reasoning"
};
#define MME_TASKS (sizeof mme_tasks / sizeof *mme_tasks)
#define MME_PERCEPTION 10

/* Which of the tasks; -1: none, and then it would count in no sum */
static int mme_task(const struct mm_record *it)
{
    const char *name = mm_record_str(it, "task", "category");
    int t = MME_TASKS - 1;

    while (name && t >= 0 && strcmp(name, mme_tasks[t]) != 0)
        t--;
    return name ? t : -1;
}

static int mme_of(struct mm_metric_run *r, const struct mm_record *it,
                  double *score, struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, NULL);
    const char *answer = mm_record_answer(it, "answer", "label");

    const char *said, *gold;

    if (!hyp || !answer || !mm_record_str(it, "image", "image_id") ||
        mme_task(it) < 0)
        return 1;
    if (is_flavour(r, "vlmevalkit")) {
        if (mm_yesno_vlmevalkit(&said, hyp, err) < 0)
            return -1;
        gold = mm_yesno_lmms(answer);
        if (strcmp(gold, "unknown") == 0)
            return 1;
    } else if (is_flavour(r, "lmms-eval")) {
        if (mm_yesno_mme_lmms(&said, hyp, err) < 0 ||
            mm_yesno_mme_lmms(&gold, answer, err) < 0)
            return -1;
    } else {
        said = mm_yesno_mme(hyp);
        gold = mm_yesno_mme(answer);
    }
    *score = strcmp(said, gold) == 0;
    return 0;
}

/* How many items of a task there are, right ones, pictures, all right. */
struct mme {
    double n, right, pictures, whole;
};

/* Of a picture: how many items, and whether one was wrong. */
#define ITEM 2
#define WRONG 1
#define PAIR (2 * ITEM)

/* A picture has two questions; half of them says nothing of acc+. */
static void count_pictures(struct mme *m, struct mm_metric_run *r,
                           const struct mm_map *pictures)
{
    const char *key;
    size_t pos = 0, len;
    int64_t value;

    while (mm_map_next(pictures, &pos, &key, &len, &value)) {
        struct mm_buf name = { 0 };

        if (value >= PAIR) {
            m->pictures++;
            m->whole += (value & WRONG) == 0;
            continue;
        }
        mm_buf_add(&name, key, len);
        mm_records_fault(r->in, MM_FAULT_GROUP, 0,
                         name.data ? name.data : "");
        mm_buf_release(&name);
    }
}

/* Rows of struct mme, one a task; a picture is in the row of its first item. */
#define MME_WIDTH (sizeof(struct mme) / sizeof(double))

static void mme_row(struct mm_metric_run *r, size_t i, int64_t *picture)
{
    size_t t = (size_t)mme_task(&r->in->v[i]);
    double *row = mm_metric_row(r, i) + t * MME_WIDTH;

    row[0] = 1;
    row[1] = r->scores[i];
    row[2] = *picture >= PAIR;
    row[3] = *picture >= PAIR && !(*picture & WRONG);
    *picture = 0;
}

/* which: perception 0, cognition 1 */
static double mme_of_sums(const double *sums, int which)
{
    double total = 0;

    for (size_t t = 0; t < MME_TASKS; t++, sums += MME_WIDTH) {
        if ((t >= MME_PERCEPTION) != which)
            continue;
        total += sums[0] > 0 ? 100 * sums[1] / sums[0] : 0;
        total += sums[2] > 0 ? 100 * sums[3] / sums[2] : 0;
    }
    return total;
}

static int mme_count(struct mme *m, struct mm_metric_run *r, const char *task,
                     struct mm_err *err)
{
    struct mm_map pictures = { 0 };

    *m = (struct mme){ 0 };
    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        const char *image = mm_record_str(it, "image", "image_id");
        int64_t *at;

        if (isnan(r->scores[i]) || mme_tasks[mme_task(it)] != task)
            continue;
        if (!(at = mm_map_at(&pictures, image, strlen(image), err))) {
            mm_map_release(&pictures);
            return -1;
        }
        *at = (*at + ITEM) | (r->scores[i] == 0 ? WRONG : 0);
        m->n++;
        m->right += r->scores[i];
    }
    count_pictures(m, r, &pictures);
    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        const char *image = mm_record_str(it, "image", "image_id");

        if (!isnan(r->scores[i]) && mme_tasks[mme_task(it)] == task)
            mme_row(r, i, mm_map_get(&pictures, image, strlen(image)));
    }
    mm_map_release(&pictures);
    return 0;
}

/* One of two sums is the headline; the other's items are in no part of it. */
static int mme_aside(struct mm_metric_run *r, struct mm_err *err)
{
    for (size_t i = 0; i < r->in->n; i++)
        if (!isnan(r->scores[i]) &&
            (mme_task(&r->in->v[i]) >= MME_PERCEPTION) != r->sums.which &&
            mm_metric_set_aside(r, i, err) < 0)
            return -1;
    return 0;
}

static int mme(struct mm_metric_run *r, struct mm_err *err)
{
    double total[2] = { 0 }, n[2] = { 0 };

    if (mm_metric_each(r, mme_of, err) < 0 ||
        mm_metric_sums(r, MME_TASKS * MME_WIDTH, mme_of_sums, 0, err) <
            0)
        return -1;
    for (size_t t = 0; t < MME_TASKS; t++) {
        struct mme m;
        double acc, plus;

        if (mme_count(&m, r, mme_tasks[t], err) < 0)
            return -1;
        if (m.n == 0)
            continue;
        acc = 100 * m.right / m.n;
        plus = m.pictures > 0 ? 100 * m.whole / m.pictures : NAN;
        total[t >= MME_PERCEPTION] += acc + plus;
        n[t >= MME_PERCEPTION] += m.n;
        mm_jw_key(r->corpus, mme_tasks[t]);
        mm_jw_open(r->corpus, '{');
        mm_metric_number(r, "acc", acc);
        mm_metric_number(r, "acc+", plus);
        mm_metric_number(r, "score", acc + plus);
        mm_metric_number(r, "n", m.n);
        mm_jw_close(r->corpus, '}');
    }
    mm_metric_part(r, "perception", n[0] > 0 ? total[0] : NAN, n[0]);
    mm_metric_part(r, "cognition", n[1] > 0 ? total[1] : NAN, n[1]);
    r->sums.which = n[0] == 0;
    return mme_aside(r, err);
}

static int is_cognition(const struct mm_record *it)
{
    int task = mme_task(it);

    return task >= MME_PERCEPTION;
}

const struct mm_metric_row mm_yesno_metrics[] = {
    { "pope", "official|lmms-eval|vlmevalkit", pope, NULL, "hyp, label" },
    { "mme", "official|lmms-eval|vlmevalkit", mme, is_cognition,
      "hyp, answer, image, and task (existence, count, ...)" },
    { 0 }
};
