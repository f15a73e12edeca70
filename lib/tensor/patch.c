/*
 * patch.c - the op: patches as rows, a thousand at a time, and a product
 */
#include "tensor/patch.h"

#include <assert.h>

#include "tensor/op.h"

#define ROWS 1024 /* patches that are rows of floats at one time */

struct patch {
    const struct mm_tensor *pixels;
    struct mm_tensor *w, *b, *y;
    float mean[3], std[3];
    size_t N, D, K, P; /* patches, width, 3 P P, side */
};

static float *scratch(struct mm_graph *g, const struct patch *a)
{
    return mm_op_scratch(g, (a->N < ROWS ? a->N : ROWS) * a->K * sizeof(float));
}

/* Patches from i as rows; how many */
static size_t rows_at(const struct mm_kernels *k, const struct patch *a,
                      size_t i, float *rows)
{
    size_t n = a->N - i < ROWS ? a->N - i : ROWS;

    k->patch_rows(rows, a->pixels->data, i, n, a->pixels->dim[1],
                  a->pixels->dim[2], a->P, a->mean, a->std);
    return n;
}

static void backward(struct mm_graph *g, void *args)
{
    const struct patch *a = args;
    const struct mm_kernels *k = mm_op_kernels(g);
    const float *dy = a->y->grad;
    float *dw = mm_op_grad(g, a->w), *db = mm_op_grad(g, a->b);
    float *rows = scratch(g, a);

    for (size_t i = 0, n; dw && i < a->N; i += n) {
        n = rows_at(k, a, i, rows);
        k->gemm(MM_TN, a->D, a->K, n, dy + i * a->D, a->D, rows, a->K, NULL, 1,
                dw, a->K);
    }
    if (db)
        k->rows_sum(db, dy, a->D, a->N, a->D);
    mm_op_scratch_end(g);
}

static void forward(const struct mm_kernels *k, const struct patch *a,
                    float *rows)
{
    const float *b = a->b ? a->b->data : NULL;
    float *y = a->y->data;

    for (size_t i = 0, n; i < a->N; i += n) {
        n = rows_at(k, a, i, rows);
        k->gemm(MM_NT, n, a->D, a->K, rows, a->K, a->w->data, a->K, b, 0,
                y + i * a->D, a->D);
    }
}

struct mm_tensor *mm_patch_embed(struct mm_graph *g,
                                 const struct mm_tensor *pixels,
                                 struct mm_tensor *w, struct mm_tensor *b,
                                 const float mean[3], const float std[3])
{
    struct patch *record, a = { .pixels = pixels, .w = w, .b = b };
    double flops;
    float *rows;

    assert(pixels->dtype == MM_U8 && pixels->n_dim == 4 && pixels->dim[3] == 3);
    a.D = w->dim[0];
    a.K = mm_tensor_count(w) / a.D;
    a.P = w->dim[3];
    assert(w->n_dim == 4 && w->dim[1] == 3 && w->dim[2] == a.P);
    assert(pixels->dim[1] % a.P == 0 && pixels->dim[2] % a.P == 0);
    assert(!b || mm_tensor_count(b) == a.D);
    a.N = mm_tensor_count(pixels) / a.K;
    for (int c = 0; c < 3; c++) {
        a.mean[c] = mean[c];
        a.std[c] = std[c];
    }
    a.y = mm_op_output(g, MM_F32, 2, (size_t[]){ a.N, a.D },
                       w->wants_grad || (b && b->wants_grad));
    flops = 2.0 * (double)(a.N * a.K) * (double)a.D;
    mm_op_cost(g, flops, flops,
               (double)(a.N * (a.K + 4 * a.D) + 4 * a.D * a.K));
    rows = scratch(g, &a);
    if (mm_op_computes(g))
        forward(mm_op_kernels(g), &a, rows);
    mm_op_scratch_end(g);
    record = mm_op_record(g, backward, sizeof *record);
    if (record)
        *record = a;
    return a.y;
}
