/*
 * examples.h - which solved examples stand in front of a question
 *
 * The examples for a question are the first of an order of the pool, without
 * the question itself: neither its id nor any of its pictures.  The order is a
 * permutation keyed by the seed, one for all questions or one for each (by its
 * id), and depends on no model; or it goes by the likeness of the pictures
 * (RICES: Yang et al., arXiv 2109.05014), the cosine of an encoder's pooled
 * features, of equals the earlier in the pool; the most alike then stand last,
 * next to the question, as OpenFlamingo has it.  What cannot be read is not in
 * the order (pool.h).
 */
#ifndef MM_EVAL_EXAMPLES_H
#define MM_EVAL_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "eval/ask.h"
#include "eval/features.h"
#include "eval/pool.h"
#include "eval/source.h"

struct mm_examples_how {
    struct mm_source *pool; /* borrowed; all but n = 0 needs one */
    int shown;              /* with their pictures */
    size_t n;
    uint64_t seed;
    int per_query;
    struct mm_features *features; /* borrowed; NULL: at random */
    const char *beside;           /* where to keep theirs: likeness.h */
};

/* An item of the pool, and what tells it from a question. */
struct mm_example {
    size_t number;
    struct mm_item item;
};

struct mm_examples {
    struct mm_examples_how how;
    struct mm_pool pool;        /* which of them can be one */
    struct mm_example **shared; /* the front of the order for all questions */
    size_t n_shared, shared_cap;
    size_t tried; /* places of that order that were looked at */
    float *rows;  /* [pool,width] by likeness: of the first pictures */
    double *like; /* [pool] to the question at hand */
};

int mm_examples_open(struct mm_examples *e, const struct mm_examples_how *how,
                     struct mm_err *err);
void mm_examples_close(struct mm_examples *e);

/* The chosen ones: shots point into e or into own. */
struct mm_chosen {
    struct mm_shot *shots; /* [n] */
    size_t n;
    struct mm_example *own; /* [n], for examples of this question only */
};

int mm_chosen_init(struct mm_chosen *c, const struct mm_examples *e,
                   struct mm_err *err);
void mm_chosen_release(struct mm_chosen *c);

/*
 * 0; 1 where it can't be compared with this question, or where too few are left
 * besides it (err says why, others may be); -1, MM_EDATA when the pool is too
 * small for any.
 */
int mm_examples_choose(struct mm_examples *e, const struct mm_item *question,
                       struct mm_chosen *c, struct mm_err *err);

/*
 * All that decides the choice and what is shown, for the key of a run.  Where
 * each question has others the whole pool is looked at for it.
 */
int mm_examples_hash(struct mm_examples *e, uint64_t *hash,
                     struct mm_err *err);

#endif
