/*
 * merge.h - the predictions of a run that was asked in parts, as one file
 */
#ifndef MM_EVAL_MERGE_H
#define MM_EVAL_MERGE_H

#include "base/buf.h"
#include "base/err.h"

/*
 * The files of one run (the same key) as one, in the order of the items: what
 * a run over all of them would have written.  An item that several have must
 * be the same in each.  *partial: a part has faults, or items are missing.
 */
int mm_merge(struct mm_buf *out, const char *const *paths, size_t n,
             int *partial, struct mm_err *err);

#endif
