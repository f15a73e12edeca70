/*
 * test_conv.c - depth-wise convolution against the formula in double
 */
#include "tensor/conv.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { MOST = 3000 };

static size_t B, rows, cols, D;
static float x[MOST], w[MOST], c[MOST], dx[MOST], dw[MOST], y[MOST];
static double rx[MOST], rw[MOST], ry[MOST];

static size_t count(void)
{
    return B * rows * cols * D;
}

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tx, tw;
    struct mm_tensor *out;

    (void)ctx;
    tx = param(x, dx, 2, B * rows * cols, D);
    tw = param(w, dw, 2, D, 9);
    out = mm_dwconv3x3(g, &tx, &tw, B, rows, cols);
    if (mm_op_computes(g))
        mm_tensor_get(g, out, 0, count(), y);
    return probe(g, out, c);
}

/* y of pixel p (of all images) and channel d */
static double ref_pixel(size_t p, size_t d)
{
    size_t b = p / (rows * cols), i = p / cols % rows, j = p % cols;
    double s = 0;

    for (size_t t = 0; t < 9; t++) {
        size_t u = i + t / 3, v = j + t % 3; /* one more than they are */

        if (u >= 1 && u <= rows && v >= 1 && v <= cols)
            s += rw[d * 9 + t] *
                 rx[((b * rows + u - 1) * cols + v - 1) * D + d];
    }
    return s;
}

static double ref(void *ctx)
{
    double loss = 0;

    (void)ctx;
    for (size_t i = 0; i < count(); i++) {
        ry[i] = ref_pixel(i / D, i % D);
        loss += c[i] * ry[i];
    }
    return loss;
}

static void check(size_t images, size_t height, size_t width, size_t channels)
{
    float *grad[] = { dx, dw };
    size_t n[2];

    B = images;
    rows = height;
    cols = width;
    D = channels;
    n[0] = count();
    n[1] = 9 * D;
    fill(x, rx, count(), 1, 1);
    fill(w, rw, 9 * D, 1, 2);
    fill(c, NULL, count(), 1, 3);
    train(build, NULL, 2, grad, n);
    ref(NULL);
    near_all("y", y, ry, count(), 1e-6);
    gradcheck("dx", ref, NULL, rx, dx, count(), 2e-6);
    gradcheck("dw", ref, NULL, rw, dw, 9 * D, 5e-6);
}

static void test_shapes(void **state)
{
    (void)state;
    check(2, 5, 4, 19); /* channels that fill no vector */
    check(1, 3, 3, 32);
    check(1, 1, 7, 5); /* a single line */
    check(2, 1, 1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
