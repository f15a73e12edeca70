/*
 * test_pool.c - means over rows, scaling, adaptive pooling
 */
#include "tensor/pool.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { MOST = 4000 };

/* A case: which op, on what shape */
struct pool {
    enum { MEAN,
           SCALE,
           ADAPTIVE } op;
    size_t B, rows, cols, out_rows, out_cols, D;
};

static float x[MOST], s[MOST], c[MOST], dx[MOST], ds[MOST], y[MOST];
static double rx[MOST], rs[MOST], ry[MOST];

static size_t n_in(const struct pool *p)
{
    return p->B * p->rows * p->cols * p->D;
}

static size_t n_out(const struct pool *p)
{
    return p->op == MEAN    ? p->B * p->D
           : p->op == SCALE ? n_in(p)
                            : p->B * p->out_rows * p->out_cols * p->D;
}

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx, ts;
    const struct pool *p = ctx;
    struct mm_tensor *out;

    tx = param(x, dx, 2, p->B * p->rows * p->cols, p->D);
    ts = param(s, ds, 2, p->B, p->D);
    out = p->op == MEAN    ? mm_mean_rows(g, &tx, p->B)
          : p->op == SCALE ? mm_scale_rows(g, &tx, &ts, p->B)
                           : mm_adaptive_pool(g, &tx, p->B, p->rows, p->cols,
                                              p->out_rows, p->out_cols);
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, n_out(p), y);
    return probe(g, out, c);
}

/* The mean over one cell, as PyTorch cuts them */
static double cell(const struct pool *p, size_t b, size_t i, size_t j, size_t d)
{
    size_t m = p->out_rows, k = p->out_cols;
    size_t r0 = i * p->rows / m, r1 = ((i + 1) * p->rows + m - 1) / m;
    size_t c0 = j * p->cols / k, c1 = ((j + 1) * p->cols + k - 1) / k;
    double sum = 0;

    for (size_t r = r0; r < r1; r++) {
        for (size_t q = c0; q < c1; q++)
            sum += rx[((b * p->rows + r) * p->cols + q) * p->D + d];
    }
    return sum / (double)((r1 - r0) * (c1 - c0));
}

static double ref_at(const struct pool *p, size_t i)
{
    size_t n = p->rows * p->cols, d = i % p->D, row = i / p->D;
    double sum = 0;

    if (p->op == SCALE)
        return rx[i] * rs[row / n * p->D + d];
    if (p->op == ADAPTIVE)
        return cell(p, row / (p->out_rows * p->out_cols),
                    row / p->out_cols % p->out_rows, row % p->out_cols, d);
    for (size_t r = 0; r < n; r++)
        sum += rx[(row * n + r) * p->D + d];
    return sum / (double)n;
}

static double ref(void *ctx)
{
    const struct pool *p = ctx;
    double loss = 0;

    for (size_t i = 0; i < n_out(p); i++) {
        ry[i] = ref_at(p, i);
        loss += c[i] * ry[i];
    }
    return loss;
}

static void check(struct pool p)
{
    float *grad[] = { dx, ds };
    size_t n[] = { n_in(&p), p.B * p.D };

    fill(x, rx, n_in(&p), 1, 1);
    fill(s, rs, p.B * p.D, 1, 2);
    fill(c, NULL, n_out(&p), 1, 3);
    train(build, &p, p.op == SCALE ? 2 : 1, grad, n);
    ref(&p);
    near_all("y", y, ry, n_out(&p), 1e-6);
    gradcheck("dx", ref, &p, rx, dx, n[0], 2e-6);
    if (p.op == SCALE)
        gradcheck("ds", ref, &p, rs, ds, n[1], 2e-6);
}

static void test_mean(void **state)
{
    (void)state;
    check((struct pool){ MEAN, 3, 5, 2, 0, 0, 19 });
    check((struct pool){ MEAN, 1, 2, 2, 0, 0, 300 });
}

static void test_scale(void **state)
{
    (void)state;
    check((struct pool){ SCALE, 3, 5, 2, 0, 0, 19 });
    check((struct pool){ SCALE, 1, 2, 2, 0, 0, 300 });
}

static void test_adaptive(void **state)
{
    (void)state;
    check((struct pool){ ADAPTIVE, 2, 7, 7, 4, 4, 5 }); /* overlapping */
    check((struct pool){ ADAPTIVE, 1, 8, 6, 4, 3, 5 }); /* even */
    check((struct pool){ ADAPTIVE, 2, 5, 4, 2, 3, 3 });
    check((struct pool){ ADAPTIVE, 1, 3, 2, 4, 5, 3 }); /* growing */
    check((struct pool){ ADAPTIVE, 1, 4, 4, 4, 4, 2 });
    /* 378 and 224 pixels in patches of 14 to 144 tokens */
    check((struct pool){ ADAPTIVE, 1, 27, 27, 12, 12, 3 });
    check((struct pool){ ADAPTIVE, 2, 16, 16, 12, 12, 3 });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_adaptive),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
