/*
 * mix_plan.c - which source comes next, when weights change on the way
 */
#include "data/mix_plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/opt.h"
#include "data/mix_run.h"

/* ---- pieces ---- */

static int by_step(const void *a, const void *b)
{
    uint64_t x = ((const struct mm_mix_piece *)a)->from;
    uint64_t y = ((const struct mm_mix_piece *)b)->from;

    return (x > y) - (x < y);
}

static int add_piece(struct mm_mix_plan *p, uint64_t from, struct mm_err *err)
{
    for (size_t i = 0; i < p->n_pieces; i++)
        if (p->pieces[i].from == from)
            return 0;
    if (mm_grow(&p->pieces, &p->cap, p->n_pieces + 1, sizeof *p->pieces,
                err) < 0)
        return -1;
    p->pieces[p->n_pieces++] = (struct mm_mix_piece){ .from = from };
    return 0;
}

/* The weight of a source at a step: that of the last point up to it. */
static double weight_at(const struct mm_mix_input *in, uint64_t step)
{
    double weight = 0;

    for (size_t i = 0; i < in->n_points && in->points[i].step <= step; i++)
        weight = in->points[i].weight;
    return weight;
}

static int fill_piece(struct mm_mix_plan *p, struct mm_mix_piece *y,
                      const struct mm_mix_input *in, uint64_t step,
                      struct mm_err *err)
{
    double sum = 0;

    y->weight = mm_alloc(p->n, sizeof *y->weight, err);
    y->taken = mm_alloc(p->n, sizeof *y->taken, err);
    if (!y->weight || !y->taken)
        return -1;
    for (size_t i = 0; i < p->n; i++)
        sum += y->weight[i] = weight_at(&in[i], y->from);
    if (sum <= 0)
        return mm_fail(err, MM_EUSAGE, "at step %llu no source has a weight",
                       (unsigned long long)y->from);
    if (y->from > UINT64_MAX / step)
        return mm_fail(err, MM_EUSAGE, "step %llu is too far",
                       (unsigned long long)y->from);
    y->from *= step;
    return 0;
}

int mm_mix_plan_init(struct mm_mix_plan *p, const struct mm_mix_input *in,
                     size_t n, uint64_t step, struct mm_err *err)
{
    assert(n > 0 && step > 0);
    *p = (struct mm_mix_plan){ .in = in, .n = n };
    p->active = mm_alloc(n, sizeof *p->active, err);
    if (!p->active || add_piece(p, 0, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < in[i].n_points; k++)
            if (add_piece(p, in[i].points[k].step, err) < 0)
                return -1;
    qsort(p->pieces, p->n_pieces, sizeof *p->pieces, by_step);
    for (size_t i = 0; i < p->n_pieces; i++)
        if (fill_piece(p, &p->pieces[i], in, step, err) < 0)
            return -1;
    return 0;
}

int mm_mix_plan_by_documents(struct mm_mix_plan *p, struct mm_err *err)
{
    if (p->n_pieces > 1)
        return mm_fail(err, MM_EUSAGE, "--weigh documents goes with weights "
                                       "that stay");
    p->done = mm_alloc(p->n, sizeof *p->done, err);
    return p->done ? 0 : -1;
}

void mm_mix_plan_release(struct mm_mix_plan *p)
{
    for (size_t i = 0; i < p->n_pieces; i++) {
        free(p->pieces[i].weight);
        free(p->pieces[i].taken);
    }
    free(p->pieces);
    free(p->active);
    free(p->done);
    mm_mix_release(&p->mix);
    memset(p, 0, sizeof *p);
}

/* ---- choosing ---- */

/* The source whose epoch is least done; ties go to the first. */
static size_t most_behind(const struct mm_mix_plan *p)
{
    size_t best = p->n;

    for (size_t i = 0; i < p->n; i++)
        if (isfinite(p->done[i]) &&
            (best == p->n || p->done[i] < p->done[best]))
            best = i;
    return best;
}

/* Shares are counted in sequences of a period, and everybody gets something. */
static void say_small_shares(const struct mm_mix_plan *p,
                             const double *weights)
{
    double sum = 0;

    for (size_t i = 0; i < p->mix.n; i++)
        sum += weights[i];
    for (size_t i = 0; i < p->mix.n; i++) {
        double share = weights[i] / sum;
        double given = (double)p->mix.weight[i] / (double)p->mix.period;

        if (share * MM_MIX_PERIOD_MAX < 1 && given > share * (1 + 1e-9))
            mm_log(MM_LOG_WARN,
                   "source '%s': a share of %.3g is less than one of %lld "
                   "sequences, which it gets",
                   p->in[p->active[i]].name, share,
                   (long long)p->mix.period);
    }
}

static int begin_piece(struct mm_mix_plan *p, struct mm_err *err)
{
    const struct mm_mix_piece *y = &p->pieces[p->piece];
    double weights[MM_MIX_SOURCES_MAX];
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++) {
        if (y->weight[i] <= 0)
            continue;
        p->active[n] = i;
        weights[n++] = y->weight[i];
    }
    mm_mix_release(&p->mix);
    if (mm_mix_init(&p->mix, weights, n, err) < 0)
        return -1;
    say_small_shares(p, weights);
    return 0;
}

int mm_mix_plan_next(struct mm_mix_plan *p, size_t *source,
                     struct mm_err *err)
{
    if (p->done) {
        *source = most_behind(p);
    } else {
        int turns = p->piece + 1 < p->n_pieces &&
                    p->pieces[p->piece + 1].from == p->at;

        p->piece += (size_t)turns;
        if ((turns || p->at == 0) && begin_piece(p, err) < 0)
            return -1;
        *source = p->active[mm_mix_next(&p->mix)];
    }
    if (*source < p->n)
        p->pieces[p->piece].taken[*source]++;
    p->at++;
    return 0;
}

void mm_mix_plan_read(struct mm_mix_plan *p, size_t i, uint64_t count)
{
    if (p->done)
        p->done[i] += 1 / ((double)count * p->pieces[0].weight[i]);
}

void mm_mix_plan_out(struct mm_mix_plan *p, size_t i)
{
    if (p->done)
        p->done[i] = INFINITY;
}

void mm_mix_plan_print(const struct mm_mix_plan *p, struct mm_jw *w)
{
    mm_jw_open(w, '[');
    for (size_t k = 0; k < p->n_pieces; k++) {
        const struct mm_mix_piece *y = &p->pieces[k];

        mm_jw_open(w, '{');
        mm_jw_put_size(w, "from", y->from);
        mm_jw_key(w, "weights");
        mm_jw_open(w, '[');
        for (size_t i = 0; i < p->n; i++)
            mm_jw_num(w, y->weight[i]);
        mm_jw_close(w, ']');
        mm_jw_key(w, "sequences");
        mm_jw_open(w, '[');
        for (size_t i = 0; i < p->n; i++)
            mm_jw_int(w, (int64_t)y->taken[i]);
        mm_jw_close(w, ']');
        mm_jw_close(w, '}');
    }
    mm_jw_close(w, ']');
}

/* ---- the file ---- */

struct reading {
    struct mm_mix_input *in;
    size_t n;
    int64_t *given; /* [n] the last step that a source's weight was for */
};

static int no_source(const struct reading *r, const char *name,
                     struct mm_err *err)
{
    const char *names[MM_MIX_SOURCES_MAX], *near;
    size_t n = r->n < MM_MIX_SOURCES_MAX ? r->n : MM_MIX_SOURCES_MAX;

    for (size_t i = 0; i < n; i++)
        names[i] = r->in[i].name;
    near = mm_suggest(name, names, n);
    return mm_fail(err, MM_ECONFIG, "a weight for '%s', which is no source%s"
                                    "%s%s",
                   name, near ? "; did you mean '" : "", near ? near : "",
                   near ? "'?" : "");
}

static int take_line(void *ctx, const char *section, const char *key,
                     const char *value, size_t line, struct mm_err *err)
{
    const struct reading *r = ctx;
    size_t i = 0;
    int64_t step;
    int result;

    (void)line; /* mm_ini_parse() names it */
    while (i < r->n && strcmp(r->in[i].name, key) != 0)
        i++;
    if (i == r->n)
        return no_source(r, key, err);
    result = mm_mix_input_point(&r->in[i], section, strlen(section), value,
                                strlen(value), err);
    if (result != 0 && err->code == MM_EUSAGE)
        err->code = MM_ECONFIG; /* a file's fault, not the command's */
    if (result != 0)
        return -1;
    step = (int64_t)r->in[i].points[r->in[i].n_points - 1].step;
    if (r->given[i] == step)
        return mm_fail(err, MM_ECONFIG, "a second weight of '%s' for step "
                                        "%lld; leave one out",
                       key, (long long)step);
    r->given[i] = step;
    return 0;
}

static int is_empty(const struct reading *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->given[i] >= 0)
            return 0;
    return 1;
}

/* Does some source have a weight at each step that the file names? */
static int check_weights(const struct reading *r, const char *path,
                         struct mm_err *err)
{
    if (is_empty(r))
        return mm_fail(err, MM_ECONFIG, "'%s' has no weights; a section for "
                                        "each step holds lines source = "
                                        "weight",
                       path);
    for (size_t k = 0; k < r->n; k++) {
        for (size_t j = 0; j < r->in[k].n_points; j++) {
            uint64_t step = r->in[k].points[j].step;
            double sum = 0;

            for (size_t i = 0; i < r->n; i++)
                sum += weight_at(&r->in[i], step);
            if (sum <= 0)
                return mm_fail(err, MM_ECONFIG,
                               "'%s': at step %llu no source has a weight",
                               path, (unsigned long long)step);
        }
    }
    return 0;
}

int mm_mix_schedule_read(struct mm_mix_input *in, size_t n, const char *path,
                         struct mm_err *err)
{
    struct reading r = { in, n, mm_alloc(n, sizeof(int64_t), err) };
    struct mm_buf text = { 0 };
    int result = r.given ? mm_read_file(path, &text, 1 << 20, err) : -1;

    for (size_t i = 0; r.given && i < n; i++)
        r.given[i] = -1;
    if (result == 0)
        result = mm_ini_parse(text.data ? text.data : "", text.len, path,
                              take_line, &r, err);
    if (result == 0)
        result = check_weights(&r, path, err);
    for (size_t i = 0; result == 0 && i < n; i++)
        in[i].weight = in[i].points[0].weight;
    mm_buf_release(&text);
    free(r.given);
    return result;
}
