/*
 * eval_filter.c - mm1-eval metric, normalise and parse
 */
#include "eval.h"
#include "eval/metric.h"

/* ---- metric, normalise, parse ---- */

/* With --strict a fault in the input makes the status 1, output and all. */
static int finish_filter(const struct eval_options *o, struct mm_buf *text,
                         int result, int partial, struct mm_err *err)
{
    if (result < 0) {
        mm_buf_release(text);
        return -1;
    }
    if (eval_write(o, text, err) < 0)
        return -1;
    if (partial && o->strict)
        return mm_fail(err, MM_ECHECK, "the input has faults");
    return 0;
}

int eval_metric(const void *options, int argc, char **argv,
                struct mm_err *err)
{
    const struct eval_options *o = options;
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

static int text_filter(const struct eval_options *o, const char *verb, int argc,
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

int eval_normalise(const void *options, int argc, char **argv,
                   struct mm_err *err)
{
    return text_filter(options, "normalise", argc, argv, err);
}

int eval_parse(const void *options, int argc, char **argv,
               struct mm_err *err)
{
    return text_filter(options, "parse", argc, argv, err);
}

const struct mm_opt eval_metric_options[] = {
    FLAVOUR,
    { 0, "caption-tokenizer", MM_OPT_CHOICE, FIELD(tokenizer), "name", "ptb",
      "how captions are cut into words", 0, 0, "ptb|ptb-alone|none", 0 },
    STRICT,
    OUTPUT("where the scores go"),
    { 0 }
};

const struct mm_opt eval_text_options[] = {
    STRICT,
    OUTPUT("where the lines go"),
    { 0 }
};
