/*
 * clip.h - a text tower beside the image encoder, and a space for both
 *
 * A picture is its encoder's class row after the last layer, normalised; a
 * text is the row of its EOS after the last block of a causal transformer
 * with learned positions, normalised (its end has seen all of it).  A product
 * without bias takes each to `width` numbers, which are scaled to length 1
 * (Radford et al., arXiv 2103.00020; names as Hugging Face's CLIPModel, but for
 * the encoder's prefix).  The sigmoid loss (Zhai et al., arXiv 2303.15343) has
 * a bias beside the scale.
 */
#ifndef MM_MODEL_CLIP_H
#define MM_MODEL_CLIP_H

#include "model/config.h"
#include "model/param.h"
#include "model/vit.h"
#include "tensor/graph.h"

struct mm_model;
struct mm_batch;

struct mm_clip {
    struct mm_affine post_norm;  /* of the image tower's class row */
    struct mm_tensor *embed;     /* [V,D] */
    struct mm_tensor *position;  /* [context,D] */
    struct mm_vit_layer *layers; /* of the text tower */
    struct mm_affine norm;       /* after them */
    struct mm_tensor *picture;   /* [width,D of the encoder] */
    struct mm_tensor *text;      /* [width,D] */
    struct mm_tensor *scale;     /* logarithm, from ln(1/0.07) or ln 10 */
    struct mm_tensor *bias;      /* siglip, from -10; else NULL */
};

/* Of the encoder's part, then of the others; layers has room. */
void mm_clip_vision_layout(struct mm_clip *k, const struct mm_config *c,
                           struct mm_layout *l);
void mm_clip_layout(struct mm_clip *k, const struct mm_config *c,
                    struct mm_layout *l);

/* n texts of N rows in all, one after the other */
struct mm_texts {
    struct mm_tensor *ids;      /* [N], BOS first, EOS last in each */
    struct mm_tensor *position; /* [N] from 0 in each */
    struct mm_tensor *segment;  /* [N] from 1 */
    struct mm_tensor *last;     /* [n] rows of EOS */
};

/*
 * The segments of a batch that have a view, in the order of the views: their
 * tokens but for images, cut at the model's context, EOS kept.  In a plan
 * `planned` rows, or for 0 as many as there may be.
 */
struct mm_texts mm_clip_texts(struct mm_model *m, struct mm_graph *g,
                              const struct mm_batch *b, size_t planned);

/* Rows of length 1: of the views [n_views,width], and of texts [n,width] */
struct mm_tensor *mm_clip_pictures(struct mm_model *m, struct mm_graph *g,
                                   const struct mm_batch *b);
struct mm_tensor *mm_clip_words(struct mm_model *m, struct mm_graph *g,
                                const struct mm_texts *t);

/* The model's loss of pairs, summed; row_loss as in contrast.h. */
struct mm_tensor *mm_clip_loss(struct mm_model *m, struct mm_graph *g,
                               struct mm_tensor *pictures,
                               struct mm_tensor *words, float *row_loss);

/* The scale is held in [0, ln 100]. */
void mm_clip_settle(struct mm_model *m);

#endif
