/*
 * test_bpe.c - merging against the rule as it is written
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "data/bpe.h"

enum { LETTERS = 3,
       MAX_IDS = 120,
       MAX_WORD = 400 };

/* A vocabulary of random merges; strings[id] is what an id stands for. */
struct vocab {
    char strings[MAX_IDS][64];
    size_t n;
    struct mm_bpe bpe;
};

static int32_t find(const struct vocab *v, const char *s)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->strings[i], s) == 0)
            return (int32_t)i;
    return -1;
}

/*
 * Join two random tokens, some of which can be made in two ways, so that a
 * pair may have a lower rank than the pair that makes its part.
 */
static void make(struct vocab *v, uint64_t seed)
{
    struct mm_err err;
    struct mm_merge *m = mm_alloc(MAX_IDS, sizeof *m, &err);
    uint32_t *length = mm_alloc(MAX_IDS, sizeof *length, &err);
    int32_t byte[256] = { 0 };
    size_t n = 0;

    memset(v, 0, sizeof *v);
    for (v->n = 0; v->n < LETTERS; v->n++) {
        v->strings[v->n][0] = (char)('a' + v->n);
        byte['a' + v->n] = (int32_t)v->n;
    }
    for (uint64_t i = 0; n < MAX_IDS && v->n < MAX_IDS; i += 2) {
        size_t a = mm_rng_below(seed, 1, i, v->n);
        size_t b = mm_rng_below(seed, 1, i + 1, v->n);
        char *s = v->strings[v->n];
        size_t len = strlen(v->strings[a]);

        if (len + strlen(v->strings[b]) > 12)
            continue;
        memcpy(s, v->strings[a], len);
        memcpy(s + len, v->strings[b], strlen(v->strings[b]) + 1);
        m[n].a = (int32_t)a;
        m[n].b = (int32_t)b;
        m[n].id = find(v, s);
        if (m[n].id < 0)
            m[n].id = (int32_t)v->n++;
        n++;
    }
    for (size_t i = 0; i < v->n; i++)
        length[i] = (uint32_t)strlen(v->strings[i]);
    assert_int_equal(mm_bpe_init(&v->bpe, byte, m, n, length, &err), 0);
}

/* The rule: lowest rank, leftmost, until none is left. */
static size_t merge_plainly(const struct vocab *v, const char *word, size_t n,
                            int32_t *id)
{
    for (size_t i = 0; i < n; i++)
        id[i] = v->bpe.byte[(unsigned char)word[i]];
    for (;;) {
        int32_t best = -1;
        size_t at = 0;

        for (size_t i = 0; i + 1 < n; i++) {
            int32_t r = mm_bpe_rank(&v->bpe, id[i], id[i + 1]);

            if (r >= 0 && (best < 0 || r < best)) {
                best = r;
                at = i;
            }
        }
        if (best < 0)
            return n;
        id[at] = v->bpe.merge[best].id;
        n--;
        memmove(id + at + 1, id + at + 2, (n - at - 1) * sizeof *id);
    }
}

static void check_word(struct vocab *v, struct mm_bpe_scratch *s,
                       const char *word, size_t n)
{
    int32_t want[MAX_WORD], got[MAX_WORD];
    size_t n_want = merge_plainly(v, word, n, want);
    struct mm_err err;

    /* twice: the second time short words are remembered */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(mm_bpe_word(&v->bpe, s, word, n, got, &err), n_want);
        assert_memory_equal(got, want, n_want * sizeof *got);
    }
}

static void random_vocabularies(void **state)
{
    static struct vocab v;
    struct mm_err err;

    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct mm_bpe_scratch *s = mm_bpe_scratch_create(&err);

        make(&v, seed);
        for (uint64_t k = 0; k < 60; k++) {
            size_t n = 1 + mm_rng_below(seed, 2, k, MAX_WORD - 1);
            char word[MAX_WORD];

            for (size_t i = 0; i < n; i++)
                word[i] = (char)('a' + mm_rng_below(seed, 3 + k, i,
                                                    1 + k % LETTERS));
            check_word(&v, s, word, k % 2 ? n : 1 + n % 20);
        }
        mm_bpe_scratch_free(s);
        mm_bpe_release(&v.bpe);
    }
}

static double seconds_for(struct vocab *v, size_t n, size_t period)
{
    struct mm_err err;
    struct mm_bpe_scratch *s = mm_bpe_scratch_create(&err);
    char *word = malloc(n);
    int32_t *out = mm_alloc(n, sizeof *out, &err);
    clock_t begin;

    for (size_t i = 0; i < n; i++)
        word[i] = (char)('a' + i % period);
    begin = clock();
    assert_true(mm_bpe_word(&v->bpe, s, word, n, out, &err) > 0);
    begin = clock() - begin;
    free(word);
    free(out);
    mm_bpe_scratch_free(s);
    return (double)begin / CLOCKS_PER_SEC;
}

/* Four times the length: far from sixteen times the time. */
static void long_words_take_linear_time(void **state)
{
    static struct vocab v;

    (void)state;
    make(&v, 5);
    for (size_t period = 1; period <= 3; period++) {
        double one = seconds_for(&v, 100000, period);
        double four = seconds_for(&v, 400000, period);

        assert_true(four < 10 * one + 0.05);
    }
    mm_bpe_release(&v.bpe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_vocabularies),
        cmocka_unit_test(long_words_take_linear_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
