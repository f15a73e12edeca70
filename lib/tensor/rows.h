/*
 * rows.h - rows put together and taken apart
 */
#ifndef MM_TENSOR_ROWS_H
#define MM_TENSOR_ROWS_H

#include "tensor/graph.h"

/*
 * ViT input: x [B*n,D] patches, cls [D], pos [1+n,D] ->
 * y [B*(1+n),D]: y[b,0] = cls + pos[0], y[b,1+i] = x[b,i] + pos[1+i].
 * cls NULL: no class token, pos is [n,D].
 */
struct mm_tensor *mm_prepend_class(struct mm_graph *g, struct mm_tensor *x,
                                   struct mm_tensor *cls,
                                   struct mm_tensor *pos, size_t B);

/* y[b*n+i] = x[b*n+i] + pos[i]; pos [n,D] is added to each of B blocks */
struct mm_tensor *mm_add_rows(struct mm_graph *g, struct mm_tensor *x,
                              struct mm_tensor *pos, size_t B);

/* Drop the first k rows of each of the B blocks of x. */
struct mm_tensor *mm_drop_rows(struct mm_graph *g, struct mm_tensor *x,
                               size_t B, size_t k);

/* y = x[index[i],:] for i < n; backward scatters, adding */
struct mm_tensor *mm_gather_rows(struct mm_graph *g, struct mm_tensor *x,
                                 const struct mm_tensor *index);

/*
 * y = x, but rows index[i] are src[i]: image tokens in their places.  index
 * i32 [M] has no row twice; rows of x that are replaced get no gradient.
 */
struct mm_tensor *mm_replace_rows(struct mm_graph *g, struct mm_tensor *x,
                                  struct mm_tensor *src,
                                  const struct mm_tensor *index);

#endif
