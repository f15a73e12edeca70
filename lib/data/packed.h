/*
 * packed.h - packed sequences, as the trainers read them
 *
 * Sequence i of the shards that mm1-mix wrote, by number: resuming costs
 * nothing, and which sequence a step sees depends on neither ranks nor
 * threads.  One struct mm_packed is for one thread (the one that prefetches);
 * the sequences it filled in are independent of it.
 */
#ifndef MM_DATA_PACKED_H
#define MM_DATA_PACKED_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/image.h"
#include "data/shard.h"

/* What is true of all sequences. */
struct mm_packed_info {
    size_t seq_len;      /* T: tokens of every sequence */
    size_t image_tokens; /* per view */
    size_t max_images;   /* views of a sequence, at most */
    size_t vocab_size;
    int32_t bos, eos, pad, image;
    char tokenizer[32]; /* hash, as meta.tokenizer.hash has it */
    size_t image_size;  /* side of the pixels when they are arrays, else 0 */
    int64_t pictures;   /* of all sequences; -1: not known */
};

struct mm_packed_image {
    uint8_t *pixels; /* [views,height,width,3], of the sequence */
    size_t views, height, width;
    size_t begin; /* its first token; views * image_tokens of them follow */
    size_t cap;   /* bytes of pixels; private */
};

struct mm_packed_segment {
    const char *source, *key; /* where it is from */
    size_t from;              /* token of the document; > 0: a further piece */
    size_t begin, length;     /* its tokens */
    size_t first_image, n_images;
};

/* All zero is empty; every call of mm_packed_get() uses its memory again. */
struct mm_packed_seq {
    size_t n;          /* T */
    size_t used;       /* tokens that are not padding; they come first */
    int32_t *tokens;   /* [T], pad after used */
    int32_t *target;   /* [T] what position i predicts: tokens[i + 1] where
                          that has loss 1 and is of the same segment; or -1 */
    int32_t *position; /* [T] from 0 in each segment; 0 in padding */
    uint16_t *segment; /* [T] from 1; 0 in padding */
    uint8_t *loss;     /* [T] */
    struct mm_packed_image *images;
    size_t n_images, n_views;
    struct mm_packed_segment *segments;
    size_t n_segments;
    /* private */
    size_t images_cap, segments_cap, token_cap;
    struct mm_json_doc json;
};

struct mm_packed;

/*
 * pre says how to decode pictures that stand there as JPEG or PNG (copied);
 * with NULL they are refused.  The shards must agree in their meta.
 */
struct mm_packed *mm_packed_open(const char *const *paths, size_t n,
                                 const struct mm_preprocess *pre,
                                 struct mm_err *err);
void mm_packed_close(struct mm_packed *p); /* NULL: nothing */

size_t mm_packed_count(const struct mm_packed *p); /* sequences */
const struct mm_packed_info *mm_packed_info(const struct mm_packed *p);

/* Header of the first shard: meta and history. */
const struct mm_shard_header *mm_packed_header(const struct mm_packed *p);

/* Sequence i; all that it holds is checked against info. */
int mm_packed_get(struct mm_packed *p, size_t i, struct mm_packed_seq *s,
                  struct mm_err *err);
void mm_packed_seq_release(struct mm_packed_seq *s);

/* The file that sequence i stands in, and its number there. */
const char *mm_packed_path(const struct mm_packed *p, size_t i,
                           size_t *number);

/* The source of a sequence: that of its first segment, or "". */
const char *mm_packed_source(const struct mm_packed_seq *s);

#endif
