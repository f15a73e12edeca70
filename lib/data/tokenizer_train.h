/*
 * tokenizer_train.h - learn a tokenizer from files
 */
#ifndef MM_DATA_TOKENIZER_TRAIN_H
#define MM_DATA_TOKENIZER_TRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "data/bpe_train.h"

/* What the words came from. */
struct mm_train_counts {
    int64_t texts; /* lines of text files, texts of documents */
    int64_t words; /* as the pre-tokenizer cuts them */
};

/*
 * Count the words of a file: a shard of documents, whose texts are each cut
 * for themselves, or text, whose lines are (with their newlines, as Hugging
 * Face's tokenizers do).  Which of them it is shows in its first bytes; "-" is
 * text unless is_shard.  Works on all threads; words come out in the order of
 * the file.
 */
int mm_tokenizer_count_file(struct mm_map *words, const char *path,
                            int is_shard, struct mm_train_counts *n,
                            struct mm_err *err);

#endif
