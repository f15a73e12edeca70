/*
 * npy.h - arrays as numpy's .npy files, version 1.0
 */
#ifndef MM_DATA_NPY_H
#define MM_DATA_NPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum mm_npy_type {
    MM_NPY_U1, /* |u1 */
    MM_NPY_U2, /* <u2, also how bfloat16 is stored (.bf16.npy) */
    MM_NPY_I4, /* <i4 */
    MM_NPY_F2, /* <f2 */
    MM_NPY_F4  /* <f4 */
};

struct mm_npy {
    enum mm_npy_type type;
    size_t n_dim, dim[4]; /* C order */
    const void *data;     /* into the bytes parsed; maybe unaligned */
    size_t count;         /* elements */
};

size_t mm_npy_bytes(enum mm_npy_type t);

int mm_npy_parse(struct mm_npy *a, const void *p, size_t n,
                 struct mm_err *err);

/* Append header and data. */
void mm_npy_write(struct mm_buf *out, enum mm_npy_type type, size_t n_dim,
                  const size_t *dim, const void *data);

/* A one-dimensional array of integers (u1, u2, i4), widened; caller frees. */
int mm_npy_ints(int32_t **out, size_t *n, const void *p, size_t bytes,
                struct mm_err *err);

#endif
