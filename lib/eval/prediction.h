/*
 * prediction.h - a file of predictions: JSON lines, appended to as they come
 *
 * The first line of a run describes it:
 *   {"run": KEY, "task": {...}, "label": "...", "n": 2000, ...}
 * and each further line is an item:
 *   {"run": KEY, "id": "...", "item": 7, "key": KEY, "question": "...",
 *    "prediction": "...", "answers": ["..."], "options": ["..."], ...}
 * The run's key is a hash of all that decides a prediction but the item, the
 * line's key of that and the item, so that a run that was killed resumes where
 * it was and no prediction is taken for another's.
 */
#ifndef MM_EVAL_PREDICTION_H
#define MM_EVAL_PREDICTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "eval/record.h"

struct mm_prediction {
    const char *id, *question, *text; /* "" where there is none */
    const char **answers;
    size_t n_answers, cap;
};

/* All lines of one file; strings live as long as it does. */
struct mm_predictions {
    char *path;
    struct mm_records records;   /* the lines; faults are counted there */
    struct mm_prediction *items; /* [n], of each record */
    size_t n;
    size_t unparsed; /* answers of which a parser could make nothing */
};

/*
 * A file that does not exist has no lines.  After a header a last line
 * without an end is left out, it was cut; any other wrong line is MM_EDATA
 * with its number; other faults are counted (record.h).
 */
int mm_predictions_load(struct mm_predictions *p, const char *path,
                        struct mm_err *err);

/* The same from records, which are taken over. */
int mm_predictions_take(struct mm_predictions *p, struct mm_records *records,
                        const char *path, struct mm_err *err);
void mm_predictions_release(struct mm_predictions *p);

/* The key of the run, or "". */
const char *mm_predictions_run(const struct mm_predictions *p);

/* The item of that id, or NULL. */
const struct mm_prediction *mm_predictions_find(const struct mm_predictions *p,
                                                const char *id);

/* A line for an item. */
struct mm_prediction_line {
    const char *run, *id, *question, *text;
    uint64_t key;
    size_t item; /* its place in the data, from 0 */
    const char *const *answers, *const *options;
    size_t n_answers, n_options;
    const double *loglik; /* [n_loglik]: of options, or of the answer */
    size_t n_loglik;
    const char *const *shots; /* [n_shots]: ids, where each item has its own */
    size_t n_shots;
    int greedy;          /* with one loglik: is the answer the greedy one? */
    uint64_t picture;    /* hash of the first one's bytes; 0: none */
    const char *fields;  /* more members, "\"a\":1,\"b\":2", or NULL */
    const char *thought; /* before the answer, or NULL */
};

void mm_prediction_print(struct mm_buf *out,
                         const struct mm_prediction_line *line);

#endif
