/*
 * pack_fixture.h - samples of tokens and pixels, made up
 *
 * Ids: 0 pad, 1 BOS, 2 EOS, 3 image, words from 8 on.
 */
#ifndef MM_TESTS_PACK_FIXTURE_H
#define MM_TESTS_PACK_FIXTURE_H

#include "array_fixture.h"
#include "shard_fixture.h"

#include "data/pack.h"

#define VOCAB 1000
#define META_TOKENIZER                                                 \
    "\"tokenizer\":{\"vocab_size\":1000,\"bos\":1,\"eos\":2,\"pad\":0" \
    ",\"image\":3,\"hash\":\"abc\"}"

/*
 * A document from its shape: 'w' a word, 'i' a picture of one view, 'I' one of
 * three.  Pixels are 2x2 and know the document and the token they are of.
 */
static inline void make_doc(struct mm_sample *s, size_t id, const char *shape,
                            const char *roles)
{
    struct mm_buf texts = { 0 }, images = { 0 }, views = { 0 }, json = { 0 };
    int32_t tokens[4096] = { 1 };
    uint8_t loss[4096] = { 0 };
    size_t n = 1, pictures = 0, parts = 0;
    struct mm_err err;
    char name[32];

    mm_sample_clear(s);
    snprintf(name, sizeof name, "doc%zu", id);
    assert_int_equal(mm_sample_set_key(s, name, &err), 0);
    for (const char *p = shape; *p; p++, n++, parts++) {
        uint8_t pixels[3 * 2 * 2 * 3];
        size_t dim[4] = { *p == 'I' ? 3 : 1, 2, 2, 3 };

        if (parts) {
            mm_buf_addc(&texts, ',');
            mm_buf_addc(&images, ',');
        }
        tokens[n] = *p == 'w' ? (int32_t)(8 + (id * 31 + n) % 900) : 3;
        loss[n] = *p == 'w';
        mm_buf_adds(&texts, *p == 'w' ? "\"x\"" : "null");
        if (*p == 'w') {
            mm_buf_adds(&images, "null");
            continue;
        }
        snprintf(name, sizeof name, "%zu.u8.npy", pictures);
        mm_buf_addf(&images, "\"%s\"", name);
        mm_buf_addf(&views, "%s%zu", pictures ? "," : "", dim[0]);
        memset(pixels, (int)(id * 16 + n), sizeof pixels);
        add_array(s, name, MM_NPY_U1, 4, dim, pixels);
        pictures++;
    }
    tokens[n] = 2;
    loss[n++] = 1;
    mm_buf_addf(&json, "{\"texts\":[%s],\"images\":[%s],\"views\":[%s]%s}",
                texts.data ? texts.data : "", images.data ? images.data : "",
                views.data ? views.data : "", roles ? roles : "");
    assert_int_equal(mm_sample_add_bytes(s, "json", json.data, json.len, &err),
                     0);
    add_array(s, "tokens.npy", MM_NPY_I4, 1, &n, tokens);
    add_array(s, "loss.npy", MM_NPY_U1, 1, &n, loss);
    mm_buf_release(&texts);
    mm_buf_release(&images);
    mm_buf_release(&views);
    mm_buf_release(&json);
}

/* A random shape of at most max parts. */
static inline void random_shape(char *shape, uint64_t id, size_t max)
{
    size_t n = 1 + mm_rng_below(11, 0, id, max);

    for (size_t i = 0; i < n; i++) {
        uint64_t r = mm_rng_below(12, id, i, 100);

        shape[i] = r < 6 ? 'i' : r < 8 ? 'I'
                                       : 'w';
    }
    shape[n] = 0;
}

#endif
