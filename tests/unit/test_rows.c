/*
 * test_rows.c - rows put together and taken apart
 *
 * Every output here is a sum of inputs, so each case says by from() which
 * numbers of a (and of b, c) make number i of y; values and gradients are
 * compared with that.
 */
#include "tensor/rows.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { B = 3,
       N = 5,
       D = 7,
       MOST = 2 * B * N * D };

static float a[MOST], b[MOST], e[MOST], w[MOST];
static float da[MOST], db[MOST], de[MOST], y[MOST];
static double ra[MOST], rb[MOST], re[MOST], ry[MOST];
static const int32_t repeated[] = { 4, 0, 4, 14, 2, 4 };
static const int32_t places[] = { 9, 3, 14, 0 };
static size_t n_y;

struct rows {
    struct mm_tensor *(*op)(struct mm_graph *g, struct mm_tensor *x,
                            struct mm_tensor *z, struct mm_tensor *u);
    double (*from)(size_t row, size_t d);
    size_t n_y, n_a, n_b, n_e; /* rows */
};

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor ta, tb, te;
    const struct rows *r = ctx;
    struct mm_tensor *out;

    ta = param(a, da, 2, r->n_a, D);
    tb = param(b, db, 2, r->n_b, D);
    te = param(e, de, 2, r->n_e, D);
    out = r->op(g, &ta, &tb, &te);
    n_y = mm_tensor_count(out);
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, n_y, y);
    return probe(g, out, w);
}

static double ref(void *ctx)
{
    const struct rows *r = ctx;
    double loss = 0;

    for (size_t i = 0; i < r->n_y * D; i++) {
        ry[i] = r->from(i / D, i % D);
        loss += w[i] * ry[i];
    }
    return loss;
}

static void check(struct rows r)
{
    float *grad[] = { da, db, de };
    size_t n[] = { r.n_a * D, r.n_b * D, r.n_e * D };

    fill(a, ra, MOST, 1, 1);
    fill(b, rb, MOST, 1, 2);
    fill(e, re, MOST, 1, 3);
    fill(w, NULL, MOST, 1, 4);
    train(build, &r, 3, grad, n);
    assert_int_equal(n_y, r.n_y * D);
    ref(&r);
    near_all("y", y, ry, n_y, 1e-7);
    gradcheck("da", ref, &r, ra, da, n[0], 1e-6);
    gradcheck("db", ref, &r, rb, db, n[1], 1e-6);
    gradcheck("de", ref, &r, re, de, n[2], 1e-6);
}

/* ---- the cases ---- */

static struct mm_tensor *prepend(struct mm_graph *g, struct mm_tensor *x,
                                 struct mm_tensor *z, struct mm_tensor *u)
{
    return mm_prepend_class(g, x, z, u, B);
}

static double prepend_from(size_t row, size_t d)
{
    size_t i = row % (N + 1), k = row / (N + 1);

    return re[i * D + d] + (i ? ra[(k * N + i - 1) * D + d] : rb[d]);
}

static struct mm_tensor *add(struct mm_graph *g, struct mm_tensor *x,
                             struct mm_tensor *z, struct mm_tensor *u)
{
    (void)u;
    return mm_add_rows(g, x, z, B);
}

static double add_from(size_t row, size_t d)
{
    return ra[row * D + d] + rb[row % N * D + d];
}

static struct mm_tensor *drop(struct mm_graph *g, struct mm_tensor *x,
                              struct mm_tensor *z, struct mm_tensor *u)
{
    (void)z;
    (void)u;
    return mm_drop_rows(g, x, B, 2);
}

static double drop_from(size_t row, size_t d)
{
    return ra[(row / (N - 2) * N + row % (N - 2) + 2) * D + d];
}

static struct mm_tensor *gather(struct mm_graph *g, struct mm_tensor *x,
                                struct mm_tensor *z, struct mm_tensor *u)
{
    (void)z;
    (void)u;
    return mm_gather_rows(g, x, mm_input_ids(g, repeated, 6));
}

static double gather_from(size_t row, size_t d)
{
    return ra[(size_t)repeated[row] * D + d];
}

static struct mm_tensor *replace(struct mm_graph *g, struct mm_tensor *x,
                                 struct mm_tensor *z, struct mm_tensor *u)
{
    (void)u;
    return mm_replace_rows(g, x, z, mm_input_ids(g, places, 4));
}

static double replace_from(size_t row, size_t d)
{
    for (size_t i = 0; i < 4; i++) {
        if ((size_t)places[i] == row)
            return rb[i * D + d];
    }
    return ra[row * D + d];
}

static void test_prepend_class(void **state)
{
    (void)state;
    check((struct rows){ prepend, prepend_from, B * (N + 1), B * N, 1, N + 1 });
}

static void test_add_rows(void **state)
{
    (void)state;
    check((struct rows){ add, add_from, B * N, B * N, N, 0 });
}

static void test_drop_rows(void **state)
{
    (void)state;
    check((struct rows){ drop, drop_from, B * (N - 2), B * N, 0, 0 });
}

static void test_gather_rows(void **state)
{
    (void)state;
    check((struct rows){ gather, gather_from, 6, B * N, 0, 0 });
}

static void test_replace_rows(void **state)
{
    (void)state;
    check((struct rows){ replace, replace_from, B * N, B * N, 4, 0 });
    for (size_t i = 0; i < 4; i++) /* what was replaced learns nothing */
        assert_true(da[(size_t)places[i] * D] == 0);
}

/* No picture in the batch: an empty list of places */
static struct mm_tensor *replace_none(struct mm_graph *g, struct mm_tensor *x,
                                      struct mm_tensor *z, struct mm_tensor *u)
{
    (void)u;
    return mm_replace_rows(g, x, z, mm_input_ids(g, places, 0));
}

static double same_from(size_t row, size_t d)
{
    return ra[row * D + d];
}

static void test_replace_nothing(void **state)
{
    (void)state;
    check((struct rows){ replace_none, same_from, B * N, B * N, 0, 0 });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prepend_class),
        cmocka_unit_test(test_add_rows),
        cmocka_unit_test(test_drop_rows),
        cmocka_unit_test(test_gather_rows),
        cmocka_unit_test(test_replace_rows),
        cmocka_unit_test(test_replace_nothing),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
