/*
 * view_how.c - how a model is shown pictures, where that is not as it says
 */
#include "eval/view_how.h"

#include "base/log.h"

int mm_view_how_is_other(const struct mm_view_how *h)
{
    return h->image_size > 0 || h->tiles || h->overview > 0 ||
           h->high_res_last >= 0;
}

static int set_size(const struct mm_view_how *h, struct mm_bundle *b,
                    struct mm_err *err)
{
    const struct mm_vision_config *v = &b->model->config.vision;
    size_t size = (size_t)h->image_size, low;

    if (size == 0)
        return 0;
    low = size / v->patch_size * v->patch_size;
    if (low != size && low == 0)
        return mm_fail(err, MM_ECONFIG, "--image-size %zu is not a patch of "
                                        "%zu pixels",
                       size, v->patch_size);
    if (low != size)
        return mm_fail(err, MM_ECONFIG,
                       "--image-size %zu is not cut whole by patches of %zu; "
                       "%zu and %zu are",
                       size, v->patch_size, low, low + v->patch_size);
    b->preprocess.size = size;
    return 0;
}

static int set_tiling(const struct mm_view_how *h, struct mm_bundle *b,
                      struct mm_err *err)
{
    struct mm_tiling *t = &b->preprocess.tiling;

    if (h->tiles && mm_tiling_parse(t, h->tiles, err) < 0)
        return mm_fail_in(err, "--tiles");
    if (h->overview > 0)
        t->overview = (enum mm_overview)(h->overview - 1);
    if (h->high_res_last >= 0)
        b->high_res_last = (size_t)h->high_res_last;
    return 0;
}

/* The views that every picture has; where the grid is chosen, some have more */
static int check_room(const struct mm_bundle *b, struct mm_err *err)
{
    const struct mm_config *c = &b->model->config;
    const struct mm_tiling *t = &b->preprocess.tiling;
    size_t tokens = c->connector.tokens, context = c->text.context;
    size_t views = t->max > 0
                       ? mm_tiling_views(t, (struct mm_grid){ t->min, 1 })
                       : mm_tiling_most(t);

    if (b->high_res_last == 0 || views * tokens < context)
        return 0;
    return mm_fail(err, MM_ECONFIG,
                   "a picture of %zu views of %zu tokens needs %zu tokens, "
                   "the context has %zu: there is room for %zu views; choose "
                   "fewer --tiles",
                   views, tokens, views * tokens, context,
                   (context - 1) / tokens);
}

int mm_view_how_apply(const struct mm_view_how *h, struct mm_bundle *b,
                      struct mm_err *err)
{
    const struct mm_vision_config *v = &b->model->config.vision;
    char note[MM_VISION_NOTE];

    if (v->layers == 0) {
        if (mm_view_how_is_other(h))
            return mm_fail(err, MM_ECONFIG, "the model takes no pictures");
        return 0;
    }
    if (set_size(h, b, err) < 0 || set_tiling(h, b, err) < 0)
        return -1;
    if (mm_vision_size_note(v, b->preprocess.size, note))
        mm_log(MM_LOG_INFO, "%s", note);
    return check_room(b, err);
}

void mm_view_how_describe(const struct mm_view_how *h, struct mm_jw *w)
{
    mm_jw_put_int(w, "image_size", h->image_size);
    mm_jw_put_str(w, "tiles", h->tiles);
    mm_jw_put_str(w, "overview",
                  h->overview > 0 ? mm_overview_name(h->overview - 1) : NULL);
    mm_jw_put_int(w, "high_res_last", h->high_res_last);
}
