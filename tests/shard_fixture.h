/*
 * shard_fixture.h - a folder of its own, and shards of random samples
 */
#ifndef MM_TESTS_SHARD_FIXTURE_H
#define MM_TESTS_SHARD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/io.h"
#include "base/rng.h"
#include "data/shard.h"
#include "data/shard_header.h"

static char dir[] = "/tmp/mm1-test-shard-XXXXXX";
static char path[sizeof dir + 16], other[sizeof dir + 16];

/* for cmocka_run_group_tests() */
static inline int setup(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/a.tar.zst", dir);
    snprintf(other, sizeof other, "%s/b.tar.zst", dir);
    return 0;
}

static inline int teardown(void **state)
{
    struct mm_err err;

    (void)state;
    return mm_remove_tree(dir, &err);
}

/* Not mm_write_file(): thousands of fsyncs are slow. */
static inline void write_bytes(const char *to, const void *p, size_t n)
{
    FILE *f = fopen(to, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Sample i of a family: some members, sizes and bytes by random numbers. */
static inline void make_sample(struct mm_sample *s, uint64_t i, size_t max)
{
    struct mm_err err;
    char name[32];
    size_t n = 1 + mm_rng_below(1, 1, i, 3);

    mm_sample_clear(s);
    snprintf(name, sizeof name, "part%d/%05d", (int)(i / 100), (int)i);
    assert_int_equal(mm_sample_set_key(s, name, &err), 0);
    for (size_t m = 0; m < n; m++) {
        size_t bytes = mm_rng_below(2, i, m, max);
        struct mm_member *member;
        uint8_t *p;

        snprintf(name, sizeof name, "%zu.bin", m);
        member = mm_sample_add(s, name, &err);
        p = mm_buf_extend(&member->data, bytes);
        for (size_t b = 0; b < bytes; b++)
            p[b] = (uint8_t)(mm_rng_bits(3, i, m + (b >> 3)) >> (8 * (b & 7)));
    }
}

static inline void write_shard(const char *to, size_t n, size_t max)
{
    struct mm_sample s = { 0 };
    struct mm_err err;
    struct mm_shard_writer *w = mm_shard_create(
        to, MM_KIND_DOCUMENTS, "{\"a\":1}", "[{\"program\":\"x\"}]", &err);

    assert_non_null(w);
    for (size_t i = 0; i < n; i++) {
        make_sample(&s, i, max);
        assert_int_equal(mm_shard_put(w, &s, &err), 0);
    }
    assert_int_equal(mm_shard_commit(w, "{\"seen\":7}", &err), 0);
    mm_sample_release(&s);
}

static inline int same_sample(const struct mm_sample *a,
                              const struct mm_sample *b)
{
    if (strcmp(a->key, b->key) != 0 || a->n != b->n)
        return 0;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->members[i].name, b->members[i].name) != 0 ||
            a->members[i].data.len != b->members[i].data.len ||
            memcmp(a->members[i].data.data, b->members[i].data.data,
                   a->members[i].data.len) != 0)
            return 0;
    return 1;
}

/* Reads all in order: 0 and the hash of the contents, or -1. */
static inline int read_all(const char *from, uint64_t *hash, struct mm_err *err)
{
    struct mm_shard *r = mm_shard_open(from, err);
    struct mm_shard_sum sum;
    struct mm_sample s = { 0 };
    int got;

    if (!r)
        return -1;
    assert_int_equal(mm_shard_sum_init(&sum, err), 0);
    while ((got = mm_shard_next(r, &s, err)) > 0)
        mm_shard_sum_add(&sum, &s);
    *hash = mm_hash_value(&sum.hash);
    mm_shard_sum_release(&sum);
    mm_sample_release(&s);
    mm_shard_close(r);
    return got;
}

/* The same by number. */
static inline int get_all(const char *from, uint64_t *hash, struct mm_err *err)
{
    struct mm_shard *r = mm_shard_open(from, err);
    struct mm_shard_sum sum;
    struct mm_sample s = { 0 };
    int got = -1;

    if (!r)
        return -1;
    assert_int_equal(mm_shard_sum_init(&sum, err), 0);
    if (mm_shard_index(r, err) == 0) {
        got = 0;
        for (size_t i = 0; got == 0 && i < mm_shard_count(r); i++) {
            got = mm_shard_get(r, i, &s, err);
            if (got == 0)
                mm_shard_sum_add(&sum, &s);
        }
    }
    *hash = mm_hash_value(&sum.hash);
    mm_shard_sum_release(&sum);
    mm_sample_release(&s);
    mm_shard_close(r);
    return got;
}

#endif
