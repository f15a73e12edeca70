/*
 * mm1-eval - ask a model about pictures that it has not seen, and score what
 * it says
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/stop.h"
#include "eval/metric.h"
#include "eval/plot.h"
#include "eval/run.h"
#include "eval/score.h"
#include "eval/sheet.h"
#include "eval/task_dir.h"
#include "tool.h"

struct options {
    struct mm_common common;
    const char *model, *task, *tasks, *data, *shots_data, *output, *label;
    const char *metric, *title, *flavour;
    int64_t shots, limit, seed;
    int blind, baseline, format, tokenizer, strict;
};

#define FIELD(f) offsetof(struct options, f)

static int load_task(struct mm_task *t, const struct options *o,
                     struct mm_err *err)
{
    struct mm_buf dir = { 0 };
    int result = mm_task_dir(&dir, o->tasks, err);

    if (result == 0)
        result = mm_task_load(t, o->task, dir.data, err);
    mm_buf_release(&dir);
    return result;
}

/* ---- run ---- */

static int check_run(const struct options *o, int argc, struct mm_err *err)
{
    if (argc)
        return mm_fail(err, MM_EUSAGE, "run takes no operands");
    if (!o->task || !o->data)
        return mm_fail(err, MM_EUSAGE, "run needs --task and --data");
    if (!o->output || strcmp(o->output, "-") == 0)
        return mm_fail(err, MM_EUSAGE, "run needs -o: predictions go to a "
                                       "file that it can go on with");
    if (!o->model == !o->baseline)
        return mm_fail(err, MM_EUSAGE, "run needs either -m or --baseline");
    return 0;
}

static int run(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct options *o = options;
    struct mm_task task;
    int result;

    (void)argv;
    if (check_run(o, argc, err) < 0 || load_task(&task, o, err) < 0)
        return -1;
    mm_stop_install();
    result = mm_eval_run(&(struct mm_eval_run){
                             .task = &task,
                             .model = o->model,
                             .data = o->data,
                             .shots_data = o->shots_data,
                             .output = o->output,
                             .label = o->label,
                             .shots = (size_t)o->shots,
                             .limit = (size_t)o->limit,
                             .blind = o->blind,
                             .baseline = (enum mm_baseline)o->baseline,
                             .seed = (uint64_t)o->seed },
                         err);
    mm_task_release(&task);
    return result;
}

/* ---- score and sheet ---- */

struct scored {
    struct mm_predictions *runs;
    struct mm_score *scores;
    size_t n, n_scores;
};

static int score_all(struct scored *s, const struct options *o, int argc,
                     char **argv, struct mm_err *err)
{
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
        if (mm_score_predictions(&s->scores[i], &s->runs[i], o->metric,
                                 (uint64_t)o->seed, err) < 0)
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

static int write_text(const struct options *o, struct mm_buf *text,
                      struct mm_err *err)
{
    int result = mm_buf_check(text, err);

    if (result == 0)
        result = mm_write_file(o->output ? o->output : "-", text->data,
                               text->len, err);
    mm_buf_release(text);
    return result;
}

static int score(const void *options, int argc, char **argv,
                 struct mm_err *err)
{
    const struct options *o = options;
    struct scored s = { 0 };
    struct mm_buf text = { 0 };
    int result = score_all(&s, o, argc, argv, err);

    if (result == 0) {
        mm_score_table(&text, s.scores, s.n_scores,
                       (enum mm_table_format)o->format);
        result = write_text(o, &text, err);
    }
    release_all(&s);
    return result;
}

static int write_sheet(const struct options *o, const struct scored *s,
                       struct mm_err *err)
{
    struct mm_shard *data = mm_shard_open(o->data, err);
    struct mm_buf text = { 0 };
    int result = -1;

    if (data && mm_shard_index(data, err) == 0)
        result = mm_sheet_write(&text, o->title, s->runs, s->scores, s->n,
                                data, (size_t)o->limit, err);
    mm_shard_close(data);
    if (result < 0) {
        mm_buf_release(&text);
        return -1;
    }
    return write_text(o, &text, err);
}

static int sheet(const void *options, int argc, char **argv,
                 struct mm_err *err)
{
    const struct options *o = options;
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
static int plot(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct options *o = options;
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
    return write_text(o, &text, err);
}

/* ---- metric, normalise, parse ---- */

/* With --strict a fault in the input makes the status 1, output and all. */
static int finish_filter(const struct options *o, struct mm_buf *text,
                         int result, int partial, struct mm_err *err)
{
    if (result < 0) {
        mm_buf_release(text);
        return -1;
    }
    if (write_text(o, text, err) < 0)
        return -1;
    if (partial && o->strict)
        return mm_fail(err, MM_ECHECK, "the input has faults");
    return 0;
}

static int metric(const void *options, int argc, char **argv,
                  struct mm_err *err)
{
    const struct options *o = options;
    struct mm_buf text = { 0 };
    int partial = 0, result;

    if (argc < 1 || argc > 2)
        return mm_fail(err, MM_EUSAGE, "name a metric, and at most one file");
    result = mm_metric_filter(&text, argc > 1 ? argv[1] : "-", argv[0],
                              o->flavour,
                              (enum mm_caption_tokenizer)o->tokenizer,
                              &partial, err);
    return finish_filter(o, &text, result, partial, err);
}

static int text_filter(const struct options *o, const char *verb, int argc,
                       char **argv, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    int partial = 0, result;

    if (argc < 1 || argc > 2)
        return mm_fail(err, MM_EUSAGE, "say what to %s by, and at most one "
                                       "file",
                       verb);
    result = mm_text_filter(&text, argc > 1 ? argv[1] : "-", verb, argv[0],
                            &partial, err);
    return finish_filter(o, &text, result, partial, err);
}

static int normalise(const void *options, int argc, char **argv,
                     struct mm_err *err)
{
    return text_filter(options, "normalise", argc, argv, err);
}

static int parse(const void *options, int argc, char **argv,
                 struct mm_err *err)
{
    return text_filter(options, "parse", argc, argv, err);
}

/* ---- list ---- */

static int list(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct options *o = options;
    struct mm_buf dir = { 0 }, text = { 0 };
    int result = mm_task_dir(&dir, o->tasks, err);

    (void)argc, (void)argv;
    if (result == 0)
        result = mm_task_list(&text, dir.data, err);
    mm_buf_release(&dir);
    if (result < 0) {
        mm_buf_release(&text);
        return -1;
    }
    return write_text(o, &text, err);
}

/* ---- the tables ---- */

/* clang-format off */
#define OUTPUT(what) \
    { 'o', "output", MM_OPT_STR, FIELD(output), "file", NULL, \
      what, 0, 0, NULL, MM_OPT_QUIET }
#define TASKS \
    { 0, "tasks", MM_OPT_STR, FIELD(tasks), "dir", NULL, \
      "where the task files are", 0, 0, NULL, MM_OPT_QUIET }
#define METRIC \
    { 0, "metric", MM_OPT_STR, FIELD(metric), "name", NULL, \
      "score by another metric than the file names", 0, 0, NULL, 0 }
#define SEED(what) \
    { 's', "seed", MM_OPT_INT, FIELD(seed), "n", "0", what, 0, 0, NULL, 0 }
/* clang-format on */

static const struct mm_opt run_options[] = {
    { 'm', "model", MM_OPT_STR, FIELD(model), "dir", NULL,
      "the model to ask", 0, 0, NULL, 0 },
    { 't', "task", MM_OPT_STR, FIELD(task), "name", NULL,
      "a task by its name or file", 0, 0, NULL, 0 },
    { 0, "data", MM_OPT_STR, FIELD(data), "shard", NULL,
      "document shard with the questions", 0, 0, NULL, 0 },
    { 'k', "shots", MM_OPT_INT, FIELD(shots), "n", "0",
      "put n solved examples in front", 0, 64, NULL, 0 },
    { 0, "shots-data", MM_OPT_STR, FIELD(shots_data), "shard", NULL,
      "where the examples come from", 0, 0, NULL, 0 },
    { 0, "blind", MM_OPT_FLAG, FIELD(blind), NULL, NULL,
      "show the mean picture for every picture", 0, 0, NULL, 0 },
    { 0, "baseline", MM_OPT_CHOICE, FIELD(baseline), "name", "none",
      "no model: always the most frequent answer", 0, 0, "none|majority", 0 },
    { 'n', "limit", MM_OPT_INT, FIELD(limit), "n", "0",
      "ask the first n items only; 0: all", 0, 1e9, NULL, 0 },
    { 0, "label", MM_OPT_STR, FIELD(label), "text", NULL,
      "the name of this run in tables", 0, 0, NULL, 0 },
    SEED("which examples are drawn"),
    TASKS,
    OUTPUT("file of predictions, appended to"),
    { 0 }
};

static const struct mm_opt score_options[] = {
    METRIC,
    { 'f', "format", MM_OPT_CHOICE, FIELD(format), "name", "text",
      "how the table is written", 0, 0, "text|markdown|json", 0 },
    SEED("of the bootstrap"),
    OUTPUT("where the table goes"),
    { 0 }
};

static const struct mm_opt sheet_options[] = {
    { 0, "data", MM_OPT_STR, FIELD(data), "shard", NULL,
      "document shard with the pictures", 0, 0, NULL, 0 },
    { 'n', "limit", MM_OPT_INT, FIELD(limit), "n", "12",
      "show n items, spread over the run", 1, 100000, NULL, 0 },
    { 0, "title", MM_OPT_STR, FIELD(title), "text", "mm1",
      "heading of the page", 0, 0, NULL, 0 },
    METRIC,
    SEED("of the bootstrap"),
    OUTPUT("the page"),
    { 0 }
};

static const struct mm_opt plot_options[] = {
    { 0, "title", MM_OPT_STR, FIELD(title), "text", "loss",
      "heading of the plot", 0, 0, NULL, 0 },
    OUTPUT("the picture"),
    { 0 }
};

static const struct mm_opt list_options[] = {
    TASKS,
    OUTPUT("where the list goes"),
    { 0 }
};

/* clang-format off */
#define STRICT \
    { 0, "strict", MM_OPT_FLAG, FIELD(strict), NULL, NULL, \
      "exit 1 when something is wrong with the input", 0, 0, NULL, 0 }
/* clang-format on */

static const struct mm_opt metric_options[] = {
    { 0, "flavour", MM_OPT_STR, FIELD(flavour), "name", NULL,
      "whose way of computing it", 0, 0, NULL, 0 },
    { 0, "caption-tokenizer", MM_OPT_CHOICE, FIELD(tokenizer), "name", "ptb",
      "how captions are cut into words", 0, 0, "ptb|ptb-alone|none", 0 },
    STRICT,
    OUTPUT("where the scores go"),
    { 0 }
};

static const struct mm_opt text_options[] = {
    STRICT,
    OUTPUT("where the lines go"),
    { 0 }
};

static const struct mm_verb verbs[] = {
    { "run", "", "ask a model every item of a task", run_options,
      sizeof(struct options), run },
    { "score", "predictions ...", "score predictions, without a model",
      score_options, sizeof(struct options), score },
    { "sheet", "predictions ...", "show pictures, answers and truth as HTML",
      sheet_options, sizeof(struct options), sheet },
    { "plot", "[name=]metrics ...", "draw loss curves as SVG", plot_options,
      sizeof(struct options), plot },
    { "metric", "name [file]", "score JSON lines", metric_options,
      sizeof(struct options), metric },
    { "normalise", "name [file]", "normalise texts as a scorer does",
      text_options, sizeof(struct options), normalise },
    { "parse", "name [file]", "find out what an answer means", text_options,
      sizeof(struct options), parse },
    { "list", "", "list the tasks", list_options, sizeof(struct options),
      list },
    { 0 }
};

int main(int argc, char **argv)
{
    static const struct mm_program program = {
        "mm1-eval", "Ask a model about what it has not seen; score what it "
                    "says.",
        verbs, NULL
    };

    return tool_main(&program, argc, argv);
}
