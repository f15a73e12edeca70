/*
 * mm1-eval - ask a model about pictures that it has not seen, and score what
 * it says
 */
#include "base/io.h"
#include "eval.h"
#include "tool.h"

int eval_write(const struct eval_options *o, struct mm_buf *text,
               struct mm_err *err)
{
    int result = mm_buf_check(text, err);

    if (result == 0)
        result = mm_write_file(o->output ? o->output : "-", text->data,
                               text->len, err);
    mm_buf_release(text);
    return result;
}

static const struct mm_verb verbs[] = {
    { "run", "", "ask a model every item of a task", eval_run_options,
      sizeof(struct eval_options), eval_run },
    { "score", "predictions ...", "score predictions, without a model",
      eval_score_options, sizeof(struct eval_options), eval_score },
    { "compare", "predictions predictions ...",
      "is one run better than another?", eval_compare_options,
      sizeof(struct eval_options), eval_compare },
    { "bars", "predictions ...", "draw scores as SVG", eval_bars_options,
      sizeof(struct eval_options), eval_bars },
    { "sheet", "predictions ...", "show pictures, answers and truth as HTML",
      eval_sheet_options, sizeof(struct eval_options), eval_sheet },
    { "plot", "[name=]metrics ...", "draw loss curves as SVG",
      eval_plot_options, sizeof(struct eval_options), eval_plot },
    { "metric", "name [file]", "score JSON lines", eval_metric_options,
      sizeof(struct eval_options), eval_metric },
    { "normalise", "name [file]", "normalise texts as a scorer does",
      eval_text_options, sizeof(struct eval_options), eval_normalise },
    { "parse", "name [file]", "find out what an answer means",
      eval_text_options, sizeof(struct eval_options), eval_parse },
    { "merge", "predictions ...", "put the parts of a run together",
      eval_merge_options, sizeof(struct eval_options), eval_merge },
    { "probe", "", "train a classifier on an encoder's features",
      eval_probe_options, sizeof(struct eval_probe_options), eval_probe },
    { "list", "[task ...]", "list the tasks, or show some", eval_list_options,
      sizeof(struct eval_options), eval_list },
    { "retrieve", "", "find captions by pictures, pictures by captions",
      eval_retrieve_options, sizeof(struct eval_options), eval_retrieve },
    { "zeroshot", "", "classify pictures by the names of classes",
      eval_zeroshot_options, sizeof(struct eval_options), eval_zeroshot },
    { 0 }
};

int main(int argc, char **argv)
{
    static const struct mm_program program = {
        .name = "mm1-eval",
        .summary = "Ask a model about what it has not seen; score what it "
                   "says.",
        .verbs = verbs
    };

    return tool_main(&program, argc, argv);
}
