/*
 * test_augment.c - mirrored and cut pictures, texts without some words
 */
#include "../train_fixture.h"

#include <math.h>

#include "train/augment.h"
#include "train/prefetch.h"

/* ---- as text ---- */

static void check_text(const char *text, const char *printed)
{
    struct mm_augment a;
    struct mm_buf out = { 0 };
    struct mm_err err;

    assert_int_equal(mm_augment_parse(&a, text, &err), 0);
    mm_augment_print(&a, &out);
    mm_buf_addc(&out, '\0');
    assert_string_equal(out.data, printed);
    assert_int_equal(mm_augment_any(&a), *printed != '\0');
    mm_buf_release(&out);
}

static void test_text(void **state)
{
    static const char *const bad[] = { "flop", "flip,", "crop", "crop=",
                                       "crop=0", "crop=1.5", "words=x",
                                       "words=0.5x", "flip crop=0.5",
                                       "crop=nan", "words=1", "words=0.995",
                                       "crop=0.5,crop=0.6", "flip,flip",
                                       "words=0.1,flip,words=0.1",
                                       "crop= 0.5", "crop=+0.5", "crop=0x1",
                                       "crop=1e-300", "crop=inf", ",flip",
                                       "flip,,crop=0.5", "crop=0.5-" };
    char far[401] = "";
    struct mm_augment a;
    struct mm_err err;

    (void)state;
    check_text(NULL, "");
    check_text("", "");
    check_text("flip", "flip");
    check_text("words=0.25,crop=0.80,flip", "flip,crop=0.8,words=0.25");
    check_text("words=0.99,crop=1", "crop=1,words=0.99");
    check_text("crop=5e-1", "crop=0.5");
    check_text("crop=0.1,words=.30000000000000004",
               "crop=0.1,words=0.30000000000000004");
    check_text("crop=0.50000000000001", "crop=0.50000000000001");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (mm_augment_parse(&a, bad[i], &err) == 0)
            fail_msg("'%s' is taken", bad[i]);
        assert_int_equal(err.code, MM_EUSAGE);
    }
    /* nothing is echoed at length, and an empty item is called one */
    memset(far, 'x', sizeof far - 1);
    assert_int_equal(mm_augment_parse(&a, far, &err), -1);
    assert_true(strlen(err.msg) < 120);
    assert_int_equal(mm_augment_parse(&a, "flip,", &err), -1);
    assert_non_null(strstr(err.msg, "an empty item"));
}

/* ---- windows ---- */

#define N_WINDOWS 2000

static void test_windows(void **state)
{
    double mean = 0;
    size_t left = 0, right = 0;

    (void)state;
    for (int64_t i = 0; i < N_WINDOWS; i++) {
        struct mm_window w = mm_augment_window(0.5, 7, i, 0, 60, 40);
        double area = (double)(w.width * w.height) / (60 * 40);
        double shape = (double)w.width / (double)w.height;

        assert_true(w.x + w.width <= 60 && w.y + w.height <= 40);
        assert_true(area > 0.48 && area <= 1); /* whole pixels */
        if (area < 1)
            assert_true(shape > 0.72 && shape < 1.39);
        mean += area / N_WINDOWS;
        left += w.x == 0;
        right += w.x + w.width == 60;
    }
    /* 60 x 40 is wider than 4/3: a part is never as wide */
    assert_true(mean > 0.5 && mean < 0.75);
    assert_true(left > 20 && right > 20);
    /* nothing fits: all of it */
    for (int64_t i = 0; i < 20; i++) {
        struct mm_window w = mm_augment_window(1, 7, i, 0, 60, 30);

        assert_true(w.x == 0 && w.y == 0 && w.width == 60 && w.height == 30);
    }
}

/* ---- pixels ---- */

enum { W = 20,
       H = 12 };

static void make_pixels(uint8_t *p)
{
    for (int i = 0; i < W * H * 3; i++)
        p[i] = (uint8_t)(i * 37 % 251);
}

/* Sample x of n by the triangle filter between its neighbours (enlarging) */
static double between(const double *in, size_t n, double x)
{
    double at = x < 0 ? 0 : x > (double)n - 1 ? (double)n - 1
                                              : x;
    size_t i = (size_t)at, next = i + 1 < n ? i + 1 : i;

    return in[i] + (in[next] - in[i]) * (at - (double)i);
}

/* Value c of pixel (x, y) of the window, stretched over W x H */
static double stretched(const uint8_t *p, const struct mm_window *w, size_t x,
                        size_t y, size_t c)
{
    double column[H], row[W];

    for (size_t j = 0; j < w->height; j++) {
        for (size_t i = 0; i < w->width; i++)
            row[i] = p[((w->y + j) * W + w->x + i) * 3 + c];
        column[j] = between(row, w->width,
                            ((double)x + 0.5) * (double)w->width / W - 0.5);
    }
    return between(column, w->height,
                   ((double)y + 0.5) * (double)w->height / H - 0.5);
}

static void run(const struct mm_augment *a, int64_t position, uint8_t *pixels)
{
    static const struct mm_packed_info info = { 0 };
    struct mm_packed_image im = { .pixels = pixels,
                                  .views = 1,
                                  .height = H,
                                  .width = W };
    struct mm_packed_seq s = { .images = &im, .n_images = 1, .n_views = 1 };
    struct mm_augmenter m = { 0 };
    struct mm_err err;

    assert_int_equal(mm_augment_sequence(&m, a, 3, position, &info, &s, &err),
                     0);
    mm_augmenter_release(&m);
}

static void test_crop(void **state)
{
    const struct mm_augment a = { .crop = 0.3 };
    uint8_t before[W * H * 3], after[W * H * 3];

    (void)state;
    make_pixels(before);
    for (int64_t i = 0; i < 20; i++) {
        struct mm_window w = mm_augment_window(a.crop, 3, i, 0, W, H);

        memcpy(after, before, sizeof after);
        run(&a, i, after);
        for (size_t at = 0; at < W * H * 3; at++) {
            double ref = stretched(before, &w, at / 3 % W, at / 3 / W, at % 3);

            if (fabs(after[at] - ref) > 1.01) /* rounded twice */
                fail_msg("picture %d, value %zu: %d, not %.2f", (int)i, at,
                         after[at], ref);
        }
    }
}

static void test_flip(void **state)
{
    const struct mm_augment a = { .flip = 1 };
    uint8_t before[W * H * 3], after[W * H * 3];
    int flipped = 0, n = 400;

    (void)state;
    make_pixels(before);
    for (int64_t i = 0; i < n; i++) {
        int same;

        memcpy(after, before, sizeof after);
        run(&a, i, after);
        same = memcmp(before, after, sizeof after) == 0;
        flipped += !same;
        for (size_t at = 0; !same && at < W * H * 3; at++) {
            size_t x = at / 3 % W, y = at / 3 / W, c = at % 3;

            assert_int_equal(after[at], before[(y * W + W - 1 - x) * 3 + c]);
        }
    }
    assert_in_range(flipped, n / 2 - 60, n / 2 + 60);
}

/* ---- sequences ---- */

static void open_batch(struct mm_step_batch *b, struct mm_packed *data,
                       size_t n, const struct mm_augment *a, int64_t position)
{
    struct mm_err err;

    assert_int_equal(mm_step_batch_init(b, data, n, n, &err), 0);
    mm_step_batch_augment(b, a, 5);
    assert_int_equal(mm_step_batch_load(b, data, position, &err), 0);
}

static void test_words(void **state)
{
    const struct mm_augment a = { .words = 0.4 };
    size_t gone = 0, words = 0;
    struct mm_step_batch b, c;
    struct mm_packed *data;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 200);
    data = open_packed(in_dir("a.tar.zst"));
    open_batch(&b, data, 200, NULL, 0);
    open_batch(&c, data, 200, &a, 0);
    for (size_t i = 0; i < (size_t)200 * SEQ_LEN; i++) {
        if (b.tokens[i] >= WORD) {
            words++;
            gone += c.tokens[i] == IMAGE;
        }
        if (c.tokens[i] != b.tokens[i])
            assert_true(c.tokens[i] == IMAGE && b.tokens[i] >= WORD);
    }
    assert_true(words > 1000);
    assert_true(fabs((double)gone / (double)words - 0.4) < 0.05);
    mm_step_batch_release(&b);
    mm_step_batch_release(&c);
    mm_packed_close(data);
}

static int same_sequence(const struct mm_step_batch *a, size_t i,
                         const struct mm_step_batch *b, size_t k)
{
    const size_t bytes = (size_t)SIDE * SIDE * 3;
    size_t n = a->first_view[i + 1] - a->first_view[i];

    if (memcmp(a->tokens + i * SEQ_LEN, b->tokens + k * SEQ_LEN,
               SEQ_LEN * sizeof *a->tokens) != 0 ||
        n != b->first_view[k + 1] - b->first_view[k])
        return 0;
    for (size_t v = 0; v < n; v++)
        if (memcmp(a->views[a->first_view[i] + v].rgb,
                   b->views[b->first_view[k] + v].rgb, bytes) != 0)
            return 0;
    return 1;
}

/* By the number over all passes: not by the batch, another one each time */
static void test_batches(void **state)
{
    const struct mm_augment a = { 1, 0.4, 0.3 };
    struct mm_step_batch b, c;
    struct mm_packed *data;
    const struct mm_prefetch_plan plan = { 4, 2, 0, 12, &a, 5 };
    struct mm_prefetch *prefetch;
    struct mm_err err;
    size_t others = 0;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    data = open_packed(in_dir("a.tar.zst"));
    open_batch(&b, data, 14, &a, 0);
    open_batch(&c, data, 3, &a, 9);
    for (size_t i = 0; i < 3; i++)
        assert_true(same_sequence(&b, 9 + i, &c, i));
    for (size_t i = 0; i < 7; i++)
        others += !same_sequence(&b, i, &b, 7 + i);
    assert_true(others >= 6);
    prefetch = mm_prefetch_open(data, &plan, &err);
    for (size_t at = 0; at < 12; at += 4) {
        const struct mm_step_batch *next = mm_prefetch_next(prefetch, &err);

        for (size_t i = 0; i < 4; i++)
            assert_true(same_sequence(&b, at + i, next, i));
    }
    mm_prefetch_close(prefetch);
    mm_step_batch_release(&b);
    mm_step_batch_release(&c);
    mm_packed_close(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_crop),
        cmocka_unit_test(test_flip),
        cmocka_unit_test_setup_teardown(test_words, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_batches, make_dir, remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
