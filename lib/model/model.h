/*
 * model.h - a model: its parameters, and images and tokens to a loss
 */
#ifndef MM_MODEL_MODEL_H
#define MM_MODEL_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/config.h"
#include "tensor/graph.h"

/*
 * A parameter under its Hugging Face name.  All of a model's parameters lie in
 * one block in the order of the table, each at a multiple of 64 bytes; its
 * gradients in another of the same layout.
 */
enum mm_part { MM_PART_ENCODER,
               MM_PART_CONNECTOR,
               MM_PART_LM };

struct mm_param {
    const char *name; /* "language_model.model.layers.0.mlp.up_proj.weight" */
    struct mm_tensor tensor;
    enum mm_part part;
    size_t offset; /* of its first float in the block */
};

struct mm_model {
    struct mm_config config;
    struct mm_param *params;
    size_t n_params;
    float *weights, *grads; /* [size]; grads NULL unless trainable */
    size_t size;            /* floats in a block; its gaps are 0 */
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
size_t mm_model_count_nonembedding(const struct mm_model *m); /* N of eq. 1 */

/* ---- inputs ---- */

/* One view: u8 [height,width,3] */
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
    const struct mm_pixels *views; /* all of one size */
    const int32_t *image_row;      /* [n_views] */
    const float *mean, *std;       /* [3] normalisation of pixels */
};

/* ---- forward ---- */

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

/* ---- files: a model directory ---- */

/*
 * config.json and model.safetensors (through a temporary directory name that
 * is renamed when complete).  tokenizer.json and preprocessor_config.json are
 * the caller's: it writes them into the directory before it is published.
 */
int mm_model_save(const struct mm_model *m, const char *dir,
                  struct mm_err *err);

/* dir may be a run directory: its newest verified step is taken. */
struct mm_model *mm_model_load(const char *dir, int trainable,
                               struct mm_err *err);

/*
 * Copy the weights of the parts that the directory has into m: --init-encoder,
 * --init-lm, --init-connector.  Names the first tensor that does not fit.
 */
int mm_model_load_part(struct mm_model *m, const char *dir, enum mm_part part,
                       struct mm_err *err);

#endif
