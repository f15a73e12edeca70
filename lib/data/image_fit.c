/*
 * image_fit.c - squash, crop, pad
 */
#include "data/image_fit.h"

#include <string.h>

void mm_fitter_release(struct mm_fitter *f)
{
    mm_resizer_release(&f->resizer);
    mm_image_release(&f->square);
}

static int squash(struct mm_fitter *f, struct mm_image *dst,
                  const struct mm_image *im, const struct mm_preprocess *pre,
                  struct mm_err *err)
{
    struct mm_window all = { 0, 0, pre->size, pre->size };

    return mm_resize(&f->resizer, dst, im, pre->size, pre->size, &all,
                     pre->filter, err);
}

/*
 * Resize the shortest edge to size, the other to a whole number of pixels
 * rounded down, and take the middle, half a pixel up and left when it does not
 * divide: Hugging Face's CLIP.  Only the middle is computed.
 */
static int crop(struct mm_fitter *f, struct mm_image *dst,
                const struct mm_image *im, const struct mm_preprocess *pre,
                struct mm_err *err)
{
    size_t size = pre->size, width = size, height = size;
    struct mm_window middle = { 0, 0, size, size };

    if (im->width > im->height)
        width = size * im->width / im->height;
    else
        height = size * im->height / im->width;
    middle.x = (width - size) / 2;
    middle.y = (height - size) / 2;
    return mm_resize(&f->resizer, dst, im, width, height, &middle,
                     pre->filter, err);
}

/* A square of the mean colour, as bytes: int(255 mean), rounded down */
static void fill_mean(struct mm_image *im, const float mean[3])
{
    uint8_t *p = im->rgb;

    for (size_t i = 0; i < im->width * im->height; i++, p += 3)
        for (size_t c = 0; c < 3; c++)
            p[c] = (uint8_t)(mean[c] * 255);
}

static void paste(struct mm_image *dst, const struct mm_image *im, size_t x,
                  size_t y)
{
    for (size_t i = 0; i < im->height; i++)
        memcpy(dst->rgb + 3 * ((y + i) * dst->width + x),
               im->rgb + 3 * i * im->width, 3 * im->width);
}

static int pad(struct mm_fitter *f, struct mm_image *dst,
               const struct mm_image *im, const struct mm_preprocess *pre,
               struct mm_err *err)
{
    size_t side = im->width > im->height ? im->width : im->height;

    if (mm_image_admit(pre, side, side, MM_IMAGE_MAX_PIXELS, err) != 0)
        return mm_fail_in(err, "after padding");
    if (mm_image_room(&f->square, side, side, err) != 0)
        return -1;
    fill_mean(&f->square, pre->mean);
    paste(&f->square, im, (side - im->width) / 2, (side - im->height) / 2);
    return squash(f, dst, &f->square, pre, err);
}

int mm_fitter_run(struct mm_fitter *f, struct mm_image *dst,
                  const struct mm_image *im, const struct mm_preprocess *pre,
                  struct mm_err *err)
{
    switch (pre->fit) {
    case MM_FIT_CROP:
        return crop(f, dst, im, pre, err);
    case MM_FIT_PAD:
        return pad(f, dst, im, pre, err);
    default:
        return squash(f, dst, im, pre, err);
    }
}

int mm_image_fit(struct mm_image *dst, const struct mm_image *im,
                 const struct mm_preprocess *pre, struct mm_err *err)
{
    struct mm_fitter f = { 0 };
    int result = mm_fitter_run(&f, dst, im, pre, err);

    mm_fitter_release(&f);
    return result;
}
