/*
 * pack_doc.h - a document that is to be packed, and where it may be cut
 *
 * Private to the packer.
 */
#ifndef MM_DATA_PACK_DOC_H
#define MM_DATA_PACK_DOC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/npy.h"
#include "data/pack.h"
#include "data/sample.h"

struct mm_pack_picture {
    const struct mm_member *member;
    const char *suffix; /* of its name, after the number: "jpg" */
    size_t at;          /* its token in the document */
    size_t views;
};

/* All zero is empty; parsing again uses its memory again. */
struct mm_pack_doc {
    const char *key;
    int32_t *tokens; /* [n], one image id for each picture */
    struct mm_npy loss;
    size_t n;
    struct mm_pack_picture *pictures;
    size_t n_pictures, pictures_cap;
    int is_chat;
};

/* Borrows from the sample. */
int mm_pack_doc_parse(struct mm_pack_doc *d, const struct mm_sample *s,
                      const struct mm_pack_config *c, struct mm_err *err);
void mm_pack_doc_release(struct mm_pack_doc *d);

/* A piece: tokens [begin, end) and pictures [first, last) of a document. */
struct mm_pack_piece {
    size_t begin, end, first, last;
    size_t length; /* in a sequence: runs expanded, BOS added */
    size_t views;
};

/* The views of a picture that fits into no sequence; 0: there is none. */
size_t mm_pack_doc_hopeless(const struct mm_pack_doc *d,
                            const struct mm_pack_config *c);

/*
 * The piece after *p (all zero: the first), as long as a sequence allows: 1,
 * or 0 after the last.
 */
int mm_pack_doc_next(const struct mm_pack_doc *d,
                     const struct mm_pack_config *c, struct mm_pack_piece *p);

#endif
