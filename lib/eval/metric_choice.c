/*
 * metric_choice.c - yes/no and multiple choice benchmarks on records
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "eval/answer.h"
#include "eval/metric.h"

/* ---- POPE: hyp, label (or answer), category ---- */

struct pope {
    double tp, fp, tn, fn;
};

static int yes_of(struct mm_metric_run *r, const char *hyp, const char **said,
                  struct mm_err *err)
{
    if (strcmp(r->flavour, "vlmevalkit") == 0)
        return mm_yesno_vlmevalkit(said, hyp, err);
    *said = strcmp(r->flavour, "lmms-eval") == 0 ? mm_yesno_lmms(hyp)
                                                 : mm_yesno_pope(hyp);
    return 0;
}

static int pope_of(struct mm_metric_run *r, const struct mm_record *it,
                   double *score, struct mm_err *err)
{
    const char *hyp = mm_record_str(it, "hyp", "text"), *said;
    const char *label = mm_record_str(it, "label", "answer");

    if (!hyp || !label || yes_of(r, hyp, &said, err) < 0)
        return hyp && label ? -1 : 1;
    *score = strcmp(said, label) == 0;
    return 0;
}

/* What was said follows from the label and whether it was right. */
static struct pope pope_counts(const struct mm_metric_run *r,
                               const char *category)
{
    struct pope p = { 0 };

    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        const char *label = mm_record_str(it, "label", "answer");
        const char *of = mm_record_str(it, "category", NULL);
        int positive;

        if (isnan(r->scores[i]) ||
            (category && (!of || strcmp(of, category))))
            continue;
        positive = strcmp(label, "yes") == 0;
        p.tp += positive && r->scores[i] > 0;
        p.fn += positive && r->scores[i] == 0;
        p.tn += !positive && r->scores[i] > 0;
        p.fp += !positive && r->scores[i] == 0;
    }
    return p;
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static double f1_of(const struct pope *p)
{
    return ratio(2 * p->tp, 2 * p->tp + p->fp + p->fn);
}

static void write_pope(struct mm_metric_run *r, const struct pope *p)
{
    double n = p->tp + p->fp + p->tn + p->fn;

    mm_metric_number(r, "accuracy", ratio(p->tp + p->tn, n));
    mm_metric_number(r, "precision", ratio(p->tp, p->tp + p->fp));
    mm_metric_number(r, "recall", ratio(p->tp, p->tp + p->fn));
    mm_metric_number(r, "f1", f1_of(p));
    mm_metric_number(r, "yes-ratio", ratio(p->tp + p->fp, n));
}

static int pope(struct mm_metric_run *r, struct mm_err *err)
{
    static const char *const splits[] = { "random", "popular",
                                          "adversarial" };
    struct pope p;
    double sum = 0;
    int n = 0;

    if (mm_metric_each(r, pope_of, err) < 0)
        return -1;
    p = pope_counts(r, NULL);
    write_pope(r, &p);
    for (int i = 0; i < 3; i++) {
        p = pope_counts(r, splits[i]);
        if (p.tp + p.fp + p.tn + p.fn == 0)
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
    return 0;
}

/* ---- MME: hyp, answer, task (or category), image ---- */

static const char *const mme_tasks[] = {
    "existence", "count", "position", "color", "posters", "celebrity", "scene",
    "landmark", "artwork", "OCR", "commonsense_reasoning",
    "numerical_calculation", "text_translation", "code_reasoning"
};
#define MME_TASKS (sizeof mme_tasks / sizeof *mme_tasks)
#define MME_PERCEPTION 10

static int mme_of(struct mm_metric_run *r, const struct mm_record *it,
                  double *score, struct mm_err *err)
{
    const char *hyp = mm_record_str(it, "hyp", "prediction");
    const char *answer = mm_record_str(it, "answer", "label");

    (void)r, (void)err;
    if (!hyp || !answer || !mm_record_str(it, "task", "category") ||
        !mm_record_str(it, "image", "image_id"))
        return 1;
    *score = strcmp(mm_yesno_mme(hyp), mm_yesno_mme(answer)) == 0;
    return 0;
}

/* How many items of a task there are, right ones, pictures, all right. */
struct mme {
    double n, right, pictures, whole;
};

static int mme_count(struct mme *m, const struct mm_metric_run *r,
                     const char *task, struct mm_err *err)
{
    struct mm_map pictures = { 0 };
    const char *key;
    size_t pos = 0, len;
    int64_t value;

    *m = (struct mme){ 0 };
    for (size_t i = 0; i < r->in->n; i++) {
        const struct mm_record *it = &r->in->v[i];
        const char *image = mm_record_str(it, "image", "image_id");
        int64_t *at;

        if (isnan(r->scores[i]) ||
            strcmp(mm_record_str(it, "task", "category"), task) != 0)
            continue;
        if (!(at = mm_map_at(&pictures, image, strlen(image), err))) {
            mm_map_release(&pictures);
            return -1;
        }
        *at |= r->scores[i] == 0; /* 1: one was wrong */
        m->n++;
        m->right += r->scores[i];
    }
    while (mm_map_next(&pictures, &pos, &key, &len, &value)) {
        m->pictures++;
        m->whole += value == 0;
    }
    mm_map_release(&pictures);
    return 0;
}

static int mme(struct mm_metric_run *r, struct mm_err *err)
{
    double total[2] = { 0 };

    if (mm_metric_each(r, mme_of, err) < 0)
        return -1;
    for (size_t t = 0; t < MME_TASKS; t++) {
        struct mme m;
        double acc, plus;

        if (mme_count(&m, r, mme_tasks[t], err) < 0)
            return -1;
        if (m.n == 0)
            continue;
        acc = 100 * m.right / m.n;
        plus = 100 * m.whole / m.pictures;
        total[t >= MME_PERCEPTION] += acc + plus;
        mm_jw_key(r->corpus, mme_tasks[t]);
        mm_jw_open(r->corpus, '{');
        mm_metric_number(r, "acc", acc);
        mm_metric_number(r, "acc+", plus);
        mm_metric_number(r, "score", acc + plus);
        mm_metric_number(r, "n", m.n);
        mm_jw_close(r->corpus, '}');
    }
    mm_metric_number(r, "perception", total[0]);
    mm_metric_number(r, "cognition", total[1]);
    return 0;
}

/* ---- ScienceQA: hyp, answer (number or letter), choices, image ---- */

static int gold_index(const struct mm_record *it)
{
    const struct mm_json *v = mm_record_get(it, "answer", "label");
    const char *s = mm_json_str(v, NULL);

    if (s)
        return s[0] >= 'A' && s[0] <= 'Z' && s[1] == '\0' ? s[0] - 'A' : -1;
    return v && v->is_int ? (int)v->integer : -1;
}

static char lmms_letter(const char *s)
{
    char c = *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s;

    if (s[0] && s[1] == '\0')
        return c;
    return s[0] >= 'A' && s[0] <= 'Z' && s[1] == '.' && s[2] == '\0' ? s[0]
                                                                     : 0;
}

static int scienceqa_of(struct mm_metric_run *r, const struct mm_record *it,
                        double *score, struct mm_err *err)
{
    const char *hyp = mm_record_str(it, "hyp", "text");
    const struct mm_json *choices = mm_record_get(it, "choices", "options");
    int gold = gold_index(it), said;
    size_t n = choices && choices->type == MM_JSON_ARRAY ? choices->n : 5;
    char c;

    (void)err;
    if (!hyp || gold < 0)
        return 1;
    c = strcmp(r->flavour, "lmms-eval") == 0 ? lmms_letter(hyp)
                                             : mm_letter_llava(hyp);
    said = c ? c - 'A' : -1;
    *score = said >= 0 && (size_t)said < n && said == gold;
    return 0;
}

static int scienceqa(struct mm_metric_run *r, struct mm_err *err)
{
    double sum = 0, n = 0;

    if (mm_metric_each(r, scienceqa_of, err) < 0)
        return -1;
    mm_metric_mean(r, "accuracy", 100);
    for (size_t i = 0; i < r->in->n; i++)
        if (!isnan(r->scores[i]) &&
            mm_record_str(&r->in->v[i], "image", NULL)) {
            sum += r->scores[i];
            n++;
        }
    if (n > 0)
        mm_metric_number(r, "accuracy, with picture", 100 * sum / n);
    return mm_metric_by(r, "subject", 100, err);
}

/* ---- SEED: hyp, answer (letter), data_type, question_type ---- */

static int seed_of(struct mm_metric_run *r, const struct mm_record *it,
                   double *score, struct mm_err *err)
{
    const char *hyp = mm_record_str(it, "hyp", "prediction");
    const char *answer = mm_record_str(it, "answer", NULL);

    (void)err;
    if (!hyp || !answer)
        return 1;
    *score = strcmp(r->flavour, "lmms-eval") == 0
                 ? *answer && mm_letter_first(hyp) == *answer
                 : strcmp(hyp, answer) == 0;
    return 0;
}

static int seed(struct mm_metric_run *r, struct mm_err *err)
{
    if (mm_metric_each(r, seed_of, err) < 0)
        return -1;
    mm_metric_mean(r, "all", 100);
    return mm_metric_by(r, "data_type", 100, err) < 0
               ? -1
               : mm_metric_by(r, "question_type", 100, err);
}

/* ---- MMBench: index, hyp, answer, A, B, C, D, category, l2-category ---- */

#define ROTATION 1000000

static size_t options_of(const struct mm_record *it, const char *options[26])
{
    size_t n = 0;

    for (; n < 26; n++) {
        char key[2] = { (char)('A' + n), 0 };
        const char *s = mm_record_str(it, key, NULL);

        if (!s || !*s || strcmp(s, "nan") == 0)
            break;
        options[n] = s;
    }
    return n;
}

static int mmbench_of(struct mm_metric_run *r, const struct mm_record *it,
                      double *score, struct mm_err *err)
{
    const char *hyp = mm_record_str(it, "hyp", "prediction");
    const char *answer = mm_record_str(it, "answer", NULL);
    const char *options[26];
    char letter = 0;
    size_t n = options_of(it, options);

    if (!hyp || !answer || !*answer)
        return 1;
    if (strcmp(r->flavour, "letter") == 0)
        letter = hyp[0] && hyp[1] == '\0' ? hyp[0] : 0;
    else if (mm_letter_vlmevalkit(&letter, hyp, options, n, err) < 0)
        return -1;
    *score = letter == *answer;
    return 0;
}

/* index, or a number as id; -1: neither */
static int64_t index_of(const struct mm_record *it)
{
    const struct mm_json *v = mm_record_get(it, "index", "id");
    const char *s = mm_json_str(v, NULL);
    char *end;
    long long n;

    if (!s)
        return v && v->is_int && v->integer >= 0 ? v->integer : -1;
    n = strtoll(s, &end, 10);
    return *s && *end == '\0' && n >= 0 ? n : -1;
}

/* A question is right when its row and all of its rotations are. */
static int mmbench_circular(struct mm_metric_run *r, struct mm_map *wrong,
                            struct mm_err *err)
{
    double sum = 0, n = 0, vanilla = 0;

    for (size_t i = 0; i < r->in->n; i++) {
        int64_t index = index_of(&r->in->v[i]) % ROTATION, *at;

        if (isnan(r->scores[i]))
            continue;
        if (!(at = mm_map_at(wrong, &index, sizeof index, err)))
            return -1;
        *at += r->scores[i] == 0;
    }
    for (size_t i = 0; i < r->in->n; i++) {
        int64_t index = index_of(&r->in->v[i]);

        if (isnan(r->scores[i]) || index >= ROTATION)
            continue;
        vanilla += r->scores[i];
        r->scores[i] = *mm_map_get(wrong, &index, sizeof index) == 0;
        sum += r->scores[i];
        n++;
    }
    mm_metric_number(r, "circular", n > 0 ? 100 * sum / n : NAN);
    mm_metric_number(r, "vanilla", n > 0 ? 100 * vanilla / n : NAN);
    mm_metric_number(r, "questions", n);
    return 0;
}

static int mmbench(struct mm_metric_run *r, struct mm_err *err)
{
    struct mm_map wrong = { 0 };
    double *all = NULL;
    int result;

    if (mm_metric_each(r, mmbench_of, err) < 0)
        return -1;
    result = mmbench_circular(r, &wrong, err);
    mm_map_release(&wrong);
    /* categories are of questions: rotations are out of sight for a while */
    if (result == 0)
        result = (all = mm_alloc(r->in->n, sizeof *all, err)) ? 0 : -1;
    for (size_t i = 0; result == 0 && i < r->in->n; i++) {
        all[i] = r->scores[i];
        if (index_of(&r->in->v[i]) >= ROTATION)
            r->scores[i] = NAN;
    }
    if (result == 0 &&
        (result = mm_metric_by(r, "category", 100, err)) == 0 &&
        (result = mm_metric_by(r, "l2-category", 100, err)) == 0)
        result = mm_metric_by(r, "L2-category", 100, err);
    for (size_t i = 0; all && i < r->in->n; i++)
        r->scores[i] = all[i];
    free(all);
    return result;
}

const struct mm_metric_row mm_choice_metrics[] = {
    { "pope", "official|lmms-eval|vlmevalkit", pope },
    { "mme", "official", mme },
    { "scienceqa", "llava|lmms-eval", scienceqa },
    { "seed", "llava|lmms-eval", seed },
    { "mmbench", "vlmevalkit|letter", mmbench },
    { 0 }
};
