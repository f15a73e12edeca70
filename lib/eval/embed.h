/*
 * embed.h - pictures and texts to rows of a CLIP's common space
 *
 * A row depends on its picture or text and the model only, not on what else is
 * embedded at the same time.
 */
#ifndef MM_EVAL_EMBED_H
#define MM_EVAL_EMBED_H

#include <stddef.h>

#include "base/err.h"
#include "data/image_fit.h"
#include "eval/bundle.h"
#include "eval/source.h"

#define MM_EMBED_BLOCK 32 /* pictures or texts computed at a time */

struct mm_embedder {
    struct mm_bundle bundle;
    struct mm_graph *plan, *graph;
    size_t width, bytes; /* of a row, in numbers; of the graph's memory */
};

/* MM_ECONFIG when the model is no CLIP */
int mm_embedder_open(struct mm_embedder *e, const char *dir,
                     struct mm_err *err);
void mm_embedder_close(struct mm_embedder *e);

/* n texts to rows [n,width] of length 1.  MM_EDIVERGE: they are no numbers */
int mm_embed_texts(struct mm_embedder *e, const char *const *texts, size_t n,
                   float *rows, struct mm_err *err);

/*
 * The items of a source that have a picture, in their order: the first picture
 * of each.  Others are named in a warning and left out.  MM_EDIVERGE as above.
 */
struct mm_embedded {
    struct mm_item *items; /* [n] without their pictures */
    float *rows;           /* [n,width] */
    size_t n, of;          /* of: items that were looked at */
    size_t items_cap, rows_cap;
};

/* limit: look at the first so many items; 0: all */
int mm_embed_source(struct mm_embedder *e, struct mm_source *s, size_t limit,
                    struct mm_embedded *out, struct mm_err *err);
void mm_embedded_release(struct mm_embedded *m);

/* z[n] = rows [n,width] . row */
void mm_embed_compare(const float *rows, size_t n, const float *row,
                      size_t width, float *z);

/* How many of z[n] rank before z[own]: larger, or equal and earlier. */
size_t mm_embed_rank(const float *z, size_t n, size_t own);

#endif
