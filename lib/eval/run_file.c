/*
 * run_file.c - the file of predictions that a run goes on with
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/io.h"
#include "base/log.h"
#include "base/stamp.h"
#include "eval/aside.h"
#include "eval/run_state.h"

/* ---- the header and its key ---- */

static void describe_examples(const struct mm_eval_run *r, struct mm_jw *w)
{
    mm_jw_key(w, "examples");
    if (r->shots == 0) {
        mm_jw_null(w);
        return;
    }
    mm_jw_open(w, '{');
    mm_jw_key(w, "per");
    mm_jw_str(w, r->per_query || r->nearest ? "query" : "task");
    mm_jw_key(w, "by");
    mm_jw_str(w, r->nearest ? "rices" : "random");
    if (r->nearest) {
        mm_jw_key(w, "features");
        mm_jw_str(w, r->rices_model ? r->rices_model : "the model's");
    }
    mm_jw_key(w, "answer");
    mm_jw_str(w, "first");
    mm_jw_key(w, "pictures");
    mm_jw_bool(w, !r->text_shots);
    mm_jw_close(w, '}');
}

static void describe(struct mm_eval_state *run, int all, struct mm_jw *w)
{
    const struct mm_eval_run *r = run->r;

    mm_jw_key(w, "task");
    mm_task_describe(r->task, all, w);
    mm_jw_key(w, "shots");
    mm_jw_int(w, r->text_shots ? 0 : (int64_t)r->shots);
    if (r->text_shots) {
        mm_jw_key(w, "text_shots");
        mm_jw_int(w, (int64_t)r->shots);
    }
    describe_examples(r, w);
    mm_jw_key(w, "seed");
    mm_jw_int(w, (int64_t)r->seed);
    mm_jw_key(w, "blind");
    mm_jw_bool(w, r->blind);
    mm_jw_key(w, "baseline");
    mm_jw_str(w, run->majority ? "majority" : NULL);
    mm_jw_key(w, "answer");
    mm_jw_str(w, run->majority);
    if (mm_view_how_is_other(&r->views)) {
        mm_jw_key(w, "views");
        mm_jw_open(w, '{');
        mm_view_how_describe(&r->views, w);
        mm_jw_close(w, '}');
    }
}

int mm_run_key(struct mm_eval_state *run, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    struct mm_jw w;
    uint64_t model = 0, examples = 0;
    int result;

    if (run->bundle.model)
        model = mm_bundle_hash(&run->bundle);
    if (run->r->shots && !run->majority &&
        mm_examples_hash(&run->examples, &examples, err) < 0)
        return -1;
    mm_jw_begin(&w, &text);
    mm_jw_open(&w, '{');
    describe(run, 0, &w);
    mm_jw_key(&w, "model");
    mm_jw_int(&w, (int64_t)model);
    mm_jw_key(&w, "pool");
    mm_jw_int(&w, (int64_t)examples);
    mm_jw_close(&w, '}');
    result = mm_buf_check(&text, err);
    if (result == 0)
        snprintf(run->key, sizeof run->key, "%016llx",
                 (unsigned long long)mm_hash64(text.data, text.len));
    mm_buf_release(&text);
    return result;
}

static void add_label(struct mm_jw *w, const struct mm_eval_run *r)
{
    struct mm_buf label = { 0 };

    if (r->label)
        mm_buf_adds(&label, r->label);
    else if (r->baseline == MM_BASELINE_MAJORITY)
        mm_buf_adds(&label, "majority");
    else
        mm_buf_addf(&label, "%s%s", r->model, r->blind ? ", blind" : "");
    mm_jw_key(w, "label");
    mm_jw_str(w, label.data);
    mm_buf_release(&label);
}

/* Where not all can be examples: how many of how many, as far as is known */
static void describe_pool(const struct mm_pool *p, struct mm_jw *w)
{
    if (p->n_bad + p->n_mute == 0)
        return;
    mm_jw_key(w, "pool");
    mm_jw_open(w, '{');
    mm_jw_key(w, "n");
    mm_jw_int(w, (int64_t)(p->n - p->n_bad - p->n_mute));
    mm_jw_key(w, "of");
    mm_jw_int(w, (int64_t)p->n);
    mm_jw_close(w, '}');
}

static int write_header(struct mm_eval_state *run, struct mm_err *err)
{
    struct mm_buf line = { 0 };
    struct mm_jw w;
    int result;

    mm_jw_begin(&w, &line);
    mm_jw_open(&w, '{');
    mm_jw_key(&w, "run");
    mm_jw_str(&w, run->key);
    add_label(&w, run->r);
    describe(run, 1, &w);
    mm_jw_key(&w, "n");
    mm_jw_int(&w, (int64_t)run->part.n);
    mm_jw_key(&w, "of");
    mm_jw_int(&w, (int64_t)mm_source_count(run->r->data));
    if (mm_source_faults(run->r->data)) {
        mm_jw_key(&w, "faulty");
        mm_jw_int(&w, (int64_t)mm_source_faults(run->r->data));
    }
    describe_pool(&run->examples.pool, &w);
    if (mm_source_flawed(run->r->data)) {
        mm_jw_key(&w, "flawed");
        mm_jw_int(&w, (int64_t)mm_source_flawed(run->r->data));
    }
    result = mm_aside_describe(run->r->data, run->r->task->metric, &w, err);
    mm_jw_key(&w, "stamp");
    mm_jw_raw(&w, mm_stamp(), strlen(mm_stamp()));
    mm_jw_close(&w, '}');
    mm_buf_addc(&line, '\n');
    if (result == 0)
        result = mm_buf_check(&line, err);
    if (result == 0)
        result = mm_journal_add(&run->journal, line.data, line.len, err);
    mm_buf_release(&line);
    return result;
}

/*
 * Behind its first `keep` bytes, and nobody else: a last line without an end is
 * of a process that died while writing it.
 */
static int go_on(struct mm_eval_state *run, const struct mm_predictions *had,
                 size_t keep, struct mm_err *err)
{
    size_t size = had->records.size;

    if (mm_journal_open(&run->journal, run->r->output, (int64_t)size, err) < 0)
        return -1;
    return keep < size ? mm_journal_cut(&run->journal, (int64_t)keep, err) : 0;
}

/* Faults of a file of ours that no run of ours makes. */
static int check_faults(const struct mm_records *r, const char *path,
                        struct mm_err *err)
{
    struct mm_buf what = { 0 };

    for (size_t i = 0; i < MM_N_FAULTS; i++)
        if (i != MM_FAULT_CUT && i != MM_FAULT_BREAK && r->faults[i]) {
            mm_records_faults(r, &what);
            mm_fail(err, MM_EDATA, "'%s' is no file to go on with (%s); "
                                   "choose another output",
                    path, what.data ? what.data : "");
            mm_buf_release(&what);
            return -1;
        }
    return 0;
}

/* A line that was cut is ours if it begins as our headers do. */
static int check_cut(const struct mm_predictions *had, const char *path,
                     struct mm_err *err)
{
    static const char begin[] = "{\"run\":\"";
    struct mm_buf text = { 0 };
    size_t n = had->records.size;
    int result = n ? mm_read_file(path, &text, n, err) : 0;

    n = n < sizeof begin - 1 ? n : sizeof begin - 1;
    if (result == 0 && n && memcmp(text.data, begin, n) != 0)
        result = mm_fail(err, MM_ECONFIG, "'%s' is no file of predictions; "
                                          "choose another output",
                         path);
    mm_buf_release(&text);
    return result;
}

int mm_run_begin(struct mm_eval_state *run, struct mm_predictions *had,
                 struct mm_err *err)
{
    const char *path = run->r->output;
    const struct mm_json *header;
    struct stat st;
    int same;

    if (mm_stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return mm_fail(err, MM_EIO, "'%s' is no file that can be gone on "
                                    "with; choose another output",
                       path);
    if (mm_predictions_load(had, path, err) < 0)
        return -1;
    header = had->records.header.root;
    same = header && strcmp(mm_predictions_run(had), run->key) == 0;
    if (!same && had->records.lines <= had->records.faults[MM_FAULT_CUT])
        return check_cut(had, path, err) < 0 || go_on(run, had, 0, err) < 0
                   ? -1
                   : write_header(run, err);
    if (!same)
        return mm_fail(err, MM_ECONFIG, "'%s' has the predictions of another "
                                        "run; remove it or choose another "
                                        "output",
                       path);
    if (check_faults(&had->records, path, err) < 0 ||
        go_on(run, had, had->records.whole, err) < 0)
        return -1;
    mm_log(MM_LOG_INFO, "going on behind %zu predictions of '%s'", had->n,
           path);
    header = mm_json_get(header, "n");
    return mm_json_int(header, 0) == (int64_t)run->part.n
               ? 0
               : write_header(run, err);
}

int mm_run_has(const struct mm_predictions *had, const struct mm_eval_slot *s,
               struct mm_err *err)
{
    const struct mm_prediction *it = mm_predictions_find(had, s->item.id);
    const char *key;
    char mine[17];

    if (!it)
        return 0;
    key = mm_record_str(&had->records.v[it - had->items], "key", NULL);
    snprintf(mine, sizeof mine, "%016llx", (unsigned long long)s->key);
    if (!key || strcmp(key, mine) == 0)
        return 1;
    return mm_fail(err, MM_ECONFIG, "'%s': item '%s' is not what it was when "
                                    "it was asked; choose another output",
                   had->path, s->item.id);
}
