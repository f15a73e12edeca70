/*
 * tensor.h - arrays of numbers
 *
 * Row-major, dense.  The letters, here and everywhere:
 *
 *   B  sequences or images in a batch   T  tokens of one sequence
 *   N  rows, mostly B*T                 D  width of a row
 *   H  attention heads                  G  key-value heads (G divides H)
 *   C  width of a head                  F  hidden width of a feed-forward
 *   V  vocabulary                       P  side of a patch, in pixels
 *   L  layers                           M,N,K  only inside gemm
 */
#ifndef MM_TENSOR_TENSOR_H
#define MM_TENSOR_TENSOR_H

#include <stddef.h>
#include <stdint.h>

#define MM_MAX_DIM 4

enum mm_dtype { MM_F32,
                MM_BF16,
                MM_I32,
                MM_U8 };

struct mm_low_rank; /* linear.h */

struct mm_tensor {
    enum mm_dtype dtype;
    int n_dim;
    size_t dim[MM_MAX_DIM]; /* unused ones are 1 */
    void *data;             /* memory of the graph's device; NULL in a plan */
    int wants_grad;         /* train this: backward adds to grad */
    float *grad;            /* d loss / d data, same shape: of a parameter its
                             * owner's (NULL in a plan), else the graph's, there
                             * only while backward needs it */
    const char *name;       /* of a parameter, for messages; or NULL */

    /* Of a weight: what is trained in its place; or NULL */
    const struct mm_low_rank *update;
};

size_t mm_dtype_bytes(enum mm_dtype t);
size_t mm_tensor_count(const struct mm_tensor *x); /* elements */

/* Rows and width when all but the last dimension are taken as rows. */
size_t mm_tensor_rows(const struct mm_tensor *x);
size_t mm_tensor_width(const struct mm_tensor *x);

int mm_tensor_same_shape(const struct mm_tensor *a, const struct mm_tensor *b);

#endif
