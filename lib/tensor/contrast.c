/*
 * contrast.c - losses over all pairs of two sets of rows
 *
 * Products are made for blocks of ROWS rows of a:
 *
 *     z = e^scale a b^T         [ROWS,N], in scratch
 *     z <- e^scale d loss / d z
 *     da = z b                  kept, [N,D]
 *     db += z^T a               kept, [N,D]
 *
 * InfoNCE's columns must have been summed before: it goes over the blocks
 * twice, and makes them twice where there are several.
 */
#include "tensor/contrast.h"

#include <assert.h>

#include "tensor/op.h"

#define ROWS 512

struct contrast_args {
    struct mm_tensor *a, *b, *scale, *bias, *loss;
    float *da, *db, *dscale, *dbias;
};

static void add_grad(struct mm_graph *g, struct mm_tensor *x,
                     const float *made, const float *seed)
{
    float *dx = mm_op_grad(g, x);

    if (dx)
        mm_op_kernels(g)->add_scaled(dx, made, seed, mm_tensor_count(x));
}

static void contrast_backward(struct mm_graph *g, void *args)
{
    const struct contrast_args *a = args;
    const float *seed = a->loss->grad;

    add_grad(g, a->a, a->da, seed);
    add_grad(g, a->b, a->db, seed);
    add_grad(g, a->scale, a->dscale, seed);
    add_grad(g, a->bias, a->dbias, seed);
}

/* What the blocks share */
struct work {
    const struct mm_kernels *k;
    enum mm_contrast kind;
    size_t N, D;
    const float *a, *b;
    float *da, *db; /* NULL: not wanted */
    struct mm_contrast_args x;
};

static void products(struct work *w, size_t at)
{
    struct mm_contrast_args *x = &w->x;

    x->at = at;
    x->n = w->N - at < ROWS ? w->N - at : ROWS;
    w->k->gemm(MM_NT, x->n, w->N, w->D, w->a + at * w->D, w->D, w->b, w->D,
               NULL, 0, x->z, w->N);
}

static void gradients(const struct work *w)
{
    const struct mm_contrast_args *x = &w->x;
    size_t at = x->at, D = w->D;

    if (w->da)
        w->k->gemm(MM_NN, x->n, D, w->N, x->z, w->N, w->b, D, NULL, 0,
                   w->da + at * D, D);
    if (w->db)
        w->k->gemm(MM_TN, w->N, D, x->n, x->z, w->N, w->a + at * D, D, NULL,
                   at == 0 ? 0 : 1, w->db, D);
}

static void compute(struct work *w)
{
    int twice = w->kind == MM_CONTRAST_INFONCE;

    for (size_t at = 0; twice && at < w->N; at += ROWS) {
        products(w, at);
        w->k->contrast_scan(&w->x);
    }
    for (size_t at = 0; at < w->N; at += ROWS) {
        if (!twice || w->N > ROWS)
            products(w, at);
        if (twice)
            w->k->contrast_softmax(&w->x);
        else
            w->k->contrast_sigmoid(&w->x);
        gradients(w);
    }
}

/* Memory: what backward needs, then scratch */
static void place(struct mm_graph *g, struct work *w, struct contrast_args *a)
{
    size_t N = w->N, row = N * sizeof(float), block = N < ROWS ? N : ROWS;
    struct mm_contrast_args *x = &w->x;

    a->da = mm_op_save(g, N * w->D * sizeof(float));
    a->db = mm_op_save(g, N * w->D * sizeof(float));
    a->dscale = mm_op_save(g, sizeof(float));
    a->dbias = mm_op_save(g, sizeof(float));
    x->z = mm_op_scratch(g, block * row);
    x->row_lse = mm_op_scratch(g, row);
    x->col_max = mm_op_scratch(g, row);
    x->col_sum = mm_op_scratch(g, row);
    x->loss = mm_op_scratch(g, row);
    x->dscale = mm_op_scratch(g, row);
    x->dbias = mm_op_scratch(g, row);
}

static void count_cost(struct mm_graph *g, const struct work *w)
{
    double block = 2.0 * (double)w->N * (double)w->N * (double)w->D;
    int twice = w->kind == MM_CONTRAST_INFONCE && w->N > ROWS;

    /* where there is a gradient, it is made in the forward pass */
    mm_op_cost(g, block * (1 + twice + (w->x.grad ? 2 : 0)), 0,
               8.0 * (double)w->N * (double)(w->N + w->D));
}

static struct work describe(const struct mm_graph *g, enum mm_contrast kind,
                            const struct contrast_args *a)
{
    struct work w = { .k = mm_op_kernels(g),
                      .kind = kind,
                      .N = a->a->dim[0],
                      .D = a->a->dim[1],
                      .a = a->a->data,
                      .b = a->b->data };

    w.x.N = w.N;
    w.x.scale = a->scale->data;
    w.x.bias = a->bias ? a->bias->data : NULL;
    w.x.grad = mm_graph_records(g);
    return w;
}

static void run(struct mm_graph *g, struct work *w, struct contrast_args *a,
                float *row_loss)
{
    if (w->x.grad) {
        w->da = a->da;
        w->db = a->db;
    }
    compute(w);
    w->k->sum(a->loss->data, w->x.loss, w->N);
    w->k->sum(a->dscale, w->x.dscale, w->N);
    if (a->bias)
        w->k->sum(a->dbias, w->x.dbias, w->N);
    if (row_loss)
        mm_op_get(g, row_loss, w->x.loss, w->N * sizeof *row_loss);
}

struct mm_tensor *mm_contrast(struct mm_graph *g, enum mm_contrast kind,
                              struct mm_tensor *a, struct mm_tensor *b,
                              struct mm_tensor *scale, struct mm_tensor *bias,
                              float *row_loss)
{
    struct contrast_args args = { a, b, scale, bias, NULL,
                                  NULL, NULL, NULL, NULL },
                         *r;
    struct work w = describe(g, kind, &args);
    size_t one = 1;

    assert(a->n_dim == 2 && mm_tensor_same_shape(a, b) && w.N > 0);
    assert(mm_tensor_count(scale) == 1);
    assert((kind == MM_CONTRAST_SIGMOID) == (bias != NULL));
    args.loss = mm_op_output(g, MM_F32, 1, &one,
                             a->wants_grad || b->wants_grad ||
                                 scale->wants_grad ||
                                 (bias && bias->wants_grad));
    place(g, &w, &args);
    count_cost(g, &w);
    if (mm_op_computes(g))
        run(g, &w, &args, row_loss);
    mm_op_scratch_end(g);
    r = mm_op_record(g, contrast_backward, sizeof *r);
    if (r)
        *r = args;
    return args.loss;
}
