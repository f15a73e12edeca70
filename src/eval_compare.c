/*
 * eval_compare.c - mm1-eval compare and bars
 */
#include <stdlib.h>

#include "base/mem.h"
#include "eval.h"
#include "eval/bars.h"
#include "eval/compare.h"

/* ---- compare ---- */

/* Each file with the first one. */
static int compare_all(struct mm_comparison *c, const struct eval_scored *s,
                       uint64_t seed, struct mm_err *err)
{
    for (size_t i = 1; i < s->n; i++)
        if (mm_compare(&c[i - 1], &s->scores[0], &s->scores[i], seed, err) < 0)
            return -1;
    return 0;
}

/* For --strict, when the table is written. */
static int check_whole(const struct mm_comparison *c, size_t n,
                       struct mm_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (mm_comparison_partial(&c[i]))
            return mm_fail(err, MM_ECHECK, "'%s' and '%s' are compared in "
                                           "part only",
                           c[i].a->predictions->path,
                           c[i].b->predictions->path);
    return 0;
}

static int write_comparisons(const struct eval_options *o,
                             const struct eval_scored *s, struct mm_err *err)
{
    struct mm_comparison *c = mm_alloc(s->n, sizeof *c, err);
    struct mm_buf text = { 0 };
    int result = c ? compare_all(c, s, (uint64_t)o->seed, err) : -1;

    if (result == 0) {
        mm_compare_table(&text, c, s->n - 1, (enum mm_table_format)o->format);
        result = eval_write(o, &text, err);
    }
    if (result == 0 && o->strict)
        result = check_whole(c, s->n - 1, err);
    free(c);
    return result;
}

int eval_compare(const void *options, int argc, char **argv,
                 struct mm_err *err)
{
    const struct eval_options *o = options;
    struct eval_scored s = { 0 };
    int result;

    if (argc < 2)
        return mm_fail(err, MM_EUSAGE, "name two files of predictions, of "
                                       "the same task");
    result = eval_score_all(&s, o, argc, argv, err);
    if (result == 0)
        result = write_comparisons(o, &s, err);
    eval_scored_release(&s);
    return result;
}

const struct mm_opt eval_compare_options[] = {
    METRIC,
    FLAVOUR,
    PARSER,
    FORMAT,
    SEED("of the bootstrap"),
    OUTPUT("where the table goes"),
    REFERENCES,
    DATA,
    ROOT,
    TASKS,
    STRICT,
    { 0 }
};

/* ---- bars ---- */

int eval_bars(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct eval_options *o = options;
    struct eval_scored s = { 0 };
    struct mm_buf text = { 0 };
    int result = eval_score_all(&s, o, argc, argv, err);

    if (result == 0)
        result = mm_bars_write(&text, o->title, s.scores, s.n_scores, err);
    eval_scored_release(&s);
    if (result < 0) {
        mm_buf_release(&text);
        return -1;
    }
    return eval_write(o, &text, err);
}

const struct mm_opt eval_bars_options[] = {
    { 0, "title", MM_OPT_STR, FIELD(title), "text", "scores",
      "heading of the plot", 0, 0, NULL, 0 },
    METRIC,
    FLAVOUR,
    PARSER,
    SEED("of the bootstrap"),
    OUTPUT("the picture"),
    REFERENCES,
    DATA,
    ROOT,
    TASKS,
    { 0 }
};
