/*
 * bpe_train.c - learn the merges of a byte-level BPE
 */
#include "data/bpe_train.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/bpe_pairs.h"
#include "data/pretok.h"
#include "data/tokenizer_build.h"

enum { WORD_MAX = 1024 };

int mm_bpe_count(struct mm_map *words, const char *text, size_t n,
                 struct mm_err *err)
{
    size_t word = 0; /* what is left of a long one */

    for (size_t i = 0, len; i < n; i += len) {
        int64_t *count;

        len = word;
        if (len == 0)
            len = mm_pretok_next(text + i, n - i);
        word = len > WORD_MAX ? len - WORD_MAX : 0;
        len -= word;
        count = mm_map_at(words, text + i, len, err);
        if (count == NULL)
            return -1;
        ++*count;
    }
    return 0;
}

/* A word is a row of ids that gets shorter. */
struct word {
    size_t begin; /* in ids */
    uint32_t n;
    int64_t count;
};

struct trainer {
    struct mm_tokenizer_build b;
    struct word *words;
    size_t n_words;
    int32_t *ids;
    struct mm_pairs pairs;
    struct mm_err *err;
};

static void release(struct trainer *t)
{
    mm_tokenizer_build_release(&t->b);
    mm_pairs_release(&t->pairs);
    free(t->words);
    free(t->ids);
}

/* ---- the start: special tokens, bytes, words as bytes ---- */

static int add_special(struct trainer *t, const struct mm_bpe_train *how)
{
    for (size_t i = 0; i < how->n_special; i++)
        if (mm_tokenizer_build_token(&t->b, (int64_t)t->b.n, how->special[i],
                                     strlen(how->special[i]),
                                     MM_TOKEN_ADDED | MM_TOKEN_SPECIAL,
                                     how->vocab_size, t->err) < 0)
            return -1;
    return 0;
}

/* Add a token after the others, or find it: a special one may be spelt so. */
static int add_token(struct trainer *t, const char *name, size_t n,
                     int32_t *id)
{
    const int64_t *v = mm_map_get(&t->b.names, name, n);

    *id = v != NULL ? (int32_t)*v : (int32_t)t->b.n;
    if (v != NULL)
        return 0;
    return mm_tokenizer_build_token(&t->b, *id, name, n, 0, INT32_MAX, t->err);
}

static int add_byte(struct trainer *t, unsigned byte, int32_t id[256])
{
    struct mm_buf name = { 0 };
    char c = (char)byte;
    int result = -1;

    mm_token_name(&name, &c, 1);
    if (mm_buf_check(&name, t->err) == 0)
        result = add_token(t, name.data, name.len, &id[byte]);
    mm_buf_release(&name);
    return result;
}

/*
 * By the code points of their names: first the bytes that stand for
 * themselves, then those whose names begin at 256.
 */
static int add_bytes(struct trainer *t, int32_t id[256])
{
    for (int pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < 256; i++) {
            int is_plain = (i >= 33 && i <= 126) || (i >= 161 && i != 173);

            if (is_plain == (pass == 0) && add_byte(t, i, id) < 0)
                return -1;
        }
    return 0;
}

static int add_words(struct trainer *t, const struct mm_map *words,
                     const int32_t byte[256])
{
    size_t pos = 0, n, total = 0, at = 0;
    const char *key;
    int64_t count;

    while (mm_map_next(words, &pos, &key, &n, &count))
        total += n;
    if (words->n >= UINT32_MAX)
        return mm_fail(t->err, MM_ESYS, "too many different words");
    t->words = mm_alloc(words->n, sizeof *t->words, t->err);
    t->ids = mm_alloc(total, sizeof *t->ids, t->err);
    if (t->words == NULL || t->ids == NULL)
        return -1;
    for (pos = 0; mm_map_next(words, &pos, &key, &n, &count);) {
        if (n > UINT32_MAX)
            return mm_fail(t->err, MM_EDATA, "a word of %zu bytes", n);
        t->words[t->n_words++] = (struct word){ at, (uint32_t)n, count };
        for (size_t i = 0; i < n; i++)
            t->ids[at++] = byte[(unsigned char)key[i]];
    }
    return 0;
}

static int count_pairs(struct trainer *t)
{
    for (size_t i = 0; i < t->n_words; i++) {
        const struct word *w = &t->words[i];
        const int32_t *id = t->ids + w->begin;

        for (uint32_t k = 0; k + 1 < w->n; k++)
            if (mm_pairs_add(&t->pairs, id[k], id[k + 1], w->count,
                             (uint32_t)i, t->err) < 0)
                return -1;
    }
    return mm_pairs_flush(&t->pairs, t->err);
}

/* ---- one merge ---- */

/* left and right at id[i] of a word become made; id[k - 1] is before them. */
static int recount(struct trainer *t, uint32_t word, size_t i, size_t k,
                   int32_t made)
{
    const struct word *w = &t->words[word];
    const int32_t *id = t->ids + w->begin;
    struct mm_pairs *p = &t->pairs;

    if (k > 0 && (mm_pairs_add(p, id[k - 1], id[i], -w->count, word,
                               t->err) < 0 ||
                  mm_pairs_add(p, id[k - 1], made, w->count, word,
                               t->err) < 0))
        return -1;
    if (i + 2 < w->n && (mm_pairs_add(p, id[i + 1], id[i + 2], -w->count,
                                      word, t->err) < 0 ||
                         mm_pairs_add(p, made, id[i + 2], w->count, word,
                                      t->err) < 0))
        return -1;
    return 0;
}

static int merge_in_word(struct trainer *t, uint32_t word,
                         const struct mm_merge *m)
{
    struct word *w = &t->words[word];
    int32_t *id = t->ids + w->begin;
    size_t k = 0;

    for (size_t i = 0; i < w->n; i++, k++) {
        if (id[i] != m->a || i + 1 == w->n || id[i + 1] != m->b) {
            id[k] = id[i];
            continue;
        }
        if (recount(t, word, i, k, m->id) < 0)
            return -1;
        id[k] = m->id;
        i++;
    }
    w->n = (uint32_t)k;
    return 0;
}

static int merge_in_words(struct trainer *t, uint32_t list,
                          const struct mm_merge *m)
{
    for (uint32_t at = list; at != MM_NO_WORDS; at = t->pairs.place[at].next)
        if (merge_in_word(t, t->pairs.place[at].word, m) < 0)
            return -1;
    mm_pairs_give_back(&t->pairs, list);
    return mm_pairs_flush(&t->pairs, t->err);
}

static int name_of_pair(const struct trainer *t, const struct mm_merge *m,
                        struct mm_buf *name)
{
    const struct mm_token *a = &t->b.tokens[m->a], *b = &t->b.tokens[m->b];

    mm_buf_add(name, t->b.text.data + a->name, a->n_name);
    mm_buf_add(name, t->b.text.data + b->name, b->n_name);
    return mm_buf_check(name, t->err);
}

static int learn_merge(struct trainer *t, const struct mm_pair_queued *top)
{
    struct mm_merge m = { (int32_t)(top->key >> 32),
                          (int32_t)(top->key & UINT32_MAX), -1 };
    struct mm_buf name = { 0 };
    int result = -1;

    if (name_of_pair(t, &m, &name) == 0 &&
        add_token(t, name.data, name.len, &m.id) == 0 &&
        mm_grow(&t->b.merges, &t->b.merges_cap, t->b.n_merges + 1,
                sizeof *t->b.merges, t->err) == 0) {
        t->b.merges[t->b.n_merges++] = m;
        result = merge_in_words(t, top->words, &m);
    }
    mm_buf_release(&name);
    return result;
}

/*
 * A token that two pairs can make may bring a pair up twice; as in the
 * original, its rank is the later one.
 */
static int drop_repeated(struct trainer *t)
{
    struct mm_map seen = { 0 };
    size_t k = t->b.n_merges;

    for (size_t i = t->b.n_merges; i-- > 0;) {
        uint64_t key = mm_pair_key(t->b.merges[i].a, t->b.merges[i].b);
        int64_t *v = mm_map_at(&seen, &key, sizeof key, t->err);

        if (v == NULL) {
            mm_map_release(&seen);
            return -1;
        }
        if (*v == 0)
            t->b.merges[--k] = t->b.merges[i];
        *v = 1;
    }
    mm_map_release(&seen);
    t->b.n_merges -= k;
    memmove(t->b.merges, t->b.merges + k, t->b.n_merges * sizeof *t->b.merges);
    return 0;
}

static int learn(struct trainer *t, const struct mm_map *words,
                 const struct mm_bpe_train *how)
{
    struct mm_pair_queued top;
    int32_t byte[256];

    if (add_special(t, how) < 0 || add_bytes(t, byte) < 0 ||
        add_words(t, words, byte) < 0 || count_pairs(t) < 0)
        return -1;
    while (t->b.n < how->vocab_size && mm_pairs_pop(&t->pairs, &top)) {
        if (top.count < 1 || top.count < how->min_count)
            break;
        if (learn_merge(t, &top) < 0)
            return -1;
    }
    return t->b.n_merges == 0 ? 0 : drop_repeated(t);
}

int mm_bpe_train_check(const struct mm_bpe_train *how, struct mm_err *err)
{
    if (how->vocab_size >= how->n_special + 256)
        return 0;
    return mm_fail(err, MM_ECONFIG,
                   "a vocabulary of %zu has no room for %zu special tokens "
                   "and 256 bytes",
                   how->vocab_size, how->n_special);
}

struct mm_tokenizer *mm_bpe_train(const struct mm_map *words,
                                  const struct mm_bpe_train *how,
                                  struct mm_err *err)
{
    struct trainer t = { .err = err };
    struct mm_tokenizer *made = NULL;

    if (mm_bpe_train_check(how, err) == 0 && learn(&t, words, how) == 0)
        made = mm_tokenizer_build(&t.b, NULL, 0, err);
    release(&t);
    return made;
}
