/*
 * eval_run.c - mm1-eval run, merge and list
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/stop.h"
#include "eval.h"
#include "eval/merge.h"
#include "eval/run.h"
#include "eval/task_dir.h"

int eval_load_task(struct mm_task *t, const struct eval_options *o,
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
    size_t shard, n_shards;

    if (argc)
        return mm_fail(err, MM_EUSAGE, "run takes no operands");
    if (!o->task || (!o->data && !o->root))
        return mm_fail(err, MM_EUSAGE, "run needs --task and --data, or --root "
                                       "where the task's files are");
    if (!o->output || strcmp(o->output, "-") == 0)
        return mm_fail(err, MM_EUSAGE, "run needs -o: predictions go to a "
                                       "file that it can go on with");
    if (!o->model == !o->baseline)
        return mm_fail(err, MM_EUSAGE, "run needs either -m or --baseline");
    if (o->rices_model && !o->shots_by)
        return mm_fail(err, MM_EUSAGE, "--rices-model is for --shots-by rices");
    if (o->shots_by && (o->baseline || o->shots + o->text_shots == 0))
        return mm_fail(err, MM_EUSAGE, "--shots-by rices needs a model and "
                                       "--shots");
    if (o->shots && o->text_shots)
        return mm_fail(err, MM_EUSAGE, "--text-shots are for runs without "
                                       "--shots");
    if (o->shard && mm_select_shard(o->shard, &shard, &n_shards) < 0)
        return mm_fail(err, MM_EUSAGE, "--shard '%s' is not like 2/8",
                       o->shard);
    return 0;
}

static int run_sources(const struct eval_options *o, const struct mm_task *task,
                       struct mm_source *data, struct mm_source *pool,
                       size_t *bad, struct mm_err *err)
{
    struct mm_select_how part = { .ids = o->ids };
    size_t shots = (size_t)(o->shots ? o->shots : o->text_shots);

    part.offset = (size_t)o->offset;
    part.limit = (size_t)o->limit;
    if (o->shard)
        mm_select_shard(o->shard, &part.shard, &part.n_shards);
    return mm_eval_run(&(struct mm_eval_run){
                           .task = task,
                           .model = o->model,
                           .data = data,
                           .pool = pool ? pool : shots ? data
                                                       : NULL,
                           .output = o->output,
                           .label = o->label,
                           .part = part,
                           .shots = shots,
                           .batch = (size_t)o->batch,
                           .cache = (size_t)o->cache_tokens,
                           .text_shots = o->text_shots > 0,
                           .per_query = o->shots_per,
                           .nearest = o->shots_by,
                           .rices_model = o->rices_model,
                           .fresh = o->fresh,
                           .blind = o->blind,
                           .baseline = (enum mm_baseline)o->baseline,
                           .seed = (uint64_t)o->seed,
                           .views = o->views },
                       bad, err);
}

/* Where the files of the task's examples are: beside those of its data. */
static const char *pool_root(const struct eval_options *o)
{
    return o->root || o->shots_data ? o->root : o->data;
}

static int run_task(const struct eval_options *o, const struct mm_task *task,
                    struct mm_err *err)
{
    struct mm_source *data, *pool = NULL;
    int shots = o->shots || o->text_shots || o->baseline;
    size_t bad = 0;
    int result;

    data = mm_source_open_task(task, 0, o->data, o->root, err);
    result = data ? 0 : -1;
    if (result == 0 && (o->shots_data || (shots && task->has_shots)) &&
        !(pool = mm_source_open_task(task, 1, o->shots_data, pool_root(o),
                                     err)))
        result = -1;
    if (result == 0)
        result = run_sources(o, task, data, pool, &bad, err);
    mm_source_close(data);
    mm_source_close(pool);
    if (result == 0 && bad && o->strict)
        return mm_fail(err, MM_ECHECK, "%zu items or examples were not there "
                                       "or could not be read or asked",
                       bad);
    return result;
}

/* The file for one of several seeds: a.jsonl is a.seed-3.jsonl */
static void seed_path(struct mm_buf *out, const char *path, int64_t seed)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    size_t n = dot && dot > path ? (size_t)(dot - path) : strlen(path);

    mm_buf_clear(out);
    mm_buf_add(out, path, n);
    mm_buf_addf(out, ".seed-%lld%s", (long long)seed, path + n);
}

/* The next number of "1,2,3" into *seed; -1: that is none. */
static int next_seed(const char **s, int64_t *seed)
{
    char *end;

    if (**s < '0' || **s > '9')
        return -1;
    errno = 0;
    *seed = strtoll(*s, &end, 10);
    if (errno || (*end && (*end != ',' || !end[1])))
        return -1;
    *s = *end ? end + 1 : end;
    return 0;
}

/* All of them, before the first run. */
static int check_seeds(const char *list, struct mm_err *err)
{
    const char *s = list;
    int64_t seed;
    int result;

    do
        result = next_seed(&s, &seed);
    while (result == 0 && *s);
    return result < 0 ? mm_fail(err, MM_EUSAGE, "--seeds '%s' is not like "
                                                "1,2,3",
                                list)
                      : 0;
}

static int run_seeds(const struct eval_options *o, const struct mm_task *task,
                     struct mm_err *err)
{
    struct eval_options one = *o;
    struct mm_buf path = { 0 };
    const char *s = o->seeds;
    int result = check_seeds(s, err);

    while (result == 0 && *s) {
        next_seed(&s, &one.seed);
        seed_path(&path, o->output, one.seed);
        one.output = path.data;
        result = mm_buf_check(&path, err);
        if (result == 0)
            result = run_task(&one, task, err);
    }
    mm_buf_release(&path);
    return result;
}

int eval_run(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct eval_options *o = options;
    struct mm_task task;
    int result;

    (void)argv;
    if (check_run(o, argc, err) < 0 || eval_load_task(&task, o, err) < 0)
        return -1;
    mm_stop_install();
    result = o->seeds ? run_seeds(o, &task, err) : run_task(o, &task, err);
    mm_task_release(&task);
    return result;
}

const struct mm_opt eval_run_options[] = {
    { 'm', "model", MM_OPT_STR, FIELD(model), "dir", NULL,
      "the model to ask", 0, 0, NULL, 0 },
    { 't', "task", MM_OPT_STR, FIELD(task), "name", NULL,
      "a task by its name or file", 0, 0, NULL, 0 },
    { 0, "data", MM_OPT_STR, FIELD(data), "shard", NULL,
      "shard, file or folder with the questions", 0, 0, NULL, 0 },
    ROOT,
    { 'k', "shots", MM_OPT_INT, FIELD(shots), "n", "0",
      "put n solved examples in front", 0, 64, NULL, 0 },
    { 0, "shots-data", MM_OPT_STR, FIELD(shots_data), "shard", NULL,
      "where the examples come from", 0, 0, NULL, 0 },
    { 0, "blind", MM_OPT_FLAG, FIELD(blind), NULL, NULL,
      "show the mean picture for every picture", 0, 0, NULL, 0 },
    { 0, "baseline", MM_OPT_CHOICE, FIELD(baseline), "name", "none",
      "no model: always the most frequent answer", 0, 0, "none|majority", 0 },
    { 'n', "limit", MM_OPT_INT, FIELD(limit), "n", "0",
      "ask the first n items only; 0: all", 0, 1e9, NULL, MM_OPT_QUIET },
    { 0, "label", MM_OPT_STR, FIELD(label), "text", NULL,
      "the name of this run in tables", 0, 0, NULL, 0 },
    SEED("which examples are drawn"),
    TASKS,
    OUTPUT("file of predictions, appended to"),
    { 0, "offset", MM_OPT_INT, FIELD(offset), "n", "0",
      "leave out the first n items", 0, 1e9, NULL, MM_OPT_QUIET },
    { 0, "ids", MM_OPT_STR, FIELD(ids), "file", NULL,
      "ask only the items whose ids are its lines", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "shard", MM_OPT_STR, FIELD(shard), "i/n", NULL,
      "ask every n-th item from the i-th on", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "batch", MM_OPT_INT, FIELD(batch), "n", "32",
      "items in hand at a time, read and answered together", 1, 65536, NULL,
      MM_OPT_QUIET },
    { 0, "shots-per", MM_OPT_CHOICE, FIELD(shots_per), "what", "task",
      "the same examples for all, or others for each", 0, 0, "task|query", 0 },
    { 0, "text-shots", MM_OPT_INT, FIELD(text_shots), "n", "0",
      "put n examples without their pictures in front", 0, 64, NULL, 0 },
    { 0, "seeds", MM_OPT_STR, FIELD(seeds), "n,n,...", NULL,
      "a run for each seed, with its own file", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "shots-by", MM_OPT_CHOICE, FIELD(shots_by), "how", "random",
      "draw the examples, or take those most alike", 0, 0, "random|rices", 0 },
    { 0, "rices-model", MM_OPT_STR, FIELD(rices_model), "dir", NULL,
      "whose encoder says what is alike", 0, 0, NULL, 0 },
    { 0, "fresh", MM_OPT_FLAG, FIELD(fresh), NULL, NULL,
      "read the examples anew for each item", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "cache-tokens", MM_OPT_INT, FIELD(cache_tokens), "n", "16384",
      "tokens that the items in hand keep in memory, all together", 1, 1e9,
      NULL, MM_OPT_QUIET },
    STRICT,
    MM_VIEW_OPTIONS(struct eval_options),
    { 0 }
};

/* ---- list ---- */

int eval_list(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct eval_options *o = options;
    struct mm_buf dir = { 0 }, text = { 0 };
    int result = mm_task_dir(&dir, o->tasks, err);

    if (result == 0 && argc == 0)
        result = mm_task_list(&text, dir.data, err);
    for (int i = 0; result == 0 && i < argc; i++)
        result = mm_task_show(&text, dir.data, argv[i], err);
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

/* ---- merge ---- */

int eval_merge(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct eval_options *o = options;
    struct mm_buf text = { 0 };
    int partial = 0;

    if (argc == 0)
        return mm_fail(err, MM_EUSAGE, "name the files of the parts");
    if (mm_merge(&text, (const char *const *)argv, (size_t)argc, &partial,
                 err) < 0) {
        mm_buf_release(&text);
        return -1;
    }
    if (eval_write(o, &text, err) < 0)
        return -1;
    if (partial && o->strict)
        return mm_fail(err, MM_ECHECK, "the parts are not the whole");
    return 0;
}

const struct mm_opt eval_merge_options[] = {
    STRICT,
    OUTPUT("the whole"),
    { 0 }
};
