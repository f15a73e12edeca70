/*
 * pack_seq.h - a sequence while it is filled
 *
 * Private to the packer.
 */
#ifndef MM_DATA_PACK_SEQ_H
#define MM_DATA_PACK_SEQ_H

#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "data/pack_doc.h"

struct mm_pack_seq {
    int32_t *tokens;   /* [T] */
    uint8_t *loss;     /* [T] */
    uint16_t *segment; /* [T] */
    size_t used, views, n_segments;
    uint64_t targets;
    struct mm_sample pictures; /* members "0.jpg", ... */
    struct mm_buf json;        /* {"segments":[ ... without its end */
    struct mm_jw w;
};

struct mm_pack_seq *mm_pack_seq_create(const struct mm_pack_config *c,
                                       struct mm_err *err);
void mm_pack_seq_free(struct mm_pack_seq *q);

/* Empty, all padding. */
void mm_pack_seq_clear(struct mm_pack_seq *q, const struct mm_pack_config *c);

int mm_pack_seq_has_room(const struct mm_pack_seq *q,
                         const struct mm_pack_config *c,
                         const struct mm_pack_piece *p);

/* Append a piece, for which there is room, as a segment. */
int mm_pack_seq_add(struct mm_pack_seq *q, const struct mm_pack_config *c,
                    const struct mm_pack_doc *d, const struct mm_pack_piece *p,
                    const char *source, struct mm_err *err);

/* As the members of a packed sample; its pictures move there. */
int mm_pack_seq_finish(struct mm_pack_seq *q, const struct mm_pack_config *c,
                       struct mm_sample *out, struct mm_err *err);

#endif
