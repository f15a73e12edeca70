/*
 * qa_set.h - how a set of questions is filled; private to qa*.c
 *
 * Texts stand one after the other in one buffer and are named by where they
 * begin; 0 is none.
 */
#ifndef MM_DATA_QA_SET_H
#define MM_DATA_QA_SET_H

#include "base/json.h"
#include "data/qa.h"

struct mm_qa_node {
    size_t text, next; /* next: of the nodes; 0: the last */
};

struct mm_qa_nodes {
    size_t first, last, n;
};

struct mm_qa_item {
    size_t id, picture, question, hint, answer, rationale, subset, bad;
    struct mm_qa_nodes answers, options;
    int correct;
};

/* A string or an integer as text; 0 for anything else, also for "". */
size_t mm_qa_text(struct mm_qa_set *s, const struct mm_json *v);
size_t mm_qa_text_of(struct mm_qa_set *s, const char *p, size_t n);

/* The first failure to find memory is kept by s->texts. */
void mm_qa_append(struct mm_qa_set *s, struct mm_qa_nodes *list, size_t text);

/* A new item; NULL with MM_ESYS. */
struct mm_qa_item *mm_qa_add(struct mm_qa_set *s, struct mm_err *err);

/* The item whose id is the text of v (remembered by mm_qa_index), or NULL. */
int mm_qa_index(struct mm_qa_set *s, const struct mm_json *v,
                struct mm_err *err);
struct mm_qa_item *mm_qa_find(struct mm_qa_set *s, const struct mm_json *v);

/* ---- qa_layout.c: what a data set's files look like ---- */

struct mm_qa_layout;

/* A list of records, and what is made of one; key: its own in an object. */
struct mm_qa_records {
    const char *list; /* the member that holds them; NULL: the top */
    int (*read)(struct mm_qa_set *s, const struct mm_qa_layout *y,
                const char *key, const struct mm_json *v, struct mm_err *err);
};

/* The members of a record that say what an item is; NULL: none does. */
struct mm_qa_members {
    const char *id; /* NULL: the record's key */
    const char *picture, *question, *hint, *answer, *rationale, *subset;
    const char *correct;         /* the number of the right option */
    const char *answers, *inner; /* strings, or objects with a member `inner`;
                                    without them `answer` is the only one */
    const char *options;         /* strings */
};

struct mm_qa_layout {
    enum mm_qa_kind kind;
    const char *pattern; /* see mm_qa_set */
    struct mm_qa_records first;
    struct mm_qa_members members;
    struct mm_qa_records second; /* completes them; of the same file */
    /*
     * Member that completes the pattern's first "%s_"; where there is one, a
     * second file has `second`.
     */
    const char *tag;
};

const struct mm_qa_layout *mm_qa_layout(enum mm_qa_format format);

#endif
