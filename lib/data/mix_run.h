/*
 * mix_run.h - sources into packed sequences: the main use of mm1-mix
 *
 * Each sequence is drawn from one source.  Which one, and what it holds, is a
 * function of the seed and the inputs.
 */
#ifndef MM_DATA_MIX_RUN_H
#define MM_DATA_MIX_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/mix_source.h"
#include "data/pack.h"

/* The weight of a source from a step on. */
struct mm_mix_point {
    uint64_t step;
    double weight;
};

struct mm_mix_input {
    char *name;
    double weight; /* the first of the points */
    struct mm_mix_point *points;
    size_t n_points, points_cap;
    char **paths;
    size_t n_paths;
};

/*
 * "NAME=WEIGHT:PATH[,PATH...]", or a path alone (weight 1); MM_EUSAGE.  WEIGHT
 * may change: "W[@STEP][,W@STEP...]".
 */
int mm_mix_input_parse(struct mm_mix_input *in, const char *text,
                       struct mm_err *err);
void mm_mix_input_release(struct mm_mix_input *in);

/* All operands: names differ, and one at most is a pipe.  in is all zero. */
int mm_mix_inputs_parse(struct mm_mix_input *in, size_t n,
                        const char *const *texts, struct mm_err *err);

/* One more point; steps ascend.  Both are texts of the given lengths. */
int mm_mix_input_point(struct mm_mix_input *in, const char *step,
                       size_t step_len, const char *weight, size_t weight_len,
                       struct mm_err *err);

struct mm_mix_config {
    const struct mm_mix_input *inputs;
    size_t n;
    struct mm_shuffle shuffle;
    uint64_t seed;
    uint64_t sequences;         /* 0: until the first source was read once */
    uint64_t step;              /* of a schedule, in sequences; 0: 1 */
    int by_documents;           /* mix_plan.h; 0 sequences: each once */
    struct mm_pack_config pack; /* its ids and vocabulary are filled in */
};

/*
 * Writes the packed shard at path.  Sources must have one tokenizer and the
 * same way of making pixels.
 */
int mm_mix_run(const struct mm_mix_config *c, const char *path,
               struct mm_err *err);

#endif
