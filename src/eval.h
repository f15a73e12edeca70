/*
 * eval.h - the verbs of mm1-eval, each in one of src/eval_*.c: what they share
 */
#ifndef MM_EVAL_VERBS_H
#define MM_EVAL_VERBS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/opt.h"
#include "eval/score.h"
#include "eval/source.h"
#include "eval/view_how.h"

/* Of all verbs; a verb's table says which of them it has. */
struct eval_options {
    struct mm_common common;
    struct mm_view_how views;
    const char *model, *task, *tasks, *data, *shots_data, *output, *label;
    const char *metric, *title, *flavour, *ids, *shard, *parser, *by,
        *meta, *root, *rices_model, *seeds;
    const char *classes, *templates;
    int64_t shots, limit, seed, offset, batch, cache_tokens, text_shots;
    int blind, baseline, format, tokenizer, strict, shots_per, fresh,
        shots_by;
};

/* Of the verb probe */
struct eval_probe_options {
    struct mm_common common;
    const char *model, *train, *test, *output;
    int64_t limit, layer, epochs, batch, heads, grid, seed;
    double rate, decay;
    int kind, format, random;
};

#define FIELD(f) offsetof(struct eval_options, f)

/* Rows that several verbs have. */
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
#define FLAVOUR \
    { 0, "flavour", MM_OPT_STR, FIELD(flavour), "name", NULL, \
      "whose way of computing it", 0, 0, NULL, 0 }
#define ROOT \
    { 0, "root", MM_OPT_STR, FIELD(root), "dir", NULL, \
      "where the task's files and pictures are", 0, 0, NULL, 0 }
#define REFERENCES \
    { 't', "task", MM_OPT_STR, FIELD(task), "name", NULL, \
      "score against the references of a task", 0, 0, NULL, 0 }
#define DATA \
    { 0, "data", MM_OPT_STR, FIELD(data), "shard", NULL, \
      "shard, file or folder with the references", 0, 0, NULL, 0 }
#define PARSER                                               \
    { 0, "parser", MM_OPT_STR, FIELD(parser), "name", NULL, \
      "what the answers mean, before they are scored", 0, 0, NULL, 0 }
#define SEED(what) \
    { 's', "seed", MM_OPT_INT, FIELD(seed), "n", "0", what, 0, 0, NULL, 0 }
#define STRICT \
    { 0, "strict", MM_OPT_FLAG, FIELD(strict), NULL, NULL, \
      "exit 1 when something is wrong with the input", 0, 0, NULL, 0 }
/* clang-format on */

/* clang-format off */
#define FORMAT \
    { 'f', "format", MM_OPT_CHOICE, FIELD(format), "name", "text", \
      "how the table is written", 0, 0, "text|markdown|json|csv", 0 }
/* clang-format on */

/* Files of predictions, and their scores. */
struct eval_scored {
    struct mm_predictions *runs;
    struct mm_score *scores;
    size_t n, n_scores;
    struct mm_task task; /* with references, else all zero */
    struct mm_source *references;
};

/* Of all operands; release it also when that fails. */
int eval_score_all(struct eval_scored *s, const struct eval_options *o,
                   int argc, char **argv, struct mm_err *err);
void eval_scored_release(struct eval_scored *s);

extern const struct mm_opt eval_run_options[];
extern const struct mm_opt eval_score_options[];
extern const struct mm_opt eval_sheet_options[];
extern const struct mm_opt eval_plot_options[];
extern const struct mm_opt eval_metric_options[];
extern const struct mm_opt eval_text_options[];
extern const struct mm_opt eval_list_options[];
extern const struct mm_opt eval_merge_options[];
extern const struct mm_opt eval_compare_options[];
extern const struct mm_opt eval_bars_options[];
extern const struct mm_opt eval_probe_options[];
extern const struct mm_opt eval_retrieve_options[];
extern const struct mm_opt eval_zeroshot_options[];

int eval_run(const void *options, int argc, char **argv, struct mm_err *err);
int eval_score(const void *options, int argc, char **argv, struct mm_err *err);
int eval_sheet(const void *options, int argc, char **argv, struct mm_err *err);
int eval_plot(const void *options, int argc, char **argv, struct mm_err *err);
int eval_metric(const void *options, int argc, char **argv, struct mm_err *err);
int eval_normalise(const void *options, int argc, char **argv,
                   struct mm_err *err);
int eval_parse(const void *options, int argc, char **argv, struct mm_err *err);
int eval_list(const void *options, int argc, char **argv, struct mm_err *err);
int eval_probe(const void *options, int argc, char **argv, struct mm_err *err);
int eval_merge(const void *options, int argc, char **argv, struct mm_err *err);
int eval_compare(const void *options, int argc, char **argv,
                 struct mm_err *err);
int eval_bars(const void *options, int argc, char **argv, struct mm_err *err);
int eval_retrieve(const void *options, int argc, char **argv,
                  struct mm_err *err);
int eval_zeroshot(const void *options, int argc, char **argv,
                  struct mm_err *err);

/* The task that --task names. */
int eval_load_task(struct mm_task *t, const struct eval_options *o,
                   struct mm_err *err);

/* What a verb has to say goes to --output; text is released. */
int eval_write(const struct eval_options *o, struct mm_buf *text,
               struct mm_err *err);

#endif
