/*
 * prompt.c - text and pictures put together for a model to read
 */
#include "eval/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/exif.h"
#include "data/image_fit.h"
#include "data/picture.h"

void mm_prompt_clear(struct mm_prompt *p)
{
    for (size_t i = 0; i < p->n_views; i++)
        free((void *)(uintptr_t)p->views[i].rgb);
    p->n_views = 0;
    p->ids.n = 0;
}

void mm_prompt_release(struct mm_prompt *p)
{
    mm_prompt_clear(p);
    free(p->views);
    mm_ids_release(&p->ids);
    *p = (struct mm_prompt){ 0 };
}

int mm_prompt_text(struct mm_prompt *p, const struct mm_bundle *b,
                   const char *text, size_t n, struct mm_err *err)
{
    return mm_tokenizer_encode(b->tokenizer, text, n, 0, &p->ids, err);
}

/* The run of image tokens of one view. */
static int add_run(struct mm_prompt *p, const struct mm_bundle *b,
                   struct mm_err *err)
{
    const struct mm_config *c = &b->model->config;

    if (c->text.image < 0 || c->vision.layers == 0)
        return mm_fail(err, MM_ECONFIG,
                       "this model reads text only; it cannot take a picture");
    for (size_t i = 0; i < c->connector.tokens; i++)
        if (mm_ids_add(&p->ids, c->text.image, err) < 0)
            return -1;
    return 0;
}

/* One view of pixels that are ready; they are copied. */
static int add_view(struct mm_prompt *p, const struct mm_bundle *b,
                    const struct mm_pixels *view, struct mm_err *err)
{
    size_t bytes = view->height * view->width * 3;
    uint8_t *rgb;

    if (add_run(p, b, err) < 0 ||
        mm_grow(&p->views, &p->views_cap, p->n_views + 1, sizeof *p->views,
                err) < 0 ||
        !(rgb = mm_alloc(bytes, 1, err)))
        return -1;
    memcpy(rgb, view->rgb, bytes);
    p->views[p->n_views++] =
        (struct mm_pixels){ rgb, view->height, view->width };
    return 0;
}

/* How this picture of the prompt is made into views */
static struct mm_preprocess how(const struct mm_bundle *b, int coarse)
{
    struct mm_preprocess pre = b->preprocess;

    if (coarse)
        pre.tiling = (struct mm_tiling){ 0 };
    return pre;
}

int mm_prompt_image(struct mm_prompt *p, const struct mm_bundle *b,
                    const void *bytes, size_t n, int coarse,
                    struct mm_err *err)
{
    const struct mm_preprocess pre = how(b, coarse);
    struct mm_fitter fitter = { 0 };
    struct mm_image fitted = { 0 };
    int result = mm_fitter_decode(&fitter, &fitted, bytes, n, &pre, err);
    size_t side = pre.size;

    for (size_t y = 0; result == 0 && y < fitted.height; y += side) {
        const struct mm_pixels view = { fitted.rgb + 3 * side * y, side,
                                        side };

        result = add_view(p, b, &view, err);
    }
    mm_fitter_release(&fitter);
    mm_image_release(&fitted);
    return result;
}

int mm_prompt_blind(struct mm_prompt *p, const struct mm_bundle *b,
                    const void *bytes, size_t n, int coarse,
                    const struct mm_pixels *view, struct mm_err *err)
{
    const struct mm_preprocess pre = how(b, coarse);
    struct mm_picture picture;
    size_t views;

    if (mm_picture_probe(&picture, bytes, n, err) < 0)
        return -1;
    if (mm_exif_orientation(bytes, n) >= 5) { /* it is to be turned */
        size_t width = picture.width;

        picture.width = picture.height;
        picture.height = width;
    }
    views = mm_tiling_views(&pre.tiling,
                            mm_tiling_grid(&pre.tiling, pre.size,
                                           picture.width, picture.height));
    for (size_t i = 0; i < views; i++)
        if (add_view(p, b, view, err) < 0)
            return -1;
    return 0;
}

static int same_view(const struct mm_prompt *a, const struct mm_prompt *b,
                     size_t i)
{
    const struct mm_pixels *x = &a->views[i], *y = &b->views[i];

    return x->height == y->height && x->width == y->width &&
           !memcmp(x->rgb, y->rgb, x->height * x->width * 3);
}

struct mm_prefix mm_prompt_common(const struct mm_prompt *a,
                                  const struct mm_prompt *b,
                                  const struct mm_config *m)
{
    struct mm_prefix p = { 0, 0 };

    for (;;) {
        int picture = p.ids < b->ids.n && p.views < b->n_views &&
                      b->ids.v[p.ids] == m->text.image;
        size_t step = picture ? m->connector.tokens : 1;

        if (p.ids + step > a->ids.n || p.ids + step >= b->ids.n ||
            a->ids.v[p.ids] != b->ids.v[p.ids])
            return p;
        if (picture && (p.views == a->n_views || !same_view(a, b, p.views)))
            return p;
        p.ids += step;
        p.views += (size_t)picture;
    }
}
