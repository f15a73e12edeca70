/*
 * patch_loss.c - the op: targets are made again in the backward pass, a few
 * hundred patches at a time
 */
#include "tensor/patch_loss.h"

#include <assert.h>

#include "tensor/op.h"

#define ROWS 512 /* patches whose targets there are at one time */
#define EPS 1e-6f

struct loss {
    const struct mm_tensor *pixels, *prefix, *first;
    struct mm_tensor *y, *loss;
    float mean[3], std[3];
    size_t N, K, J, P; /* patches of all, of a picture; numbers, side of one */
};

static float *scratch(struct mm_graph *g, const struct loss *a)
{
    return mm_op_scratch(g, (a->N < ROWS ? a->N : ROWS) * a->J * sizeof(float));
}

/* Targets of the patches from i; how many */
static size_t targets(const struct mm_kernels *k, const struct loss *a,
                      size_t i, float *t)
{
    size_t n = a->N - i < ROWS ? a->N - i : ROWS;

    k->patch_rows(t, a->pixels->data, i, n, a->pixels->dim[1],
                  a->pixels->dim[2], a->P, a->mean, a->std);
    k->patch_unit(t, n, a->J, EPS);
    return n;
}

static void backward(struct mm_graph *g, void *args)
{
    const struct loss *a = args;
    const struct mm_kernels *k = mm_op_kernels(g);
    float *dy = mm_op_grad(g, a->y), *t = scratch(g, a);

    for (size_t i = 0, n; dy && i < a->N; i += n) {
        n = targets(k, a, i, t);
        k->patch_loss_backward(dy, a->y->data, t, a->prefix->data,
                               a->first->data, i, n, a->K, a->J,
                               a->loss->grad);
    }
    mm_op_scratch_end(g);
}

/* each [2,N]: loss and base of the patches */
static void forward(const struct mm_kernels *k, const struct loss *a,
                    float *t, float *each)
{
    for (size_t i = 0, n; i < a->N; i += n) {
        n = targets(k, a, i, t);
        k->patch_loss_forward(each + i, each + a->N + i, a->y->data, t,
                              a->prefix->data, a->first->data, i, n, a->K,
                              a->J);
    }
    k->sum(a->loss->data, each, a->N);
}

static void report(struct mm_graph *g, const struct loss *a, float *each,
                   const struct mm_patch_sums *sums)
{
    const struct mm_kernels *k = mm_op_kernels(g);
    float *base = each + a->N;

    if (sums && sums->base) {
        k->sum(base, base, a->N);
        mm_op_get(g, sums->base, base, sizeof *base);
    }
    for (size_t i = 0; sums && sums->view && i < a->N; i += a->K) {
        k->sum(each + i, each + i, a->K);
        mm_op_get(g, &sums->view[sums->at[i / a->K]], each + i, sizeof *each);
    }
}

static void check(const struct loss *a)
{
    assert(a->pixels->dtype == MM_U8 && a->pixels->n_dim == 4);
    assert(a->pixels->dim[1] % a->P == 0 && a->pixels->dim[2] % a->P == 0);
    assert(mm_tensor_rows(a->y) < a->N && mm_tensor_width(a->y) == a->J);
    assert(a->prefix->dtype == MM_I32 && a->first->dtype == MM_I32);
    assert(mm_tensor_count(a->prefix) == a->pixels->dim[0]);
    assert(mm_tensor_count(a->first) == a->pixels->dim[0]);
    (void)a;
}

struct mm_tensor *mm_patch_loss(struct mm_graph *g, struct mm_tensor *y,
                                const struct mm_tensor *pixels,
                                const struct mm_tensor *prefix,
                                const struct mm_tensor *first, size_t P,
                                const float mean[3], const float std[3],
                                const struct mm_patch_sums *sums)
{
    size_t one = 1, K = pixels->dim[1] / P * (pixels->dim[2] / P);
    struct loss *record, a = { .pixels = pixels };
    float *t, *each;

    a.prefix = prefix;
    a.first = first;
    a.y = y;
    a.N = pixels->dim[0] * K;
    a.K = K;
    a.J = 3 * P * P;
    a.P = P;
    for (int c = 0; c < 3; c++) {
        a.mean[c] = mean[c];
        a.std[c] = std[c];
    }
    check(&a);
    a.loss = mm_op_output(g, MM_F32, 1, &one, y->wants_grad);
    t = scratch(g, &a);
    each = mm_op_scratch(g, 2 * a.N * sizeof *each);
    mm_op_cost(g, 8.0 * (double)(a.N * a.J), 8.0 * (double)(a.N * a.J),
               5.0 * (double)(a.N * a.J));
    if (mm_op_computes(g)) {
        forward(mm_op_kernels(g), &a, t, each);
        report(g, &a, each, sums);
    }
    mm_op_scratch_end(g);
    record = mm_op_record(g, backward, sizeof *record);
    if (record)
        *record = a;
    return a.loss;
}
