/*
 * image_fit.h - many pictures into the encoder's square
 *
 * Rows go from the decoder straight into the resizer, so a picture is never in
 * memory as a whole, however large; unless EXIF says that it must be turned.
 *
 * With tiles (see tiling.h) a picture becomes several views of one size.  The
 * overview is what there is without tiles.  The same way of fitting makes the
 * grid that is cut into tiles; where the grid is chosen by the picture's
 * shape, that shape is kept, and the middle of the mean colour is where it
 * stands.
 */
#ifndef MM_DATA_IMAGE_FIT_H
#define MM_DATA_IMAGE_FIT_H

#include "base/err.h"
#include "data/image.h"
#include "data/resize.h"
#include "data/tiling.h"

/* A grid of views being made of the picture's rows */
struct mm_fit_grid {
    struct mm_resizer resizer;
    struct mm_grid grid;
    uint8_t *views; /* [rows,cols,side,side,3], the first of them */
    size_t side, x, y;
    uint8_t *line; /* a row of all the grid, if it is wider than a view */

    /* The rows of the picture, on the mean colour if it is padded */
    uint8_t *rows;        /* [8,stride] */
    size_t width, height; /* with padding */
    struct mm_window own; /* the picture in it */
    size_t stride, fed;   /* rows that the resizer got */
    size_t line_cap, rows_cap;
};

/* Tables and memory for the next picture; all zero is empty. */
struct mm_fitter {
    const struct mm_preprocess *pre; /* of the picture being fitted */
    struct mm_image *dst;
    struct mm_fit_grid overview, tiles;
    struct mm_fit_grid *first, *second; /* of them; second may be NULL */
    size_t height, copied;              /* rows; of them second has, too */
    struct mm_image whole;              /* a turned picture */
};

void mm_fitter_release(struct mm_fitter *f);

/*
 * Fit im into the square of pre->size; dst is another image.  It gets that
 * width, and the views one above the other.
 */
int mm_fitter_run(struct mm_fitter *f, struct mm_image *dst,
                  const struct mm_image *im, const struct mm_preprocess *pre,
                  struct mm_err *err);

/* As mm_image_decode() and then mm_fitter_run(), in one pass */
int mm_fitter_decode(struct mm_fitter *f, struct mm_image *dst, const void *p,
                     size_t n, const struct mm_preprocess *pre,
                     struct mm_err *err);

#endif
