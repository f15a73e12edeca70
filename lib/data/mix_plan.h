/*
 * mix_plan.h - which source comes next, when weights change on the way
 *
 * A plan is one of two:
 *
 *   by sequences   pieces, each with weights of its own and Tijdeman's choice
 *                  (mix.h), so that within each piece every source is within
 *                  one sequence of its share at every prefix.  A weight holds
 *                  from its step until the source's next one.
 *   by documents   every document of every source comes equally often: the
 *                  source that lags the others in its own epoch is next.
 *                  (MM1's fine-tuning data is such a concatenation.)
 */
#ifndef MM_DATA_MIX_PLAN_H
#define MM_DATA_MIX_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "data/mix.h"

struct mm_mix_input;

/* Weights from sequence `from` on, and what each source gave in it. */
struct mm_mix_piece {
    uint64_t from;
    double *weight;  /* [n]; 0: nothing */
    uint64_t *taken; /* [n] */
};

struct mm_mix_plan {
    const struct mm_mix_input *in; /* borrowed, for messages */
    size_t n;
    struct mm_mix_piece *pieces;
    size_t n_pieces, cap, piece; /* piece: the current one */
    uint64_t at;                 /* sequences so far */
    struct mm_mix mix;           /* of the piece */
    size_t *active;              /* [mix.n] sources with a weight in it */
    double *done;                /* [n] by documents: epochs, else NULL */
};

/*
 * The pieces of the inputs' weights; a step is `step` sequences.  MM_EUSAGE
 * where no source has a weight.
 */
int mm_mix_plan_init(struct mm_mix_plan *p, const struct mm_mix_input *in,
                     size_t n, uint64_t step, struct mm_err *err);
void mm_mix_plan_release(struct mm_mix_plan *p);

/* From now on by documents. */
int mm_mix_plan_by_documents(struct mm_mix_plan *p, struct mm_err *err);

/* The next source; by documents p->n when all are out (see _out). */
int mm_mix_plan_next(struct mm_mix_plan *p, size_t *source,
                     struct mm_err *err);

/*
 * By documents: source i gave one of its `count` documents; it has no more.
 */
void mm_mix_plan_read(struct mm_mix_plan *p, size_t i, uint64_t count);
void mm_mix_plan_out(struct mm_mix_plan *p, size_t i);

/* [{"from", "weights", "sequences"}], one a piece. */
void mm_mix_plan_print(const struct mm_mix_plan *p, struct mm_jw *w);

/*
 * Weights from a file: sections are steps, keys are names of sources.  A name
 * that no source has, a second weight for a step, or a step at which no source
 * has a weight is MM_ECONFIG.
 */
int mm_mix_schedule_read(struct mm_mix_input *in, size_t n, const char *path,
                         struct mm_err *err);

#endif
