/*
 * bpe_train.h - learn the merges of a byte-level BPE from words and counts
 *
 * The result is that of BpeTrainer in Hugging Face's tokenizers 0.23, id for
 * id: special tokens in the order given, the 256 bytes by the code points of
 * their names, then merges, each of the pair with the highest count (smallest
 * pair of ids on ties).  Counts are 64-bit, where the original overflows.
 */
#ifndef MM_DATA_BPE_TRAIN_H
#define MM_DATA_BPE_TRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "data/tokenizer.h"

struct mm_bpe_train {
    size_t vocab_size; /* at least the special tokens and 256 */
    int64_t min_count; /* of a pair that becomes a token */
    const char *const *special;
    size_t n_special;
};

/*
 * Count the words of a text, as the pre-tokenizer cuts it.  A word over 1 KiB
 * (a line of base64, say) counts as several, since each merge walks the whole
 * of every word that has its pair; the original takes it whole.
 */
int mm_bpe_count(struct mm_map *words, const char *text, size_t n,
                 struct mm_err *err);

/* Is there room for all that must be in the vocabulary?  0, or MM_ECONFIG. */
int mm_bpe_train_check(const struct mm_bpe_train *how, struct mm_err *err);

/*
 * Learn from words and their counts; their order does not matter.  The
 * vocabulary is smaller than asked for when the words have no more pairs.
 */
struct mm_tokenizer *mm_bpe_train(const struct mm_map *words,
                                  const struct mm_bpe_train *how,
                                  struct mm_err *err);

#endif
