/*
 * view_how.h - how a model is shown pictures, where that is not as it says
 *
 * A model's preprocessor_config.json says the size of a view and the tiles;
 * mm1-eval and mm1-generate can show it other ones.
 */
#ifndef MM_EVAL_VIEW_HOW_H
#define MM_EVAL_VIEW_HOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/opt.h"
#include "eval/bundle.h"

struct mm_view_how {
    int64_t image_size;    /* 0: the model's */
    const char *tiles;     /* as mm_tiling_parse(); NULL: the model's */
    int overview;          /* 0: the model's, else enum mm_overview + 1 */
    int64_t high_res_last; /* -1: all pictures have their tiles */
};

/* clang-format off */
#define MM_VIEW_ROW(type, name, kind, field, arg, def, help, ...) \
    { 0, name, kind, offsetof(type, views.field), arg, def, help, __VA_ARGS__ }

/* Rows for an options struct with a member `struct mm_view_how views`. */
#define MM_VIEW_OPTIONS(type) \
    MM_VIEW_ROW(type, "image-size", MM_OPT_INT, image_size, "pixels", "0", \
        "side of a view; 0: as the model says", 0, MM_IMAGE_MAX_SIZE, NULL, \
        0), \
    MM_VIEW_ROW(type, "tiles", MM_OPT_STR, tiles, "grid", NULL, \
        "none, COLSxROWS or MIN-MAX tiles; else as the model says", 0, 0, \
        NULL, 0), \
    MM_VIEW_ROW(type, "overview", MM_OPT_CHOICE, overview, "place", "model", \
        "where the whole picture stands beside its tiles", 0, 0, \
        "model|" MM_OVERVIEW_NAMES, 0), \
    MM_VIEW_ROW(type, "high-res-last", MM_OPT_INT, high_res_last, "n", "-1", \
        "tiles only of the last n pictures; -1: of all", -1, 1e6, NULL, 0)
/* clang-format on */

/* Do the pictures differ from what the model says? */
int mm_view_how_is_other(const struct mm_view_how *h);

/*
 * Set b's preprocessing so.  MM_ECONFIG when views are not of whole patches,
 * or those of one picture alone exceed the context.  Says so where positions
 * are interpolated.
 */
int mm_view_how_apply(const struct mm_view_how *h, struct mm_bundle *b,
                      struct mm_err *err);

/* The members of an object */
void mm_view_how_describe(const struct mm_view_how *h, struct mm_jw *w);

#endif
