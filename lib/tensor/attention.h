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

/* Positions of a page of keys and values */
#define MM_PAGE 64

/* The last n rows of a sequence of past + n positions, n > 0 */
struct mm_paged {
    size_t n, past;
    float *const *page; /* page[i] has the positions from i MM_PAGE on */
};

/*
 * Inference with caches: the rows of q are those of n sequences, one after the
 * other.  The key of position p of a sequence is
 *
 *     page[p / MM_PAGE] + k_at + p % MM_PAGE * G*C        [G*C]
 *
 * and its value the same with v_at; causal.  Row r of y depends on row r of q
 * and the keys and values that it sees only, bit for bit, however the rows of a
 * sequence are cut into calls and whatever sequences are beside it.  s lives
 * until the graph is reset; in a plan it may be NULL, n 0.
 */
struct mm_tensor *mm_attention_paged(struct mm_graph *g, struct mm_tensor *q,
                                     const struct mm_paged *s, size_t n,
                                     size_t k_at, size_t v_at,
                                     size_t H, size_t G);

#endif
