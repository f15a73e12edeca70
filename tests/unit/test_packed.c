/*
 * test_packed.c - mixtures as the trainers read them
 */
#include "../pack_fixture.h"

#include "base/par.h"
#include "data/mix_run.h"
#include "data/packed_seq.h"

/* 2x2 pixels of pure red */
static const uint8_t red_png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d,
    0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02,
    0x08, 0x02, 0x00, 0x00, 0x00, 0xfd, 0xd4, 0x9a, 0x73, 0x00, 0x00, 0x00,
    0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x44, 0x0c, 0x10, 0x0a, 0x00, 0x1f, 0xee, 0x03, 0xfd, 0x63, 0x5e, 0xbb,
    0x5b, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60,
    0x82
};

static char source[3][64];

/* Source k: n documents with at most max parts. */
static void write_source(size_t k, size_t n, size_t max, const char *meta)
{
    struct mm_sample s = { 0 };
    struct mm_err err;
    struct mm_shard_writer *w;
    char shape[600];

    snprintf(source[k], sizeof source[k], "%s/s%zu.tar.zst", dir, k);
    w = mm_shard_create(source[k], MM_KIND_PIXELS, meta, NULL, &err);
    assert_non_null(w);
    for (size_t i = 0; i < n; i++) {
        random_shape(shape, 1000 * k + i, max);
        make_doc(&s, 1000 * k + i, shape, NULL);
        assert_int_equal(mm_shard_put(w, &s, &err), 0);
    }
    assert_int_equal(mm_shard_commit(w, NULL, &err), 0);
    mm_sample_release(&s);
}

static int mix(const char *to, const char *const *operands, size_t n,
               uint64_t sequences, const char *shuffle, struct mm_err *err)
{
    struct mm_mix_input in[3];
    struct mm_mix_config c = { .inputs = in,
                               .n = n,
                               .seed = 5,
                               .sequences = sequences,
                               .pack = { .seq_len = 64,
                                         .image_tokens = 4,
                                         .max_images = 4,
                                         .open_max = 4 } };
    int result;

    assert_int_equal(mm_shuffle_parse(&c.shuffle, shuffle, err), 0);
    for (size_t i = 0; i < n; i++) {
        char text[256];

        snprintf(text, sizeof text, "%s:%s", operands[i], source[i]);
        assert_int_equal(mm_mix_input_parse(&in[i], text, err), 0);
    }
    result = mm_mix_run(&c, to, err);
    for (size_t i = 0; i < n; i++)
        mm_mix_input_release(&in[i]);
    return result;
}

static const char *const operands[] = { "inter=45", "cap=45", "text=10" };

static void write_sources(void)
{
    static const char meta[] = "{" META_TOKENIZER
                               ",\"pixels\":{\"size\":2}}";

    write_source(0, 60, 100, meta);
    write_source(1, 90, 8, meta);
    write_source(2, 7, 30, "{" META_TOKENIZER "}");
}

/* Positions and targets again, the slow way. */
static void check_derived(const struct mm_packed_seq *q)
{
    for (size_t i = 0; i < q->n; i++) {
        size_t begin = i;
        int32_t target = -1;

        while (begin > 0 && q->segment[begin - 1] == q->segment[i])
            begin--;
        assert_int_equal(q->position[i], q->segment[i] ? i - begin : 0);
        if (i + 1 < q->n && q->segment[i] == q->segment[i + 1] &&
            q->loss[i + 1])
            target = q->tokens[i + 1];
        assert_int_equal(q->target[i], target);
        if (i >= q->used)
            assert_int_equal(q->tokens[i], 0);
    }
}

/* The pixels know the document and the token. */
static void check_pixels(const struct mm_packed_seq *q)
{
    for (size_t g = 0; g < q->n_segments; g++) {
        const struct mm_packed_segment *seg = &q->segments[g];
        size_t id = strtoul(seg->key + 3, NULL, 10);
        size_t at = seg->from, k = seg->first_image;

        for (size_t i = seg->from > 0; i < seg->length; i++, at++) {
            const struct mm_packed_image *im = &q->images[k];

            if (q->tokens[seg->begin + i] != 3)
                continue;
            assert_int_equal(im->begin, seg->begin + i);
            assert_int_equal(im->height, 2);
            assert_int_equal(im->width, 2);
            assert_int_equal(im->pixels[im->views * 12 - 1],
                             (uint8_t)(id * 16 + at));
            i += im->views * 4 - 1;
            k++;
        }
    }
}

static void test_read(void **state)
{
    const char *const paths[] = { path, other };
    struct mm_packed_seq a = { 0 }, b = { 0 };
    struct mm_packed *p;
    struct mm_err err;
    size_t drawn[3] = { 0 };

    (void)state;
    write_sources();
    assert_int_equal(mix(path, operands, 3, 100, "frames=2", &err), 0);
    assert_int_equal(mix(other, operands, 3, 60, "window=20", &err), 0);
    p = mm_packed_open(paths, 2, NULL, &err);
    assert_non_null(p);
    assert_int_equal(mm_packed_count(p), 160);
    assert_int_equal(mm_packed_info(p)->seq_len, 64);
    assert_int_equal(mm_packed_info(p)->image_tokens, 4);
    assert_int_equal(mm_packed_info(p)->image_size, 2);
    assert_int_equal(mm_packed_info(p)->vocab_size, VOCAB);
    assert_string_equal(mm_packed_info(p)->tokenizer, "abc");
    for (size_t k = 0; k < 160; k++) {
        size_t i = mm_rng_permute(1, 0, k, 160);

        assert_int_equal(mm_packed_get(p, i, &a, &err), 0);
        check_derived(&a);
        check_pixels(&a);
        if (i < 100)
            drawn[strcmp(mm_packed_source(&a), "inter") == 0 ? 0
                  : strcmp(mm_packed_source(&a), "cap") == 0 ? 1
                                                             : 2]++;
    }
    assert_int_equal(drawn[0], 45);
    assert_int_equal(drawn[1], 45);
    assert_int_equal(drawn[2], 10);
    /* a sequence does not change when others are read */
    assert_int_equal(mm_packed_get(p, 3, &a, &err), 0);
    assert_int_equal(mm_packed_get(p, 150, &b, &err), 0);
    assert_int_equal(mm_packed_get(p, 3, &b, &err), 0);
    assert_memory_equal(a.tokens, b.tokens, 64 * sizeof *a.tokens);
    mm_packed_seq_release(&a);
    mm_packed_seq_release(&b);
    mm_packed_close(p);
}

static void same_files(void)
{
    struct mm_buf a = { 0 }, b = { 0 };
    struct mm_err err;

    assert_int_equal(mm_read_file(path, &a, SIZE_MAX, &err), 0);
    assert_int_equal(mm_read_file(other, &b, SIZE_MAX, &err), 0);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    mm_buf_release(&a);
    mm_buf_release(&b);
}

static void test_repeatable(void **state)
{
    struct mm_err err;

    (void)state;
    write_sources();
    mm_par_set_threads(1);
    assert_int_equal(mix(path, operands, 3, 300, "frames=2", &err), 0);
    mm_par_set_threads(3);
    assert_int_equal(mix(other, operands, 3, 300, "frames=2", &err), 0);
    mm_par_set_threads(0);
    same_files();
}

/* A longer mixture begins with the shorter one. */
static void test_prefix(void **state)
{
    const char *const shorter[] = { path }, *const longer[] = { other };
    struct mm_packed_seq a = { 0 }, b = { 0 };
    struct mm_packed *p, *q;
    struct mm_err err;

    (void)state;
    write_sources();
    assert_int_equal(mix(path, operands, 3, 50, "frames=2", &err), 0);
    assert_int_equal(mix(other, operands, 3, 80, "frames=2", &err), 0);
    p = mm_packed_open(shorter, 1, NULL, &err);
    q = mm_packed_open(longer, 1, NULL, &err);
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(mm_packed_get(p, i, &a, &err), 0);
        assert_int_equal(mm_packed_get(q, i, &b, &err), 0);
        assert_memory_equal(a.tokens, b.tokens, 64 * sizeof *a.tokens);
        assert_string_equal(a.segments[0].key, b.segments[0].key);
    }
    mm_packed_seq_release(&a);
    mm_packed_seq_release(&b);
    mm_packed_close(p);
    mm_packed_close(q);
}

/* Without a number of sequences each document comes once. */
static void test_once(void **state)
{
    const char *const paths[] = { path };
    struct mm_packed_seq q = { 0 };
    struct mm_packed *p;
    struct mm_err err;
    char seen[60] = { 0 };

    (void)state;
    write_sources();
    assert_int_equal(mix(path, operands, 1, 0, "frames=2", &err), 0);
    p = mm_packed_open(paths, 1, NULL, &err);
    for (size_t i = 0; i < mm_packed_count(p); i++) {
        assert_int_equal(mm_packed_get(p, i, &q, &err), 0);
        for (size_t g = 0; g < q.n_segments; g++)
            if (q.segments[g].from == 0)
                seen[strtoul(q.segments[g].key + 3, NULL, 10)]++;
    }
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(seen[i], 1);
    mm_packed_seq_release(&q);
    mm_packed_close(p);
}

static void test_refused(void **state)
{
    const char *const paths[] = { source[0] };
    struct mm_err err;

    (void)state;
    write_sources();
    assert_null(mm_packed_open(paths, 1, NULL, &err));
    assert_non_null(strstr(err.msg, "run mm1-mix"));
    write_source(1, 5, 5, "{\"tokenizer\":{\"vocab_size\":1000,\"bos\":1,"
                          "\"eos\":2,\"pad\":0,\"image\":3,"
                          "\"hash\":\"abd\"}}");
    assert_int_equal(mix(path, operands, 2, 9, "frames=2", &err), -1);
    assert_non_null(strstr(err.msg, "different tokenizer"));
    write_source(1, 5, 5, "{}");
    assert_int_equal(mix(path, operands + 1, 1, 9, "none", &err), 0);
    assert_int_equal(mix(path, operands, 2, 9, "none", &err), 0);
    write_source(0, 5, 5, "{}");
    assert_int_equal(mix(path, operands, 1, 9, "none", &err), -1);
    assert_non_null(strstr(err.msg, "vocab_size"));
    write_source(0, 0, 1, "{" META_TOKENIZER "}");
    assert_int_equal(mix(path, operands, 1, 9, "none", &err), -1);
    assert_non_null(strstr(err.msg, "no samples"));
    assert_int_equal(mix(path, operands, 1, 0, "frames=1", &err), -1);
}

/* ---- pictures that are still encoded ---- */

static void write_encoded(void)
{
    struct mm_sample s = { 0 };
    struct mm_err err;
    struct mm_shard_writer *w;

    snprintf(source[0], sizeof source[0], "%s/e.tar.zst", dir);
    w = mm_shard_create(source[0], MM_KIND_TOKENS, "{" META_TOKENIZER "}",
                        NULL, &err);
    make_doc(&s, 0, "iw", NULL);
    mm_sample_remove(&s, mm_sample_find(&s, "0.u8.npy"));
    mm_sample_remove(&s, mm_sample_find(&s, "json"));
    assert_int_equal(
        mm_sample_add_bytes(&s, "0.png", red_png, sizeof red_png, &err), 0);
    assert_int_equal(
        mm_sample_add_bytes(&s, "json",
                            "{\"texts\":[null,\"x\"],"
                            "\"images\":[\"0.png\",null]}",
                            44, &err),
        0);
    assert_int_equal(mm_shard_put(w, &s, &err), 0);
    assert_int_equal(mm_shard_commit(w, NULL, &err), 0);
    mm_sample_release(&s);
}

static void test_encoded(void **state)
{
    const char *const paths[] = { path };
    struct mm_packed_seq q = { 0 };
    struct mm_preprocess pre;
    struct mm_packed *p;
    struct mm_err err;

    (void)state;
    write_encoded();
    assert_int_equal(mix(path, operands, 1, 0, "none", &err), 0);
    p = mm_packed_open(paths, 1, NULL, &err);
    assert_int_equal(mm_packed_get(p, 0, &q, &err), -1);
    assert_non_null(strstr(err.msg, "mm1-encode-image"));
    mm_packed_close(p);
    mm_preprocess_default(&pre);
    pre.size = 6;
    p = mm_packed_open(paths, 1, &pre, &err);
    assert_int_equal(mm_packed_get(p, 0, &q, &err), 0);
    assert_int_equal(q.n_images, 1);
    assert_int_equal(q.images[0].views, 1);
    assert_int_equal(q.images[0].height, 6);
    for (size_t i = 0; i < 36; i++) {
        assert_int_equal(q.images[0].pixels[3 * i], 255);
        assert_int_equal(q.images[0].pixels[3 * i + 1], 0);
    }
    mm_packed_seq_release(&q);
    mm_packed_close(p);
}

/* ---- sequences that cannot be ---- */

static const struct mm_packed_info info = { .seq_len = 10,
                                            .image_tokens = 2,
                                            .max_images = 2,
                                            .vocab_size = VOCAB,
                                            .bos = 1,
                                            .eos = 2,
                                            .image = 3 };

struct raw {
    int32_t tokens[10];
    uint8_t loss[10];
    uint16_t segment[10];
    const char *json;
};

static const struct raw good = {
    { 1, 3, 3, 9, 2, 1, 8, 2, 0, 0 },
    { 0, 0, 0, 1, 1, 0, 1, 1, 0, 0 },
    { 1, 1, 1, 1, 1, 2, 2, 2, 0, 0 },
    "{\"segments\":[{\"source\":\"a\",\"key\":\"k\",\"begin\":0,"
    "\"length\":5,\"images\":1},{\"source\":\"a\",\"key\":\"l\","
    "\"begin\":5,\"length\":3,\"images\":0}]}"
};

static int parse(const struct raw *r, const char *picture)
{
    static const size_t ten = 10, dim[4] = { 1, 2, 2, 3 };
    struct mm_sample s = { 0 };
    struct mm_packed_seq q = { 0 };
    struct mm_err err;
    int result;

    assert_int_equal(mm_sample_set_key(&s, "0", &err), 0);
    assert_int_equal(
        mm_sample_add_bytes(&s, "json", r->json, strlen(r->json), &err), 0);
    add_array(&s, "tokens.npy", MM_NPY_I4, 1, &ten, r->tokens);
    add_array(&s, "loss.npy", MM_NPY_U1, 1, &ten, r->loss);
    add_array(&s, "segment.npy", MM_NPY_U2, 1, &ten, r->segment);
    if (picture)
        add_array(&s, picture, MM_NPY_U1, 4, dim, "123456789012");
    result = mm_packed_seq_parse(&q, &s, &info, &err);
    if (result != 0)
        assert_int_equal(err.code, MM_EDATA);
    mm_packed_seq_release(&q);
    mm_sample_release(&s);
    return result;
}

static void test_impossible(void **state)
{
    struct raw r;

    (void)state;
    assert_int_equal(parse(&good, "0.u8.npy"), 0);
    assert_int_equal(parse(&good, NULL), -1);
    assert_int_equal(parse(&good, "1.u8.npy"), -1);
    assert_int_equal(parse(&good, "x"), -1);
    for (size_t i = 0; i < 10; i++) {
        r = good;
        r.tokens[i] = VOCAB;
        assert_int_equal(parse(&r, "0.u8.npy"), -1);
        r.tokens[i] = -1;
        assert_int_equal(parse(&r, "0.u8.npy"), -1);
        r.tokens[i] = good.tokens[i] == 3 ? 4 : 3;
        assert_int_equal(parse(&r, "0.u8.npy"), -1);
        r = good;
        r.segment[i] ^= 7;
        assert_int_equal(parse(&r, "0.u8.npy"), -1);
    }
    r = good;
    r.loss[1] = 1;
    assert_int_equal(parse(&r, "0.u8.npy"), -1);
    r = good;
    r.loss[9] = 1;
    assert_int_equal(parse(&r, "0.u8.npy"), -1);
    r.json = "{\"segments\":[]}";
    assert_int_equal(parse(&r, "0.u8.npy"), -1);
    r.json = "[]";
    assert_int_equal(parse(&r, "0.u8.npy"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read), cmocka_unit_test(test_repeatable),
        cmocka_unit_test(test_prefix), cmocka_unit_test(test_once),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_encoded),
        cmocka_unit_test(test_impossible)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
