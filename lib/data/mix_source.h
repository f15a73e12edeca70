/*
 * mix_source.h - one source of a mixture: its samples in shuffled order
 *
 * The order is a function of the seed, the number of the source and its
 * samples:
 *
 *   frames=W   (files) a keyed permutation of all frames, then of the samples
 *              of each W frames in that order
 *   window=K   (files and pipes) K samples wait; each time one of them, chosen
 *              by random number, goes and the next of the input takes its place
 *   none       as they stand
 *
 * Each epoch has keys of its own.
 */
#ifndef MM_DATA_MIX_SOURCE_H
#define MM_DATA_MIX_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "data/sample.h"
#include "data/shard.h"

enum mm_shuffle_kind { MM_SHUFFLE_NONE,
                       MM_SHUFFLE_WINDOW,
                       MM_SHUFFLE_FRAMES };

struct mm_shuffle {
    enum mm_shuffle_kind kind;
    size_t n; /* samples or frames of a window */
};

/* "frames=W", "window=K" or "none"; MM_EUSAGE. */
int mm_shuffle_parse(struct mm_shuffle *s, const char *text,
                     struct mm_err *err);

struct mm_mix_source;

/* number: which source it is, for its keys; paths may be one "-". */
struct mm_mix_source *mm_mix_source_open(const char *const *paths, size_t n,
                                         struct mm_shuffle shuffle,
                                         uint64_t seed, size_t number,
                                         struct mm_err *err);
void mm_mix_source_close(struct mm_mix_source *s); /* NULL: nothing */

const struct mm_shard_header *
mm_mix_source_header(const struct mm_mix_source *s);

/* The next sample: 1, 0 at the end of an epoch, -1. */
int mm_mix_source_next(struct mm_mix_source *s, struct mm_sample *sample,
                       struct mm_err *err);

/* Begin the next epoch.  A pipe cannot: MM_EDATA. */
int mm_mix_source_again(struct mm_mix_source *s, struct mm_err *err);

int mm_mix_source_can_repeat(const struct mm_mix_source *s);

/*
 * The content hashes of its shards as a JSON array; of a pipe only when it was
 * read to its end.
 */
void mm_mix_source_hashes(const struct mm_mix_source *s, struct mm_jw *w);

/* Samples of an epoch; known with frames=W, else 0. */
size_t mm_mix_source_count(const struct mm_mix_source *s);

size_t mm_mix_source_epoch(const struct mm_mix_source *s); /* from 0 */

#endif
