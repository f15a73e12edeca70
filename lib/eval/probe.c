/*
 * probe.c - a classifier on features that do not change
 */
#include "eval/probe.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "base/rng.h"
#include "tensor/attention.h"
#include "tensor/graph.h"
#include "tensor/linear.h"
#include "tensor/optim.h"
#include "tensor/rows.h"
#include "tensor/xent.h"

#define QUERY_STD 0.02
#define HELD_OUT 10 /* every tenth judges the decay */
#define EPS 1e-6

/* ---- mean 0 and deviation 1 ---- */

struct scaling {
    const struct mm_probe_set *from;
    struct mm_probe_set *to;
    double *mean, *scale; /* [width] */
};

/* One channel, in the order of the rows */
static void measure(void *ctx, size_t d)
{
    const struct scaling *s = ctx;
    size_t n = s->from->n * s->from->rows, D = s->from->width;
    double mean = 0, square = 0;

    for (size_t i = 0; i < n; i++)
        mean += s->from->x[i * D + d];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        double x = s->from->x[i * D + d] - mean;

        square += x * x;
    }
    s->mean[d] = mean;
    s->scale[d] = 1 / sqrt(square / (double)n + EPS);
}

static void scale(void *ctx, size_t begin, size_t end)
{
    const struct scaling *s = ctx;
    size_t D = s->to->width;

    for (size_t i = begin; i < end; i++) {
        float *x = s->to->x + i * D;

        for (size_t d = 0; d < D; d++)
            x[d] = (float)((x[d] - s->mean[d]) * s->scale[d]);
    }
}

static int standardise(struct mm_probe_set *train, struct mm_probe_set *test,
                       struct mm_err *err)
{
    size_t D = train->width;
    double *numbers = mm_alloc(2 * D, sizeof *numbers, err);
    struct scaling s = { train, train, numbers, numbers + D };

    if (!numbers)
        return -1;
    mm_par_for(D, measure, &s);
    mm_par_range(train->n * train->rows, 64, scale, &s);
    s.to = test;
    mm_par_range(test->n * test->rows, 64, scale, &s);
    free(numbers);
    return 0;
}

/* ---- the classifier ---- */

struct probe {
    const struct mm_probe_how *how;
    size_t rows, width;             /* of a picture */
    float *weights, *grads, *m, *v; /* [size] each */
    size_t size;
    struct mm_tensor w, b, q, k, value; /* in weights; k and value: attentive */
    struct mm_graph *graph;
    float *x; /* [batch,rows,width] */
    int32_t *label;
    float *logits; /* [batch,classes] */
};

/* A parameter of `rows` rows, at the end of the block so far */
static struct mm_tensor place(struct probe *p, size_t n_dim, size_t rows,
                              size_t cols)
{
    struct mm_tensor t = { .dtype = MM_F32,
                           .n_dim = (int)n_dim,
                           .dim = { rows, cols, 1, 1 },
                           .wants_grad = 1 };

    if (p->weights) {
        t.data = p->weights + p->size;
        t.grad = p->grads + p->size;
    }
    p->size += (rows * cols + 15) / 16 * 16;
    return t;
}

static void lay_out(struct probe *p)
{
    size_t D = p->width, C = p->how->classes;

    p->size = 0;
    p->w = place(p, 2, C, D);
    p->b = place(p, 1, C, 1);
    if (!p->how->attentive)
        return;
    p->q = place(p, 2, 1, D);
    p->k = place(p, 2, D, D);
    p->value = place(p, 2, D, D);
}

static void fill(const struct probe *p, const struct mm_tensor *t, double std,
                 uint64_t stream)
{
    float *x = t->data;

    for (size_t i = 0; i < mm_tensor_count(t); i++)
        x[i] = (float)(std * mm_rng_normal(p->how->seed,
                                           MM_RNG_PROBE - 1 - stream, i));
}

static void begin(struct probe *p)
{
    double std = 1 / sqrt((double)p->width);

    memset(p->weights, 0, 4 * p->size * sizeof *p->weights);
    if (!p->how->attentive)
        return;
    fill(p, &p->q, QUERY_STD, 0);
    fill(p, &p->k, std, 1);
    fill(p, &p->value, std, 2);
}

/* The query once for each picture */
static struct mm_tensor *queries(struct mm_graph *g, struct probe *p, size_t n)
{
    struct mm_tensor *index = mm_input_room(g, MM_I32, 1, &n);
    const int32_t zero = 0;

    for (size_t i = 0; mm_graph_mode(g) != MM_PLAN && i < n; i++)
        mm_tensor_put(g, index, i, 1, &zero);
    return mm_gather_rows(g, &p->q, index);
}

/* What the classes are told by: [n,width] */
static struct mm_tensor *describe(struct mm_graph *g, struct probe *p,
                                  size_t n)
{
    const size_t dim[] = { n * p->rows, p->width };
    struct mm_tensor *x = mm_input(g, MM_F32, p->x, 2, dim);
    struct mm_tensor *k, *v;

    if (!p->how->attentive)
        return x;
    k = mm_linear(g, x, &p->k, NULL);
    v = mm_linear(g, x, &p->value, NULL);
    return mm_attention_cross(g, queries(g, p, n), k, v, n, p->how->heads,
                              p->how->heads);
}

/*
 * Cross-entropy of logits, as that of a head whose matrix is the identity: the
 * loss's op makes products with a matrix, and has no bias.
 */
static struct mm_tensor *loss_of(struct mm_graph *g, struct probe *p, size_t n)
{
    size_t C = p->how->classes;
    const size_t dim[] = { C, C };
    struct mm_tensor *unit = mm_input_room(g, MM_F32, 2, dim), *z;

    for (size_t i = 0; mm_graph_mode(g) != MM_PLAN && i < C * C; i++) {
        float x = i % (C + 1) == 0;

        mm_tensor_put(g, unit, i, 1, &x);
    }
    z = mm_linear(g, describe(g, p, n), &p->w, &p->b);
    return mm_cross_entropy(g, z, unit, mm_input_ids(g, p->label, n), 0, NULL);
}

static int make_graph(struct probe *p, struct mm_err *err)
{
    struct mm_graph *plan = mm_graph_create_plan(1, err);

    if (!plan)
        return -1;
    mm_graph_backward(plan, loss_of(plan, p, p->how->batch), 1);
    p->graph = mm_graph_create(MM_TRAIN, mm_graph_peak(plan), err);
    mm_graph_free(plan);
    return p->graph ? 0 : -1;
}

static int open_probe(struct probe *p, const struct mm_probe_set *set,
                      const struct mm_probe_how *how, struct mm_err *err)
{
    size_t B = how->batch;

    *p = (struct probe){ .how = how, .rows = set->rows, .width = set->width };
    lay_out(p);
    p->weights = mm_alloc(4 * p->size, sizeof *p->weights, err);
    p->x = mm_alloc(B * p->rows * p->width, sizeof *p->x, err);
    p->label = mm_alloc(B, sizeof *p->label, err);
    p->logits = mm_alloc(B * how->classes, sizeof *p->logits, err);
    if (!p->weights || !p->x || !p->label || !p->logits)
        return -1;
    p->grads = p->weights + p->size;
    lay_out(p);
    p->m = p->grads + p->size;
    p->v = p->m + p->size;
    return make_graph(p, err);
}

static void close_probe(struct probe *p)
{
    mm_graph_free(p->graph);
    free(p->weights);
    free(p->x);
    free(p->label);
    free(p->logits);
}

/* ---- training ---- */

/* Which pictures of a set: all of them, those that learn, those that judge */
enum part { ALL,
            LEARN,
            JUDGE };

static size_t size_of(const struct mm_probe_set *s, enum part part)
{
    size_t judges = s->n / HELD_OUT;

    return part == ALL ? s->n : part == JUDGE ? judges
                                              : s->n - judges;
}

/* Picture i of a part: the last of each ten judges. */
static size_t picture_of(const struct mm_probe_set *s, enum part part,
                         size_t i)
{
    size_t begun = s->n / HELD_OUT * (HELD_OUT - 1);

    if (part == ALL)
        return i;
    if (part == JUDGE)
        return i * HELD_OUT + HELD_OUT - 1;
    return i < begun ? i / (HELD_OUT - 1) * HELD_OUT + i % (HELD_OUT - 1)
                     : i - begun + s->n / HELD_OUT * HELD_OUT;
}

static void load(struct probe *p, const struct mm_probe_set *s, size_t i,
                 size_t slot)
{
    size_t count = p->rows * p->width;

    memcpy(p->x + slot * count, s->x + i * count, count * sizeof *p->x);
    p->label[slot] = s->label[i];
}

static int step(struct probe *p, size_t n, uint64_t t, uint64_t steps,
                double decay, struct mm_err *err)
{
    const double pi = 3.14159265358979323846;
    double along = (double)(t - 1) / (double)steps;
    const struct mm_adamw a = { p->how->rate * (1 + cos(pi * along)) / 2, 0.9,
                                0.999, 1e-8, decay };
    struct mm_tensor *loss;
    float value;

    mm_grad_zero(p->grads, p->size);
    loss = loss_of(p->graph, p, n);
    value = mm_tensor_scalar(p->graph, loss);
    mm_graph_backward(p->graph, loss, 1 / (float)n);
    mm_graph_reset(p->graph);
    if (!isfinite(value) || !isfinite(mm_sum_squares(p->grads, p->size)))
        return mm_fail(err, MM_EDIVERGE, "the probe's loss is not finite in "
                                         "step %llu; take a smaller rate",
                       (unsigned long long)t);
    mm_optim_adamw(&a, t, 1, p->weights, p->m, p->v, p->grads, p->size);
    return 0;
}

static int learn(struct probe *p, const struct mm_probe_set *s, enum part part,
                 double decay, struct mm_err *err)
{
    size_t n = size_of(s, part), B = p->how->batch;
    uint64_t per_epoch = (n + B - 1) / B, t = 1;

    begin(p);
    for (size_t e = 0; e < p->how->epochs; e++) {
        for (size_t i = 0; i < n; i += B, t++) {
            size_t size = n - i < B ? n - i : B;

            for (size_t k = 0; k < size; k++)
                load(p, s,
                     picture_of(s, part,
                                mm_rng_permute(p->how->seed, MM_RNG_PROBE + e,
                                               i + k, n)),
                     k);
            if (step(p, size, t, per_epoch * p->how->epochs, decay, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* ---- asking ---- */

/* The likeliest class, of equals the first */
static int32_t best_of(const float *z, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        best = z[i] > z[best] ? i : best;
    return (int32_t)best;
}

/* right [size of the part], or NULL; how many are right */
static size_t ask(struct probe *p, const struct mm_probe_set *s,
                  enum part part, uint8_t *right)
{
    size_t n = size_of(s, part), B = p->how->batch, C = p->how->classes;
    size_t n_right = 0;

    for (size_t i = 0; i < n; i += B) {
        size_t size = n - i < B ? n - i : B;
        struct mm_tensor *z;

        for (size_t k = 0; k < size; k++)
            load(p, s, picture_of(s, part, i + k), k);
        z = mm_linear(p->graph, describe(p->graph, p, size), &p->w, &p->b);
        mm_tensor_get(p->graph, z, 0, size * C, p->logits);
        mm_graph_reset(p->graph);
        for (size_t k = 0; k < size; k++) {
            int ok = best_of(p->logits + k * C, C) == p->label[k];

            n_right += (size_t)ok;
            if (right)
                right[i + k] = (uint8_t)ok;
        }
    }
    return n_right;
}

static int choose(struct probe *p, const struct mm_probe_set *train,
                  double *decay, struct mm_err *err)
{
    static const double decays[] = { 1, 0.1, 0.01, 0.001 };
    size_t most = 0;

    *decay = decays[0];
    for (size_t i = 0; i < sizeof decays / sizeof *decays; i++) {
        size_t n;

        if (learn(p, train, LEARN, decays[i], err) < 0)
            return -1;
        n = ask(p, train, JUDGE, NULL);
        if (n > most) {
            most = n;
            *decay = decays[i];
        }
    }
    return 0;
}

static int run(struct mm_probe_result *r, struct probe *p,
               const struct mm_probe_set *train,
               const struct mm_probe_set *test, struct mm_err *err)
{
    r->decay = p->how->decay;
    if (r->decay < 0 && choose(p, train, &r->decay, err) < 0)
        return -1;
    r->right = mm_alloc(test->n, 1, err);
    if (!r->right || learn(p, train, ALL, r->decay, err) < 0)
        return -1;
    r->n = test->n;
    r->n_right = ask(p, test, ALL, r->right);
    return 0;
}

int mm_probe_run(struct mm_probe_result *r, struct mm_probe_set *train,
                 struct mm_probe_set *test, const struct mm_probe_how *how,
                 struct mm_err *err)
{
    struct probe p = { 0 };
    int result = -1;

    assert(train->rows == test->rows && train->width == test->width);
    assert(how->classes && how->batch && train->n && test->n);
    *r = (struct mm_probe_result){ 0 };
    if (standardise(train, test, err) == 0 &&
        open_probe(&p, train, how, err) == 0)
        result = run(r, &p, train, test, err);
    close_probe(&p);
    if (result < 0) {
        free(r->right);
        r->right = NULL;
    }
    return result;
}
