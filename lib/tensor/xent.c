/*
 * xent.c - the loss of a language model, without keeping its logits
 *
 * Supervised rows are collected and taken in blocks of ROWS:
 *
 *     z = h w^T                 [ROWS,V], in scratch
 *     z <- d loss / d z         softmax in place
 *     dh = z w                  kept, [N,D]
 *     dw += z^T h               kept, [V,D]
 *
 * The backward pass multiplies both by d loss and adds them.  Without a
 * gradient only the first two lines remain.
 */
#include "tensor/xent.h"

#include <assert.h>

#include "tensor/op.h"

/*
 * Rows of logits at once: enough that adding up dw costs little beside making
 * it, few enough that the logits of a block stay in the cache.
 */
#define ROWS 512

struct xent_args {
    struct mm_tensor *h, *w, *loss;
    float *dh, *dw;
    const int32_t *row;
    size_t n;
};

static void xent_backward(struct mm_graph *g, void *args)
{
    const struct xent_args *a = args;
    const float *scale = a->loss->grad;
    float *dh = mm_op_grad(g, a->h), *dw = mm_op_grad(g, a->w);
    const struct mm_kernels *k = mm_op_kernels(g);

    if (!mm_op_computes(g))
        return;
    if (dh)
        k->xent_add_rows(dh, a->dh, a->row, scale, a->n, a->h->dim[1]);
    if (dw && a->n)
        k->add_scaled(dw, a->dw, scale, mm_tensor_count(a->w));
}

/* What the blocks share */
struct work {
    const struct mm_kernels *k;
    size_t N, V, D, n; /* n rows are supervised */
    const float *h, *w;
    const int32_t *target;
    float z_loss;
    int32_t *row;
    float *dh, *dw;                   /* NULL: not wanted */
    float *rows, *logits, *nll, *lse; /* scratch */
};

static void block(const struct work *x, size_t at, size_t n)
{
    const struct mm_kernels *k = x->k;
    float *z = x->logits;

    k->xent_gather(x->rows, x->h, x->row + at, n, x->D);
    k->gemm(MM_NT, n, x->V, x->D, x->rows, x->D, x->w, x->D, NULL, 0, z,
            x->V);
    k->xent_rows(z, x->nll, x->lse, x->target, x->row + at, n, x->V,
                 x->z_loss, x->dh || x->dw);
    if (x->dh)
        k->gemm(MM_NN, n, x->D, x->V, z, x->V, x->w, x->D, NULL, 0,
                x->dh + at * x->D, x->D);
    if (x->dw)
        k->gemm(MM_TN, x->V, x->D, n, z, x->V, x->rows, x->D, NULL,
                at == 0 ? 0 : 1, x->dw, x->D);
}

static void compute(struct mm_graph *g, struct work *x, float *loss,
                    float *row_loss)
{
    x->k->zero(x->nll, x->N);
    x->n = x->k->xent_select(x->row, x->target, x->N, x->V);
    for (size_t at = 0; at < x->n; at += ROWS)
        block(x, at, x->n - at < ROWS ? x->n - at : ROWS);
    x->k->xent_total(loss, x->nll, x->lse, x->row, x->n, x->z_loss);
    if (row_loss)
        mm_op_get(g, row_loss, x->nll, x->N * sizeof *row_loss);
}

/* Memory: what backward needs, then scratch */
static void place(struct mm_graph *g, struct work *x, int want_h, int want_w)
{
    size_t block_rows = x->N < ROWS ? x->N : ROWS;

    x->row = mm_op_save(g, x->N * sizeof *x->row);
    if (want_h)
        x->dh = mm_op_save(g, x->N * x->D * sizeof(float));
    if (want_w)
        x->dw = mm_op_save(g, x->V * x->D * sizeof(float));
    x->rows = mm_op_scratch(g, block_rows * x->D * sizeof(float));
    x->logits = mm_op_scratch(g, block_rows * x->V * sizeof(float));
    x->nll = mm_op_scratch(g, x->N * sizeof(float));
    x->lse = mm_op_scratch(g, x->N * sizeof(float));
}

static void count_cost(struct mm_graph *g, const struct work *x, int wanted)
{
    double products = (double)x->N * (double)x->V * (double)x->D;

    /* where there is a gradient, it is made in the forward pass */
    mm_op_cost(g, 2 * products * (1 + wanted), 0,
               4.0 * ((double)x->N * (double)(x->V + x->D) +
                      (double)x->V * (double)x->D));
}

struct mm_tensor *mm_cross_entropy(struct mm_graph *g, struct mm_tensor *h,
                                   struct mm_tensor *w,
                                   const struct mm_tensor *target,
                                   float z_loss, float *row_loss)
{
    size_t one = 1;
    int records = mm_graph_records(g);
    int want_h = records && h->wants_grad, want_w = records && w->wants_grad;
    struct mm_tensor *loss = mm_op_output(g, MM_F32, 1, &one,
                                          want_h || want_w);
    struct work x = { .k = mm_op_kernels(g),
                      .N = h->dim[0],
                      .V = w->dim[0],
                      .D = w->dim[1],
                      .h = h->data,
                      .w = w->data,
                      .target = target->data,
                      .z_loss = z_loss };
    struct xent_args *a;

    assert(h->n_dim == 2 && w->n_dim == 2 && h->dim[1] == w->dim[1]);
    assert(target->dtype == MM_I32 && mm_tensor_count(target) == h->dim[0]);
    place(g, &x, want_h, want_w);
    count_cost(g, &x, want_h + want_w);
    if (mm_op_computes(g))
        compute(g, &x, loss->data, row_loss);
    mm_op_scratch_end(g);
    a = mm_op_record(g, xent_backward, sizeof *a);
    if (a)
        *a = (struct xent_args){ h, w, loss, x.dh, x.dw, x.row, x.n };
    return loss;
}
