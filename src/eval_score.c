/*
 * eval_score.c - mm1-eval score, sheet and plot
 */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "eval.h"
#include "eval/foreign.h"
#include "eval/meta.h"
#include "eval/part.h"
#include "eval/plot.h"
#include "eval/score.h"
#include "eval/sheet.h"

/* ---- score and sheet ---- */

/* With --task the references are the task's, not those in the predictions. */
static int open_references(struct eval_scored *s, const struct eval_options *o,
                           struct mm_err *err)
{
    if (!o->task)
        return 0;
    if (!o->data && !o->root)
        return mm_fail(err, MM_EUSAGE, "--task needs --data, or --root where "
                                       "the task's files are");
    if (eval_load_task(&s->task, o, err) < 0)
        return -1;
    s->references = mm_source_open_task(&s->task, 0, o->data, o->root, err);
    return s->references ? 0 : -1;
}

static int load_predictions(struct eval_scored *s, const char *path,
                            struct mm_err *err)
{
    struct mm_predictions *p = &s->runs[s->n];

    return s->references
               ? mm_foreign_load(p, path, &s->task, s->references, err)
               : mm_predictions_load(p, path, err);
}

int eval_score_all(struct eval_scored *s, const struct eval_options *o,
                   int argc,
                   char **argv, struct mm_err *err)
{
    struct mm_score_how how = { .metric = o->metric,
                                .flavour = o->flavour,
                                .parser = o->parser,
                                .seed = (uint64_t)o->seed };

    if (argc == 0)
        return mm_fail(err, MM_EUSAGE, "name a file of predictions");
    if (open_references(s, o, err) < 0)
        return -1;
    if (s->references)
        how.task = &s->task;
    s->runs = mm_alloc((size_t)argc, sizeof *s->runs, err);
    s->scores = mm_alloc((size_t)argc, sizeof *s->scores, err);
    if (!s->runs || !s->scores)
        return -1;
    for (int i = 0; i < argc; i++) {
        struct stat st;

        if (strcmp(argv[i], "-") && mm_stat(argv[i], &st) < 0)
            return mm_fail_errno(err, "cannot open '%s'", argv[i]);
        if (load_predictions(s, argv[i], err) < 0)
            return -1;
        s->n++;
        if (s->runs[i].n == 0)
            return mm_fail(err, MM_EDATA, "'%s' has no predictions",
                           s->runs[i].path);
        if (mm_score_predictions(&s->scores[i], &s->runs[i], &how, err) < 0)
            return -1;
        s->n_scores++;
    }
    return 0;
}

void eval_scored_release(struct eval_scored *s)
{
    for (size_t i = 0; i < s->n_scores; i++)
        mm_score_release(&s->scores[i]);
    for (size_t i = 0; i < s->n; i++)
        mm_predictions_release(&s->runs[i]);
    free(s->runs);
    free(s->scores);
    mm_source_close(s->references);
    mm_task_release(&s->task);
}

/* For --strict, when the table is written. */
static int check_whole(const struct eval_scored *s, struct mm_err *err)
{
    for (size_t i = 0; i < s->n_scores; i++)
        if (s->scores[i].partial)
            return mm_fail(err, MM_ECHECK, "'%s' is scored in part only",
                           s->runs[i].path);
    return 0;
}

/* After the scores; JSON becomes an object that has both. */
static int write_meta(struct mm_buf *text, const struct eval_options *o,
                      const struct eval_scored *s, struct mm_err *err)
{
    enum mm_table_format format = (enum mm_table_format)o->format;
    int json = format == MM_TABLE_JSON;
    struct mm_metas metas;
    int result = mm_meta_average(&metas, o->meta, s->scores, s->n_scores, err);

    if (json)
        mm_buf_adds(text, "{\"scores\":");
    mm_score_table(text, s->scores, s->n_scores, format);
    if (json && text->len)
        text->data[text->len - 1] = ','; /* where the line ended */
    if (json)
        mm_buf_adds(text, "\"meta_averages\":");
    if (result == 0)
        mm_meta_table(text, &metas, format);
    if (json)
        mm_buf_adds(text, "}\n");
    mm_metas_release(&metas);
    return result;
}

static int write_table(struct mm_buf *text, const struct eval_options *o,
                       const struct eval_scored *s, struct mm_err *err)
{
    int result = 0;

    for (size_t i = 0; o->by && result == 0 && i < s->n_scores; i++)
        result = mm_score_split(&s->scores[i], o->by, (uint64_t)o->seed, err);
    if (result == 0 && o->meta)
        return write_meta(text, o, s, err);
    if (result == 0)
        mm_score_table(text, s->scores, s->n_scores,
                       (enum mm_table_format)o->format);
    return result;
}

int eval_score(const void *options, int argc, char **argv,
               struct mm_err *err)
{
    const struct eval_options *o = options;
    struct eval_scored s = { 0 };
    struct mm_buf text = { 0 };
    int result = eval_score_all(&s, o, argc, argv, err);

    if (result == 0)
        result = write_table(&text, o, &s, err);
    if (result == 0)
        result = eval_write(o, &text, err);
    else
        mm_buf_release(&text);
    if (result == 0 && o->strict)
        result = check_whole(&s, err);
    eval_scored_release(&s);
    return result;
}

static int write_sheet(const struct eval_options *o,
                       const struct eval_scored *s,
                       struct mm_err *err)
{
    struct mm_source *own = s->references ? NULL
                                          : mm_source_open(o->data, err);
    struct mm_source *data = s->references ? s->references : own;
    struct mm_buf text = { 0 };
    int result = -1;

    if (data)
        result = mm_sheet_write(&text, o->title, s->runs, s->scores, s->n,
                                data, (size_t)o->limit, err);
    mm_source_close(own);
    if (result < 0) {
        mm_buf_release(&text);
        return -1;
    }
    return eval_write(o, &text, err);
}

int eval_sheet(const void *options, int argc, char **argv,
               struct mm_err *err)
{
    const struct eval_options *o = options;
    struct eval_scored s = { 0 };
    int result;

    if (!o->data && !o->task)
        return mm_fail(err, MM_EUSAGE, "sheet needs --data, or a task with "
                                       "--root");
    result = eval_score_all(&s, o, argc, argv, err);
    if (result == 0)
        result = write_sheet(o, &s, err);
    eval_scored_release(&s);
    return result;
}

const struct mm_opt eval_score_options[] = {
    METRIC,
    FORMAT,
    SEED("of the bootstrap"),
    OUTPUT("where the table goes"),
    FLAVOUR,
    PARSER,
    STRICT,
    { 0, "by", MM_OPT_STR, FIELD(by), "field", NULL,
      "score the items of each value of a field, too", 0, 0, NULL, 0 },
    { 0, "meta", MM_OPT_STR, FIELD(meta), "file", NULL,
      "meta-average against the scores of a baseline", 0, 0, NULL, 0 },
    REFERENCES,
    DATA,
    ROOT,
    TASKS,
    { 0 }
};

const struct mm_opt eval_sheet_options[] = {
    { 0, "data", MM_OPT_STR, FIELD(data), "shard", NULL,
      "document shard with the pictures", 0, 0, NULL, 0 },
    { 'n', "limit", MM_OPT_INT, FIELD(limit), "n", "12",
      "show n items, spread over the run", 1, 100000, NULL, 0 },
    { 0, "title", MM_OPT_STR, FIELD(title), "text", "mm1",
      "heading of the page", 0, 0, NULL, 0 },
    METRIC,
    SEED("of the bootstrap"),
    OUTPUT("the page"),
    FLAVOUR,
    PARSER,
    REFERENCES,
    ROOT,
    TASKS,
    { 0 }
};

/* ---- plot ---- */

static int add_metrics(struct mm_plot *p, const char *path, const char *name,
                       struct mm_err *err)
{
    if (mm_plot_add_metrics(p, path, name, err) < 0)
        return -1;
    if (p->n == 0)
        return mm_fail(err, MM_EDATA,
                       "'%s' has no losses; a run's are in metrics.jsonl",
                       path);
    return 0;
}

/* NAME=FILE, or a file that is its own name */
int eval_plot(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct eval_options *o = options;
    struct mm_plot p = { 0 };
    struct mm_buf text = { 0 };
    int result = 0;

    if (argc == 0)
        return mm_fail(err, MM_EUSAGE, "name a metrics file");
    for (int i = 0; result == 0 && i < argc; i++) {
        char *eq = strchr(argv[i], '=');

        if (eq)
            *eq = '\0';
        result = add_metrics(&p, eq ? eq + 1 : argv[i], argv[i], err);
    }
    if (result == 0)
        result = mm_plot_write(&text, &p, o->title, err);
    mm_plot_release(&p);
    if (result < 0) {
        mm_buf_release(&text);
        return -1;
    }
    return eval_write(o, &text, err);
}

const struct mm_opt eval_plot_options[] = {
    { 0, "title", MM_OPT_STR, FIELD(title), "text", "loss",
      "heading of the plot", 0, 0, NULL, 0 },
    OUTPUT("the picture"),
    { 0 }
};
