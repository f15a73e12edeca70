/*
 * shard_header.h - header and trailer of a shard, to and from JSON
 *
 * Private to the shard reader and writer.
 */
#ifndef MM_DATA_SHARD_HEADER_H
#define MM_DATA_SHARD_HEADER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "data/sample.h"
#include "data/shard.h"

#define MM_SHARD_HEADER_MAX ((uint64_t)16 << 20)
#define MM_SHARD_TRAILER "__trailer__"

/*
 * The header's JSON text.  meta (NULL: {}) must be a JSON object, history
 * (NULL: []) an array, to which this program's stamp is appended.
 */
int mm_shard_header_print(struct mm_buf *out, const char *kind,
                          const char *meta, const char *history,
                          struct mm_err *err);

/*
 * From JSON text: 1, 0 when it is not the header of a shard, -1 when it is
 * and is wrong or newer.
 */
int mm_shard_header_parse(struct mm_shard_header *h, const char *text,
                          size_t n, struct mm_err *err);

int mm_shard_header_copy(struct mm_shard_header *to,
                         const struct mm_shard_header *from,
                         struct mm_err *err);

/*
 * Of one kind, with the same meta?  Else MM_EDATA names both files and the
 * first member that differs, and says what to do.
 */
int mm_shard_header_agree(const struct mm_shard_header *a, const char *a_path,
                          const struct mm_shard_header *b, const char *b_path,
                          const char *advice, struct mm_err *err);

/* Append to h's history those stamps of other's that it lacks. */
int mm_shard_history_join(struct mm_shard_header *h,
                          const struct mm_shard_header *other,
                          struct mm_err *err);

/* The header of a foreign archive. */
int mm_shard_header_foreign(struct mm_shard_header *h, struct mm_err *err);

/* What the trailer says of the samples, counted as they pass. */
struct mm_shard_sum {
    uint64_t samples, members, bytes;
    struct mm_hash hash;
    uint64_t header; /* hash of the header's text */
};

int mm_shard_sum_init(struct mm_shard_sum *s, struct mm_err *err);
void mm_shard_sum_release(struct mm_shard_sum *s);
void mm_shard_sum_add(struct mm_shard_sum *s, const struct mm_sample *sample);

/* counts: a JSON object or NULL */
void mm_shard_trailer_print(const struct mm_shard_sum *s, const char *counts,
                            struct mm_buf *out);

/* Does the trailer agree with the sum?  MM_EDATA. */
int mm_shard_trailer_check(const struct mm_shard_sum *s, const char *text,
                           size_t n, struct mm_err *err);

/*
 * Append the content hash that a trailer's text (or NULL) has to a list of
 * JSON strings, "a","b".
 */
void mm_shard_hashes_add(struct mm_buf *list, const char *trailer);

#endif
