/*
 * view_reader.h - pictures of prompts to image tokens, for lanes.c
 *
 * Views wait until they are encoded, all that are of one size together; their
 * image tokens are taken by the rows that come, over several passes if need be.
 */
#ifndef MM_MODEL_VIEW_READER_H
#define MM_MODEL_VIEW_READER_H

#include <stddef.h>

#include "base/err.h"
#include "model/model.h"

/* Image tokens of one sequence: rows [n,D], of which `taken` are used up. */
struct mm_view_rows {
    float *v;
    size_t n, taken, cap;
};

/* A view on its way into rows, from row `at` on. */
struct mm_view_job {
    struct mm_pixels view;
    const float *mean, *std;
    struct mm_view_rows *rows;
    size_t at;
};

struct mm_view_reader {
    struct mm_model *m;
    struct mm_graph *graph; /* for `batch` views of `side` pixels */
    size_t side, batch;
    struct mm_pixels *views; /* [batch] of a pass */
    struct mm_view_job *jobs;
    size_t n_jobs, jobs_cap;
};

void mm_view_reader_init(struct mm_view_reader *r, struct mm_model *m);
void mm_view_reader_release(struct mm_view_reader *r);
void mm_view_rows_release(struct mm_view_rows *rows);

/*
 * n_views views for the next n_rows rows, which need exactly that many beyond
 * the rows that are there (else MM_EDATA, and nothing changes).  Pixels, mean
 * and std are borrowed until they are encoded.
 */
int mm_view_reader_add(struct mm_view_reader *r, struct mm_view_rows *rows,
                       size_t n_rows, const struct mm_pixels *views,
                       size_t n_views, const float *mean, const float *std,
                       struct mm_err *err);

/* Encode all that wait. */
int mm_view_reader_encode(struct mm_view_reader *r, struct mm_err *err);

/* The next n rows, which were encoded; valid until views are added. */
const float *mm_view_rows_take(struct mm_view_rows *rows, size_t n,
                               size_t width);

/* Rows that were not taken are not wanted; nor are views that wait. */
void mm_view_reader_forget(struct mm_view_reader *r,
                           struct mm_view_rows *rows);

#endif
