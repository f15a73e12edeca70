/*
 * task.h - what a benchmark asks: share/tasks/NAME.ini
 *
 * [task]
 * name = garments
 * about = Fashion-MNIST's official test pictures, as a question
 * metric = exact | vqa | vqa-openflamingo | cider | choice
 * prompt = {image} Question: {question} Short answer:
 * answer = " {answer}"        behind the prompt of a shot, or of a choice
 * separator = "\n"            behind each shot
 * chat = vqa                  a chat template instead of prompt (see
 *                             mm1-tokenize(1)); --shots needs a prompt
 * stop = "\n" "." "," "Question"
 * cut = none | vqa            OpenFlamingo's cut of the generation
 * max-tokens = 10
 *
 * Quotes keep spaces and allow \n, \t, \" and \\.
 */
#ifndef MM_EVAL_TASK_H
#define MM_EVAL_TASK_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "eval/caption.h"

enum mm_metric {
    MM_METRIC_EXACT,  /* the prediction is one of the answers */
    MM_METRIC_VQA,    /* VQA accuracy, official */
    MM_METRIC_VQA_OF, /* VQA accuracy as OpenFlamingo computes it */
    MM_METRIC_CIDER,  /* CIDEr-D of the corpus */
    MM_METRIC_CHOICE  /* the most probable of the item's options is right */
};

enum mm_cut { MM_CUT_NONE,
              MM_CUT_VQA };

#define MM_TASK_STOPS 8

struct mm_task {
    char *name, *about;
    enum mm_metric metric;
    char *prompt, *answer, *separator;
    char *chat; /* NULL: prompt */
    char *stop[MM_TASK_STOPS];
    size_t n_stops;
    enum mm_cut cut;
    enum mm_caption_tokenizer tokenizer; /* of captions, for the metric */
    size_t max_tokens;
};

/*
 * spec is a path (it has a slash or ends in .ini), or the name of a file in
 * dir.
 */
int mm_task_load(struct mm_task *t, const char *spec, const char *dir,
                 struct mm_err *err);
void mm_task_release(struct mm_task *t);

const char *mm_metric_name(enum mm_metric m);
int mm_metric_parse(const char *name, enum mm_metric *m); /* -1: unknown */

/* Every setting that decides what is asked and how it is scored. */
void mm_task_describe(const struct mm_task *t, struct mm_jw *w);

/* The tokenizer that a description names, or the default. */
enum mm_caption_tokenizer mm_task_tokenizer(const struct mm_json *task);

#endif
