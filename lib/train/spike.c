/*
 * spike.c - steps whose loss or gradient is far above those before
 */
#include "train/spike.h"

#include <math.h>
#include <string.h>

/* ---- the rule ---- */

#define HARDER 1.5 /* than the hardest usual batch */
#define FORGET 0.999
#define NORM 100

struct spread {
    double mean, dev;
};

static struct spread spread(const struct mm_spike_window *w)
{
    struct spread s = { 0, 0 };

    for (size_t i = 0; i < w->n; i++)
        s.mean += w->v[i];
    s.mean /= (double)w->n;
    for (size_t i = 0; i < w->n; i++)
        s.dev += (w->v[i] - s.mean) * (w->v[i] - s.mean);
    s.dev = sqrt(s.dev / (double)(w->n - 1));
    return s;
}

struct mm_spike_limits mm_spike_limits(const struct mm_spike *s, double sigma)
{
    double n = s->tail * HARDER > sigma ? s->tail * HARDER : sigma;
    struct spread loss, norm;

    if (s->loss.n < MM_SPIKE_WINDOW / 2 || sigma <= 0)
        return (struct mm_spike_limits){ INFINITY, INFINITY, INFINITY,
                                         INFINITY, 0, INFINITY };
    loss = spread(&s->loss);
    norm = spread(&s->norm);
    return (struct mm_spike_limits){
        .loss = loss.mean + n * loss.dev,
        .norm = NORM * (norm.mean + sigma * norm.dev),
        .usual_loss = loss.mean + sigma * loss.dev,
        .usual_norm = norm.mean + sigma * norm.dev,
        .mean = loss.mean,
        .dev = loss.dev,
    };
}

int mm_spike_is(const struct mm_spike_limits *l, double loss, double norm)
{
    return !isfinite(loss) || !isfinite(norm) || loss > l->loss ||
           norm > l->norm;
}

static void add(struct mm_spike_window *w, double x, double limit)
{
    x = isfinite(x) && x < limit ? x : limit;
    if (!isfinite(x))
        return;
    if (w->n == MM_SPIKE_WINDOW)
        memmove(w->v, w->v + 1, --w->n * sizeof *w->v);
    w->v[w->n++] = x;
}

void mm_spike_add(struct mm_spike *s, const struct mm_spike_limits *l,
                  double loss, double norm)
{
    double over = l->dev > 0 ? (loss - l->mean) / l->dev : 0;

    s->tail *= FORGET;
    if (!mm_spike_is(l, loss, norm) && over > s->tail)
        s->tail = over;
    add(&s->loss, loss, l->usual_loss);
    add(&s->norm, norm, l->usual_norm);
    s->in_a_row = isfinite(loss) && isfinite(norm) ? 0 : s->in_a_row + 1;
}

void mm_spike_skip(struct mm_spike *s, int64_t step)
{
    if (s->skipped < MM_SPIKE_STEPS)
        s->steps[s->skipped] = step;
    s->skipped++;
}

/* ---- the manifest ---- */

static void print_window(const struct mm_spike_window *x, const char *key,
                         struct mm_jw *w)
{
    mm_jw_key(w, key);
    mm_jw_open(w, '[');
    for (size_t i = 0; i < x->n; i++)
        mm_jw_num(w, x->v[i]);
    mm_jw_close(w, ']');
}

void mm_spike_print(const struct mm_spike *s, struct mm_jw *w)
{
    mm_jw_key(w, "spikes");
    mm_jw_open(w, '{');
    print_window(&s->loss, "loss", w);
    print_window(&s->norm, "gnorm", w);
    mm_jw_put_num(w, "tail", s->tail);
    mm_jw_put_int(w, "in-a-row", s->in_a_row);
    mm_jw_close(w, '}');
}

void mm_spike_print_skipped(const struct mm_spike *s, struct mm_jw *w)
{
    mm_jw_key(w, "skipped");
    mm_jw_open(w, '{');
    mm_jw_put_int(w, "batches", s->skipped);
    mm_jw_key(w, "steps");
    mm_jw_open(w, '[');
    for (int64_t i = 0; i < s->skipped && i < MM_SPIKE_STEPS; i++)
        mm_jw_int(w, s->steps[i]);
    mm_jw_close(w, ']');
    mm_jw_close(w, '}');
}

static int parse_window(struct mm_spike_window *x, const struct mm_json *list,
                        struct mm_err *err)
{
    x->n = 0;
    if (!list || list->type != MM_JSON_ARRAY)
        return mm_fail(err, MM_EDATA, "no window in 'spikes'");
    for (const struct mm_json *v = list->child; v; v = v->next) {
        if (v->type != MM_JSON_NUMBER || x->n == MM_SPIKE_WINDOW)
            return mm_fail(err, MM_EDATA, "a wrong window in 'spikes'");
        x->v[x->n++] = v->number;
    }
    return 0;
}

static int parse_skipped(struct mm_spike *s, const struct mm_json *skipped,
                         struct mm_err *err)
{
    const struct mm_json *steps = mm_json_get(skipped, "steps");
    int64_t n = 0;

    s->skipped = mm_json_int(mm_json_get(skipped, "batches"), -1);
    if (s->skipped < 0 || !steps || steps->type != MM_JSON_ARRAY)
        return mm_fail(err, MM_EDATA, "'skipped' is not complete");
    for (const struct mm_json *v = steps->child; v; v = v->next) {
        if (n == MM_SPIKE_STEPS || n == s->skipped)
            return mm_fail(err, MM_EDATA, "too many steps in 'skipped'");
        s->steps[n++] = mm_json_int(v, 0);
    }
    return 0;
}

/* A checkpoint from before there were any has neither. */
int mm_spike_parse(struct mm_spike *s, const struct mm_json *manifest,
                   struct mm_err *err)
{
    const struct mm_json *spikes = mm_json_get(manifest, "spikes");
    const struct mm_json *skipped = mm_json_get(manifest, "skipped");

    *s = (struct mm_spike){ .skipped = 0 };
    if (spikes &&
        (parse_window(&s->loss, mm_json_get(spikes, "loss"), err) < 0 ||
         parse_window(&s->norm, mm_json_get(spikes, "gnorm"), err) < 0))
        return -1;
    s->tail = mm_json_num(mm_json_get(spikes, "tail"), 0);
    s->in_a_row = mm_json_int(mm_json_get(spikes, "in-a-row"), 0);
    return skipped ? parse_skipped(s, skipped, err) : 0;
}
