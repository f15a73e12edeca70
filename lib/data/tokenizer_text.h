/*
 * tokenizer_text.h - lines of text to lines of ids and back, for scripts
 */
#ifndef MM_DATA_TOKENIZER_TEXT_H
#define MM_DATA_TOKENIZER_TEXT_H

#include "base/err.h"
#include "data/shard.h"
#include "data/tokenizer.h"

/*
 * Each line of text (its newline is not part of it) becomes a line of ids in
 * decimal, spaces between; special as in mm_tokenizer_encode().
 */
int mm_text_encode(const struct mm_tokenizer *t, const char *in,
                   const char *out, int special, struct mm_err *err);

/* Each line of ids becomes a line of text; special: names of special tokens. */
int mm_text_decode(const struct mm_tokenizer *t, const char *in,
                   const char *out, int special, struct mm_err *err);

/*
 * Each sample of a tokens or packed shard becomes a JSON line
 * {"key", "text"}, wrong UTF-8 in a text as U+FFFD.
 */
int mm_text_decode_shard(const struct mm_tokenizer *t, const char *in,
                         const char *out, int special, struct mm_err *err);

/* MM_ECONFIG when the tokens of the shard are those of another tokenizer. */
int mm_tokenizer_check(const struct mm_tokenizer *t, const struct mm_shard *s,
                       struct mm_err *err);

#endif
