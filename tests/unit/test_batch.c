/*
 * test_batch.c - which sequences a step sees, and how they reach the model
 */
#include "../train_fixture.h"

#include "train/prefetch.h"

static void load(struct mm_step_batch *b, struct mm_packed *data,
                 int64_t position)
{
    struct mm_err err;

    assert_int_equal(mm_step_batch_load(b, data, position, &err), 0);
}

static void test_pieces(void **state)
{
    struct mm_step_batch b;
    struct mm_packed *data;
    struct mm_batch piece;
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 9);
    data = open_packed(in_dir("a.tar.zst"));
    assert_int_equal(mm_step_batch_init(&b, data, 5, 2, &err), 0);
    load(&b, data, 0);
    assert_int_equal(mm_step_batch_pieces(&b), 3);
    /* sequences 0, 1 (two pictures each), 2 (none), 3, 4 */
    piece = mm_step_batch_piece(&b, 0);
    assert_int_equal(piece.B, 2);
    assert_int_equal(piece.T, SEQ_LEN);
    assert_int_equal(piece.n_views, 4);
    assert_int_equal(piece.image_row[0], 1);
    assert_int_equal(piece.image_row[1], 9 + 6 + 1);
    assert_int_equal(piece.image_row[2], SEQ_LEN + 1);
    for (size_t v = 0; v < 4; v++)
        for (int i = 0; i < IMAGE_TOKENS; i++)
            assert_int_equal(piece.tokens[piece.image_row[v] + i], IMAGE);
    piece = mm_step_batch_piece(&b, 1);
    assert_int_equal(piece.n_views, 2);
    assert_int_equal(piece.image_row[0], SEQ_LEN + 1);
    piece = mm_step_batch_piece(&b, 2);
    assert_int_equal(piece.B, 1);
    assert_int_equal(piece.n_views, 2);
    assert_int_equal(piece.image_row[0], 1);
    /* 4 + 5 + 4 targets in captions with a text, 5 + 5 in two texts */
    assert_int_equal(b.supervised, 4 * 13 + 10);
    assert_int_equal(b.used, 4 * 24 + 12);
    mm_step_batch_release(&b);
    mm_packed_close(data);
}

/* A row predicts the next token of its own segment. */
static void test_targets(void **state)
{
    struct mm_step_batch b;
    struct mm_packed *data;
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 1);
    data = open_packed(in_dir("a.tar.zst"));
    assert_int_equal(mm_step_batch_init(&b, data, 1, 1, &err), 0);
    load(&b, data, 0);
    for (int t = 0; t < 4; t++)
        assert_int_equal(b.target[t], -1);
    assert_int_equal(b.target[4], WORD);
    assert_int_equal(b.target[7], EOS);
    assert_int_equal(b.target[8], -1);
    assert_int_equal(b.target[9], WORD + 4);
    assert_int_equal(b.rows[8], 8);
    assert_int_equal(b.rows[9], 0);
    assert_int_equal(b.segment[9], 2);
    assert_int_equal(b.segment[SEQ_LEN - 1], 0);
    assert_int_equal(b.target[SEQ_LEN - 1], -1);
    mm_step_batch_release(&b);
    mm_packed_close(data);
}

/* Past its end the data starts over. */
static void test_around(void **state)
{
    struct mm_step_batch b, c;
    struct mm_packed *data;
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    data = open_packed(in_dir("a.tar.zst"));
    assert_int_equal(mm_step_batch_init(&b, data, 4, 4, &err), 0);
    assert_int_equal(mm_step_batch_init(&c, data, 4, 4, &err), 0);
    load(&b, data, 5);
    assert_int_equal(mm_step_batch_index(&b, 0), 5);
    assert_int_equal(mm_step_batch_index(&b, 2), 0);
    load(&c, data, 0);
    assert_memory_equal(b.tokens + 2 * SEQ_LEN, c.tokens,
                        2 * SEQ_LEN * sizeof *b.tokens);
    load(&c, data, 7000000000005);
    assert_memory_equal(b.tokens, c.tokens, 4 * SEQ_LEN * sizeof *b.tokens);
    mm_step_batch_release(&b);
    mm_step_batch_release(&c);
    mm_packed_close(data);
}

/* What is prefetched is what one would have loaded. */
static void test_feed(void **state)
{
    struct mm_step_batch b;
    struct mm_packed *data, *again;
    struct mm_prefetch_plan plan = { 3, 2, 6, 18, NULL, 0 };
    struct mm_prefetch *prefetch;
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    data = open_packed(in_dir("a.tar.zst"));
    again = open_packed(in_dir("a.tar.zst"));
    assert_int_equal(mm_step_batch_init(&b, again, 3, 2, &err), 0);
    prefetch = mm_prefetch_open(data, &plan, &err);
    assert_non_null(prefetch);
    for (int64_t at = 6; at < 18; at += 3) {
        const struct mm_step_batch *next = mm_prefetch_next(prefetch, &err);

        assert_non_null(next);
        load(&b, again, at);
        assert_int_equal(next->position, at);
        assert_memory_equal(next->tokens, b.tokens,
                            3 * SEQ_LEN * sizeof *b.tokens);
        assert_int_equal(next->first_view[3], b.first_view[3]);
    }
    mm_prefetch_close(prefetch);
    plan.position = 0;
    prefetch = mm_prefetch_open(data, &plan, &err);
    mm_prefetch_close(prefetch);
    mm_step_batch_release(&b);
    mm_packed_close(data);
    mm_packed_close(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pieces, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_targets, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_around, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_feed, make_dir, remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
