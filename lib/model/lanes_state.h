/*
 * lanes_state.h - lanes and the pass under way; private to lanes*.c
 */
#ifndef MM_MODEL_LANES_STATE_H
#define MM_MODEL_LANES_STATE_H

#include "model/lanes.h"
#include "model/pages.h"
#include "model/view_reader.h"
#include "tensor/attention.h"

struct lane {
    size_t length, most; /* most 0: closed */
    float **page;        /* [pages of the context] */
    size_t n_pages, n_promised;
    size_t fixed; /* of its pages, the first ones, others may have, too */
    struct mm_feed feed;
    size_t fed; /* tokens of the feed that were read */
    struct mm_view_rows images;
    const float *logits; /* of the last pass; or NULL */
};

/* The rows of a lane in a pass: from `first`, of which `want` are asked for. */
struct share {
    size_t lane, first, n, want, n_images;
};

struct mm_lanes {
    struct mm_model *m;
    size_t n, chunk, width; /* chunk: rows of a pass; width: of keys */
    struct lane *lane;      /* [n] */
    struct mm_pages pages;
    struct mm_view_reader views;
    struct mm_graph *graph;
    float *logits; /* [chunk,vocab] */
    /* of the pass under way */
    struct share *share;     /* [n] */
    struct mm_paged *paged;  /* [n] */
    size_t n_shares, n_rows; /* shares 0: a plan */
    size_t n_images, n_want;
    int32_t *ids, *position, *image, *want; /* [chunk] each; rows of images */
};

static inline int mm_lanes_is_image(const struct mm_lanes *l, int32_t id)
{
    const struct mm_config *c = &l->m->config;

    return c->connector.kind && id == c->text.image;
}

static inline size_t mm_lanes_pages(size_t positions)
{
    return (positions + MM_PAGE - 1) / MM_PAGE;
}

/* Where keys (half 0) or values of a layer begin in a page */
static inline size_t mm_lanes_cached_at(const struct mm_lanes *l, size_t layer,
                                        int half)
{
    return (2 * layer + (size_t)half) * MM_PAGE * l->width;
}

/* ---- lanes_pass.c ---- */

/* Logits of the rows that are asked for [n_want,V], or NULL for none */
struct mm_tensor *mm_lanes_predict(struct mm_graph *g, struct mm_lanes *l);

#endif
