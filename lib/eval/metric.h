/*
 * metric.h - scorers as filters: JSON lines in, a score a line out
 *
 * A metric is a function on all records: it gives each a score (NaN: cannot be
 * scored, a fault of the record) and writes the members of the corpus object.
 */
#ifndef MM_EVAL_METRIC_H
#define MM_EVAL_METRIC_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "eval/caption.h"
#include "eval/record.h"

/*
 * A metric of a whole set that is not a mean over items: rows whose sums over
 * any set of items give its headline.
 */
struct mm_metric_sums {
    double *v; /* [in->n][width]; NULL: the headline is a mean */
    size_t width;
    double (*value)(const double *sums, int which);
    int which; /* of several headlines */
};

struct mm_metric_run {
    struct mm_records *in;
    const char *metric;  /* its name */
    const char *flavour; /* one of the metric's; the first by default */
    enum mm_caption_tokenizer tokenizer;
    double *scores; /* [in->n], NaN at first */
    struct mm_jw *corpus;
    struct mm_metric_sums sums; /* owned by the result, as the next */
    unsigned char *aside;       /* [in->n]: in no headline; NULL: none is */
    void *state;                /* the metric's own */
};

struct mm_metric_row {
    const char *name;
    const char *flavours; /* "a|b", the default first */
    int (*run)(struct mm_metric_run *r, struct mm_err *err);
    /* Is it of the kind of item that is in no headline?  NULL: there is none */
    int (*apart)(const struct mm_record *it);
    const char *needs; /* the fields without which there is no score */
};

extern const struct mm_metric_row mm_caption_metrics[]; /* end: no name */
extern const struct mm_metric_row mm_vqa_metrics[];
extern const struct mm_metric_row mm_gqa_metrics[];
extern const struct mm_metric_row mm_yesno_metrics[];
extern const struct mm_metric_row mm_choice_metrics[];
extern const struct mm_metric_row mm_exam_metrics[];
extern const struct mm_metric_row mm_judge_metrics[];
extern const struct mm_metric_row mm_text_metrics[];

/* What a metric says of records. */
struct mm_metric_result {
    const struct mm_metric_row *row;
    char *flavour;
    double *scores; /* [in->n], NaN: not scored */
    size_t scored;
    struct mm_metric_sums sums;
    unsigned char *aside; /* [in->n] or NULL: scored, but in no headline */
    int missing;          /* no headline, though there are scores */
    struct mm_buf corpus; /* a JSON object */
};

/*
 * The metric of that name, and its flavour (NULL: the first), on records at
 * hand.  An unknown metric or flavour is MM_EUSAGE.
 */
int mm_metric_score(struct mm_metric_result *m, struct mm_records *in,
                    const char *name, const char *flavour,
                    enum mm_caption_tokenizer tokenizer, struct mm_err *err);
void mm_metric_release(struct mm_metric_result *m);

/*
 * Names of metrics in tasks: "vqa-openflamingo" is a flavour, and "exact" is
 * its flavour "plain" where none is given.
 */
void mm_metric_alias(const char **name, const char **flavour);

/* Only whether there are such: MM_EUSAGE with the names that there are. */
int mm_metric_check(const char *name, const char *flavour,
                    struct mm_err *err);

/* The metric's apart; NULL also for an unknown metric */
int (*mm_metric_apart(const char *name))(const struct mm_record *it);

/* Is its hypothesis a caption, and its scores no parts of one? */
int mm_metric_is_caption(const char *name);

/*
 * Read path, append the lines {"id", "score"} and the last one, {"corpus",
 * "n", "of", "partial"}, to out.  flavour NULL is the default.  An unknown
 * metric or flavour is MM_EUSAGE.  *partial: something was wrong.
 */
int mm_metric_filter(struct mm_buf *out, const char *path, const char *name,
                     const char *flavour, enum mm_caption_tokenizer tokenizer,
                     int *partial, struct mm_err *err);

/* The same for normalisers and parsers: {"id", "text"} to {"id", "out"}. */
int mm_text_filter(struct mm_buf *out, const char *path, const char *verb,
                   const char *name, int *partial, struct mm_err *err);

/* ---- for the functions of metrics ---- */

/* fn gives a score, or returns 1 when a field is missing, or -1. */
int mm_metric_each(struct mm_metric_run *r,
                   int (*fn)(struct mm_metric_run *r,
                             const struct mm_record *it, double *score,
                             struct mm_err *err),
                   struct mm_err *err);

/* A record without a prediction is wrong, and a fault: score 0, returns 0. */
int mm_metric_unanswered(struct mm_metric_run *r, const struct mm_record *it,
                         double *score);

/* Room for the rows of sums, all 0. */
int mm_metric_sums(struct mm_metric_run *r, size_t width,
                   double (*value)(const double *sums, int which), int which,
                   struct mm_err *err);
/* The row of record i. */
double *mm_metric_row(struct mm_metric_run *r, size_t i);

/* Record i is in no headline. */
int mm_metric_set_aside(struct mm_metric_run *r, size_t i,
                        struct mm_err *err);

/* The mean over what was scored, times scale, as a member of the corpus. */
void mm_metric_mean(struct mm_metric_run *r, const char *key, double scale);
void mm_metric_number(struct mm_metric_run *r, const char *key, double v);
void mm_metric_text(struct mm_metric_run *r, const char *key, const char *v);
/* A score of n of the items, and n as "KEY, n"; key is short. */
void mm_metric_part(struct mm_metric_run *r, const char *key, double v,
                    double n);

/*
 * Means by the values of a member (strings, integers, lists of them), times
 * scale: {"value": {"score", "n"}}; or by what a function finds in a record
 * (value is null at first, and then counts nowhere).
 */
int mm_metric_by_value(struct mm_metric_run *r, const char *name, double scale,
                       void (*value)(struct mm_json *value,
                                     const struct mm_record *it,
                                     const char *name),
                       struct mm_err *err);
int mm_metric_by(struct mm_metric_run *r, const char *field, double scale,
                 struct mm_err *err);

#endif
