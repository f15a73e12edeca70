/*
 * packed_seq.h - a packed sample becomes a sequence, everything checked
 *
 * Private to the reader of packed shards and to lint.
 */
#ifndef MM_DATA_PACKED_SEQ_H
#define MM_DATA_PACKED_SEQ_H

#include "base/err.h"
#include "data/packed.h"
#include "data/sample.h"

/* json, tokens.npy, loss.npy, segment.npy stand before the pictures */
#define MM_PACKED_MEMBERS 4

/*
 * From the meta of a shard; "packing" is needed only of packed shards and
 * leaves zeros when it is missing; pictures are not known.  MM_EDATA.
 */
int mm_packed_info_parse(struct mm_packed_info *info,
                         const struct mm_shard_header *h, struct mm_err *err);

/*
 * Fill in all but the pixels.  An encoded picture
 * has one view and no size yet.
 */
int mm_packed_seq_parse(struct mm_packed_seq *q, const struct mm_sample *s,
                        const struct mm_packed_info *info,
                        struct mm_err *err);

/* The member of picture i of a packed sample, or NULL. */
const struct mm_member *mm_packed_picture(const struct mm_sample *s, size_t i);

#endif
