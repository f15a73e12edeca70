/*
 * test_patch_loss.c - regression of the next patch against the formula
 */
#include "tensor/patch_loss.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { N = 3,
       P = 2,
       GRID = 13, /* more patches than are worked on at a time */
       SIDE = GRID * P,
       K = GRID * GRID,
       J = 3 * P * P,
       PATCHES = N * K,
       ROWS = K - 1 + 1 + K - 100 };

static const float mean[] = { 0.5f, 0.4f, 0.3f }, std[] = { 0.3f, 0.2f, 0.4f };
static const int32_t prefix[N] = { 1, K - 1, 100 }, first[N] = { 0, K - 1, K };
static uint8_t pixels[N * SIDE * SIDE * 3];
static float y[ROWS * J], dy[ROWS * J], one[] = { 1.7f };
static const int32_t at[N] = { 4, 0, 2 };
static float view[5], base;
static double ry[ROWS * J], want[N], want_base;

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor t;
    const size_t dim[] = { N, SIDE, SIDE, 3 };
    const struct mm_patch_sums sums = { view, at, &base };
    struct mm_tensor *u, *n, *f;

    (void)ctx;
    t = param(y, dy, 2, ROWS, J);
    u = mm_input(g, MM_U8, pixels, 4, dim);
    n = mm_input_ids(g, prefix, N);
    f = mm_input_ids(g, first, N);
    return probe(g, mm_patch_loss(g, &t, u, n, f, P, mean, std, &sums), one);
}

/* The pixels of patch k of picture b, [3,P,P], at mean 0 and deviation 1 */
static void target(double t[J], size_t b, size_t k)
{
    double m = 0, v = 0;

    for (size_t j = 0; j < J; j++) {
        size_t c = j / (P * P), r = k / GRID * P + j / P % P;
        size_t q = k % GRID * P + j % P;
        double u = pixels[((b * SIDE + r) * SIDE + q) * 3 + c];

        t[j] = (u / 255 - (double)mean[c]) / (double)std[c];
        m += t[j] / J;
    }
    for (size_t j = 0; j < J; j++)
        v += (t[j] - m) * (t[j] - m) / (J - 1);
    for (size_t j = 0; j < J; j++)
        t[j] = (t[j] - m) / sqrt(v + 1e-6);
}

static double ref(void *ctx)
{
    double loss = 0, t[J];
    size_t row = 0;

    (void)ctx;
    want_base = 0;
    for (size_t i = 0; i < PATCHES; i++) {
        double miss = 0;

        if (i % K == 0)
            want[i / K] = 0;
        if (i % K < (size_t)prefix[i / K])
            continue;
        target(t, i / K, i % K);
        for (size_t j = 0; j < J; j++) {
            double d = ry[row * J + j] - t[j];

            miss += d * d / J;
            want_base += t[j] * t[j] / J;
        }
        want[i / K] += miss;
        loss += miss;
        row++;
    }
    return loss * (double)one[0];
}

/* A flat picture has flat patches: their target is 0. */
static void test_values(void **state)
{
    float *grad[] = { dy };
    size_t n[] = { ROWS * J };
    double loss;

    (void)state;
    fill(y, ry, ROWS * J, 1, 1);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = i < sizeof pixels / N ? (uint8_t)(100 + i % 3)
                                          : (uint8_t)(i * i / 7);
    loss = train(build, NULL, 1, grad, n);
    assert_true(fabs(loss / ref(NULL) - 1) < 1e-5);
    near_all("base", &base, &want_base, 1, 1e-5);
    for (size_t b = 0; b < N; b++)
        near_all("view", &view[at[b]], &want[b], 1, 1e-5);
    assert_true(view[1] == 0 && view[3] == 0);
    for (size_t i = 0; i < ROWS * J; i += 211)
        gradcheck("dy", ref, NULL, ry + i, dy + i, 1, 2e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
