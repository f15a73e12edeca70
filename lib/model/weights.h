/*
 * weights.h - the tensors of a model directory, in one file or in several
 *
 * model.safetensors where it is there, else the files that
 * model.safetensors.index.json names, as Hugging Face's writers leave them:
 *
 *     {"metadata": {...}, "weight_map": {"TENSOR": "FILE", ...}}
 *
 * A file is in the same directory, and holds what the map says of it.
 */
#ifndef MM_MODEL_WEIGHTS_H
#define MM_MODEL_WEIGHTS_H

#include <stddef.h>

#include "base/err.h"
#include "model/safetensors.h"

#define MM_WEIGHTS_MAX_FILES 1000

struct mm_weights {
    char *path; /* of the file, or of the index */
    struct mm_weights_file *files;
    size_t n, cap;
    size_t n_tensors; /* of all files */
};

/* MM_EDATA names the file or tensor that is not as it should be. */
int mm_weights_open(struct mm_weights *w, const char *dir, struct mm_err *err);
void mm_weights_close(struct mm_weights *w);

const struct mm_st_entry *mm_weights_find(const struct mm_weights *w,
                                          const char *name); /* or NULL */

/* A tensor that is there, as float32; see mm_safetensors_read(). */
int mm_weights_read(struct mm_weights *w, const char *name, float *to,
                    struct mm_err *err);

#endif
