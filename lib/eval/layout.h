/*
 * layout.h - how the records of a data set become items
 *
 * A task file's [data] says it, and a format says what it leaves out:
 *
 *   format    json, jsonl, tsv; or a data set's own: coco, karpathy, vqa,
 *             textvqa, textcaps, vizwiz, gqa, scienceqa, seed, pope, llava
 *   file      the file with the records; several, with a tag each: "a:f b:g"
 *   records   json: the member with the records, a list or an object
 *   join      FILE LIST A=B: more members, from the record of another file
 *             whose member B equals A; "-" for no list, "lines" for lines of
 *             text, which become the member joined; several stand between ";"
 *   group     FILE LIST A MEMBER: the strings MEMBER of all records there whose
 *             A is this id are the answers; "=" is the file itself
 *   where     "split=test|val image!=": only records like that
 *   tag       the member that has the tag of the record's file
 *   id        the first of these members that there is
 *   image     files below the root, "val2014/{image_id:012}.jpg"; a word whose
 *             member is missing is left out, a list stands for all its elements
 *   question, answers, options, labels, gold
 *             members; a list, or a name for each.  gold is the right option:
 *             its number from 0, its letter, its label or its text
 *   last-word the member whose last word is the answer, the rest the question
 *   gap       the member with a "_" in it: what stands before and after become
 *             the members before and after
 *   clean     hellaswag: as lm-evaluation-harness cleans it
 *   keep      other members that the metric or the prompt needs, perhaps with
 *             a name: "structural=types.structural"; all small ones if missing
 *
 * A member is a path: "question.stem", "sentences.raw" (of all in the list),
 * "2:text" of the second file that was joined.  answers may be "@letter", that
 * of gold; where there are none the answer is gold's text.  "@" is the record's
 * name in an object, "#" its number from 0, "=text" that text.
 */
#ifndef MM_EVAL_LAYOUT_H
#define MM_EVAL_LAYOUT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "eval/task.h"

enum mm_container { MM_JSON_FILE,
                    MM_JSON_LINES,
                    MM_TABLE_FILE };

struct mm_schema {
    const char *key[MM_N_DATA]; /* "" where nothing says it; borrowed */
    enum mm_container container;
    int rows; /* records with one id are parts of one item: keep the first */
};

/* Of the task's data, or of its shots.  MM_ECONFIG: no such format. */
int mm_layout_make(struct mm_schema *l, const struct mm_task *t, int shots,
                   struct mm_err *err);

#define MM_RAW_ROOTS 5

/* A record as it was found, with what was joined to it. */
struct mm_raw {
    const struct mm_json *root[MM_RAW_ROOTS];
    size_t n;
    size_t number;            /* in its file, from 0 */
    const char *name;         /* in an object, or "" */
    const char *tag;          /* of its file, or "" */
    const char *const *group; /* answers from a group */
    size_t n_group;
};

/* The first text or number of a path; "" when there is none.  Into out. */
void mm_raw_text(const struct mm_raw *r, const char *path, size_t n,
                 struct mm_buf *out);

/* The item's id; MM_EDATA without one. */
int mm_layout_id(const struct mm_schema *l, const struct mm_raw *r,
                 struct mm_buf *id, struct mm_err *err);

/* Does the record belong? */
int mm_layout_where(const struct mm_schema *l, const struct mm_raw *r);

/* As the harness cleans HellaSwag's texts (utils.py), into out. */
void mm_layout_clean(struct mm_buf *out, const char *s);

/*
 * The document (doc.h) into doc, with the member names "0.jpg", ... for its
 * pictures, whose files go to pictures, each with a NUL; *n_pictures counts.
 */
int mm_layout_document(const struct mm_schema *l, const struct mm_raw *r,
                       struct mm_buf *doc, struct mm_buf *pictures,
                       size_t *n_pictures, struct mm_err *err);

#endif
