/*
 * trainer.c - a whole training run
 *
 *   open    data, then the newest checkpoint or the model at step 0
 *   loop    step, validate, save, and look for a signal between two steps
 *   close
 */
#include "train/trainer.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "train/checkpoint.h"
#include "train/engine.h"
#include "train/metrics.h"
#include "train/prefetch.h"
#include "train/run.h"
#include "train/step.h"
#include "train/validate.h"

/* ---- validation ---- */

static void report_validation(struct mm_run *r, const struct mm_validation *v)
{
    size_t tokens;
    double loss = mm_validation_loss(v, &tokens);

    mm_metrics_begin(&r->metrics, "eval", r->step);
    mm_metrics_num(&r->metrics, "loss", loss);
    mm_metrics_int(&r->metrics, "tokens", (int64_t)tokens);
    mm_jw_key(&r->metrics.w, "source");
    mm_jw_open(&r->metrics.w, '{');
    for (size_t i = 0; i < v->n; i++) {
        const struct mm_source_loss *s = &v->sources[i];

        mm_jw_key(&r->metrics.w, s->name);
        mm_jw_open(&r->metrics.w, '{');
        mm_metrics_num(&r->metrics, "loss", s->sum / (double)s->tokens);
        mm_metrics_int(&r->metrics, "tokens", (int64_t)s->tokens);
        mm_jw_close(&r->metrics.w, '}');
    }
    mm_jw_close(&r->metrics.w, '}');
    mm_metrics_end(&r->metrics);
    mm_log(MM_LOG_INFO, "step %lld: validation loss %.4f",
           (long long)r->step, loss);
}

static int validate(struct mm_run *r, struct mm_err *err)
{
    struct mm_validation v;
    int result;

    if (!r->val)
        return 0;
    mm_watchdog_work(r->watchdog, MM_WORK_VALIDATE,
                     "rank 0, step %lld: validating", (long long)r->step);
    result = mm_validate(&v, &r->engine, r->val, (size_t)r->recipe.micro,
                         (size_t)r->recipe.eval_max, err);
    if (result == 0)
        report_validation(r, &v);
    else if (result < 0)
        mm_fail_in(err, "validation after step %lld", (long long)r->step);
    mm_validation_release(&v);
    mm_watchdog_rest(r->watchdog);
    return result < 0 ? -1 : 0;
}

/* ---- saving ---- */

static void report_save(struct mm_run *r, double seconds,
                        const struct mm_err *err)
{
    mm_metrics_begin(&r->metrics, "ckpt", r->step);
    mm_metrics_num(&r->metrics, "seconds", seconds);
    if (err)
        mm_metrics_str(&r->metrics, "error", err->msg);
    mm_metrics_end(&r->metrics);
}

/* A step counts as saved when it has been read back. */
static int save_and_check(struct mm_run *r, struct mm_err *err)
{
    struct mm_checkpoint c = mm_run_checkpoint(r);

    if (mm_checkpoint_save(&c, r->recipe.output, err) < 0)
        return -1;
    return mm_checkpoint_prune(r->recipe.output, r->step,
                               (size_t)r->recipe.keep, err);
}

static int save(struct mm_run *r, struct mm_err *err)
{
    double begin = mm_seconds();
    int result;

    if (r->saved == r->step)
        return 0;
    mm_watchdog_work(r->watchdog, MM_WORK_SAVE,
                     "rank 0, step %lld: saving it", (long long)r->step);
    result = save_and_check(r, err);
    mm_watchdog_rest(r->watchdog);
    report_save(r, mm_seconds() - begin, result < 0 ? err : NULL);
    if (result == 0)
        r->saved = r->step;
    return result;
}

/*
 * A checkpoint on the way that fails does not end the run: the old ones are
 * there, and the next may find space again.
 */
static void save_on_the_way(struct mm_run *r)
{
    struct mm_err err;

    if (save(r, &err) < 0)
        mm_log(MM_LOG_WARN, "%s; the run goes on and tries again after step "
                            "%lld",
               err.msg, (long long)(r->step + r->recipe.save_every));
}

static int stop(struct mm_run *r, struct mm_err *err)
{
    int sig = mm_stop_requested();

    if (r->step > 0 && save(r, err) < 0)
        return -1;
    mm_metrics_begin(&r->metrics, "stop", r->step);
    mm_metrics_str(&r->metrics, "why", "signal");
    mm_metrics_int(&r->metrics, "signal", sig);
    mm_metrics_end(&r->metrics);
    return mm_fail(err, MM_ESTOP, "stopped by signal %d after step %lld of "
                                  "%lld; the same command goes on from there",
                   sig, (long long)r->step, (long long)r->recipe.steps);
}

/* ---- the loop ---- */

static int due(int64_t step, int64_t every)
{
    return every > 0 && step % every == 0;
}

static int finish(struct mm_run *r, struct mm_err *err)
{
    if (save(r, err) < 0)
        return -1;
    mm_metrics_begin(&r->metrics, "end", r->step);
    mm_metrics_int(&r->metrics, "tokens", r->tokens);
    mm_metrics_int(&r->metrics, "memory", mm_peak_memory());
    mm_metrics_end(&r->metrics);
    mm_log(MM_LOG_INFO, "done: %lld steps in '%s'", (long long)r->step,
           r->recipe.output);
    return 0;
}

/* A validation that fails costs nothing that was learnt. */
static int validate_or_save(struct mm_run *r, struct mm_err *err)
{
    struct mm_err also;

    if (validate(r, err) == 0)
        return 0;
    if (save(r, &also) < 0)
        mm_log(MM_LOG_WARN, "%s", also.msg);
    return -1;
}

static int loop(struct mm_run *r, struct mm_err *err)
{
    int64_t steps = r->recipe.steps;

    while (r->step < steps) {
        if (mm_stop_requested())
            return stop(r, err);
        if (mm_run_step(r, err) < 0)
            return -1;
        if ((due(r->step, r->recipe.eval_every) || r->step == steps) &&
            validate_or_save(r, err) < 0)
            return -1;
        if (r->step < steps && due(r->step, r->recipe.save_every))
            save_on_the_way(r);
    }
    return finish(r, err);
}

int mm_train(const struct mm_job *job, struct mm_err *err)
{
    struct mm_run r;
    int result;

    mm_stop_install();
    result = mm_run_open(&r, job, err);
    if (result == 0 && r.saved == r.recipe.steps)
        mm_log(MM_LOG_INFO, "'%s' is complete: step %lld is there",
               r.recipe.output, (long long)r.step);
    else if (result == 0)
        result = loop(&r, err);
    mm_run_close(&r);
    return result;
}
