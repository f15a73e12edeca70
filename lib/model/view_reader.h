/*
 * view_reader.h - pictures of a prompt to image tokens, for session.c
 *
 * Views are encoded as they are given; their image tokens are taken by the
 * rows that come, over several calls if need be.
 */
#ifndef MM_MODEL_VIEW_READER_H
#define MM_MODEL_VIEW_READER_H

#include <stddef.h>

#include "base/err.h"
#include "model/model.h"

struct mm_view_reader {
    struct mm_model *m;
    struct mm_graph *graph; /* for `batch` views of `side` pixels */
    size_t side, batch;
    float *rows; /* [n_rows,D]; of these `taken` are used up */
    size_t n_rows, taken, cap;
};

void mm_view_reader_init(struct mm_view_reader *r, struct mm_model *m);
void mm_view_reader_release(struct mm_view_reader *r);

/* Do n_rows more rows need exactly n_views more views?  MM_EDATA. */
int mm_view_reader_check(const struct mm_view_reader *r, size_t n_rows,
                         size_t n_views, struct mm_err *err);

/* Encode n more. */
int mm_view_reader_read(struct mm_view_reader *r,
                        const struct mm_pixels *views, size_t n,
                        const float mean[3], const float std[3],
                        struct mm_err *err);

/* The next n rows, which are there; valid until the next read. */
const float *mm_view_reader_take(struct mm_view_reader *r, size_t n);

/* Rows that were not taken are not wanted. */
void mm_view_reader_forget(struct mm_view_reader *r);

#endif
