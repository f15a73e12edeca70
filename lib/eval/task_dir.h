/*
 * task_dir.h - where the task files are
 */
#ifndef MM_EVAL_TASK_DIR_H
#define MM_EVAL_TASK_DIR_H

#include "base/buf.h"
#include "base/err.h"

/* Append the folder: the given one, or the one beside the program. */
int mm_task_dir(struct mm_buf *dir, const char *given, struct mm_err *err);

/* Append all that is to be said of one task: its settings, data, references. */
int mm_task_show(struct mm_buf *text, const char *dir, const char *name,
                 struct mm_err *err);

/* Append a line for each task file of a folder. */
int mm_task_list(struct mm_buf *text, const char *dir, struct mm_err *err);

#endif
