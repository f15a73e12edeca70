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

struct mm_mix_input {
    char *name;
    double weight;
    char **paths;
    size_t n_paths;
};

/* "NAME=WEIGHT:PATH[,PATH...]", or a path alone (weight 1); MM_EUSAGE. */
int mm_mix_input_parse(struct mm_mix_input *in, const char *text,
                       struct mm_err *err);
void mm_mix_input_release(struct mm_mix_input *in);

struct mm_mix_config {
    const struct mm_mix_input *inputs;
    size_t n;
    struct mm_shuffle shuffle;
    uint64_t seed;
    uint64_t sequences;         /* 0: until the first source was read once */
    struct mm_pack_config pack; /* its ids and vocabulary are filled in */
};

/*
 * Writes the packed shard at path.  Sources must have one tokenizer and the
 * same way of making pixels.
 */
int mm_mix_run(const struct mm_mix_config *c, const char *path,
               struct mm_err *err);

#endif
