/*
 * record.h - JSON lines to score, and what is wrong with them
 *
 * A line that is no JSON is an error with its number, but for a last one that
 * was cut.  Other faults are counted and named, the record is left out where
 * it cannot be scored, and whatever is computed from the rest is partial.
 */
#ifndef MM_EVAL_RECORD_H
#define MM_EVAL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/map.h"

/*
 * Strings end at a NUL here: for one that is inside stands a byte that UTF-8
 * does not have, a letter to all scorers.
 */
#define MM_RECORD_NUL '\xff'

enum mm_fault {
    MM_FAULT_CUT,    /* the last line has no end and is no JSON */
    MM_FAULT_UTF8,   /* broken: each wrong sequence became U+FFFD */
    MM_FAULT_NUMBER, /* NaN, infinite, or beyond a double */
    MM_FAULT_NO_ID,
    MM_FAULT_DUPLICATE, /* an id that came before; the first counts */
    MM_FAULT_FIELDS,    /* one that the score needs is missing or no such */
    MM_FAULT_ANSWERS,   /* not the ten answers that people gave */
    MM_FAULT_BREAK,     /* a line break inside of a caption */
    MM_FAULT_MISSING,   /* no prediction for an item */
    MM_FAULT_UNKNOWN,   /* a prediction for no item */
    MM_FAULT_GROUP,     /* without others that are scored with it */
    MM_FAULT_SURROGATE, /* "\ud800" alone: it became U+FFFD */
    MM_FAULT_TWICE,     /* in one object; the last one counts */
    MM_N_FAULTS
};

struct mm_record {
    struct mm_json_doc doc;
    const char *id;             /* as text; owned by the set */
    const struct mm_json *name; /* the id as it was written */
    size_t line;                /* 0: of no file */
    int not_finite;             /* a number was: it is counted already */
    char *said;                 /* owned; by a parser, or NULL */
};

struct mm_records {
    const char *path; /* borrowed, for messages */
    struct mm_record *v;
    size_t n, cap;
    size_t lines; /* that were not empty, without headers */
    struct mm_map ids;
    size_t faults[MM_N_FAULTS];
    struct mm_json_doc header; /* of a run (prediction.h), or root NULL */
    size_t whole, size;        /* bytes of complete lines, and of all */
};

/*
 * JSON as programs write it.  *utf8: each wrong sequence became U+FFFD;
 * *not_finite: null stands for NaN and Infinity.
 */
int mm_record_parse(struct mm_json_doc *doc, const char *s, size_t n,
                    int *utf8, int *not_finite, struct mm_err *err);

/*
 * Behind a header a last line without an end is left out even if it is JSON:
 * the run was cut, and whole is where it goes on.  Headers of two runs are an
 * error.
 */
int mm_records_read(struct mm_records *r, const char *path,
                    struct mm_err *err);

/* The same with the text at hand; path is for messages. */
int mm_records_parse(struct mm_records *r, const char *path, const char *text,
                     size_t n, struct mm_err *err);
void mm_records_release(struct mm_records *r);

/*
 * Count a fault, and warn of it as long as there are few of its kind.  line 0:
 * none is to blame; what it is about may be NULL.
 */
void mm_records_fault(struct mm_records *r, enum mm_fault fault, size_t line,
                      const char *what);

/*
 * Its score lacks a field: counted, unless that was a number not finite.  With
 * "hyp": null there is no prediction.
 */
void mm_records_lack(struct mm_records *r, const struct mm_record *it);

/* Can v be an id?  Text, or a whole number however it is written. */
int mm_record_is_id(const struct mm_json *v);

int mm_records_partial(const struct mm_records *r);

/* "n": scored, "of": the lines, "partial" (or else so), "faults": by name */
void mm_records_describe(const struct mm_records *r, size_t scored,
                         int partial, struct mm_jw *w);

/* The faults as text, "2 no id, 1 duplicate id"; nothing without any. */
void mm_records_faults(const struct mm_records *r, struct mm_buf *out);

/* A string member, or NULL; of two names the first that there is. */
const char *mm_record_str(const struct mm_record *r, const char *name,
                          const char *other);
const struct mm_json *mm_record_get(const struct mm_record *r,
                                    const char *name, const char *other);

/* A text that came from a record as a JSON string: a NUL in it is one again. */
void mm_record_write(struct mm_jw *w, const char *s, size_t n);

/* Its id, as it was written. */
void mm_record_name(struct mm_jw *w, const struct mm_record *r);

/*
 * What was predicted: said, "hyp", "prediction", the other name, "pred" or
 * "response"; NULL where there is none, and where "hyp" is null.
 */
const char *mm_record_hyp(const struct mm_record *r, const char *other);

/* The true answers: "refs", "answers", "references" or "captions" */
const struct mm_json *mm_record_refs(const struct mm_record *r);

/*
 * One true answer: of two names the first, else the first of "answers" or
 * "refs", else "target".
 */
const char *mm_record_answer(const struct mm_record *r, const char *name,
                             const char *other);

/*
 * Which of "choices" or "options" is right, from 0: "gold", "answer" or "label"
 * as a number or digit, a letter, or the choice itself; else the first of
 * "answers"; -1: none.
 */
int64_t mm_record_gold(const struct mm_record *r);

/*
 * An array of strings (or of objects that have it in "answer" or "caption"), or
 * a lone string, into a list that grows: 0, 1 when it is missing or no such, -1
 * without memory.
 */
int mm_record_list(const struct mm_json *v, const char ***list, size_t *cap,
                   size_t *n, struct mm_err *err);

#endif
