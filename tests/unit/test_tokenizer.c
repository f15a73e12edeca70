/*
 * test_tokenizer.c - against the reference's ids, and round trips
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/par.h"
#include "base/rng.h"
#include "data/bpe_train.h"
#include "data/tokenizer.h"

static struct mm_tokenizer *golden;

static int load_golden(void **state)
{
    struct mm_err err;

    (void)state;
    golden = mm_tokenizer_load("tests/golden/tokenizer.json", &err);
    return golden == NULL ? -1 : 0;
}

static int free_golden(void **state)
{
    (void)state;
    mm_tokenizer_free(golden);
    return 0;
}

/* ---- the same ids as the reference ---- */

static void check_ids(const struct mm_json *line, const char *member,
                      int special)
{
    const struct mm_json *text = mm_json_get(line, "text");
    const struct mm_json *want = mm_json_get(line, member);
    const struct mm_json *v = want->child;
    struct mm_ids ids = { 0 };
    struct mm_err err;

    assert_int_equal(mm_tokenizer_encode(golden, text->str, text->len,
                                         special, &ids, &err),
                     0);
    assert_int_equal(ids.n, want->n);
    for (size_t i = 0; i < ids.n; i++, v = v->next)
        assert_int_equal(ids.v[i], v->integer);
    mm_ids_release(&ids);
}

static void golden_ids(void **state)
{
    struct mm_buf line = { 0 };
    struct mm_json_doc doc;
    struct mm_err err;
    struct mm_in *in = mm_in_open("tests/golden/tokenizer.jsonl", &err);
    size_t n = 0;

    (void)state;
    assert_non_null(in);
    while (mm_in_line(in, &line, 1 << 20, &err) == 1) {
        assert_int_equal(mm_json_parse(&doc, line.data, line.len, &err), 0);
        check_ids(doc.root, "ids", 1);
        check_ids(doc.root, "plain", 0);
        mm_json_release(&doc);
        n++;
    }
    assert_in_range(n, 1000, 2000);
    mm_buf_release(&line);
    mm_in_close(in);
}

static void special_tokens_have_names(void **state)
{
    (void)state;
    assert_int_equal(mm_tokenizer_size(golden), 1000);
    assert_int_equal(mm_tokenizer_pad(golden), 0);
    assert_int_equal(mm_tokenizer_bos(golden), 1);
    assert_int_equal(mm_tokenizer_eos(golden), 2);
    assert_int_equal(mm_tokenizer_image(golden), 3);
    assert_int_equal(mm_tokenizer_id(golden, "<|end|>"), 7);
    assert_int_equal(mm_tokenizer_id(golden, "no such"), -1);
}

/* ---- decode(encode(x)) = x ---- */

static void check_round_trip(const char *text, size_t n)
{
    struct mm_ids ids = { 0 };
    struct mm_buf back = { 0 };
    struct mm_err err;

    assert_int_equal(mm_tokenizer_encode(golden, text, n, 0, &ids, &err), 0);
    assert_int_equal(mm_tokenizer_decode(golden, ids.v, ids.n, 1, &back,
                                         &err),
                     0);
    assert_int_equal(back.len, n);
    if (n > 0)
        assert_memory_equal(back.data, text, n);
    mm_buf_release(&back);
    mm_ids_release(&ids);
}

static void any_bytes_come_back(void **state)
{
    static const char few[] = "ab \n'1\xC3\xA9\xFF";
    char text[300];

    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        size_t n = (size_t)(mm_rng_bits(7, 1, i * 400) % sizeof text);

        for (size_t k = 0; k < n; k++) {
            uint64_t r = mm_rng_bits(7, 1, i * 400 + 1 + k);

            text[k] = i % 2 ? (char)r : few[r % (sizeof few - 1)];
        }
        check_round_trip(text, n);
    }
}

static void decode_hides_special_tokens(void **state)
{
    const int32_t ids[] = { 1, 3, 2 }, wrong[] = { 1000 };
    struct mm_buf out = { 0 };
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_tokenizer_decode(golden, ids, 3, 0, &out, &err), 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(mm_tokenizer_decode(golden, ids, 3, 1, &out, &err), 0);
    assert_string_equal(out.data, "<s><image></s>");
    assert_int_equal(mm_tokenizer_decode(golden, wrong, 1, 1, &out, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    mm_buf_release(&out);
}

/* ---- files that are not as they should be ---- */

static const char *const special[] = { "<pad>", "<s>", "</s>", "<image>",
                                       "<|user|>", "<|assistant|>",
                                       "<|system|>", "<|end|>" };

static struct mm_tokenizer *train(size_t vocab_size)
{
    struct mm_bpe_train how = { vocab_size, 2, special, 8 };
    struct mm_map words = { 0 };
    struct mm_tokenizer *t;
    struct mm_buf text = { 0 };
    struct mm_err err;

    assert_int_equal(mm_read_file("tests/golden/tokenizer.txt", &text, 1 << 20,
                                  &err),
                     0);
    for (size_t i = 0, n; i < text.len; i += n) {
        const char *end = memchr(text.data + i, '\n', text.len - i);

        n = end == NULL ? text.len - i : (size_t)(end + 1 - text.data) - i;
        assert_int_equal(mm_bpe_count(&words, text.data + i, n, &err), 0);
    }
    t = mm_bpe_train(&words, &how, &err);
    mm_map_release(&words);
    mm_buf_release(&text);
    return t;
}

/* Any text still comes back. */
static void try_it(const struct mm_tokenizer *t)
{
    struct mm_ids ids = { 0 };
    struct mm_buf back = { 0 };
    struct mm_err err;
    char text[200];

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i < 100 ? i * 3 : 'a');
    assert_int_equal(mm_tokenizer_encode(t, text, sizeof text, 0, &ids, &err),
                     0);
    assert_int_equal(mm_tokenizer_decode(t, ids.v, ids.n, 1, &back, &err), 0);
    assert_int_equal(back.len, sizeof text);
    assert_memory_equal(back.data, text, sizeof text);
    mm_buf_release(&back);
    mm_ids_release(&ids);
}

static void write_tokenizer(struct mm_buf *out, const struct mm_tokenizer *t)
{
    char dir[] = "/tmp/mm1-test-XXXXXX", path[64] = "";
    struct mm_err err;

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/tokenizer.json", dir);
    assert_int_equal(mm_tokenizer_save(t, path, &err), 0);
    assert_int_equal(mm_read_file(path, out, 1 << 20, &err), 0);
    assert_int_equal(mm_remove_tree(dir, &err), 0);
}

/* Changed and cut: refused with words, or a tokenizer that works. */
static void damaged_files(void **state)
{
    struct mm_tokenizer *t = train(270);
    struct mm_buf file = { 0 };
    struct mm_err err;

    (void)state;
    write_tokenizer(&file, t);
    mm_tokenizer_free(t);
    for (uint64_t i = 0; i < 1000; i++) {
        size_t at = mm_rng_below(9, 1, 2 * i, file.len);
        char was = file.data[at];

        file.data[at] = "x0,\"[]{}:9-"[mm_rng_below(9, 1, 2 * i + 1, 11)];
        t = mm_tokenizer_parse(file.data, i % 3 ? file.len : at, &err);
        if (t != NULL)
            try_it(t);
        else
            assert_int_equal(err.code, MM_EDATA);
        mm_tokenizer_free(t);
        file.data[at] = was;
    }
    mm_buf_release(&file);
}

/* Old files have merges as strings with a space between. */
static void merges_as_strings(void **state)
{
    struct mm_buf old = { 0 };
    struct mm_tokenizer *t;
    struct mm_buf file = { 0 };
    struct mm_err err;
    const char *merges;

    (void)state;
    assert_int_equal(mm_read_file("tests/golden/tokenizer.json", &file,
                                  1 << 20, &err),
                     0);
    merges = strstr(file.data, "\"merges\":[[");
    assert_non_null(merges);
    mm_buf_add(&old, file.data, (size_t)(merges - file.data));
    mm_buf_adds(&old, "\"merges\":[");
    for (const char *p = merges + 11; *p != '\0'; p++)
        if (strncmp(p, "\",\"", 3) == 0) {
            mm_buf_addc(&old, ' ');
            p += 2;
        } else if (*p != '[' && *p != ']') {
            mm_buf_addc(&old, *p);
        }
    for (size_t n = 0; n < 2; n++)
        while (old.data[old.len - 1] == '}' || old.data[old.len - 1] == '\n')
            old.len--;
    mm_buf_adds(&old, "]}}");
    t = mm_tokenizer_parse(old.data, old.len, &err);
    assert_non_null(t);
    assert_true(mm_tokenizer_hash(t) == mm_tokenizer_hash(golden));
    mm_tokenizer_free(t);
    mm_buf_release(&old);
    mm_buf_release(&file);
}

/* ---- training ---- */

/* The hash covers all tokens, flags and merges. */
static void trained_equals_reference(void **state)
{
    struct mm_tokenizer *t = train(1000);

    (void)state;
    assert_non_null(t);
    assert_int_equal(mm_tokenizer_size(t), 1000);
    assert_true(mm_tokenizer_hash(t) == mm_tokenizer_hash(golden));
    mm_tokenizer_free(t);
    assert_null(train(263));
}

static void long_words_are_counted_in_parts(void **state)
{
    struct mm_map words = { 0 };
    struct mm_err err;
    char text[2500];
    int64_t *n;

    (void)state;
    memset(text, 'x', sizeof text);
    text[2499] = '!';
    assert_int_equal(mm_bpe_count(&words, text, sizeof text, &err), 0);
    assert_int_equal(words.n, 3);
    n = mm_map_get(&words, text, 1024);
    assert_non_null(n);
    assert_int_equal(*n, 2);
    assert_non_null(mm_map_get(&words, text, 2499 - 2048));
    assert_non_null(mm_map_get(&words, "!", 1));
    mm_map_release(&words);
}

static void saved_loads_equal(void **state)
{
    struct mm_tokenizer *t = train(400), *again;
    struct mm_buf file = { 0 };
    struct mm_err err;

    (void)state;
    write_tokenizer(&file, t);
    again = mm_tokenizer_parse(file.data, file.len, &err);
    assert_non_null(again);
    assert_true(mm_tokenizer_hash(t) == mm_tokenizer_hash(again));
    mm_tokenizer_free(again);
    mm_tokenizer_free(t);
    mm_buf_release(&file);
}

/* ---- threads ---- */

struct shared {
    struct mm_ids want;
    char text[3000];
    int same[64];
};

static void encode_again(void *ctx, size_t i)
{
    struct shared *s = ctx;
    struct mm_ids ids = { 0 };
    struct mm_err err;

    s->same[i] = mm_tokenizer_encode(golden, s->text, sizeof s->text, 0, &ids,
                                     &err) == 0 &&
                 ids.n == s->want.n &&
                 memcmp(ids.v, s->want.v, ids.n * sizeof *ids.v) == 0;
    mm_ids_release(&ids);
}

static void threads_share_it(void **state)
{
    static struct shared s;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof s.text; i++)
        s.text[i] = "abc d\n"[mm_rng_bits(3, 1, i) % 6];
    assert_int_equal(mm_tokenizer_encode(golden, s.text, sizeof s.text, 0,
                                         &s.want, &err),
                     0);
    mm_par_for(64, encode_again, &s);
    for (int i = 0; i < 64; i++)
        assert_true(s.same[i]);
    mm_ids_release(&s.want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_ids),
        cmocka_unit_test(special_tokens_have_names),
        cmocka_unit_test(any_bytes_come_back),
        cmocka_unit_test(decode_hides_special_tokens),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(merges_as_strings),
        cmocka_unit_test(trained_equals_reference),
        cmocka_unit_test(long_words_are_counted_in_parts),
        cmocka_unit_test(saved_loads_equal),
        cmocka_unit_test(threads_share_it),
    };

    return cmocka_run_group_tests(tests, load_golden, free_golden);
}
