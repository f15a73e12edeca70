/*
 * model.h - a model: its parameters, and images and tokens to a loss
 */
#ifndef MM_MODEL_MODEL_H
#define MM_MODEL_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/io.h"
#include "model/aim.h"
#include "model/clip.h"
#include "model/config.h"
#include "model/connector.h"
#include "model/decoder.h"
#include "model/param.h"
#include "model/vit.h"
#include "tensor/graph.h"
#include "tensor/patch_loss.h"

/*
 * All parameters lie in one block in the order of the table, each at a
 * multiple of 64 bytes; their gradients in another of the same layout.
 */
struct mm_model {
    struct mm_config config;
    struct mm_param *params; /* see param.h */
    size_t n_params;
    float *weights, *grads; /* [size]; grads NULL unless trainable */
    size_t size;            /* floats in a block; its gaps are 0 */
    struct mm_vit vit;      /* the parts: who uses which parameter */
    struct mm_connector connector;
    struct mm_decoder decoder;
    struct mm_clip clip;
    struct mm_aim aim;
    char *names; /* private: of the parameters */
};

/*
 * Parameters of a config, all zero.  In a plan (data = 0) tensors have shapes
 * and no memory.  trainable: with gradients.
 */
struct mm_model *mm_model_create(const struct mm_config *c, int data,
                                 int trainable, struct mm_err *err);
void mm_model_free(struct mm_model *m);

/* Random initial values, a pure function of (seed, parameter name). */
void mm_model_init(struct mm_model *m, uint64_t seed);

size_t mm_model_count(const struct mm_model *m); /* true parameters */
size_t mm_model_count_part(const struct mm_model *m, enum mm_part part);

/*
 * N of equation 1: the decoder's without its embedding; where it has experts,
 * that of the dense decoder which they stand in, as MM1 trains them.
 */
size_t mm_model_count_nonembedding(const struct mm_model *m);

/* Those that a token passes: two experts of each layer's. */
size_t mm_model_count_active(const struct mm_model *m);

/*
 * A copy of m whose encoder is for pictures of size pixels: its positions are
 * interpolated, once (see interp.h); all else is as it was.  MM_ECONFIG when
 * the size does not fit the patches or the connector.
 */
struct mm_model *mm_model_at_image_size(const struct mm_model *m, size_t size,
                                        int trainable, struct mm_err *err);

/*
 * Learned positions [extra + n*n,D], interpolated to those of another grid: the
 * encoder's have an extra row, of the class, the connector's none.
 */
int mm_model_fit_positions(const struct mm_tensor *from, struct mm_tensor *to,
                           size_t extra, struct mm_err *err);

/* ---- inputs ---- */

/* One view: u8 [height,width,3]; rgb may be NULL in a plan */
struct mm_pixels {
    const uint8_t *rgb;
    size_t height, width;
};

/*
 * B sequences of T tokens.  Arrays are [B,T] unless said.  Image tokens of
 * view i stand at rows image_row[i] .. + tokens_per_view of the B*T rows.
 */
struct mm_batch {
    size_t B, T;
    const int32_t *tokens;
    const int32_t *position; /* restarts in each segment */
    const int32_t *segment;  /* 0: padding */
    const int32_t *target;   /* what row i predicts, or -1 */
    size_t n_views;
    const struct mm_pixels *views;  /* all of one size */
    const int32_t *image_row;       /* [n_views] */
    const float *mean, *std;        /* [3] normalisation of pixels */
    const struct mm_router *router; /* of training with experts, see moe.h */
};

/* A view is a square that patches divide: MM_EDATA. */
int mm_model_check_view(const struct mm_model *m, const struct mm_pixels *v,
                        struct mm_err *err);

/* ---- forward: views have passed the check ---- */

/* The views of a batch as one tensor, u8 [n_views,height,width,3] */
struct mm_tensor *mm_model_views(struct mm_graph *g, const struct mm_batch *b);

/*
 * Views to encoder features [n*(patches),D_enc] without the class rows, and to
 * image tokens [n*tokens,D_lm].
 */
struct mm_tensor *mm_model_encode(struct mm_model *m, struct mm_graph *g,
                                  const struct mm_batch *b);
struct mm_tensor *mm_model_connect(struct mm_model *m, struct mm_graph *g,
                                   const struct mm_batch *b);

/* Final hidden states [B*T,D]. */
struct mm_tensor *mm_model_hidden(struct mm_model *m, struct mm_graph *g,
                                  const struct mm_batch *b);

/*
 * Sum of losses over supervised tokens (a scalar); row_loss as in xent.h or
 * NULL.  Divide by the number of supervised tokens of the whole global batch,
 * by the seed of mm_graph_backward().
 */
struct mm_tensor *mm_model_loss(struct mm_model *m, struct mm_graph *g,
                                const struct mm_batch *b, float z_loss,
                                float *row_loss);

/*
 * AIM: sum of losses over the patches after the prefix of each view, which
 * sees itself; rows as in aim.h, sums as in patch_loss.h.
 */
struct mm_tensor *mm_model_aim_loss(struct mm_model *m, struct mm_graph *g,
                                    const struct mm_batch *b,
                                    const struct mm_aim_rows *rows,
                                    const struct mm_patch_sums *sums);

/* ---- files: a model directory ---- */

/*
 * model.safetensors, then config.json, each whole or not at all, into dir,
 * which is made if missing.  tokenizer.json and preprocessor_config.json are
 * the caller's.  Who wants the directory to appear at once saves into one of a
 * temporary name and renames that, as the checkpoint does.
 */
int mm_model_save(const struct mm_model *m, const char *dir,
                  struct mm_err *err);

/* The bytes of model.safetensors, into an output that the caller has opened. */
int mm_model_put_weights(const struct mm_model *m, struct mm_out *out,
                         struct mm_err *err);

/* dir is a model directory itself, see mm_model_dir().  config.json alone: */
int mm_config_load(struct mm_config *c, const char *dir, struct mm_err *err);

/*
 * A tensor that is missing or of another shape is MM_EDATA and named; tensors
 * that the config has no use for are skipped with a warning.  A directory
 * of adapters gives its base with them folded in (lora.h).
 */
struct mm_model *mm_model_load(const char *dir, int trainable,
                               struct mm_err *err);

/*
 * Copy the weights of one part into m: --init-encoder, --init-lm,
 * --init-connector.  An encoder's positions are interpolated where m takes
 * pictures of another size.  Names the first field of the config that differs
 * (MM_ECONFIG), or the first tensor that does not fit.
 */
int mm_model_load_part(struct mm_model *m, const char *dir, enum mm_part part,
                       struct mm_err *err);

/*
 * The decoder of m, which has experts, from a dense one: its MLP is copied into
 * every expert that stands for it, and routers stay as they are (Komatsuzaki
 * et al., "Sparse Upcycling", arXiv 2212.05055).  Names the first number of the
 * two configs that differs.
 */
int mm_model_upcycle(struct mm_model *m, const char *dir, struct mm_err *err);

#endif
