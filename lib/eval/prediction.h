/*
 * prediction.h - a file of predictions: JSON lines, appended to as they come
 *
 * The first line of a run describes it:
 *   {"run": KEY, "task": {...}, "label": "...", "n": 2000, ...}
 * and each further line is an item:
 *   {"run": KEY, "id": "...", "question": "...", "prediction": "...",
 *    "answers": ["..."], "options": ["..."]}
 * KEY is a hash of all that decides a prediction, so that a run that was
 * killed goes on where it was and two runs cannot be mixed up.
 */
#ifndef MM_EVAL_PREDICTION_H
#define MM_EVAL_PREDICTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/map.h"

struct mm_prediction {
    const char *id, *question, *text;
    const char **answers;
    size_t n_answers;
};

/* All lines of one file; strings live as long as it does. */
struct mm_predictions {
    char *path;
    struct mm_json_doc header; /* root NULL when the file has none */
    struct mm_json_doc *docs;
    struct mm_prediction *items;
    size_t n, docs_cap, items_cap;
    struct mm_map ids; /* from id to index */
    size_t whole;      /* bytes of complete lines; the rest was cut */
    size_t size;       /* bytes of the file */
};

/*
 * A file that does not exist has no lines.  Behind a header a last line
 * without an end is left out, it was cut; any other wrong line is MM_EDATA
 * with its number, and so is an id that comes twice.
 */
int mm_predictions_load(struct mm_predictions *p, const char *path,
                        struct mm_err *err);
void mm_predictions_release(struct mm_predictions *p);

/* The key of the run, or "". */
const char *mm_predictions_run(const struct mm_predictions *p);

/* One line for an item. */
void mm_prediction_print(struct mm_buf *out, const char *run, const char *id,
                         const char *question, const char *text,
                         const char *const *answers, size_t n_answers,
                         const char *const *options, size_t n_options);

#endif
