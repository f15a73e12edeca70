/*
 * run_state.h - a run on its way; private to run*.c
 */
#ifndef MM_EVAL_RUN_STATE_H
#define MM_EVAL_RUN_STATE_H

#include "base/journal.h"
#include "eval/ask.h"
#include "eval/desk.h"
#include "eval/examples.h"
#include "eval/prediction.h"
#include "eval/run.h"

/* One item in hand. */
struct mm_eval_slot {
    struct mm_item item;
    size_t place; /* in the data */
    uint64_t key;
    struct mm_chosen examples;
    struct mm_query query;
    enum { MM_SLOT_MADE, /* it waits for a lane */
           MM_SLOT_TAKEN,
           MM_SLOT_DONE } state;
    int failed;
    struct mm_err err;
};

struct mm_eval_state {
    const struct mm_eval_run *r;
    struct mm_bundle bundle;
    struct mm_selection part;
    struct mm_examples examples;
    struct mm_features features; /* for the nearest examples */
    struct mm_asking asking;
    struct mm_image mean;
    struct mm_pixels mean_view;
    struct mm_desk desk;
    struct mm_eval_slot *slots; /* a ring: the oldest item is the first */
    size_t n_slots, first, in_hand;
    size_t next; /* of the part, to be taken in hand */
    char *majority;
    char key[17];
    size_t done, bad;
    struct mm_journal journal; /* the output */
    char why[512];             /* the last bad item is bad */
};

/* ---- run_file.c: the file of predictions ---- */

/* The run's key, from the weights and everything that decides what is asked. */
int mm_run_key(struct mm_eval_state *run, struct mm_err *err);

/*
 * What the output has already: it is new, or has no answer, and then it begins
 * anew; or it is this very run's, and then it is mended and continues after its
 * last whole line.
 */
int mm_run_begin(struct mm_eval_state *run, struct mm_predictions *had,
                 struct mm_err *err);

/* Was the item asked before?  1 yes, 0 no, -1: another had this id then. */
int mm_run_has(const struct mm_predictions *had, const struct mm_eval_slot *s,
               struct mm_err *err);

#endif
