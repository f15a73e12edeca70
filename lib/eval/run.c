/*
 * run.c - all items of a task, one prediction each
 *
 * Items are read in blocks; the items of a block are asked in parallel, each
 * thread with a session of its own, and their lines are appended in order with
 * one write.  Predictions do not depend on the block: see gemm.h.
 */
#include "eval/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/par.h"
#include "base/rng.h"
#include "base/stamp.h"
#include "base/stop.h"
#include "eval/ask.h"
#include "eval/prediction.h"
#include "eval/space.h"
#include "eval/vqa.h"

#define BLOCK_PER_THREAD 8
#define MEAN_PICTURES 1000

/* One item of a block on its way. */
struct slot {
    struct mm_item item;
    struct mm_buf text;
    size_t n_tokens;
    int failed;
    struct mm_err err;
};

struct run {
    const struct mm_eval_run *r;
    struct mm_bundle bundle;
    struct mm_shard *data, *shots;
    struct mm_asking asking;
    struct mm_image mean;
    struct mm_pixels mean_view;
    struct mm_asker *askers; /* one a thread */
    size_t n_askers;
    struct slot *slots;
    size_t n_slots, in_block;
    char *majority;
    char key[17];
    size_t total, done, bad;
    const char *why; /* the last bad item is bad */
};

/* ---- setting up ---- */

static struct mm_shard *open_shard(const char *path, struct mm_err *err)
{
    struct mm_shard *s = mm_shard_open(path, err);
    const char *kind = s ? mm_shard_header(s)->kind : "";

    if (s && strcmp(kind, MM_KIND_DOCUMENTS) != 0)
        mm_fail(err, MM_EDATA, "'%s' holds %s, not documents", path, kind);
    else if (s && mm_shard_index(s, err) == 0)
        return s;
    mm_shard_close(s);
    return NULL;
}

/* Shots are the first of a keyed permutation: the same for every model. */
static int add_shots(struct run *run, struct mm_err *err)
{
    size_t n = mm_shard_count(run->shots);
    struct mm_item shot = { 0 };
    int result = 0;

    if (n < run->r->shots)
        return mm_fail(err, MM_EDATA, "'%s' has %zu samples, too few for %zu "
                                      "shots",
                       run->r->shots_data, n, run->r->shots);
    for (size_t i = 0; result == 0 && i < run->r->shots; i++) {
        result = mm_item_load(&shot, run->shots,
                              mm_rng_permute(run->r->seed, MM_RNG_SHOTS, i, n),
                              err);
        if (result == 0)
            result = mm_ask_add_shot(&run->asking, &shot, err);
    }
    mm_item_release(&shot);
    return result;
}

static int find_mean(struct run *run, struct mm_err *err)
{
    if (mm_ask_mean_picture(&run->mean, run->shots ? run->shots : run->data,
                            MEAN_PICTURES, &run->bundle.preprocess, err) < 0)
        return -1;
    run->mean_view = (struct mm_pixels){ run->mean.rgb, run->mean.height,
                                         run->mean.width };
    run->asking.mean = &run->mean_view;
    return 0;
}

/* The most frequent first answer; of equals the first in byte order. */
static int find_majority(struct run *run, struct mm_err *err)
{
    struct mm_shard *from = run->shots ? run->shots : run->data;
    struct mm_map counts = { 0 };
    struct mm_item it = { 0 };
    const char *key;
    size_t n, pos = 0;
    int64_t count, most = 0, *at;
    int result = 0;

    for (size_t i = 0; result == 0 && i < mm_shard_count(from); i++) {
        result = mm_item_load(&it, from, i, err);
        if (result < 0)
            break;
        at = mm_map_at(&counts, it.answers[0], strlen(it.answers[0]), err);
        if (at)
            ++*at;
        else
            result = -1;
    }
    while (result == 0 && mm_map_next(&counts, &pos, &key, &n, &count)) {
        if (count < most ||
            (count == most && run->majority && strcmp(key, run->majority) > 0))
            continue;
        most = count;
        free(run->majority);
        if (!(run->majority = mm_strdup(key, err)))
            result = -1;
    }
    mm_item_release(&it);
    mm_map_release(&counts);
    if (result == 0 && !run->majority)
        result = mm_fail(err, MM_EDATA, "'%s' is empty", mm_shard_name(from));
    return result;
}

static int open_askers(struct run *run, struct mm_err *err)
{
    size_t n = (size_t)mm_par_threads();

    run->askers = mm_alloc(n, sizeof *run->askers, err);
    if (!run->askers)
        return -1;
    for (; run->n_askers < n; run->n_askers++)
        if (mm_asker_init(&run->askers[run->n_askers], &run->asking, err) < 0)
            return -1;
    return 0;
}

static int open_model(struct run *run, struct mm_err *err)
{
    if (mm_bundle_open(&run->bundle, run->r->model, err) < 0)
        return -1;
    run->asking.bundle = &run->bundle;
    run->asking.task = run->r->task;
    if ((run->r->blind && find_mean(run, err) < 0) ||
        (run->r->shots && add_shots(run, err) < 0))
        return -1;
    return open_askers(run, err);
}

static int open_run(struct run *run, struct mm_err *err)
{
    const struct mm_eval_run *r = run->r;

    if (!(run->data = open_shard(r->data, err)) ||
        (r->shots_data && !(run->shots = open_shard(r->shots_data, err))))
        return -1;
    if (r->shots && !run->shots)
        return mm_fail(err, MM_EUSAGE, "--shots needs --shots-data");
    run->total = mm_shard_count(run->data);
    if (r->limit && r->limit < run->total)
        run->total = r->limit;
    run->n_slots = BLOCK_PER_THREAD * (size_t)mm_par_threads();
    run->slots = mm_alloc(run->n_slots, sizeof *run->slots, err);
    if (!run->slots)
        return -1;
    return r->baseline == MM_BASELINE_MAJORITY ? find_majority(run, err)
                                               : open_model(run, err);
}

static void close_run(struct run *run)
{
    for (size_t i = 0; i < run->n_askers; i++)
        mm_asker_release(&run->askers[i]);
    for (size_t i = 0; run->slots && i < run->n_slots; i++) {
        mm_item_release(&run->slots[i].item);
        mm_buf_release(&run->slots[i].text);
    }
    free(run->askers);
    free(run->slots);
    free(run->majority);
    mm_prompt_release(&run->asking.shots);
    mm_image_release(&run->mean);
    mm_bundle_close(&run->bundle);
    mm_shard_close(run->data);
    mm_shard_close(run->shots);
}

/* ---- the header and its key ---- */

static void describe(struct run *run, struct mm_jw *w)
{
    const struct mm_eval_run *r = run->r;

    mm_jw_key(w, "task");
    mm_task_describe(r->task, w);
    mm_jw_key(w, "shots");
    mm_jw_int(w, (int64_t)r->shots);
    mm_jw_key(w, "seed");
    mm_jw_int(w, (int64_t)r->seed);
    mm_jw_key(w, "blind");
    mm_jw_bool(w, r->blind);
    mm_jw_key(w, "baseline");
    mm_jw_str(w, run->majority ? "majority" : NULL);
    mm_jw_key(w, "answer");
    mm_jw_str(w, run->majority);
}

/* A hash of the weights and of everything that decides what is asked. */
static int make_key(struct run *run, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    struct mm_jw w;
    int result;

    mm_jw_begin(&w, &text);
    mm_jw_open(&w, '{');
    describe(run, &w);
    mm_jw_key(&w, "model");
    mm_jw_int(&w, run->bundle.model ? (int64_t)mm_bundle_hash(&run->bundle)
                                    : 0);
    for (size_t i = 0; i < run->asking.shots.ids.n; i++)
        mm_jw_int(&w, run->asking.shots.ids.v[i]);
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

static int write_header(struct run *run, struct mm_err *err)
{
    struct mm_buf line = { 0 };
    struct mm_jw w;
    int result;

    mm_jw_begin(&w, &line);
    mm_jw_open(&w, '{');
    mm_jw_key(&w, "run");
    mm_jw_str(&w, run->key);
    add_label(&w, run->r);
    describe(run, &w);
    mm_jw_key(&w, "n");
    mm_jw_int(&w, (int64_t)run->total);
    mm_jw_key(&w, "stamp");
    mm_jw_raw(&w, mm_stamp(), strlen(mm_stamp()));
    mm_jw_close(&w, '}');
    mm_buf_addc(&line, '\n');
    result = mm_buf_check(&line, err);
    if (result == 0)
        result = mm_append_file(run->r->output, line.data, line.len, err);
    mm_buf_release(&line);
    return result;
}

/* Cut off a last line that has no end: the process died while writing it. */
static int mend(const struct mm_predictions *had, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    int result;

    if (had->whole == had->size)
        return 0;
    result = mm_read_file(had->path, &text, had->size, err);
    if (result == 0)
        result = mm_write_file(had->path, text.data, had->whole, err);
    mm_buf_release(&text);
    return result;
}

/* The file is new, or is this very run's. */
static int prepare_output(struct run *run, struct mm_predictions *had,
                          struct mm_err *err)
{
    const struct mm_json *n;

    if (mm_predictions_load(had, run->r->output, err) < 0 ||
        mend(had, err) < 0)
        return -1;
    if (!had->header.root && had->n == 0)
        return write_header(run, err);
    if (strcmp(mm_predictions_run(had), run->key) != 0)
        return mm_fail(err, MM_ECONFIG, "'%s' has the predictions of another "
                                        "run; remove it or choose another "
                                        "output",
                       run->r->output);
    mm_log(MM_LOG_INFO, "going on behind %zu predictions of '%s'", had->n,
           run->r->output);
    n = mm_json_get(had->header.root, "n");
    return mm_json_int(n, 0) == (int64_t)run->total ? 0
                                                    : write_header(run, err);
}

/* ---- asking ---- */

/* An answer follows its prompt after a space, which is not part of it. */
static void strip(struct mm_buf *text)
{
    const char *s = text->data, *end;

    if (!s)
        return;
    end = s + text->len;
    mm_strip(&s, &end);
    text->len = (size_t)(end - s);
    memmove(text->data, s, text->len);
    text->data[text->len] = '\0';
}

static void ask_slot(void *ctx, size_t i)
{
    struct run *run = ctx;
    struct slot *s = &run->slots[i];

    mm_buf_clear(&s->text);
    mm_buf_add(&s->text, "", 0);
    if (run->majority)
        mm_buf_adds(&s->text, run->majority);
    else
        s->failed = mm_ask(&run->askers[mm_par_self()], &run->asking, &s->item,
                           &s->text, &s->n_tokens, &s->err) < 0;
    if (run->r->task->cut == MM_CUT_VQA && s->text.len)
        s->text.len = mm_vqa_cut(s->text.data, s->text.len);
    strip(&s->text);
}

/* One bad item is reported and counted; the rest go on. */
static int write_block(struct run *run, struct mm_err *err)
{
    struct mm_buf lines = { 0 };
    int result;

    for (size_t i = 0; i < run->in_block; i++) {
        struct slot *s = &run->slots[i];
        const struct mm_item *it = &s->item;

        if (s->failed) {
            run->bad++;
            run->why = s->err.msg;
            mm_log(MM_LOG_WARN, "item '%s': %s", it->id, s->err.msg);
            continue;
        }
        if (mm_buf_check(&s->text, err) < 0)
            return -1;
        mm_prediction_print(&lines, run->key, it->id, it->question,
                            s->text.data, it->answers, it->n_answers,
                            it->options, it->n_options);
    }
    run->done += run->in_block;
    run->in_block = 0;
    result = mm_buf_check(&lines, err);
    if (result == 0 && lines.len)
        result = mm_append_file(run->r->output, lines.data, lines.len, err);
    mm_buf_release(&lines);
    mm_progress("%zu of %zu items", run->done, run->total);
    return result;
}

static int finish_block(struct run *run, struct mm_err *err)
{
    mm_par_for(run->in_block, ask_slot, run);
    if (write_block(run, err) < 0)
        return -1;
    if (mm_stop_requested())
        return mm_fail(err, MM_ESTOP, "stopped after %zu of %zu items; the "
                                      "same command goes on",
                       run->done, run->total);
    return 0;
}

static int ask_all(struct run *run, const struct mm_predictions *had,
                   struct mm_err *err)
{
    for (size_t i = 0; i < run->total; i++) {
        struct slot *s = &run->slots[run->in_block];

        s->failed = 0;
        if (mm_item_load(&s->item, run->data, i, err) < 0)
            return -1;
        if (mm_map_get(&had->ids, s->item.id, strlen(s->item.id))) {
            run->done++;
            continue;
        }
        run->in_block++;
        if (run->in_block == run->n_slots && finish_block(run, err) < 0)
            return -1;
    }
    if (run->in_block && finish_block(run, err) < 0)
        return -1;
    if (run->total && run->bad == run->total)
        return mm_fail(err, MM_EDATA, "'%s': no item could be asked: %s",
                       mm_shard_name(run->data), run->why);
    if (run->bad)
        mm_log(MM_LOG_WARN, "%zu of %zu items could not be asked", run->bad,
               run->total);
    return 0;
}

int mm_eval_run(const struct mm_eval_run *r, struct mm_err *err)
{
    struct run run = { .r = r };
    struct mm_predictions had = { 0 };
    int result = -1;

    if (open_run(&run, err) == 0 && make_key(&run, err) == 0 &&
        prepare_output(&run, &had, err) == 0)
        result = ask_all(&run, &had, err);
    mm_predictions_release(&had);
    close_run(&run);
    return result;
}
