/*
 * tokenizer.h - byte-level BPE in Hugging Face's tokenizer.json
 *
 * Text becomes ids and back: added tokens are cut out first (leftmost,
 * longest), the rest is cut into words by the pre-tokenizer (GPT-2's pattern),
 * and each word is merged by rank.  Decoding the ids of a text gives its bytes
 * back.  A tokenizer is read-only after loading and may be shared by threads.
 */
#ifndef MM_DATA_TOKENIZER_H
#define MM_DATA_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

struct mm_tokenizer;

/* The special tokens every mm1 tokenizer has, by name. */
#define MM_TOKEN_PAD "<pad>"
#define MM_TOKEN_BOS "<s>"
#define MM_TOKEN_EOS "</s>"
#define MM_TOKEN_IMAGE "<image>"

/* A tokenizer.json, or a directory that has one. */
struct mm_tokenizer *mm_tokenizer_load(const char *path, struct mm_err *err);

/* The same from the text of such a file. */
struct mm_tokenizer *mm_tokenizer_parse(const char *json, size_t n,
                                        struct mm_err *err);
int mm_tokenizer_save(const struct mm_tokenizer *t, const char *path,
                      struct mm_err *err);
void mm_tokenizer_free(struct mm_tokenizer *t);

/* All ids are below it. */
size_t mm_tokenizer_size(const struct mm_tokenizer *t);

/* -1: no such token */
int32_t mm_tokenizer_id(const struct mm_tokenizer *t, const char *token);

/* of its contents */
uint64_t mm_tokenizer_hash(const struct mm_tokenizer *t);

/* -1 where the tokenizer has no such token */
int32_t mm_tokenizer_bos(const struct mm_tokenizer *t);
int32_t mm_tokenizer_eos(const struct mm_tokenizer *t);
int32_t mm_tokenizer_pad(const struct mm_tokenizer *t);
int32_t mm_tokenizer_image(const struct mm_tokenizer *t);

/* The "tokenizer" object of a shard's meta. */
void mm_tokenizer_describe(const struct mm_tokenizer *t, struct mm_jw *w);

/* A growing list of ids; all zero is empty. */
struct mm_ids {
    int32_t *v;
    size_t n, cap;
};
int mm_ids_add(struct mm_ids *ids, int32_t id, struct mm_err *err);
void mm_ids_release(struct mm_ids *ids);

/*
 * Append the ids of text.  With special = 0 the names of special tokens in the
 * text are ordinary characters, so that data cannot forge an <image> or an end.
 */
int mm_tokenizer_encode(const struct mm_tokenizer *t, const char *text,
                        size_t n, int special, struct mm_ids *out,
                        struct mm_err *err);

/* Append the bytes of ids; special tokens only with special = 1. */
int mm_tokenizer_decode(const struct mm_tokenizer *t, const int32_t *ids,
                        size_t n, int special, struct mm_buf *out,
                        struct mm_err *err);

#endif
