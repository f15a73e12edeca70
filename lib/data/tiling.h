/*
 * tiling.h - into which views a picture is taken apart
 *
 * A large picture is shown to the encoder more than once: as a whole, the
 * overview, and enlarged to a grid of tiles, each as large as the encoder's
 * square; tiles go row by row.  MM1 (McKinzie et al., arXiv 2403.09611) takes
 * an overview and 2x2 tiles, so that a picture of 1344 x 1344 becomes five of
 * 672 x 672.  MM1.5 (Zhang et al., arXiv 2409.20566) chooses the grid by the
 * shape of the picture.
 */
#ifndef MM_DATA_TILING_H
#define MM_DATA_TILING_H

#include <stddef.h>

#include "base/err.h"

#define MM_TILES_MAX 64 /* of a picture */

enum mm_overview { MM_OVERVIEW_FIRST,  /* MM1 */
                   MM_OVERVIEW_LAST,   /* MM1.5 */
                   MM_OVERVIEW_NONE }; /* tiles alone */
#define MM_OVERVIEW_NAMES "first|last|none"

/* All zero: one view, the overview. */
struct mm_tiling {
    size_t cols, rows; /* the same grid for every picture, or 0 x 0 */
    size_t min, max;   /* tiles of a grid that is chosen; 0: none is */
    enum mm_overview overview;
};

/* "none", "COLSxROWS", "MIN-MAX"; does not touch the overview. */
int mm_tiling_parse(struct mm_tiling *t, const char *text, struct mm_err *err);

#define MM_TILING_TEXT 48
void mm_tiling_print(const struct mm_tiling *t, char text[MM_TILING_TEXT]);

const char *mm_overview_name(enum mm_overview o);
int mm_overview_find(const char *name); /* -1: there is none of that name */

/* Is it more than one view for some picture? */
int mm_tiling_is_on(const struct mm_tiling *t);

struct mm_grid {
    size_t cols, rows;
};

/*
 * The grid for a picture.  A chosen one is, among those of min to max tiles of
 * side x side in which the picture, its shape kept, stands without being
 * shrunk, the one with the least empty space; if it has to be shrunk in all of
 * them, the one that shrinks it least.  Of equals the one of fewer tiles, then
 * of fewer rows.  1 x 1: the overview alone.
 */
struct mm_grid mm_tiling_grid(const struct mm_tiling *t, size_t side,
                              size_t width, size_t height);

/* Views of a picture with this grid, and of any picture at the most */
size_t mm_tiling_views(const struct mm_tiling *t, struct mm_grid g);
size_t mm_tiling_most(const struct mm_tiling *t);

/* Which of n views is the overview; n: none is. */
size_t mm_tiling_overview(const struct mm_tiling *t, size_t n);

#endif
