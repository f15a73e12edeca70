/*
 * test_retrieve.c - places, recalls and chances by hand
 */
#include "eval/retrieve.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

/* C(M - m, K) / C(M, K) by its products */
static void test_chance(void **state)
{
    (void)state;
    assert_true(fabs(mm_recall_chance(58, 1, 10) - 10.0 / 58) < 1e-12);
    assert_true(fabs(mm_recall_chance(10, 3, 2) -
                     (1 - 7.0 / 10 * 6.0 / 9)) < 1e-12);
    assert_true(mm_recall_chance(3, 1, 5) >= 1);
    assert_true(mm_recall_chance(4, 4, 1) >= 1);
    assert_true(mm_recall_chance(5, 4, 2) >= 1);
}

/*
 * Angles on a circle: pictures at 0, 10, 40 degrees, captions at 1, 39, 90.
 * Pictures 0 and 1 share caption 0; picture 2 has captions 1 and 2.
 */
static void test_shared(void **state)
{
    const double degrees[] = { 0, 10, 40, 1, 39, 90 };
    const size_t picture[] = { 0, 1, 2, 2 }, caption[] = { 0, 0, 1, 2 };
    struct mm_retrieval r;
    struct mm_err err;
    float rows[12];

    (void)state;
    for (int i = 0; i < 6; i++) {
        rows[2 * i] = (float)cos(degrees[i] * acos(-1) / 180);
        rows[2 * i + 1] = (float)sin(degrees[i] * acos(-1) / 180);
    }
    assert_int_equal(mm_retrieve_rows(&r, rows, 3, rows + 6, 3, 2, picture,
                                      caption, 4, &err),
                     0);
    assert_int_equal(r.by_picture.n, 3);
    assert_true(r.by_picture.at[0] >= 1); /* each has its own nearest */
    assert_true(r.by_picture.median <= 1);
    /* picture 2 has 2 of 3: chance (1/3 + 1/3 + 2/3) / 3 */
    assert_true(fabs(r.by_picture.chance[0] - 4.0 / 9) < 1e-12);
    assert_true(r.by_caption.at[0] >= 1);
    assert_true(fabs(r.by_caption.chance[0] - 4.0 / 9) < 1e-12);
}

/* One row for all says nothing: the order of the items decides. */
static void test_equal(void **state)
{
    size_t own[20];
    struct mm_retrieval r;
    struct mm_err err;
    float rows[40];

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        own[i] = i;
        rows[2 * i] = 1;
        rows[2 * i + 1] = 0;
    }
    assert_int_equal(mm_retrieve_rows(&r, rows, 20, rows, 20, 2, own, own, 20,
                                      &err),
                     0);
    for (int k = 0; k < MM_RECALLS; k++)
        assert_true(fabs(r.by_picture.at[k] - r.by_picture.chance[k]) <
                    1e-12);
    assert_true(fabs(r.by_caption.median - 10.5) < 1e-12);
}

/* Random rows: recalls are those of chance, within four deviations. */
static void test_random(void **state)
{
    enum { N = 400,
           D = 16,
           M = 100 };
    static float pictures[N * D], captions[M * D];
    size_t picture[N], caption[N];
    struct mm_retrieval r;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < N * D; i++)
        pictures[i] = (float)mm_rng_normal(1, 99, i);
    for (size_t i = 0; i < M * D; i++)
        captions[i] = (float)mm_rng_normal(2, 99, i);
    for (size_t i = 0; i < N; i++) {
        picture[i] = i;
        caption[i] = i % M;
    }
    assert_int_equal(mm_retrieve_rows(&r, pictures, N, captions, M, D, picture,
                                      caption, N, &err),
                     0);
    assert_true(fabs(r.by_picture.chance[2] - 0.1) < 1e-12);
    assert_true(fabs(r.by_picture.at[2] - 0.1) < 4 * sqrt(0.09 / N));
    assert_true(fabs(r.by_caption.chance[2] -
                     mm_recall_chance(N, 4, 10)) < 1e-12);
    assert_true(fabs(r.by_caption.at[2] - r.by_caption.chance[2]) <
                4 * sqrt(0.09 / M));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
