/*
 * bpe_long.h - merge a word of any length in linear time
 */
#ifndef MM_DATA_BPE_LONG_H
#define MM_DATA_BPE_LONG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/bpe.h"

struct mm_bpe_entry {
    uint32_t at, next;
};

/* Work space; all zero is empty.  Between words no rank is waiting. */
struct mm_bpe_long {
    int32_t *tag; /* per byte, see bpe_long.c */
    size_t tag_cap;
    uint32_t *head; /* per rank: its first entry, UINT32_MAX: none */
    uint64_t *waiting;
    size_t n_ranks;
    struct mm_bpe_entry *entry;
    size_t n_entries, entry_cap;
    uint32_t unused; /* list of entries to use again */
    uint32_t *at;
    size_t at_cap;
    uint64_t *late;
    size_t n_late, late_cap;
};

void mm_bpe_long_release(struct mm_bpe_long *w);

/* As mm_bpe_word(). */
ssize_t mm_bpe_long_word(const struct mm_bpe *b, struct mm_bpe_long *w,
                         const char *word, size_t n, int32_t *out,
                         struct mm_err *err);

#endif
