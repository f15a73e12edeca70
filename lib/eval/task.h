/*
 * task.h - what a benchmark asks: share/tasks/NAME.ini
 *
 * [task]
 * name = garments
 * about = Fashion-MNIST's official test pictures, as a question
 * metric = exact              one of mm1-eval metric's; flavour = ...
 * prompt = {image} Question: {question} Short answer:
 * answer = " {answer}"        after the prompt of a shot, or of a choice
 * separator = "\n"            after each shot
 * option = "{letter}. {option}"  each of {options}; option-separator = "\n"
 * chat = vicuna_v1            a chat template (see mm1-tokenize(1)): around the
 *                             prompt, or the item as it is without one; shots
 *                             are for prompts without a template
 * ask = generate | rank | loglik
 * stop = "\n" "." "," "Question"
 * cut = none | vqa            OpenFlamingo's cut of the generation
 * parser = letter             what the answer means, before it is scored
 * max-tokens = 10
 * marker = The answer is      after a chain of thought stands the answer; an
 *                             example says " {rationale} MARKER {answer}."
 *
 * [data]                      where the items are: see layout.h
 * [shots]                     what is different for examples
 * [reference]                 published scores: free names = number (source)
 *
 * Quotes keep spaces and allow \n, \t, \" and \\.
 */
#ifndef MM_EVAL_TASK_H
#define MM_EVAL_TASK_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "eval/caption.h"

enum mm_cut { MM_CUT_NONE,
              MM_CUT_VQA };

/* How a prediction comes about. */
enum mm_ask_how {
    MM_ASK_GENERATE, /* greedily, up to a stop */
    MM_ASK_RANK,     /* the log-probability of each option; the first most */
    MM_ASK_LOGLIK    /* that of the first answer, and is it the greedy one? */
};

#define MM_TASK_STOPS 8

/* The keys of [data] and [shots]: see layout.h. */
enum mm_data_key {
    MM_DATA_FORMAT,
    MM_DATA_FILE,
    MM_DATA_RECORDS,
    MM_DATA_JOIN,
    MM_DATA_GROUP,
    MM_DATA_WHERE,
    MM_DATA_TAG,
    MM_DATA_ID,
    MM_DATA_IMAGE,
    MM_DATA_QUESTION,
    MM_DATA_ANSWERS,
    MM_DATA_OPTIONS,
    MM_DATA_LABELS,
    MM_DATA_GOLD,
    MM_DATA_LAST_WORD,
    MM_DATA_KEEP,
    MM_DATA_GAP,
    MM_DATA_CLEAN,
    MM_N_DATA
};

struct mm_reference {
    char *name, *value; /* "MM1-3B, 8 shots", "114.6 (arXiv ..., table 3)" */
};

struct mm_task {
    char *name, *about;
    char *metric, *flavour, *parser; /* flavour, parser: or NULL */
    char *prompt, *answer, *separator;
    char *option, *option_separator; /* of {options} */
    char *chat;                      /* NULL: prompt */
    char *marker;                    /* of a chain of thought, or NULL */
    char *stop[MM_TASK_STOPS];
    size_t n_stops;
    enum mm_cut cut;
    enum mm_ask_how ask;
    enum mm_caption_tokenizer tokenizer; /* of captions, for the metric */
    size_t max_tokens;
    char *split;           /* of the data set, for people to read */
    char *open;            /* what its authors leave open, and what is done */
    char *data[MM_N_DATA]; /* NULL where the file is silent */
    char *shots[MM_N_DATA];
    int has_shots; /* is there a section of that name? */
    struct mm_reference *references;
    size_t n_references, references_cap;
};

/*
 * spec is a path (it has a slash or ends in .ini), or the name of a file in
 * dir.
 */
int mm_task_load(struct mm_task *t, const char *spec, const char *dir,
                 struct mm_err *err);
void mm_task_release(struct mm_task *t);

/*
 * Every setting that decides what is asked, as members of an object; with all,
 * also what it is called and how it is scored.
 */
void mm_task_describe(const struct mm_task *t, int all, struct mm_jw *w);

const char *mm_data_key_name(enum mm_data_key key);

/* By name: 0, or -1 for an unknown one. */
int mm_caption_tokenizer_parse(const char *name,
                               enum mm_caption_tokenizer *tokenizer);

#endif
