/*
 * stamp.h - who made an artefact: program, version, options, CPU level
 *
 * Set once by main(); everything that is written carries it, so that a result
 * can be traced to the command that made it.  Equal work gives equal stamps:
 * no times, no host names, no -j and no output names.
 */
#ifndef MM_BASE_STAMP_H
#define MM_BASE_STAMP_H

#include "base/err.h"
#include "base/opt.h"

/* From parsed options; call mm_cpu_init() before. */
int mm_stamp_set(const struct mm_opts *o, struct mm_err *err);

/* One JSON object, without a newline; "{}" before it was set. */
const char *mm_stamp(void);

const char *mm_version(void);  /* "0.1.0" */
const char *mm_revision(void); /* git hash, "+" after it when dirty, or "" */

#endif
