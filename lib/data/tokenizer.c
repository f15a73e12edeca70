/*
 * tokenizer.c - text to ids and back
 */
#include "data/tokenizer.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/io.h"
#include "base/mem.h"
#include "data/bpe.h"
#include "data/pretok.h"
#include "data/tokenizer_added.h"
#include "data/tokenizer_build.h"

/*
 * Work space waits here between two calls, so that what one call has learnt
 * about words serves the next one, of whatever thread.
 */
enum { POOL = 32 };

struct pool {
    _Atomic(struct mm_bpe_scratch *) slot[POOL];
};

struct mm_tokenizer {
    struct mm_tokenizer_build b; /* merges went to bpe */
    struct mm_bpe bpe;
    struct mm_added early, late; /* added tokens, in the order of search */
    struct mm_buf json;          /* the tokenizer.json */
    uint64_t hash;
    int32_t bos, eos, pad, image;
    struct pool *pool;
};

/* ---- making one ---- */

/* Every byte must have a token, else some texts could not be encoded. */
static int find_bytes(const struct mm_tokenizer *t, int32_t id[256],
                      struct mm_err *err)
{
    for (unsigned i = 0; i < 256; i++) {
        char byte = (char)i, name[8];
        struct mm_buf b = { 0 };
        const int64_t *v;

        mm_token_name(&b, &byte, 1);
        if (mm_buf_check(&b, err) < 0)
            return -1;
        memcpy(name, b.data, b.len);
        v = mm_map_get(&t->b.names, name, b.len);
        mm_buf_release(&b);
        if (v == NULL)
            return mm_fail(err, MM_EDATA,
                           "the vocabulary has no token for the byte 0x%02X: "
                           "not byte-level, or trained without its alphabet",
                           i);
        id[i] = (int32_t)*v;
    }
    return 0;
}

static int init_bpe(struct mm_tokenizer *t, struct mm_err *err)
{
    int32_t byte[256];
    uint32_t *length = mm_alloc(t->b.n, sizeof *length, err);
    struct mm_merge *merges = t->b.merges;

    if (length == NULL || find_bytes(t, byte, err) < 0) {
        free(length);
        return -1;
    }
    for (size_t i = 0; i < t->b.n; i++)
        length[i] = t->b.tokens[i].n_bytes;
    t->b.merges = NULL;
    return mm_bpe_init(&t->bpe, byte, merges, t->b.n_merges, length, err);
}

static int init_added(struct mm_tokenizer *t, struct mm_err *err)
{
    for (size_t i = 0; i < t->b.n; i++) {
        const struct mm_token *k = &t->b.tokens[i];
        struct mm_added *a = k->flags & MM_TOKEN_LATE ? &t->late : &t->early;

        if (k->flags & MM_TOKEN_ADDED &&
            mm_added_put(a, t->b.text.data + k->name, k->n_name, (int32_t)i,
                         (k->flags & MM_TOKEN_SPECIAL) != 0, err) < 0)
            return -1;
    }
    return 0;
}

/* Of everything that ids depend on, and of nothing else in the file. */
static int compute_hash(struct mm_tokenizer *t, struct mm_err *err)
{
    struct mm_hash h;

    if (mm_hash_init(&h) < 0)
        return mm_fail(err, MM_ESYS, "out of memory");
    for (size_t i = 0; i < t->b.n; i++) {
        const struct mm_token *k = &t->b.tokens[i];
        uint32_t head[2] = { k->n_bytes, k->flags };

        mm_hash_add(&h, head, sizeof head);
        mm_hash_add(&h, t->b.text.data + k->bytes, k->n_bytes);
    }
    mm_hash_add(&h, t->b.merges, t->b.n_merges * sizeof *t->b.merges);
    t->hash = mm_hash_value(&h);
    mm_hash_release(&h);
    return 0;
}

static int init(struct mm_tokenizer *t, const char *json, size_t len,
                struct mm_err *err)
{
    if (json != NULL)
        mm_buf_add(&t->json, json, len);
    else
        mm_tokenizer_build_print(&t->b, &t->json);
    if (mm_buf_check(&t->json, err) < 0 || compute_hash(t, err) < 0 ||
        init_bpe(t, err) < 0 || init_added(t, err) < 0)
        return -1;
    t->bos = mm_tokenizer_id(t, MM_TOKEN_BOS);
    t->eos = mm_tokenizer_id(t, MM_TOKEN_EOS);
    t->pad = mm_tokenizer_id(t, MM_TOKEN_PAD);
    t->image = mm_tokenizer_id(t, MM_TOKEN_IMAGE);
    t->pool = mm_alloc(1, sizeof *t->pool, err);
    return t->pool == NULL ? -1 : 0;
}

struct mm_tokenizer *mm_tokenizer_build(struct mm_tokenizer_build *b,
                                        const char *json, size_t len,
                                        struct mm_err *err)
{
    struct mm_tokenizer *t = mm_alloc(1, sizeof *t, err);

    if (t == NULL) {
        mm_tokenizer_build_release(b);
        return NULL;
    }
    t->b = *b;
    memset(b, 0, sizeof *b);
    if (init(t, json, len, err) < 0) {
        mm_tokenizer_free(t);
        return NULL;
    }
    return t;
}

void mm_tokenizer_free(struct mm_tokenizer *t)
{
    if (t == NULL)
        return;
    for (int i = 0; t->pool != NULL && i < POOL; i++)
        mm_bpe_scratch_free(atomic_load(&t->pool->slot[i]));
    free(t->pool);
    mm_bpe_release(&t->bpe);
    mm_added_release(&t->early);
    mm_added_release(&t->late);
    mm_buf_release(&t->json);
    mm_tokenizer_build_release(&t->b);
    free(t);
}

/* ---- what it is ---- */

size_t mm_tokenizer_size(const struct mm_tokenizer *t)
{
    return t->b.n;
}

int32_t mm_tokenizer_id(const struct mm_tokenizer *t, const char *token)
{
    const int64_t *v = mm_map_get(&t->b.names, token, strlen(token));

    return v == NULL ? -1 : (int32_t)*v;
}

uint64_t mm_tokenizer_hash(const struct mm_tokenizer *t)
{
    return t->hash;
}

int32_t mm_tokenizer_bos(const struct mm_tokenizer *t)
{
    return t->bos;
}

int32_t mm_tokenizer_eos(const struct mm_tokenizer *t)
{
    return t->eos;
}

int32_t mm_tokenizer_pad(const struct mm_tokenizer *t)
{
    return t->pad;
}

int32_t mm_tokenizer_image(const struct mm_tokenizer *t)
{
    return t->image;
}

int mm_tokenizer_save(const struct mm_tokenizer *t, const char *path,
                      struct mm_err *err)
{
    return mm_write_file(path, t->json.data, t->json.len, err);
}

void mm_tokenizer_describe(const struct mm_tokenizer *t, struct mm_jw *w)
{
    static const char hex[] = "0123456789abcdef";
    char hash[17] = { 0 };

    for (int i = 0; i < 16; i++)
        hash[i] = hex[t->hash >> (60 - 4 * i) & 15];
    mm_jw_open(w, '{');
    mm_jw_put_size(w, "vocab_size", t->b.n);
    mm_jw_put_int(w, "bos", t->bos);
    mm_jw_put_int(w, "eos", t->eos);
    mm_jw_put_int(w, "pad", t->pad);
    mm_jw_put_int(w, "image", t->image);
    mm_jw_put_str(w, "hash", hash);
    mm_jw_close(w, '}');
}

/* ---- lists of ids ---- */

int mm_ids_add(struct mm_ids *ids, int32_t id, struct mm_err *err)
{
    if (ids->n == ids->cap &&
        mm_grow(&ids->v, &ids->cap, ids->n + 1, sizeof *ids->v, err) < 0)
        return -1;
    ids->v[ids->n++] = id;
    return 0;
}

void mm_ids_release(struct mm_ids *ids)
{
    free(ids->v);
    memset(ids, 0, sizeof *ids);
}

/* ---- encode ---- */

static struct mm_bpe_scratch *pool_take(struct pool *pool, struct mm_err *err)
{
    for (int i = 0; i < POOL; i++) {
        struct mm_bpe_scratch *s = atomic_exchange(&pool->slot[i], NULL);

        if (s != NULL)
            return s;
    }
    return mm_bpe_scratch_create(err);
}

static void pool_give(struct pool *pool, struct mm_bpe_scratch *s)
{
    for (int i = 0; i < POOL; i++) {
        struct mm_bpe_scratch *none = NULL;

        if (atomic_compare_exchange_strong(&pool->slot[i], &none, s))
            return;
    }
    mm_bpe_scratch_free(s);
}

static int encode_words(const struct mm_tokenizer *t, struct mm_bpe_scratch *s,
                        const char *text, size_t n, struct mm_ids *out,
                        struct mm_err *err)
{
    for (size_t i = 0, len; i < n; i += len) {
        ssize_t k;

        len = mm_pretok_next(text + i, n - i);
        if (out->cap - out->n < len &&
            mm_grow(&out->v, &out->cap, out->n + len, sizeof *out->v, err) < 0)
            return -1;
        k = mm_bpe_word(&t->bpe, s, text + i, len, out->v + out->n, err);
        if (k < 0)
            return -1;
        out->n += (size_t)k;
    }
    return 0;
}

/* Cut the late tokens out, words are what is between them. */
static int encode_late(const struct mm_tokenizer *t, struct mm_bpe_scratch *s,
                       const char *text, size_t n, int special,
                       struct mm_ids *out, struct mm_err *err)
{
    size_t i = 0, len;
    int32_t id;

    for (;;) {
        size_t at = mm_added_find(&t->late, text, n, i, special, &id, &len);

        if (encode_words(t, s, text + i, at - i, out, err) < 0)
            return -1;
        if (at == n)
            return 0;
        if (mm_ids_add(out, id, err) < 0)
            return -1;
        i = at + len;
    }
}

static int encode_early(const struct mm_tokenizer *t, struct mm_bpe_scratch *s,
                        const char *text, size_t n, int special,
                        struct mm_ids *out, struct mm_err *err)
{
    size_t i = 0, len;
    int32_t id;

    for (;;) {
        size_t at = mm_added_find(&t->early, text, n, i, special, &id, &len);

        if (encode_late(t, s, text + i, at - i, special, out, err) < 0)
            return -1;
        if (at == n)
            return 0;
        if (mm_ids_add(out, id, err) < 0)
            return -1;
        i = at + len;
    }
}

int mm_tokenizer_encode(const struct mm_tokenizer *t, const char *text,
                        size_t n, int special, struct mm_ids *out,
                        struct mm_err *err)
{
    struct mm_bpe_scratch *s;

    if (n > INT32_MAX)
        return mm_fail(err, MM_EDATA, "a text of %zu bytes is over 2 GiB; "
                                      "cut it",
                       n);
    s = pool_take(t->pool, err);
    if (s == NULL)
        return -1;
    if (encode_early(t, s, text, n, special, out, err) < 0) {
        mm_bpe_scratch_free(s);
        return -1;
    }
    pool_give(t->pool, s);
    return 0;
}

/* ---- decode ---- */

int mm_tokenizer_decode(const struct mm_tokenizer *t, const int32_t *ids,
                        size_t n, int special, struct mm_buf *out,
                        struct mm_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct mm_token *k;

        if (ids[i] < 0 || (size_t)ids[i] >= t->b.n)
            return mm_fail(err, MM_EDATA,
                           "token %zu is the id %ld, but the tokenizer's "
                           "ids are below %zu; it belongs to another one",
                           i, (long)ids[i], t->b.n);
        k = &t->b.tokens[ids[i]];
        if (special || !(k->flags & MM_TOKEN_SPECIAL))
            mm_buf_add(out, t->b.text.data + k->bytes, k->n_bytes);
    }
    return mm_buf_check(out, err);
}
