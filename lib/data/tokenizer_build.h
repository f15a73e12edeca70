/*
 * tokenizer_build.h - put a tokenizer together; used by the reader of
 * tokenizer.json and by the trainer
 *
 * A token's name is its spelling in tokenizer.json, where each byte stands as
 * one printable character (GPT-2's byte-level alphabet); its bytes are what it
 * decodes to.  An added token's name is its bytes.
 */
#ifndef MM_DATA_TOKENIZER_BUILD_H
#define MM_DATA_TOKENIZER_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/map.h"
#include "data/bpe.h"
#include "data/tokenizer.h"

enum {
    MM_TOKEN_KNOWN = 1,   /* not a hole in the ids */
    MM_TOKEN_ADDED = 2,   /* cut out of the text before words are */
    MM_TOKEN_SPECIAL = 4, /* added, and found only where that is allowed */
    MM_TOKEN_LATE = 8,    /* added, looked for after the others */
    MM_TOKEN_MAX = 1024   /* bytes of an added token */
};

struct mm_token {
    size_t name, bytes; /* where they begin in the build's text */
    uint32_t n_name, n_bytes;
    unsigned flags;
};

/* All zero is empty. */
struct mm_tokenizer_build {
    struct mm_map names; /* name to id */
    struct mm_token *tokens;
    size_t n, cap;
    struct mm_buf text;
    struct mm_merge *merges;
    size_t n_merges, merges_cap;
};

/* Append the name of p[0..n). */
void mm_token_name(struct mm_buf *out, const char *p, size_t n);

/*
 * Add a token.  flags are ADDED, SPECIAL, LATE or none; an added token may be
 * in the vocabulary already, with the same id.  MM_EDATA for a name or an id
 * that is taken, and for an id that is not below max_ids, which bounds memory.
 */
int mm_tokenizer_build_token(struct mm_tokenizer_build *b, int64_t id,
                             const char *name, size_t n, unsigned flags,
                             size_t max_ids, struct mm_err *err);

/* The next merge: two tokens, whose names after each other are a third. */
int mm_tokenizer_build_merge(struct mm_tokenizer_build *b,
                             const char *left, size_t n_left,
                             const char *right, size_t n_right,
                             struct mm_err *err);
void mm_tokenizer_build_release(struct mm_tokenizer_build *b);

/*
 * The finished tokenizer; empties b in any case.  json (len bytes) is the
 * tokenizer.json it came from, kept for saving; NULL: one is written.
 */
struct mm_tokenizer *mm_tokenizer_build(struct mm_tokenizer_build *b,
                                        const char *json, size_t len,
                                        struct mm_err *err);

/* The text of a tokenizer.json (tokenizer_json.c). */
void mm_tokenizer_build_print(const struct mm_tokenizer_build *b,
                              struct mm_buf *out);

#endif
