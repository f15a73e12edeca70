/*
 * pack.h - documents of tokens and pictures into sequences of T tokens
 *
 * Each picture's one image id becomes a run of views * image_tokens copies.
 * A document stands whole in one sequence, as one segment, where it fits; its
 * run of a picture is never cut, and no sequence has more views than allowed.
 * Longer documents are cut: each further piece is a segment that begins with
 * BOS, and only the last ends with EOS; a picture stays with the text after
 * it.  Conversations are not cut but dropped, and so is what has one picture
 * that fits nowhere.
 *
 * The order in which sequences come out depends only on the documents put in.
 */
#ifndef MM_DATA_PACK_H
#define MM_DATA_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/sample.h"

enum mm_pack_kind {
    MM_PACK_FIRST_FIT, /* into the first open sequence with room */
    MM_PACK_NEXT_FIT,  /* into the last one, or a new one */
    MM_PACK_NONE       /* a sequence for each document */
};

enum mm_pack_long { MM_PACK_CUT,
                    MM_PACK_DROP }; /* what is longer than a sequence */

struct mm_pack_config {
    size_t seq_len, image_tokens, max_images; /* T; per view; views */
    enum mm_pack_kind kind;
    enum mm_pack_long too_long;
    size_t open_max; /* sequences that are filled at once (first fit) */
    int32_t bos, eos, pad, image;
    size_t vocab_size;
};

/* What became of the documents. */
struct mm_pack_counts {
    /* put in: all of them; cut into pieces; dropped for their length (or
       views); dropped for one picture that fits nowhere */
    uint64_t documents, cut, dropped_long, dropped_image;
    uint64_t too_many; /* views, the most of such a picture */
    /* put out */
    uint64_t sequences, tokens, targets, images, views;
};

struct mm_packer;

/* source: the name that segments carry */
struct mm_packer *mm_packer_create(const struct mm_pack_config *c,
                                   const char *source, struct mm_err *err);
void mm_packer_free(struct mm_packer *p); /* NULL: nothing */

/*
 * Put a sample of a tokens or pixels shard in.  MM_EDATA when its tokens,
 * mask, document and pictures do not fit together.
 */
int mm_packer_put(struct mm_packer *p, const struct mm_sample *s,
                  struct mm_err *err);

/* No more will come: all that is open may be taken. */
int mm_packer_flush(struct mm_packer *p, struct mm_err *err);

/* The next finished sequence as a sample without a key: 1, 0 none, -1. */
int mm_packer_take(struct mm_packer *p, struct mm_sample *out,
                   struct mm_err *err);

const struct mm_pack_counts *mm_packer_counts(const struct mm_packer *p);

#endif
