/*
 * test_patch.c - patch embedding against the convolution in double
 */
#include "tensor/patch.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { IMAGES = 2,
       HEIGHT = 8,
       WIDTH = 12,
       P = 4,
       ACROSS = WIDTH / P,
       N = IMAGES * (HEIGHT / P) * ACROSS,
       D = 5,
       K = 3 * P * P };

static const float mean[3] = { 0.48f, 0.45f, 0.41f };
static const float std[3] = { 0.27f, 0.26f, 0.28f };
static uint8_t pixels[IMAGES * HEIGHT * WIDTH * 3];
static float w[D * K], b[D], c[N * D], dw[D * K], db[D], y[N * D];
static double rw[D * K], rb[D], ry[N * D];

static struct mm_tensor weights(float *grad)
{
    struct mm_tensor t = param(w, grad, 2, D, 3);

    t.n_dim = 4;
    t.dim[2] = P;
    t.dim[3] = P;
    return t;
}

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tw, tb;
    size_t dim[] = { IMAGES, HEIGHT, WIDTH, 3 };
    struct mm_tensor *out;

    (void)ctx;
    tw = weights(dw);
    tb = param(b, db, 1, D, 1);
    out = mm_patch_embed(g, mm_input(g, MM_U8, pixels, 4, dim), &tw, &tb,
                         mean, std);
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, N * D, y);
    return probe(g, out, c);
}

/* Number k of patch i, in the order of the weights: channel, line, column */
static double value(size_t i, size_t k)
{
    size_t channel = k / (P * P), line = k / P % P, column = k % P;
    size_t image = i / (N / IMAGES), at = i % (N / IMAGES);
    size_t v = image * HEIGHT + at / ACROSS * P + line;
    size_t h = at % ACROSS * P + column;

    return (pixels[(v * WIDTH + h) * 3 + channel] / 255.0 - mean[channel]) /
           std[channel];
}

static double ref(void *ctx)
{
    double loss = 0;

    (void)ctx;
    for (size_t i = 0; i < N * D; i++) {
        ry[i] = rb[i % D];
        for (size_t k = 0; k < K; k++)
            ry[i] += rw[i % D * K + k] * value(i / D, k);
        loss += c[i] * ry[i];
    }
    return loss;
}

static void setup(void)
{
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 97 + i / 7);
    fill(w, rw, D * K, 1, 1);
    fill(b, rb, D, 1, 2);
    fill(c, NULL, N * D, 1, 3);
}

static void test_patch_embed(void **state)
{
    float *grad[] = { dw, db };
    size_t n[] = { D * K, D };

    (void)state;
    setup();
    train(build, NULL, 2, grad, n);
    ref(NULL);
    near_all("y", y, ry, N * D, 2e-6);
    gradcheck("dw", ref, NULL, rw, dw, D * K, 5e-6);
    gradcheck("db", ref, NULL, rb, db, D, 5e-6);
}

/* More patches than are made rows at one time, no bias: 1,458 of one pixel */
static void test_many(void **state)
{
    enum { SIDE = 27 };
    static uint8_t many[2 * SIDE * SIDE * 3];
    static float out[2 * SIDE * SIDE * D];
    size_t dim[] = { 2, SIDE, SIDE, 3 };
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 20, &err);
    struct mm_tensor tw = param(w, NULL, 2, D, 3), *input, *y2;

    (void)state;
    assert_non_null(g);
    setup();
    tw.n_dim = 4;
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = (uint8_t)(i * 31);
    input = mm_input(g, MM_U8, many, 4, dim);
    y2 = mm_patch_embed(g, input, &tw, NULL, mean, std);
    mm_tensor_get(g, y2, 0, 2 * SIDE * SIDE * D, out);
    for (size_t i = 0; i < 2 * SIDE * SIDE * D; i++) {
        const uint8_t *pixel = many + i / D * 3;
        double want = 0;

        for (size_t k = 0; k < 3; k++)
            want += w[i % D * 3 + k] * (pixel[k] / 255.0 - mean[k]) / std[k];
        near_all("y", &out[i], &want, 1, 2e-6);
    }
    mm_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patch_embed),
        cmocka_unit_test(test_many),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
