/*
 * param.h - the parameters of a model: names, shapes, initial values
 *
 * A part of a model (encoder, connector, decoder) lays itself out by asking
 * for its parameters one after the other.  It is asked twice, by the same
 * code: first only to count, then to be given tensors, so that the table is
 * allocated once and pointers into it stay valid.
 */
#ifndef MM_MODEL_PARAM_H
#define MM_MODEL_PARAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/config.h"
#include "tensor/tensor.h"

/* A parameter under its Hugging Face name. */
struct mm_param {
    const char *name; /* "language_model.model.layers.0.mlp.up_proj.weight" */
    struct mm_tensor tensor;
    enum mm_part part;
    int idle;      /* no forward uses it: it does not learn, nor decay */
    int steady;    /* learns without decay */
    size_t offset; /* of its first float in the block */
    float std;     /* initial values: normal with this deviation, or, */
    float value;   /* when std is 0, this value */
};

/* Weight and bias: of a layer normalisation or a linear map */
struct mm_affine {
    struct mm_tensor *w, *b;
};

/* Where the layout stands; all zero, with params NULL, begins to count. */
struct mm_layout {
    struct mm_param *params; /* NULL: only counting */
    char *names;
    size_t n, size, names_len; /* parameters, floats, bytes so far */
    enum mm_part part;
    int idle;        /* of the parameters that follow */
    int steady;      /* likewise */
    char prefix[96]; /* of the names that follow */
};

/* "vision_tower.vision_model.encoder.layers.3." */
void mm_layout_prefix(struct mm_layout *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* NULL while counting.  name stands after the prefix. */
struct mm_tensor *mm_layout_add(struct mm_layout *l, const char *name,
                                float std, float value, size_t n_dim,
                                const size_t *dim);

/* [rows,cols], normal */
struct mm_tensor *mm_layout_matrix(struct mm_layout *l, const char *name,
                                   float std, size_t rows, size_t cols);

/* [n], ones: the scale of a normalisation */
struct mm_tensor *mm_layout_scale(struct mm_layout *l, const char *name,
                                  size_t n);

/* name.weight and name.bias: ones and zeros [n] */
struct mm_affine mm_layout_norm(struct mm_layout *l, const char *name,
                                size_t n);

/* The weight alone; b is NULL. */
struct mm_affine mm_layout_map(struct mm_layout *l, const char *name,
                               float std, size_t out, size_t in);

/* name.weight [out,in], normal, and name.bias [out], zeros */
struct mm_affine mm_layout_linear(struct mm_layout *l, const char *name,
                                  float std, size_t out, size_t in);

#endif
