/*
 * encode_doc.h - document shards to token shards
 */
#ifndef MM_DATA_ENCODE_DOC_H
#define MM_DATA_ENCODE_DOC_H

#include "base/err.h"
#include "data/chat.h"
#include "data/sample.h"
#include "data/tokenizer.h"

struct mm_encode_counts {
    int64_t documents, tokens, targets, images;
};

/*
 * Add tokens.npy (<i4 [n]) and loss.npy (|u1 [n]) to a sample by its "json"
 * member.  e is work space.  Adds to the counts.
 */
int mm_encode_sample(const struct mm_tokenizer *t, const struct mm_chat *c,
                     struct mm_sample *s, struct mm_encoded *e,
                     struct mm_encode_counts *n, struct mm_err *err);

/*
 * A shard of documents, in ("-": standard input), becomes a shard of tokens,
 * out.  Works on all threads; the order and the bytes do not depend on them.
 */
int mm_encode_shard(const struct mm_tokenizer *t, const struct mm_chat *c,
                    const char *in, const char *out,
                    struct mm_encode_counts *n, struct mm_err *err);

#endif
