/*
 * encode_doc.h - document shards to token shards
 */
#ifndef MM_DATA_ENCODE_DOC_H
#define MM_DATA_ENCODE_DOC_H

#include "base/err.h"
#include "data/chat.h"
#include "data/tokenizer.h"

struct mm_encode_counts {
    int64_t documents, tokens, targets, images;
};

/*
 * A shard of documents, in ("-": standard input), becomes a shard of tokens,
 * out.  Works on all threads; the order and the bytes do not depend on them.
 */
int mm_encode_shard(const struct mm_tokenizer *t, const struct mm_chat *c,
                    const char *in, const char *out,
                    struct mm_encode_counts *n, struct mm_err *err);

#endif
