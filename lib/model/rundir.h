/*
 * rundir.h - run directories: which step counts, and which model is meant
 *
 * See mm1-checkpoint(5).  A run directory holds step-NNNNNNNN directories and
 * stands for the newest of them that verifies.
 */
#ifndef MM_MODEL_RUNDIR_H
#define MM_MODEL_RUNDIR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/*
 * The numbers of the steps in dir, ascending, verified or not; the array is
 * the caller's.  None, and no error, when dir does not exist.
 */
int mm_run_steps(const char *dir, int64_t **steps, size_t *n,
                 struct mm_err *err);

/* Append "dir/step-00000400". */
void mm_run_step_path(struct mm_buf *path, const char *dir, int64_t step);

/* -1 when the name of a directory entry is not that of a step */
int64_t mm_run_step_number(const char *name);

/*
 * Check every byte of a step.  manifest, if not NULL, receives what its
 * MANIFEST says, to be released by the caller.
 */
int mm_run_verify(const char *dir, int64_t step, struct mm_json_doc *manifest,
                  struct mm_err *err);

/*
 * The newest step that verifies, or -1 with step 0 when dir has no steps at
 * all (err->code is MM_ENOINPUT), and MM_EDATA when it has some and none
 * verifies.  Steps that do not are skipped with a warning.
 */
int mm_run_newest(const char *dir, int64_t *step, struct mm_json_doc *manifest,
                  struct mm_err *err);

/*
 * The directory that holds the model which dir stands for, appended to path:
 * dir itself where it has a config.json (verified first if it has a MANIFEST),
 * else its newest verified step.  Programs call it once and take model,
 * tokenizer and preprocessor from there.
 */
int mm_model_dir(const char *dir, struct mm_buf *path, struct mm_err *err);

#endif
