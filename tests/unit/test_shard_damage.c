/*
 * test_shard_damage.c - shards cut, flipped, foreign, newer, and bombs
 */
#include "../shard_fixture.h"

#include <zstd.h>

#include "data/tar.h"

/* What reading gives must be a refusal with 65, or the samples unharmed. */
static void check_damaged(const void *p, size_t n, uint64_t want)
{
    struct mm_err err = { 0 };
    uint64_t hash = 0;

    write_bytes(other, p, n);
    if (read_all(other, &hash, &err) != 0)
        assert_int_equal(err.code, MM_EDATA);
    else
        assert_int_equal(hash, want);
    if (get_all(other, &hash, &err) != 0)
        assert_int_equal(err.code, MM_EDATA);
    else
        assert_int_equal(hash, want);
}

static void test_cut(void **state)
{
    struct mm_buf b = { 0 };
    struct mm_err err;
    uint64_t want = 0, hash;

    (void)state;
    write_shard(path, 4, 150);
    assert_int_equal(read_all(path, &want, &err), 0);
    assert_int_equal(mm_read_file(path, &b, SIZE_MAX, &err), 0);
    for (size_t n = 0; n < b.len; n++) {
        check_damaged(b.data, n, want);
        assert_int_equal(get_all(other, &hash, &err), -1);
        /* the data ends where the index begins, 100 bytes before the end */
        if (n > 0 && n + 200 < b.len) {
            assert_int_equal(read_all(other, &hash, &err), -1);
            if (n > 4)
                assert_non_null(strstr(err.msg, "cut short"));
        }
    }
    mm_buf_release(&b);
}

static void test_flips(void **state)
{
    struct mm_buf b = { 0 };
    struct mm_err err;
    uint64_t want = 0;

    (void)state;
    write_shard(path, 4, 150);
    assert_int_equal(read_all(path, &want, &err), 0);
    assert_int_equal(mm_read_file(path, &b, SIZE_MAX, &err), 0);
    for (size_t i = 0; i < 3 * b.len; i++) {
        int bit = (int)(mm_rng_bits(9, 0, i) & 7);

        b.data[i / 3] = (char)(b.data[i / 3] ^ (1 << bit));
        check_damaged(b.data, b.len, want);
        b.data[i / 3] = (char)(b.data[i / 3] ^ (1 << bit));
    }
    mm_buf_release(&b);
}

/* Blocks lost, doubled, zeroed. */
static void test_blocks(void **state)
{
    struct mm_buf b = { 0 }, d = { 0 };
    struct mm_err err;
    uint64_t want = 0;

    (void)state;
    write_shard(path, 40, 3000);
    assert_int_equal(read_all(path, &want, &err), 0);
    assert_int_equal(mm_read_file(path, &b, SIZE_MAX, &err), 0);
    for (size_t k = 0; k < 60; k++) {
        size_t at = mm_rng_below(4, 0, k, b.len - 600);
        size_t n = 1 + mm_rng_below(4, 1, k, 512);

        mm_buf_clear(&d);
        mm_buf_add(&d, b.data, at);
        if (k % 3 == 1)
            mm_buf_add(&d, b.data + at, n);
        if (k % 3 == 2)
            memset(mm_buf_extend(&d, n), 0, n);
        mm_buf_add(&d, b.data + at + (k % 3 == 1 ? 0 : n),
                   b.len - at - (k % 3 == 1 ? 0 : n));
        check_damaged(d.data, d.len, want);
    }
    mm_buf_release(&b);
    mm_buf_release(&d);
}

/* The archive without compression: also there nothing is lost silently. */
static void test_plain(void **state)
{
    struct mm_buf b = { 0 }, t = { 0 };
    struct mm_err err;
    uint64_t want = 0, hash;
    ZSTD_DCtx *z = ZSTD_createDCtx();
    ZSTD_inBuffer in;
    ZSTD_outBuffer out;
    int named = 0;

    (void)state;
    write_shard(path, 4, 900);
    assert_int_equal(read_all(path, &want, &err), 0);
    assert_int_equal(mm_read_file(path, &b, SIZE_MAX, &err), 0);
    in = (ZSTD_inBuffer){ b.data, b.len, 0 };
    out = (ZSTD_outBuffer){ mm_buf_extend(&t, 1 << 20), 1 << 20, 0 };
    while (in.pos < in.size)
        assert_false(ZSTD_isError(ZSTD_decompressStream(z, &out, &in)));
    ZSTD_freeDCtx(z);
    write_bytes(other, t.data, out.pos);
    assert_int_equal(read_all(other, &hash, &err), 0);
    assert_int_equal(hash, want);
    for (size_t n = 0; n + 1024 < out.pos; n += 37) {
        write_bytes(other, t.data, n);
        assert_int_equal(read_all(other, &hash, &err), -1);
        assert_int_equal(err.code, MM_EDATA);
    }
    for (size_t i = 0; i < out.pos; i += 13) {
        t.data[i] = (char)(t.data[i] ^ 4);
        check_damaged(t.data, out.pos, want);
        t.data[i] = (char)(t.data[i] ^ 4);
        named++;
    }
    assert_true(named > 100);
    mm_buf_release(&b);
    mm_buf_release(&t);
}

/* A compressed archive of our own making. */
static void write_zstd(const struct mm_buf *tar)
{
    size_t bound = ZSTD_compressBound(tar->len), n;
    void *p = malloc(bound);

    n = ZSTD_compress(p, bound, tar->data, tar->len, 1);
    write_bytes(path, p, n);
    free(p);
}

static const char *refusal(void)
{
    static struct mm_err err;
    uint64_t hash;

    assert_int_equal(read_all(path, &hash, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    return err.msg;
}

static void test_messages(void **state)
{
    struct mm_buf tar = { 0 };

    (void)state;
    write_bytes(path, "", 0);
    assert_non_null(strstr(refusal(), "no shard"));
    write_bytes(path, "hello\n", 6);
    assert_non_null(strstr(refusal(), "no shard"));
    write_bytes(path, "\x1f\x8b\x08", 3);
    assert_non_null(strstr(refusal(), "gzip"));
    mm_tar_global(&tar, "comment",
                  "{\"mm1-shard\":2,\"kind\":\"x\",\"new\":[]}");
    write_zstd(&tar);
    assert_non_null(strstr(refusal(), "newer"));
    mm_buf_clear(&tar);
    mm_tar_global(&tar, "comment", "{\"mm1-shard\":1,\"kind\":\"x\"}");
    write_zstd(&tar);
    assert_non_null(strstr(refusal(), "corrupted"));
    mm_buf_clear(&tar);
    mm_tar_global(&tar, "comment",
                  "{\"mm1-shard\":1,\"kind\":\"x\",\"meta\":{},"
                  "\"history\":[]}");
    write_zstd(&tar);
    assert_non_null(strstr(refusal(), "cut short"));
    mm_tar_end(&tar);
    write_zstd(&tar);
    assert_non_null(strstr(refusal(), "no trailer"));
    mm_buf_release(&tar);
}

/* Two shards in one file are two, not the first. */
static void test_joined(void **state)
{
    struct mm_buf b = { 0 };
    struct mm_err err;

    (void)state;
    write_shard(path, 2, 100);
    assert_int_equal(mm_read_file(path, &b, SIZE_MAX, &err), 0);
    assert_int_equal(mm_read_file(path, &b, SIZE_MAX, &err), 0);
    write_bytes(path, b.data, b.len);
    assert_non_null(strstr(refusal(), "end mark"));
    mm_buf_release(&b);
}

/* ---- bombs ---- */

static void test_bombs(void **state)
{
    struct mm_buf tar = { 0 };
    size_t n = (size_t)200 << 20;
    ZSTD_CCtx *z = ZSTD_createCCtx();
    void *p;

    (void)state;
    /* a member of zeros, 200 MiB out of 6 KiB */
    mm_tar_header(&tar, "a.b", n);
    memset(mm_buf_extend(&tar, n), 0, n);
    write_zstd(&tar);
    assert_non_null(strstr(refusal(), "1000 times"));
    /* a window of 128 MiB */
    ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, 27);
    p = malloc(ZSTD_compressBound(tar.len));
    n = ZSTD_compress2(z, p, ZSTD_compressBound(tar.len), tar.data, tar.len);
    write_bytes(path, p, n);
    assert_non_null(strstr(refusal(), "window"));
    ZSTD_freeCCtx(z);
    free(p);
    /* a size of 4 GiB that is not there */
    mm_buf_clear(&tar);
    mm_tar_header(&tar, "a.b", (uint64_t)4 << 30);
    write_zstd(&tar);
    assert_non_null(strstr(refusal(), "limit"));
    mm_buf_clear(&tar);
    mm_tar_header(&tar, "a.b", (uint64_t)1 << 30);
    write_zstd(&tar);
    assert_non_null(strstr(refusal(), "cut short"));
    mm_buf_release(&tar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut), cmocka_unit_test(test_flips),
        cmocka_unit_test(test_blocks), cmocka_unit_test(test_plain),
        cmocka_unit_test(test_messages), cmocka_unit_test(test_joined),
        cmocka_unit_test(test_bombs)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
