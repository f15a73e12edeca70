/*
 * attention.h - softmax(q k^T / sqrt(C)) v, tiled, without a T x T array
 */
#ifndef MM_TENSOR_ATTENTION_H
#define MM_TENSOR_ATTENTION_H

#include "tensor/graph.h"

/* The widest head (C): tiles are on the stack. */
#define MM_MAX_HEAD 256

/*
 * q [B*T,H*C], k and v [B*T,G*C], y [B*T,H*C]; head h reads key-value head
 * h / (H/G).  Row t of a sequence sees row s of the same sequence when
 *
 *   (not causal or s <= t)  and  segment[t] == segment[s]
 *
 * segment is i32 [B*T] or NULL (one segment).  Rows with segment 0 are
 * padding: their output is 0.  Within a sequence the ids do not decrease
 * except to 0 at its end, so tiles that nobody sees are skipped.
 */
struct mm_tensor *mm_attention(struct mm_graph *g, struct mm_tensor *q,
                               struct mm_tensor *k, struct mm_tensor *v,
                               size_t B, size_t T, size_t H, size_t G,
                               const struct mm_tensor *segment, int causal);

/*
 * Prefix-causal (El-Nouby et al., arXiv 2401.08541): row t of sequence b sees
 * row s of the same sequence when  s <= t  or  s < prefix[b];  prefix i32 [B],
 * from 0 to T.
 */
struct mm_tensor *mm_attention_prefix(struct mm_graph *g, struct mm_tensor *q,
                                      struct mm_tensor *k,
                                      struct mm_tensor *v, size_t B, size_t T,
                                      size_t H, size_t G,
                                      const struct mm_tensor *prefix);

/*
 * Queries of their own: q [B*T,H*C] against k and v [B*S,G*C]; every row of a
 * sequence sees all S keys of the same sequence.
 */
struct mm_tensor *mm_attention_cross(struct mm_graph *g, struct mm_tensor *q,
                                     struct mm_tensor *k, struct mm_tensor *v,
                                     size_t B, size_t H, size_t G);

/*
 * Inference with a cache: the q rows are the last n of T = past + n positions
 * of one sequence whose keys and values stand in k and v [T,G*C]; causal.
 * Row r of y depends on row r of q and on k, v only, bit for bit, however the
 * rows are cut into calls.
 */
struct mm_tensor *mm_attention_cached(struct mm_graph *g, struct mm_tensor *q,
                                      const struct mm_tensor *k,
                                      const struct mm_tensor *v,
                                      size_t H, size_t G);

#endif
