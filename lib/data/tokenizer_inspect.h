/*
 * tokenizer_inspect.h - show how a text is cut
 *
 * A line for each text: the tokens as id:"bytes", in square brackets those
 * that are targets of the loss.
 */
#ifndef MM_DATA_TOKENIZER_INSPECT_H
#define MM_DATA_TOKENIZER_INSPECT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/chat.h"
#include "data/tokenizer.h"

/*
 * The lines of a file to standard output: texts, or with a template documents
 * as JSON (as in the "json" member of a sample).  limit 0: all.
 */
int mm_inspect_lines(const struct mm_tokenizer *t, const struct mm_chat *c,
                     const char *in, int special, size_t limit,
                     struct mm_err *err);

/*
 * The samples of a shard, each with its key in front: documents by a template,
 * tokens and packed sequences as they are.
 */
int mm_inspect_shard(const struct mm_tokenizer *t, const struct mm_chat *c,
                     const char *in, size_t limit, struct mm_err *err);

#endif
