/*
 * image.h - pictures: bytes to RGB pixels of a wanted size
 *
 * Pixels equal Pillow's: decoded by libjpeg (ISLOW, fancy upsampling) and
 * libpng, converted to RGB, resized by resize.h.  Two things differ on
 * purpose: alpha is composed over white unless told otherwise, and 16-bit grey
 * keeps its high byte (Pillow clips it to white).
 */
#ifndef MM_DATA_IMAGE_H
#define MM_DATA_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "data/tiling.h"

/* Row-major RGB, 8 bits; all zero: no picture. */
struct mm_image {
    uint8_t *rgb; /* [height,width,3] */
    size_t width, height, cap;
};

void mm_image_release(struct mm_image *im);

/* Make it width x height; what the pixels are is not defined. */
int mm_image_room(struct mm_image *im, size_t width, size_t height,
                  struct mm_err *err);

enum mm_alpha { MM_ALPHA_WHITE,
                MM_ALPHA_DROP };
enum mm_filter { MM_FILTER_BICUBIC,
                 MM_FILTER_BILINEAR };
enum mm_fit {
    MM_FIT_SQUASH, /* to a square, aspect lost (DFN-5B, MM1) */
    MM_FIT_CROP,   /* shortest edge, centre crop (CLIP) */
    MM_FIT_PAD     /* square of the mean colour (LLaVA) */
};

/* By what mean and deviation pixels are normalised for an encoder */
enum mm_normalise {
    MM_NORMALISE_CLIP,     /* OpenAI's CLIP, and all that began from it */
    MM_NORMALISE_IMAGENET, /* AIM, DINO and torchvision's */
    MM_NORMALISE_HALF      /* 0.5 and 0.5: SigLIP */
};

/* The names of the above as a choice of options: "bicubic|bilinear" */
#define MM_ALPHA_NAMES "white|drop"
#define MM_FILTER_NAMES "bicubic|bilinear"
#define MM_FIT_NAMES "squash|crop|pad"
#define MM_NORMALISE_NAMES "clip|imagenet|half"

/* The side of the encoder's picture, and pixels that a file may claim */
#define MM_IMAGE_MAX_SIZE 4096
#define MM_IMAGE_MAX_PIXELS ((size_t)1 << 30)

/* How a picture becomes the pixels of the encoder: preprocessor_config.json */
struct mm_preprocess {
    size_t size; /* side of the square that the encoder sees */
    enum mm_fit fit;
    enum mm_filter filter;
    enum mm_alpha alpha;
    struct mm_tiling tiling; /* more views than that square */
    size_t max_pixels;       /* refuse larger pictures before decoding them */
    float mean[3], std[3];
};

void mm_preprocess_default(struct mm_preprocess *p); /* MM1: squash, bicubic,
                                                        CLIP's mean and std */

void mm_preprocess_normalise(struct mm_preprocess *p, enum mm_normalise how);

/*
 * preprocessor_config.json in a model directory, in the layout of Hugging
 * Face's image processors; what only we know stands there under "mm1".  A file
 * without "mm1" is understood where it means one of our ways.
 */
int mm_preprocess_load(struct mm_preprocess *p, const char *dir,
                       struct mm_err *err);
int mm_preprocess_save(const struct mm_preprocess *p, const char *dir,
                       struct mm_err *err);

/* The text of that file, for callers that write it themselves. */
#define MM_PREPROCESS_FILE "preprocessor_config.json"
void mm_preprocess_print(const struct mm_preprocess *p, struct mm_buf *out);

/*
 * As one JSON object: {"size", "fit", "filter", "alpha", "mean", "std"} and,
 * if there is more than one view, "tiles" and "overview"; the meta.pixels of
 * shards, and back into p (what is missing stays, but for the tiles).
 */
void mm_preprocess_describe(const struct mm_preprocess *p, struct mm_jw *w);
int mm_preprocess_parse(struct mm_preprocess *p, const struct mm_json *pixels,
                        struct mm_err *err);

/*
 * Decode JPEG or PNG, chosen by its first bytes.  Size, scans and memory are
 * checked before pixels are made.  EXIF orientation is applied.  A picture is
 * decoded whole or refused with MM_EDATA; im is undefined then.
 */
int mm_image_decode(struct mm_image *im, const void *p, size_t n,
                    const struct mm_preprocess *pre, struct mm_err *err);

/*
 * Where the rows of a picture go as they are decoded, top to bottom, so that
 * it need not be in memory as a whole.  Up to MM_ROWS_AHEAD rows are out at a
 * time: asked for, and not yet complete.
 */
#define MM_ROWS_AHEAD 4
struct mm_row_sink {
    /* Once, before the first row; -1 ends it. */
    int (*begin)(void *ctx, size_t width, size_t height, struct mm_err *err);

    /* Room for the 3 width bytes of row y */
    uint8_t *(*room)(void *ctx, size_t y);

    /* All rows before y are complete. */
    void (*ready)(void *ctx, size_t y);
    void *ctx;
};

/*
 * As mm_image_decode(), into a sink and as the picture is stored, which is
 * upright if mm_exif_orientation() says 1.  On failure the sink may have got
 * some rows.  Memory: a few rows, except that an interlaced PNG is there as a
 * whole, and the coefficients of a progressive JPEG.
 */
int mm_image_decode_rows(const struct mm_row_sink *sink, const void *p,
                         size_t n, const struct mm_preprocess *pre,
                         struct mm_err *err);

/*
 * May n bytes hold width x height pixels?  MM_EDATA when that is more than
 * max_pixels, or a large picture in far too few bytes: a bomb.
 */
int mm_image_admit(const struct mm_preprocess *pre, size_t width,
                   size_t height, size_t n, struct mm_err *err);

#endif
