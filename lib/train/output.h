/*
 * output.h - the folder of a run, and those above it
 */
#ifndef MM_TRAIN_OUTPUT_H
#define MM_TRAIN_OUTPUT_H

#include <stddef.h>

#include "base/err.h"

/* Does no file stand in the way?  Before any work is done.  MM_EIO */
int mm_output_check(const char *path, struct mm_err *err);

/*
 * Make it with its parents.  *made: the last bytes of path, those of folders
 * that were not there.
 */
int mm_output_make(const char *path, size_t *made, struct mm_err *err);

/* Remove what was made, as far as it is empty; made 0: nothing */
void mm_output_undo(const char *path, size_t made);

#endif
