/*
 * probe_data.h - items of a benchmark as features and classes
 *
 * The first picture of an item goes through the encoder; its first answer is
 * its class.  The training set is read first: its answers are the classes, in
 * the order in which they come.
 */
#ifndef MM_EVAL_PROBE_DATA_H
#define MM_EVAL_PROBE_DATA_H

#include <stddef.h>

#include "base/err.h"
#include "base/map.h"
#include "eval/features.h"
#include "eval/probe.h"

/* All zero, but for features and patches, before the first set. */
struct mm_probe_data {
    struct mm_features *features; /* borrowed */
    int patches;                  /* keep all rows; else means: */
    size_t grid;                  /* over grid x grid cells, side by side */
    struct mm_map classes;        /* answer to number */
    int fixed;                    /* the classes are known */
    size_t n_bad;                 /* items without picture or answer, or with a
                                     picture that cannot be used: of all sets */
};

/*
 * Up to limit items of a shard of documents (0: all); s is the caller's.  A
 * warning says how many could not be used.
 */
int mm_probe_data_read(struct mm_probe_data *d, struct mm_probe_set *s,
                       const char *path, size_t limit, struct mm_err *err);
void mm_probe_data_release(struct mm_probe_data *d);
void mm_probe_set_release(struct mm_probe_set *s);

#endif
