/*
 * encode_image.h - the pictures of a sample become pixels
 *
 * The k-th picture of a document is decoded, fitted, and stands then in the
 * member "k.u8.npy", |u1 [views,height,width,3], with one view or as many as
 * its tiling says; its own member goes, the document names the new one and
 * gets "views", the number of views of each picture.  A sample without
 * pictures stays as it is.
 *
 * A picture that cannot be used is taken out of an interleaved document,
 * together with its <image> token.  Where all depends on it (a pair, a
 * conversation, a document with "answers") the sample is dropped, and so is
 * one that would be left with neither text nor picture.
 */
#ifndef MM_DATA_ENCODE_IMAGE_H
#define MM_DATA_ENCODE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "data/doc.h"
#include "data/image.h"
#include "data/image_fit.h"
#include "data/sample.h"

#define MM_DOC_KINDS 4 /* enum mm_doc_kind */

/* What to do; read-only, for all threads. */
struct mm_encode_image {
    struct mm_preprocess pre;
    int32_t image_token; /* or -1: samples have no tokens */
};

/* One sample being worked on; all zero is empty, kept for the next sample. */
struct mm_encode_image_item {
    struct mm_sample sample; /* in and out */

    /* What came of it */
    enum mm_doc_kind kind;
    size_t pictures;      /* that it named */
    size_t unusable;      /* of them; a dropped sample stops at the first */
    int dropped;          /* sample must not be used */
    struct mm_buf report; /* a line without newline for each unusable picture,
                             NULs between */

    /* Private */
    struct mm_sample spare;
    struct mm_image fitted;
    struct mm_fitter fitter;
};

void mm_encode_image_release(struct mm_encode_image_item *it);

/*
 * Encode it->sample.  -1 only for what is wrong with the sample as such (no
 * document, tokens that do not match it) or with us (memory); it is undefined
 * then, as it is when it was dropped.
 */
int mm_encode_image_sample(const struct mm_encode_image *e,
                           struct mm_encode_image_item *it,
                           struct mm_err *err);

/* Sums over samples, for the trailer of a shard */
struct mm_encode_image_counts {
    size_t samples[MM_DOC_KINDS], dropped[MM_DOC_KINDS];
    size_t unusable[MM_DOC_KINDS]; /* pictures, of samples kept or dropped */
    size_t pictures;
};

void mm_encode_image_count(struct mm_encode_image_counts *c,
                           const struct mm_encode_image_item *it);
void mm_encode_image_print(const struct mm_encode_image_counts *c,
                           struct mm_jw *w);

#endif
