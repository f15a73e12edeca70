/*
 * step.c - one step of a run: its batch, its gradient, what is said of it
 */
#include "train/step.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "train/engine.h"

#define MAX_SEGMENTS 4096 /* named in an event */
#define MAX_NOT_FINITE 3  /* batches in a row that may be dropped */

/* A step that has been computed and not yet applied */
struct outcome {
    const struct mm_step_batch *b;
    int64_t step;
    struct mm_step_result result;
    struct mm_spike_limits limits;
    int spike, skips;
    double begin; /* when */
};

/* ---- an ordinary step ---- */

static void report_terms(struct mm_run *r, const struct mm_terms *t)
{
    for (size_t i = 0; i < t->n; i++)
        mm_metrics_num(&r->metrics, t->v[i].name,
                       t->v[i].sum / t->v[i].weight);
}

static void report_step(struct mm_run *r, const struct outcome *o)
{
    double scale = mm_schedule_at(&r->schedule, o->step);
    double seconds = mm_seconds() - o->begin;

    mm_metrics_begin(&r->metrics, "step", o->step);
    mm_metrics_num(&r->metrics, "loss", o->result.loss);
    mm_metrics_num(&r->metrics, "lr", r->recipe.lr * scale);
    mm_metrics_num(&r->metrics, "gnorm", o->result.gradient_norm);
    mm_metrics_int(&r->metrics, "tokens", (int64_t)o->b->used);
    mm_metrics_int(&r->metrics, "supervised", (int64_t)o->b->supervised);
    mm_metrics_num(&r->metrics, "tok_s", (double)o->b->used / seconds);
    if (o->skips) {
        mm_jw_put_bool(&r->metrics.w, "skipped", 1);
    } else {
        report_terms(r, &r->engine.terms);
        if (r->engine.routers.layers)
            mm_router_sums_print(&r->engine.routers, &r->metrics);
    }
    mm_metrics_end(&r->metrics);
    mm_progress("step %lld of %lld, loss %.4f, %.0f tokens/s",
                (long long)o->step, (long long)r->recipe.steps,
                o->result.loss, (double)o->b->used / seconds);
}

/* ---- a spike ---- */

static void print_segment(const struct mm_packed_segment *s, struct mm_jw *w)
{
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "source", s->source);
    mm_jw_put_str(w, "key", s->key);
    mm_jw_close(w, '}');
}

/* Sequence i of the batch: which it is, where it lies, what it was made of */
static void print_sequence(struct mm_run *r, const struct mm_step_batch *b,
                           size_t i, size_t *left)
{
    size_t index = mm_step_batch_index(b, i), number;
    const struct mm_packed_seq *s = &b->seqs[i];
    struct mm_jw *w = &r->metrics.w;

    mm_jw_open(w, '{');
    mm_metrics_int(&r->metrics, "sequence", (int64_t)index);
    mm_metrics_str(&r->metrics, "shard",
                   mm_packed_path(r->data, index, &number));
    mm_metrics_int(&r->metrics, "number", (int64_t)number);
    mm_jw_key(w, "segments");
    mm_jw_open(w, '[');
    for (size_t k = 0; k < s->n_segments && *left; k++, --*left)
        print_segment(&s->segments[k], w);
    mm_jw_close(w, ']');
    mm_jw_close(w, '}');
}

static void print_limit(struct mm_run *r, const char *key, double limit)
{
    if (isfinite(limit))
        mm_metrics_num(&r->metrics, key, limit);
}

static void print_spike(struct mm_run *r, const struct outcome *o)
{
    size_t left = MAX_SEGMENTS;

    mm_metrics_begin(&r->metrics, "spike", o->step);
    mm_metrics_num(&r->metrics, "loss", o->result.loss);
    mm_metrics_num(&r->metrics, "gnorm", o->result.gradient_norm);
    print_limit(r, "loss_limit", o->limits.loss);
    print_limit(r, "gnorm_limit", o->limits.norm);
    mm_jw_put_bool(&r->metrics.w, "skipped", o->skips);
    mm_jw_key(&r->metrics.w, "sequences");
    mm_jw_open(&r->metrics.w, '[');
    for (size_t i = 0; i < o->b->B; i++)
        print_sequence(r, o->b, i, &left);
    mm_jw_close(&r->metrics.w, ']');
    mm_metrics_end(&r->metrics);
}

/* A run's first steps have no limit yet; there only what is not finite is a
 * spike. */
static const char *limit_text(char text[static 32], double limit)
{
    *text = '\0';
    if (isfinite(limit))
        snprintf(text, 32, " (a spike over %.4g)", limit);
    return text;
}

static void say_spike(struct mm_run *r, const struct outcome *o)
{
    const struct mm_step_batch *b = o->b;
    size_t first = mm_step_batch_index(b, 0), number;
    size_t last = mm_step_batch_index(b, b->B - 1);
    const struct mm_packed_seq *s = &b->seqs[0];
    const char *path = mm_packed_path(r->data, first, &number);
    char loss_limit[32], norm_limit[32];

    mm_log(MM_LOG_WARN,
           "step %lld: loss %.4g%s, gradient %.4g%s: sequences %zu to %zu, the "
           "first is number %zu of '%s' (%s %s); %s",
           (long long)o->step, o->result.loss,
           limit_text(loss_limit, o->limits.loss), o->result.gradient_norm,
           limit_text(norm_limit, o->limits.norm), first, last, number, path,
           s->n_segments ? s->segments[0].source : "",
           s->n_segments ? s->segments[0].key : "",
           o->skips ? "the batch is skipped"
                    : "it is learnt from all the same");
}

static int diverged(struct mm_run *r, struct mm_err *err)
{
    mm_metrics_begin(&r->metrics, "stop", r->step + 1);
    mm_metrics_str(&r->metrics, "why", "diverged");
    mm_metrics_str(&r->metrics, "error", err->msg);
    mm_metrics_end(&r->metrics);
    if (r->saved >= 0)
        return mm_fail_in(err, "step %lld (the last checkpoint is step %lld)",
                          (long long)r->step + 1, (long long)r->saved);
    return mm_fail_in(err, "step %lld", (long long)r->step + 1);
}

/* ---- the step ---- */

/* What is not finite is a spike, and may be dropped a few times in a row. */
static int judge(struct mm_run *r, struct outcome *o, int finite)
{
    o->limits = mm_spike_limits(&r->spike, r->recipe.spike_sigma);
    if (!finite)
        o->result.gradient_norm = NAN;
    o->spike = mm_spike_is(&o->limits, o->result.loss,
                           o->result.gradient_norm);
    o->skips = o->spike && r->recipe.skip_on_spike &&
               (finite || r->spike.in_a_row + 1 < MAX_NOT_FINITE);
    return finite || o->skips ? 0 : -1;
}

static int compute(struct mm_run *r, struct outcome *o, struct mm_err *err)
{
    int result;

    o->result.loss = NAN;
    result = mm_engine_measure(&r->engine, o->b, &o->result, err);
    if (result < 0 && err->code != MM_EDIVERGE)
        return mm_fail_in(err, "step %lld", (long long)o->step);
    if (judge(r, o, result == 0) < 0) {
        print_spike(r, o);
        return diverged(r, err);
    }
    return 0;
}

static void apply(struct mm_run *r, struct outcome *o)
{
    if (o->spike) {
        print_spike(r, o);
        say_spike(r, o);
    }
    mm_spike_add(&r->spike, &o->limits, o->result.loss,
                 o->result.gradient_norm);
    if (o->skips)
        mm_spike_skip(&r->spike, o->step);
    else
        mm_engine_update(&r->engine, o->step - r->spike.skipped,
                         mm_schedule_at(&r->schedule, o->step), &o->result);
    r->step = o->step;
    r->tokens += (int64_t)o->b->supervised;
}

int mm_run_step(struct mm_run *r, struct mm_err *err)
{
    struct outcome o = { .step = r->step + 1, .begin = mm_seconds() };
    int64_t count = (int64_t)mm_packed_count(r->data);
    long long step = (long long)o.step;

    mm_watchdog_work(r->watchdog, MM_WORK_LOAD,
                     "rank 0, step %lld: loading sequences from %lld on", step,
                     (long long)(r->step * r->recipe.batch % count));
    o.b = mm_prefetch_next(r->prefetch, err);
    if (!o.b)
        return mm_fail_in(err, "step %lld", step);
    mm_watchdog_work(r->watchdog, MM_WORK_COMPUTE,
                     "rank 0, step %lld: computing sequences %zu to %zu", step,
                     mm_step_batch_index(o.b, 0),
                     mm_step_batch_index(o.b, o.b->B - 1));
    if (compute(r, &o, err) < 0)
        return -1;
    apply(r, &o);
    mm_watchdog_rest(r->watchdog);
    report_step(r, &o);
    return 0;
}
