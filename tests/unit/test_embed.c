/*
 * test_embed.c - rows of a table by number
 */
#include "tensor/embed.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { N = 150,
       V = 11,
       D = 35 };

static float table[V * D], dtable[V * D], c[N * D], y[N * D];
static double rtable[V * D];
static int32_t ids[N];

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor t;
    struct mm_tensor *out;

    (void)ctx;
    t = param(table, dtable, 2, V, D);
    out = mm_embed(g, &t, mm_input_ids(g, ids, N));
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, N * D, y);
    return probe(g, out, c);
}

static double ref(void *ctx)
{
    double loss = 0;

    (void)ctx;
    for (int n = 0; n < N; n++)
        for (int d = 0; d < D; d++)
            loss += c[n * D + d] * rtable[ids[n] * D + d];
    return loss;
}

static void test_embed(void **state)
{
    float *grad[] = { dtable };
    size_t n[] = { V * D };

    (void)state;
    fill(table, rtable, V * D, 1, 1);
    fill(c, NULL, N * D, 1, 2);
    for (int i = 0; i < N; i++)
        ids[i] = i * i % V; /* some often, some never */
    train(build, NULL, 1, grad, n);
    for (int i = 0; i < N; i++)
        assert_memory_equal(y + i * D, table + ids[i] * D, D * sizeof *y);
    gradcheck("dtable", ref, NULL, rtable, dtable, V * D, 5e-6);
    assert_true(dtable[2 * D] == 0); /* 2 is no square modulo 11 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embed),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
