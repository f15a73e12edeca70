/*
 * gradcheck.h - judge an op: values, gradients, memory, threads
 *
 * A test of an op y = f(x, w):
 *   - fills its inputs by fill(), which gives the same numbers as float (for
 *     the op) and as double (for the reference);
 *   - writes build(), the forward: the op, then probe(g, y, c), the scalar
 *     sum(c y), so that d loss / d y = c;
 *   - runs it by train(), which plans it first, gives the run exactly the
 *     planned memory, and runs it on one thread and on two: same bits;
 *   - writes a plain double reference of the same loss, and lets gradcheck()
 *     compare its central differences with what backward made.
 */
#ifndef MM_TESTS_GRADCHECK_H
#define MM_TESTS_GRADCHECK_H

#include <assert.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/par.h"
#include "tensor/graph.h"
#include "tensor/op.h"

/* ---- numbers ---- */

/* n numbers in [-scale, scale), the same in x and in ref (ref may be NULL) */
static inline void fill(float *x, double *ref, size_t n, double scale,
                        uint64_t seed)
{
    uint64_t s = seed * 0x9e3779b97f4a7c15u + 1;

    for (size_t i = 0; i < n; i++) {
        s = s * 6364136223846793005u + 1442695040888963407u;
        x[i] = (float)(scale * ((double)(s >> 33) / (double)(1u << 30) - 1));
        if (ref)
            ref[i] = x[i];
    }
}

/* |x - ref| <= tol (1 + |ref|) for each of n */
static inline void near_all(const char *name, const float *x,
                            const double *ref, size_t n, double tol)
{
    for (size_t i = 0; i < n; i++) {
        if (fabs(x[i] - ref[i]) <= tol * (1 + fabs(ref[i])))
            continue;
        fprintf(stderr, "%s[%zu]: is %.9g, should be %.9g\n", name, i,
                (double)x[i], ref[i]);
        fail();
    }
}

/* ---- tensors of the test ---- */

/* A parameter; grad NULL: it is not trained. */
static inline struct mm_tensor param(float *data, float *grad, size_t n_dim,
                                     size_t d0, size_t d1)
{
    struct mm_tensor t = { .dtype = MM_F32, .n_dim = (int)n_dim };

    for (int i = 0; i < MM_MAX_DIM; i++)
        t.dim[i] = 1;
    t.dim[0] = d0;
    if (n_dim > 1)
        t.dim[1] = d1;
    t.data = data;
    t.grad = grad;
    t.wants_grad = grad != NULL;
    return t;
}

/* ---- the probe: an op of the test's own ---- */

struct probe_args {
    struct mm_tensor *y, *loss;
    const float *c;
};

static void probe_backward(struct mm_graph *g, void *args)
{
    const struct probe_args *a = args;
    float *dy = mm_op_grad(g, a->y);

    if (!mm_op_computes(g) || !dy)
        return;
    for (size_t i = 0; i < mm_tensor_count(a->y); i++)
        dy[i] += a->c[i] * a->loss->grad[0];
}

static inline struct mm_tensor *probe(struct mm_graph *g, struct mm_tensor *y,
                                      const float *c)
{
    size_t one = 1;
    struct mm_tensor *loss = mm_op_output(g, MM_F32, 1, &one, y->wants_grad);
    struct probe_args *a = mm_op_record(g, probe_backward, sizeof *a);

    if (a)
        *a = (struct probe_args){ y, loss, c };
    if (mm_op_computes(g)) {
        double s = 0;

        for (size_t i = 0; i < mm_tensor_count(y); i++)
            s += (double)c[i] * ((const float *)y->data)[i];
        *(float *)loss->data = (float)s;
    }
    return loss;
}

/* ---- running ---- */

typedef struct mm_tensor *build_fn(struct mm_graph *g, void *ctx);

static inline size_t planned(build_fn *build, void *ctx)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create_plan(1, &err);
    size_t peak;

    assert_non_null(g);
    mm_graph_backward(g, build(g, ctx), 1);
    peak = mm_graph_peak(g);
    mm_graph_free(g);
    return peak;
}

static inline double run_once(build_fn *build, void *ctx, size_t arena)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_TRAIN, arena, &err);
    struct mm_tensor *loss;
    double value;

    assert_non_null(g);
    loss = build(g, ctx);
    value = mm_tensor_scalar(g, loss);
    mm_graph_backward(g, loss, 1);
    assert_int_equal(mm_graph_peak(g), arena);
    mm_graph_free(g);
    return value;
}

/*
 * Forward and backward of build() on one thread and on two; n_grad gradients
 * of n[i] numbers at grad[i] must come out with the same bits.  The loss.
 */
static inline double train(build_fn *build, void *ctx, size_t n_grad,
                           float *const *grad, const size_t *n)
{
    size_t arena = planned(build, ctx), total = 0;
    int threads = mm_par_threads();
    float *first;
    double loss;

    for (size_t i = 0; i < n_grad; i++)
        total += n[i];
    first = calloc(total + 1, sizeof *first);
    assert_non_null(first);
    for (int t = 1; t <= 2; t++) {
        size_t at = 0;

        mm_par_set_threads(t);
        for (size_t i = 0; i < n_grad; i++)
            memset(grad[i], 0, n[i] * sizeof(float));
        loss = run_once(build, ctx, arena);
        for (size_t i = 0; i < n_grad; at += n[i++]) {
            if (t == 1)
                memcpy(first + at, grad[i], n[i] * sizeof(float));
            else
                assert_memory_equal(first + at, grad[i],
                                    n[i] * sizeof(float));
        }
    }
    mm_par_set_threads(threads);
    free(first);
    return loss;
}

/*
 * ref(ctx) is the loss in double, a pure function of the n numbers at x (and
 * of others).  dx, which backward made, must be d loss / d x.
 */
static inline void gradcheck(const char *name, double (*ref)(void *ctx),
                             void *ctx, double *x, const float *dx, size_t n,
                             double tol)
{
    for (size_t i = 0; i < n; i++) {
        double x0 = x[i], h = 1e-5 * (1 + fabs(x0)), up, down, want;

        x[i] = x0 + h;
        up = ref(ctx);
        x[i] = x0 - h;
        down = ref(ctx);
        x[i] = x0;
        want = (up - down) / (2 * h);
        if (fabs(want - dx[i]) <= tol * (1 + fabs(want)))
            continue;
        fprintf(stderr, "%s[%zu]: numeric %.9g, analytic %.9g\n", name, i,
                want, (double)dx[i]);
        fail();
    }
}

#endif
