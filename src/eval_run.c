/*
 * eval_run.c - mm1-eval run and list
 */
#include <string.h>

#include "base/stop.h"
#include "eval.h"
#include "eval/run.h"
#include "eval/task_dir.h"

static int load_task(struct mm_task *t, const struct eval_options *o,
                     struct mm_err *err)
{
    struct mm_buf dir = { 0 };
    int result = mm_task_dir(&dir, o->tasks, err);

    if (result == 0)
        result = mm_task_load(t, o->task, dir.data, err);
    mm_buf_release(&dir);
    return result;
}

/* ---- run ---- */

static int check_run(const struct eval_options *o, int argc, struct mm_err *err)
{
    if (argc)
        return mm_fail(err, MM_EUSAGE, "run takes no operands");
    if (!o->task || !o->data)
        return mm_fail(err, MM_EUSAGE, "run needs --task and --data");
    if (!o->output || strcmp(o->output, "-") == 0)
        return mm_fail(err, MM_EUSAGE, "run needs -o: predictions go to a "
                                       "file that it can go on with");
    if (!o->model == !o->baseline)
        return mm_fail(err, MM_EUSAGE, "run needs either -m or --baseline");
    return 0;
}

int eval_run(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct eval_options *o = options;
    struct mm_task task;
    int result;

    (void)argv;
    if (check_run(o, argc, err) < 0 || load_task(&task, o, err) < 0)
        return -1;
    mm_stop_install();
    result = mm_eval_run(&(struct mm_eval_run){
                             .task = &task,
                             .model = o->model,
                             .data = o->data,
                             .shots_data = o->shots_data,
                             .output = o->output,
                             .label = o->label,
                             .shots = (size_t)o->shots,
                             .limit = (size_t)o->limit,
                             .blind = o->blind,
                             .baseline = (enum mm_baseline)o->baseline,
                             .seed = (uint64_t)o->seed },
                         err);
    mm_task_release(&task);
    return result;
}

const struct mm_opt eval_run_options[] = {
    { 'm', "model", MM_OPT_STR, FIELD(model), "dir", NULL,
      "the model to ask", 0, 0, NULL, 0 },
    { 't', "task", MM_OPT_STR, FIELD(task), "name", NULL,
      "a task by its name or file", 0, 0, NULL, 0 },
    { 0, "data", MM_OPT_STR, FIELD(data), "shard", NULL,
      "document shard with the questions", 0, 0, NULL, 0 },
    { 'k', "shots", MM_OPT_INT, FIELD(shots), "n", "0",
      "put n solved examples in front", 0, 64, NULL, 0 },
    { 0, "shots-data", MM_OPT_STR, FIELD(shots_data), "shard", NULL,
      "where the examples come from", 0, 0, NULL, 0 },
    { 0, "blind", MM_OPT_FLAG, FIELD(blind), NULL, NULL,
      "show the mean picture for every picture", 0, 0, NULL, 0 },
    { 0, "baseline", MM_OPT_CHOICE, FIELD(baseline), "name", "none",
      "no model: always the most frequent answer", 0, 0, "none|majority", 0 },
    { 'n', "limit", MM_OPT_INT, FIELD(limit), "n", "0",
      "ask the first n items only; 0: all", 0, 1e9, NULL, 0 },
    { 0, "label", MM_OPT_STR, FIELD(label), "text", NULL,
      "the name of this run in tables", 0, 0, NULL, 0 },
    SEED("which examples are drawn"),
    TASKS,
    OUTPUT("file of predictions, appended to"),
    { 0 }
};

/* ---- list ---- */

int eval_list(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct eval_options *o = options;
    struct mm_buf dir = { 0 }, text = { 0 };
    int result = mm_task_dir(&dir, o->tasks, err);

    (void)argc, (void)argv;
    if (result == 0)
        result = mm_task_list(&text, dir.data, err);
    mm_buf_release(&dir);
    if (result < 0) {
        mm_buf_release(&text);
        return -1;
    }
    return eval_write(o, &text, err);
}

const struct mm_opt eval_list_options[] = {
    TASKS,
    OUTPUT("where the list goes"),
    { 0 }
};
