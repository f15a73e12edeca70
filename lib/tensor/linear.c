/*
 * linear.c - matrix product with a weight
 */
#include "tensor/linear.h"

#include <assert.h>
#include <string.h>

#include "tensor/op.h"

struct linear_args {
    struct mm_tensor *x, *w, *b, *y;
    float *h; /* [N,r] of an update */
};

/* ---- the update ---- */

/* to[n] = scale from[n] */
static void scale(const struct mm_kernels *k, float *to, const float *from,
                  float by, size_t n)
{
    k->zero(to, n);
    k->add_scaled(to, from, &by, n);
}

static size_t rank_of(const struct mm_low_rank *u)
{
    return u->a->dim[0];
}

/* y += h b^T; raw [N,r] is scratch */
static void update_forward(const struct mm_kernels *k, struct mm_tensor *y,
                           const struct mm_tensor *x,
                           const struct mm_low_rank *u, float *h, float *raw)
{
    size_t N = mm_tensor_rows(x), D = u->a->dim[1], O = u->b->dim[0];
    size_t r = rank_of(u);

    k->gemm(MM_NT, N, r, D, x->data, D, u->a->data, D, NULL, 0, raw, r);
    scale(k, h, raw, u->scale, N * r);
    k->gemm(MM_NT, N, O, r, h, r, u->b->data, r, NULL, 1, y->data, O);
}

/* dx is complete but for the update's part, or NULL. */
static void update_backward(struct mm_graph *g, const struct linear_args *l,
                            float *dx)
{
    const struct mm_low_rank *u = l->w->update;
    const struct mm_kernels *k = mm_op_kernels(g);
    size_t N = mm_tensor_rows(l->x), D = u->a->dim[1], O = u->b->dim[0];
    size_t r = rank_of(u);
    float beta_a, beta_b;
    float *da = mm_op_grad_beta(g, u->a, &beta_a);
    float *db = mm_op_grad_beta(g, u->b, &beta_b);
    float *raw = mm_op_scratch(g, N * r * sizeof(float));
    float *dh = mm_op_scratch(g, N * r * sizeof(float));
    const float *dy = l->y->grad;

    if (mm_op_computes(g)) {
        k->gemm(MM_NN, N, r, O, dy, O, u->b->data, r, NULL, 0, raw, r);
        scale(k, dh, raw, u->scale, N * r);
        if (db)
            k->gemm(MM_TN, O, r, N, dy, O, l->h, r, NULL, beta_b, db, r);
        if (da)
            k->gemm(MM_TN, r, D, N, dh, r, l->x->data, D, NULL, beta_a, da,
                    D);
        if (dx)
            k->gemm(MM_NN, N, D, r, dh, r, u->a->data, D, NULL, 1, dx, D);
    }
    mm_op_scratch_end(g);
}

/* ---- the whole ---- */

static void linear_backward(struct mm_graph *g, void *args)
{
    const struct linear_args *a = args;
    size_t N = mm_tensor_rows(a->x), D = a->w->dim[1], O = a->w->dim[0];
    const float *dy = a->y->grad;
    float beta_x, beta_w;
    float *dx = mm_op_grad_beta(g, a->x, &beta_x);
    float *dw = mm_op_grad_beta(g, a->w, &beta_w);
    float *db = mm_op_grad(g, a->b);
    const struct mm_kernels *k = mm_op_kernels(g);
    int computes = mm_op_computes(g);

    if (computes && dx)
        k->gemm(MM_NN, N, D, O, dy, O, a->w->data, D, NULL, beta_x, dx, D);
    if (computes && dw)
        k->gemm(MM_TN, O, D, N, dy, O, a->x->data, D, NULL, beta_w, dw, D);
    if (computes && db)
        k->column_sums(db, dy, N, O);
    if (a->w->update)
        update_backward(g, a, dx);
}

static void check(const struct mm_tensor *x, const struct mm_tensor *w,
                  const struct mm_tensor *b)
{
    assert(x->dtype == MM_F32 && w->dtype == MM_F32 && w->n_dim == 2);
    assert(x->n_dim > 0 && mm_tensor_width(x) == w->dim[1]);
    assert(!b || mm_tensor_count(b) == w->dim[0]);
    (void)x;
    (void)w;
    (void)b;
}

static int wants(const struct mm_tensor *x)
{
    return x && x->wants_grad;
}

/* FLOPs of both products of the update, and of their gradients. */
static void update_cost(struct mm_graph *g, const struct mm_tensor *x,
                        const struct mm_low_rank *u)
{
    double N = (double)mm_tensor_rows(x), r = (double)rank_of(u);
    double D = (double)u->a->dim[1], O = (double)u->b->dim[0];
    double in = 2 * N * r * D, out = 2 * N * r * O;

    mm_op_cost(g, in + out,
               out + out * wants(u->b) + in * wants(u->a) + in * wants(x),
               4 * (N * (D + O + 2 * r) + r * (D + O)));
}

static float *update(struct mm_graph *g, struct mm_tensor *y,
                     const struct mm_tensor *x, const struct mm_low_rank *u)
{
    size_t bytes = mm_tensor_rows(x) * rank_of(u) * sizeof(float);
    float *h = mm_op_save(g, bytes);
    float *raw = mm_op_scratch(g, bytes);

    update_cost(g, x, u);
    if (mm_op_computes(g))
        update_forward(mm_op_kernels(g), y, x, u, h, raw);
    mm_op_scratch_end(g);
    return h;
}

struct mm_tensor *mm_linear(struct mm_graph *g, struct mm_tensor *x,
                            struct mm_tensor *w, struct mm_tensor *b)
{
    size_t N = mm_tensor_rows(x), D = w->dim[1], O = w->dim[0];
    const struct mm_low_rank *u = w->update;
    int wanted = wants(x) || wants(w) || wants(b) ||
                 (u && (wants(u->a) || wants(u->b)));
    double flops = 2.0 * (double)N * (double)D * (double)O;
    size_t dim[MM_MAX_DIM];
    struct mm_tensor *y;
    struct linear_args *a;
    float *h = NULL;

    check(x, w, b);
    memcpy(dim, x->dim, sizeof dim);
    dim[x->n_dim - 1] = O;
    y = mm_op_output(g, MM_F32, (size_t)x->n_dim, dim, wanted);
    mm_op_cost(g, flops, flops * (!!x->wants_grad + !!w->wants_grad),
               4.0 * ((double)N * (double)(D + O) + (double)D * (double)O));
    if (mm_op_computes(g))
        mm_op_kernels(g)->gemm(MM_NT, N, O, D, x->data, D, w->data, D,
                               b ? b->data : NULL, 0, y->data, O);
    if (u)
        h = update(g, y, x, u);
    a = mm_op_record(g, linear_backward, sizeof *a);
    if (a)
        *a = (struct linear_args){ x, w, b, y, h };
    return y;
}
