/*
 * embed.h - rows of a table by number
 */
#ifndef MM_TENSOR_EMBED_H
#define MM_TENSOR_EMBED_H

#include "tensor/graph.h"

/*
 * y[n,:] = table[ids[n],:]      table [V,D], ids i32 [N]
 *
 *   dtable[v,:] += sum over n with ids[n] = v, in the order of n, of dy[n,:]
 */
struct mm_tensor *mm_embed(struct mm_graph *g, struct mm_tensor *table,
                           struct mm_tensor *ids);

#endif
