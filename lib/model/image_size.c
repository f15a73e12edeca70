/*
 * image_size.c - an encoder for pictures of another size
 */
#include <assert.h>
#include <string.h>

#include "model/model.h"
#include "tensor/interp.h"

/*
 * Learned positions in a grid of side x side, into to: the encoder's after
 * extra = 1 of the class, the connector's alone.
 */
static int interpolate(struct mm_tensor *from, size_t extra, size_t side,
                       float *to, struct mm_err *err)
{
    struct mm_graph *plan = mm_graph_create(MM_PLAN, 0, err), *g = NULL;
    struct mm_tensor *y;

    if (plan) {
        mm_interp_grid(plan, from, extra, side);
        g = mm_graph_create(MM_INFER, mm_graph_peak(plan), err);
    }
    if (g) {
        y = mm_interp_grid(g, from, extra, side);
        mm_tensor_get(g, y, 0, mm_tensor_count(y), to);
    }
    mm_graph_free(plan);
    mm_graph_free(g);
    return g ? 0 : -1;
}

int mm_model_fit_positions(const struct mm_tensor *from, struct mm_tensor *to,
                           size_t extra, struct mm_err *err)
{
    size_t side = mm_square_side(mm_tensor_rows(to) - extra);

    return interpolate((struct mm_tensor *)(uintptr_t)from, extra, side,
                       to->data, err);
}

struct mm_model *mm_model_at_image_size(const struct mm_model *m, size_t size,
                                        int trainable, struct mm_err *err)
{
    struct mm_config c = m->config;
    struct mm_model *to;

    c.vision.image_size = size;
    if (mm_config_check(&c, err) < 0 ||
        !(to = mm_model_create(&c, 1, trainable, err)))
        return NULL;
    assert(to->n_params == m->n_params);
    for (size_t i = 0; i < m->n_params; i++) {
        const struct mm_tensor *a = &m->params[i].tensor;
        struct mm_tensor *b = &to->params[i].tensor;
        size_t n = mm_tensor_count(a), side = size / c.vision.patch_size;

        assert(strcmp(m->params[i].name, to->params[i].name) == 0);
        if (n == mm_tensor_count(b)) {
            memcpy(b->data, a->data, n * sizeof(float));
        } else if (mm_model_fit_positions(a, b,
                                          mm_tensor_rows(b) - side * side,
                                          err) < 0) {
            mm_model_free(to);
            return NULL;
        }
    }
    return to;
}
