/*
 * augment.h - pictures and captions are not twice the same in training
 *
 * What is drawn depends on the seed, the sequence's number over all passes
 * and the view or token within it, and on nothing else: a step that is done
 * again, in whatever pieces, on whatever threads, sees the same.
 *
 *   flip    each view is mirrored, left to right, half of the time
 *   crop=S  a part of the view, of S to 1 of its area and 3/4 to 4/3 of its
 *           shape, is stretched over all of it (torchvision's
 *           RandomResizedCrop with antialiased triangle filter: the first of
 *           ten draws that fits, else the whole view); by CLIP's authors a
 *           random square, S = 0.9 in open_clip, 0.4 and flip in AIM
 *   words=P each token of a text but BOS and EOS is left out with probability
 *           P, for objectives that read texts without their image tokens: an
 *           image token comes in its place
 */
#ifndef MM_TRAIN_AUGMENT_H
#define MM_TRAIN_AUGMENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/packed.h"
#include "data/resize.h"

/* All zero changes nothing. */
struct mm_augment {
    int flip;
    double crop, words;
};

#define MM_AUGMENT_LEAST 0.001     /* of crop and words */
#define MM_AUGMENT_MOST_WORDS 0.99 /* without any, there is nothing to learn */

/*
 * "flip,crop=0.8,words=0.1" in any order, each once; NULL or "": nothing.
 * MM_EUSAGE
 */
int mm_augment_parse(struct mm_augment *a, const char *text,
                     struct mm_err *err);

/* The same, in that order; nothing: "" */
void mm_augment_print(const struct mm_augment *a, struct mm_buf *out);

int mm_augment_any(const struct mm_augment *a);

/* The part of a width x height view that `crop` takes. */
struct mm_window mm_augment_window(double crop, uint64_t seed,
                                   int64_t position, size_t view, size_t width,
                                   size_t height);

/* Memory, kept for the next view; all zero is empty. */
struct mm_augmenter {
    struct mm_resizer resizer;
    uint8_t *part;
    size_t cap;
};

void mm_augmenter_release(struct mm_augmenter *m);

/* Change the pixels and tokens of a sequence, in place. */
int mm_augment_sequence(struct mm_augmenter *m, const struct mm_augment *a,
                        uint64_t seed, int64_t position,
                        const struct mm_packed_info *info,
                        struct mm_packed_seq *s, struct mm_err *err);

#endif
