/*
 * eval_score.c - mm1-eval score, sheet and plot
 */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "eval.h"
#include "eval/plot.h"
#include "eval/score.h"
#include "eval/sheet.h"

/* ---- score and sheet ---- */

struct scored {
    struct mm_predictions *runs;
    struct mm_score *scores;
    size_t n, n_scores;
};

static int score_all(struct scored *s, const struct eval_options *o, int argc,
                     char **argv, struct mm_err *err)
{
    const struct mm_score_how how = { .metric = o->metric,
                                      .flavour = o->flavour,
                                      .parser = o->parser,
                                      .seed = (uint64_t)o->seed };

    if (argc == 0)
        return mm_fail(err, MM_EUSAGE, "name a file of predictions");
    s->runs = mm_alloc((size_t)argc, sizeof *s->runs, err);
    s->scores = mm_alloc((size_t)argc, sizeof *s->scores, err);
    if (!s->runs || !s->scores)
        return -1;
    for (int i = 0; i < argc; i++) {
        struct stat st;

        if (strcmp(argv[i], "-") && mm_stat(argv[i], &st) < 0)
            return mm_fail_errno(err, "cannot open '%s'", argv[i]);
        if (mm_predictions_load(&s->runs[i], argv[i], err) < 0)
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

static void release_all(struct scored *s)
{
    for (size_t i = 0; i < s->n_scores; i++)
        mm_score_release(&s->scores[i]);
    for (size_t i = 0; i < s->n; i++)
        mm_predictions_release(&s->runs[i]);
    free(s->runs);
    free(s->scores);
}

/* For --strict, when the table is written. */
static int check_whole(const struct scored *s, struct mm_err *err)
{
    for (size_t i = 0; i < s->n_scores; i++)
        if (s->scores[i].partial)
            return mm_fail(err, MM_ECHECK, "'%s' is scored in part only",
                           s->runs[i].path);
    return 0;
}

int eval_score(const void *options, int argc, char **argv,
               struct mm_err *err)
{
    const struct eval_options *o = options;
    struct scored s = { 0 };
    struct mm_buf text = { 0 };
    int result = score_all(&s, o, argc, argv, err);

    if (result == 0) {
        mm_score_table(&text, s.scores, s.n_scores,
                       (enum mm_table_format)o->format);
        result = eval_write(o, &text, err);
    }
    if (result == 0 && o->strict)
        result = check_whole(&s, err);
    release_all(&s);
    return result;
}

static int write_sheet(const struct eval_options *o, const struct scored *s,
                       struct mm_err *err)
{
    struct mm_source *data = mm_source_open(o->data, err);
    struct mm_buf text = { 0 };
    int result = -1;

    if (data)
        result = mm_sheet_write(&text, o->title, s->runs, s->scores, s->n,
                                data, (size_t)o->limit, err);
    mm_source_close(data);
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
    struct scored s = { 0 };
    int result;

    if (!o->data)
        return mm_fail(err, MM_EUSAGE, "sheet needs --data");
    result = score_all(&s, o, argc, argv, err);
    if (result == 0)
        result = write_sheet(o, &s, err);
    release_all(&s);
    return result;
}

const struct mm_opt eval_score_options[] = {
    METRIC,
    { 'f', "format", MM_OPT_CHOICE, FIELD(format), "name", "text",
      "how the table is written", 0, 0, "text|markdown|json", 0 },
    SEED("of the bootstrap"),
    OUTPUT("where the table goes"),
    FLAVOUR,
    PARSER,
    STRICT,
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
