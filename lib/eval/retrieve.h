/*
 * retrieve.h - do pictures find their captions, and captions their pictures?
 *
 * Each picture is compared with all different captions, each different caption
 * with all pictures.  R@K is the share of pictures (captions) that have one of
 * their own among the K nearest; a caption that several pictures share is one
 * caption with several pictures, a picture with several captions has them all.
 * Of equals the one that came first is nearer.  By chance:
 *
 *   1 - C(M - m, K) / C(M, K)     m own ones of M
 *
 * averaged over the pictures (captions), which is what an order without any
 * knowledge gives.
 */
#ifndef MM_EVAL_RETRIEVE_H
#define MM_EVAL_RETRIEVE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "eval/score.h"

enum { MM_RECALLS = 3 }; /* at 1, 5, 10 */

/* Shares, and what chance would give */
struct mm_recall {
    double at[MM_RECALLS], chance[MM_RECALLS];
    double median; /* place of the nearest own one, from 1 */
    size_t n;      /* that looked for theirs */
};

struct mm_retrieval {
    struct mm_recall by_picture, by_caption;
    size_t pictures, captions, of; /* of: items of the data */
};

/* limit: of the first `limit` items; 0: all */
int mm_retrieve(struct mm_retrieval *r, const char *model, const char *data,
                size_t limit, struct mm_err *err);

/*
 * The same of rows [.,width]: pair p says that picture picture[p] and caption
 * caption[p] belong together.
 */
int mm_retrieve_rows(struct mm_retrieval *r, const float *pictures, size_t n,
                     const float *captions, size_t m, size_t width,
                     const size_t *picture, const size_t *caption,
                     size_t n_pairs, struct mm_err *err);

/* The chance of finding one of m own among M at the first k */
double mm_recall_chance(size_t M, size_t m, size_t k);

void mm_retrieval_print(struct mm_buf *out, const struct mm_retrieval *r,
                        const char *model, const char *data,
                        enum mm_table_format format);

#endif
