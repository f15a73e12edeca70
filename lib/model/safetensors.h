/*
 * safetensors.h - named arrays in a file
 *
 *     u64 N, little-endian | N bytes of JSON, padded with spaces | arrays
 *     {"__metadata__": {string: string}, "NAME": {"dtype": "F32",
 *      "shape": [..], "data_offsets": [begin, end]}, ...}
 *
 * Everything is checked before a byte of the arrays is looked at, in the order
 * of the reference implementation: sizes, UTF-8, JSON of exactly that shape, no
 * name twice, and arrays that cover the rest of the file without hole or
 * overlap.  Memory until then is at most four times the header.
 */
#ifndef MM_MODEL_SAFETENSORS_H
#define MM_MODEL_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/io.h"
#include "tensor/tensor.h"

#define MM_ST_MAX_DIM 8

struct mm_st_type; /* one of the format's dtypes */

struct mm_st_entry {
    const char *name;
    const struct mm_st_type *type;
    size_t n_dim;
    uint64_t dim[MM_ST_MAX_DIM];
    uint64_t begin, end; /* bytes, in the arrays */
};

struct mm_st_meta {
    const char *key, *value;
};

struct mm_st_header {
    struct mm_st_entry *entries; /* by name */
    size_t n;
    struct mm_st_meta *meta; /* by key */
    size_t n_meta;
    char *text; /* private: holds the strings */
};

/*
 * The n bytes of JSON at p, of a file with data_bytes of arrays.  p is copied.
 * MM_EDATA names the tensor or the byte of the header.
 */
int mm_st_parse(struct mm_st_header *h, const char *p, size_t n,
                uint64_t data_bytes, struct mm_err *err);
void mm_st_release(struct mm_st_header *h);

const struct mm_st_entry *mm_st_find(const struct mm_st_header *h,
                                     const char *name); /* or NULL */
const char *mm_st_meta(const struct mm_st_header *h, const char *key);

/* "BF16" */
const char *mm_st_type_name(const struct mm_st_type *t);

/* ---- files ---- */

struct mm_safetensors {
    struct mm_st_header header;
    struct mm_in *in;
    uint64_t data; /* where the arrays begin */
};

int mm_safetensors_open(struct mm_safetensors *s, const char *path,
                        struct mm_err *err);
void mm_safetensors_close(struct mm_safetensors *s);

/* The whole of e as float32; F32, BF16 and F16 can be read. */
int mm_safetensors_read(struct mm_safetensors *s, const struct mm_st_entry *e,
                        float *to, struct mm_err *err);

/*
 * n tensors under their names, in this order, with "format": "pt" (without it
 * some readers refuse a file) and the stamp as metadata: into an output that
 * the caller has opened.
 */
int mm_safetensors_put(struct mm_out *out,
                       const struct mm_tensor *const *tensors, size_t n,
                       struct mm_err *err);

#endif
