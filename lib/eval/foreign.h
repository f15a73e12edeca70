/*
 * foreign.h - predictions of other programs, and the references of a task
 *
 * Read are COCO's results [{"image_id", "caption"}], VQA's [{"question_id",
 * "answer"}], GQA's [{"questionId", "prediction"}], VizWiz's [{"image",
 * "answer"}], objects {id: text}, LLaVA's lines {"question_id", "text"}, and
 * our own lines.
 */
#ifndef MM_EVAL_FOREIGN_H
#define MM_EVAL_FOREIGN_H

#include "base/err.h"
#include "eval/prediction.h"
#include "eval/source.h"
#include "eval/task.h"

/*
 * The predictions of a file against the task's items, a record for each item;
 * of one without a prediction "hyp" is null, and the metric says what that is
 * worth.  Predictions for no item and ids that come twice are named and counted
 * as faults.  With the header of a run the settings
 * are that run's.
 */
int mm_foreign_load(struct mm_predictions *p, const char *path,
                    const struct mm_task *task, struct mm_source *references,
                    struct mm_err *err);

#endif
