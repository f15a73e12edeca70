/*
 * run.c - items of a task, one prediction each
 *
 * A number of items are in hand.  Those that wait for a lane are taken the
 * longest first, so that what runs at the same time is of like length and no
 * long one is left to run alone; a lane that becomes free takes the next.  The
 * lines of the oldest that are done are appended in the order of the items,
 * and others come in their place.  Predictions do not depend on what is in
 * hand: see lanes.h.
 */
#include "eval/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/par.h"
#include "base/stop.h"
#include "eval/run_state.h"
#include "eval/space.h"
#include "eval/vqa.h"

#define MAX_LANES 128
#define MEAN_PICTURES 1000

/* ---- setting up ---- */

static int find_mean(struct mm_eval_state *run, struct mm_err *err)
{
    const struct mm_eval_run *r = run->r;

    if (mm_ask_mean_picture(&run->mean, r->pool ? r->pool : r->data,
                            MEAN_PICTURES, &run->bundle.preprocess, err) < 0)
        return -1;
    run->mean_view = (struct mm_pixels){ run->mean.rgb, run->mean.height,
                                         run->mean.width };
    run->asking.mean = &run->mean_view;
    return 0;
}

static int count_answers(struct mm_map *counts, struct mm_source *from,
                         struct mm_err *err)
{
    struct mm_item it = { 0 };
    int result = 0;

    for (size_t i = 0; result == 0 && i < mm_source_count(from); i++) {
        int64_t *at;

        result = mm_source_load_text(from, i, &it, err);
        if (result > 0 || (result == 0 && it.n_answers == 0)) {
            result = 0;
            continue;
        }
        if (result < 0)
            break;
        at = mm_map_at(counts, it.answers[0], strlen(it.answers[0]), err);
        if (at)
            ++*at;
        else
            result = -1;
    }
    mm_item_release(&it);
    return result;
}

/* The most frequent first answer; of equals the first in byte order. */
static int find_majority(struct mm_eval_state *run, struct mm_err *err)
{
    struct mm_source *from = run->r->pool ? run->r->pool : run->r->data;
    struct mm_map counts = { 0 };
    const char *key;
    size_t n, pos = 0;
    int64_t count, most = 0;
    int result = count_answers(&counts, from, err);

    while (result == 0 && mm_map_next(&counts, &pos, &key, &n, &count)) {
        if (count < most ||
            (count == most && run->majority && strcmp(key, run->majority) > 0))
            continue;
        most = count;
        free(run->majority);
        if (!(run->majority = mm_strdup(key, err)))
            result = -1;
    }
    mm_map_release(&counts);
    if (result == 0 && !run->majority)
        result = mm_fail(err, MM_EDATA, "'%s' has no answers",
                         mm_source_name(from));
    return result;
}

static int open_model(struct mm_eval_state *run, struct mm_err *err)
{
    const struct mm_eval_run *r = run->r;

    if (mm_bundle_open(&run->bundle, r->model, err) < 0 ||
        mm_view_how_apply(&r->views, &run->bundle, err) < 0)
        return -1;
    run->asking.bundle = &run->bundle;
    run->asking.task = r->task;
    run->asking.text_shots = r->text_shots;
    run->asking.shared = !r->fresh && !r->per_query && !r->nearest;
    if (r->shots && !r->task->prompt)
        return mm_fail(err, MM_ECONFIG, "task '%s' has no prompt to put shots "
                                        "in",
                       r->task->name);
    if (r->blind && find_mean(run, err) < 0)
        return -1;
    return mm_desk_open(&run->desk, &run->asking,
                        r->batch < MAX_LANES ? r->batch : MAX_LANES, r->cache,
                        err);
}

static int open_features(struct mm_eval_state *run, struct mm_err *err)
{
    if (run->r->rices_model)
        return mm_features_open(&run->features, run->r->rices_model, err);
    mm_features_borrow(&run->features, run->bundle.model,
                       &run->bundle.preprocess);
    if (run->bundle.model->config.vision.layers)
        return 0;
    return mm_fail(err, MM_ECONFIG, "'%s' has no encoder to compare pictures "
                                    "by; give --rices-model",
                   run->r->model);
}

static int open_slots(struct mm_eval_state *run, struct mm_err *err)
{
    run->n_slots = run->r->batch;
    run->slots = mm_alloc(run->n_slots, sizeof *run->slots, err);
    if (!run->slots)
        return -1;
    for (size_t i = 0; i < run->n_slots; i++)
        if (mm_chosen_init(&run->slots[i].examples, &run->examples, err) < 0)
            return -1;
    return 0;
}

static int open_run(struct mm_eval_state *run, struct mm_err *err)
{
    const struct mm_eval_run *r = run->r;
    struct mm_examples_how how = { .pool = r->pool,
                                   .shown = !r->text_shots,
                                   .n = r->shots,
                                   .seed = r->seed,
                                   .per_query = r->per_query,
                                   .beside = r->output };

    if (mm_select(&run->part, r->data, &r->part, err) < 0 ||
        (r->model && open_model(run, err) < 0) ||
        (r->nearest && open_features(run, err) < 0))
        return -1;
    if (r->nearest)
        how.features = &run->features;
    if (mm_examples_open(&run->examples, &how, err) < 0 ||
        open_slots(run, err) < 0)
        return -1;
    return r->baseline == MM_BASELINE_MAJORITY ? find_majority(run, err) : 0;
}

static void close_run(struct mm_eval_state *run)
{
    mm_desk_close(&run->desk);
    for (size_t i = 0; run->slots && i < run->n_slots; i++) {
        mm_item_release(&run->slots[i].item);
        mm_query_release(&run->slots[i].query);
        mm_chosen_release(&run->slots[i].examples);
    }
    free(run->slots);
    free(run->majority);
    mm_examples_close(&run->examples);
    if (run->r->rices_model)
        mm_features_close(&run->features);
    else
        mm_features_give_back(&run->features);
    mm_selection_release(&run->part);
    mm_image_release(&run->mean);
    mm_bundle_close(&run->bundle);
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

static struct mm_eval_slot *slot_at(const struct mm_eval_state *run, size_t i)
{
    return &run->slots[(run->first + i) % run->n_slots];
}

/* What is in a slot was answered, or could not be: err says why. */
static void finish_slot(void *ctx, void *tag, const struct mm_err *err)
{
    const struct mm_eval_state *run = ctx;
    struct mm_eval_slot *s = tag;
    struct mm_buf *text = &s->query.reply.text;

    s->state = MM_SLOT_DONE;
    if (err) {
        s->failed = 1;
        s->err = *err;
        return;
    }
    if (run->r->task->cut == MM_CUT_VQA && text->len)
        text->len = mm_vqa_cut(text->data, text->len);
    strip(text);
}

/* What a slot that was filled needs to be asked. */
static void make_slot(struct mm_eval_state *run, struct mm_eval_slot *s)
{
    struct mm_buf *text = &s->query.reply.text;
    int made = 0;

    s->state = MM_SLOT_MADE;
    if (s->failed) {
        s->state = MM_SLOT_DONE;
    } else if (run->majority) {
        mm_buf_clear(text);
        mm_buf_adds(text, run->majority);
        finish_slot(run, s, NULL);
    } else {
        made = mm_query_make(&s->query, &run->asking, &s->item,
                             s->examples.shots, s->examples.n, &s->err);
        if (made < 0)
            finish_slot(run, s, &s->err);
    }
}

static void print_slot(struct mm_buf *lines, const struct mm_eval_state *run,
                       const struct mm_eval_slot *s)
{
    const struct mm_item *it = &s->item;
    struct mm_prediction_line line = { .run = run->key, .key = s->key };
    const char *shots[MM_SHOTS_MAX];

    line.id = it->id;
    line.question = it->question;
    line.item = s->place;
    line.text = s->query.reply.text.data;
    line.answers = it->answers;
    line.n_answers = it->n_answers;
    line.options = it->options;
    line.n_options = it->n_options;
    line.loglik = s->query.reply.loglik;
    line.n_loglik = s->query.reply.n_loglik;
    line.greedy = s->query.reply.greedy;
    if (it->n_pictures)
        line.picture = mm_hash64(it->pictures[0]->data,
                                 it->pictures[0]->len);
    line.fields = it->fields.data;
    if (s->query.reply.thought.len)
        line.thought = s->query.reply.thought.data;
    if (run->r->per_query || run->r->nearest) {
        for (size_t i = 0; i < s->examples.n; i++)
            shots[i] = s->examples.shots[i].item->id;
        line.shots = shots;
        line.n_shots = s->examples.n;
    }
    mm_prediction_print(lines, &line);
}

/* One bad item is reported and counted; the rest go on. */
static int print_oldest(struct mm_eval_state *run, struct mm_buf *lines,
                        struct mm_err *err)
{
    struct mm_eval_slot *s = slot_at(run, 0);

    if (s->failed) {
        run->bad++;
        snprintf(run->why, sizeof run->why, "%s", s->err.msg);
        mm_log(MM_LOG_WARN, "item '%s': %s", s->item.id, s->err.msg);
    } else {
        if (mm_buf_check(&s->query.reply.text, err) < 0)
            return -1;
        print_slot(lines, run, s);
    }
    run->done++;
    run->in_hand--;
    run->first = (run->first + 1) % run->n_slots;
    return 0;
}

/* Append the lines of the oldest items that are done. */
static int write_done(struct mm_eval_state *run, struct mm_err *err)
{
    struct mm_buf lines = { 0 };
    size_t before = run->done;
    int result = 0;

    while (result == 0 && run->in_hand &&
           slot_at(run, 0)->state == MM_SLOT_DONE)
        result = print_oldest(run, &lines, err);
    if (result == 0)
        result = mm_buf_check(&lines, err);
    if (result == 0 && lines.len)
        result = mm_journal_add(&run->journal, lines.data, lines.len, err);
    mm_buf_release(&lines);
    if (run->done > before)
        mm_progress("%zu of %zu items", run->done, run->part.n);
    return result;
}

/* The longest of those that wait for a lane, or NULL. */
static struct mm_eval_slot *longest(const struct mm_eval_state *run)
{
    struct mm_eval_slot *best = NULL;

    for (size_t i = 0; i < run->in_hand; i++) {
        struct mm_eval_slot *s = slot_at(run, i);

        if (s->state == MM_SLOT_MADE &&
            (!best ||
             mm_query_length(&s->query) > mm_query_length(&best->query)))
            best = s;
    }
    return best;
}

/* As many as there are lanes and room for take their places. */
static int take_places(struct mm_eval_state *run, struct mm_err *err)
{
    struct mm_eval_slot *s;
    int taken = 1;

    while (taken > 0 && (s = longest(run))) {
        s->state = MM_SLOT_TAKEN;
        taken = mm_desk_take(&run->desk, &s->query, s, err);
        if (taken <= 0)
            s->state = MM_SLOT_MADE;
    }
    return taken < 0 ? -1 : 0;
}

/* The next item into the slot: 1 it is to be asked, 0 it was already. */
static int fill_slot(struct mm_eval_state *run, struct mm_eval_slot *s,
                     size_t place,
                     const struct mm_predictions *had, struct mm_err *err)
{
    int result = mm_source_load(run->r->data, place, &s->item, &s->err);

    s->place = place;
    s->failed = result > 0;
    if (result < 0) {
        *err = s->err;
        return -1;
    }
    if (result > 0)
        return 1;
    s->key = mm_item_key(&s->item, run->key);
    if ((result = mm_run_has(had, s, err)) != 0)
        return result < 0 ? -1 : 0;
    if (run->r->shots && !run->majority)
        result = mm_examples_choose(&run->examples, &s->item, &s->examples,
                                    &s->err);
    s->failed = result > 0;
    if (result < 0)
        *err = s->err;
    return result < 0 ? -1 : 1;
}

struct making {
    struct mm_eval_state *run;
    size_t from;
};

static void make_new(void *ctx, size_t i)
{
    struct making *m = ctx;

    make_slot(m->run, slot_at(m->run, m->from + i));
}

/*
 * Take more items in hand, where there are not many, so that several are made
 * at a time.
 */
static int fill_slots(struct mm_eval_state *run,
                      const struct mm_predictions *had, struct mm_err *err)
{
    struct making m = { run, run->in_hand };
    size_t want = run->n_slots - (run->n_slots + 3) / 4;

    if (run->in_hand > want)
        return 0;
    while (run->in_hand < run->n_slots && run->next < run->part.n &&
           !mm_stop_requested()) {
        int result = fill_slot(run, slot_at(run, run->in_hand),
                               run->part.v[run->next++], had, err);

        if (result < 0)
            return -1;
        run->done += result == 0;
        run->in_hand += result > 0;
    }
    mm_par_for(run->in_hand - m.from, make_new, &m);
    return 0;
}

/* All items that are left, or those in hand when a signal says to stop */
static int go_through(struct mm_eval_state *run,
                      const struct mm_predictions *had, struct mm_err *err)
{
    int more = 1;

    while (more) {
        if (fill_slots(run, had, err) < 0 || take_places(run, err) < 0)
            return -1;
        more = run->in_hand > 0;
        if ((run->desk.n_busy && mm_desk_pass(&run->desk, err) < 0) ||
            write_done(run, err) < 0)
            return -1;
    }
    if (run->next < run->part.n)
        return mm_fail(err, MM_ESTOP, "stopped after %zu of %zu items; the "
                                      "same command goes on",
                       run->done, run->part.n);
    return 0;
}

static int ask_all(struct mm_eval_state *run, const struct mm_predictions *had,
                   struct mm_err *err)
{
    run->desk.done = finish_slot;
    run->desk.ctx = run;
    if (go_through(run, had, err) < 0)
        return -1;
    if (run->part.n && run->bad == run->part.n)
        return mm_fail(err, MM_EDATA, "'%s': no item could be asked: %s",
                       mm_source_name(run->r->data), run->why);
    if (run->examples.pool.n_bad)
        mm_log(MM_LOG_WARN, "'%s': %zu of %zu samples are left out of the "
                            "examples",
               mm_source_name(run->r->pool), run->examples.pool.n_bad,
               run->examples.pool.n);
    if (run->bad)
        mm_log(MM_LOG_WARN, "%zu of %zu items could not be asked", run->bad,
               run->part.n);
    return 0;
}

int mm_eval_run(const struct mm_eval_run *r, size_t *bad, struct mm_err *err)
{
    struct mm_eval_state run = { .r = r, .journal.fd = -1 };
    struct mm_predictions had = { 0 };
    int result = -1;

    if (open_run(&run, err) == 0 && mm_run_key(&run, err) == 0 &&
        mm_run_begin(&run, &had, err) == 0)
        result = ask_all(&run, &had, err);
    if (mm_journal_close(&run.journal, result < 0 ? NULL : err) < 0)
        result = -1;
    *bad = run.bad + run.part.unknown + mm_source_faults(r->data) +
           mm_source_flawed(r->data) + run.examples.pool.n_bad;
    mm_predictions_release(&had);
    close_run(&run);
    return result;
}
