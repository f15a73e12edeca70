/*
 * features.h - the pixels of a sample become features of an image encoder
 *
 * The member "k.u8.npy", |u1 [views,side,side,3], becomes "k.features.npy",
 * <f2 [views,patches,width]: the patch rows of the encoder's last layer, as the
 * connector takes them.  The document names the new members.
 */
#ifndef MM_EVAL_FEATURES_H
#define MM_EVAL_FEATURES_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "data/image.h"
#include "data/sample.h"
#include "model/model.h"

struct mm_features {
    struct mm_model *model;
    struct mm_preprocess pre; /* how pictures are to be made into pixels */
    struct mm_graph *graph;   /* for `views` views of `side` pixels */
    size_t views, side;
    float *rows;             /* what came from the graph */
    size_t n_rows, rows_cap; /* n_rows: numbers */
    int pooled;              /* the graph is one for pooled features */
};

/* dir is a model or a run directory.  MM_ECONFIG when it has no encoder. */
int mm_features_open(struct mm_features *f, const char *dir,
                     struct mm_err *err);
void mm_features_close(struct mm_features *f);

/*
 * n views of one size: f->rows becomes their features, [n,patches,width].
 * MM_EDATA when they do not fit the encoder, MM_EDIVERGE when what it makes are
 * no numbers, here and below.
 */
int mm_features_encode(struct mm_features *f, const struct mm_pixels *views,
                       size_t n, size_t *patches, struct mm_err *err);

/* A sample without pixels stays as it is. */
int mm_features_sample(struct mm_features *f, struct mm_sample *s,
                       struct mm_err *err);

/* The same from a model that is open already and stays the caller's. */
void mm_features_borrow(struct mm_features *f, struct mm_model *m,
                        const struct mm_preprocess *pre);
void mm_features_give_back(struct mm_features *f);

/* Numbers of a picture's pooled features. */
size_t mm_features_width(const struct mm_features *f);

/*
 * The pooled features of an encoded picture, scaled to length 1: a CLIP's own,
 * or the mean over the patches.  row [mm_features_width()]
 */
int mm_features_pooled(struct mm_features *f, const void *bytes, size_t n,
                       float *row, struct mm_err *err);

/* {"width", "patch_size", "weights"}: for the header of a shard */
void mm_features_describe(const struct mm_features *f, struct mm_jw *w);

#endif
