/*
 * route.h - the router of a mixture of experts: two experts for each token
 *
 * Top-2 gating as in GShard (arXiv 2006.16668) and ST-MoE (arXiv 2202.08906),
 * as AXLearn's Top2Gating has them.  With z[n,:] the logits of token n over E
 * experts, p = softmax(z), e1 and e2 the two largest (of equals the first):
 *
 *   weight[n,0] = p[e1] / (p[e1] + p[e2] + 1e-9), weight[n,1] for e2 likewise
 *
 * Tokens come in B groups of T = N / B (a group is one sequence), so that what
 * one sequence is given does not depend on those beside it.  A token of
 * segment 0 is padding: it gets no expert, takes no room and counts nowhere.
 * With a limit each expert takes C = max(1, floor(capacity live / E)) rows of
 * a group of `live` tokens: first choices in the order of the tokens, then
 * second choices after those that were kept.  A choice beyond C is dropped:
 * it adds nothing, and the other weight stays as it is.
 *
 * Two losses keep the routing even and its logits small; over the live tokens
 * of a group, f[e] the share of those whose first choice is e, P = mean p:
 *
 *   balance = E sum_e f[e] P[e]      z = mean logsumexp(z[n,:])^2
 */
#ifndef MM_TENSOR_ROUTE_H
#define MM_TENSOR_ROUTE_H

#include "tensor/graph.h"

struct mm_route_how {
    size_t B;              /* groups */
    float capacity;        /* 0: no limit */
    float balance, z_loss; /* weights of the losses, see mm_route() */
};

/*
 * Rows of all experts one after the other: the S slots, of which expert e has
 * begin[e] to begin[e+1], in the order of the tokens.  S is the most that
 * there can be: 2 N, or less where the capacity is.
 */
struct mm_route {
    struct mm_tensor *weight;      /* [N,2] */
    const struct mm_tensor *begin; /* i32 [E+1] */
    const struct mm_tensor *token; /* i32 [S]: whose row a slot is */
    const struct mm_tensor *slot;  /* i32 [N,2]; -1: dropped, or padding */
};

/* What the router says of its work: sums over the live tokens, and counts */
enum mm_route_stat { MM_ROUTE_TOKENS,  /* live ones */
                     MM_ROUTE_DROPPED, /* choices, of two a token */
                     MM_ROUTE_BALANCE, /* each group's, times its tokens */
                     MM_ROUTE_Z,
                     MM_ROUTE_ENTROPY, /* -sum_e p log p */
                     MM_ROUTE_LOAD };  /* [E]: choices, before any is dropped */

/*
 * logits [N,E], 2 <= E <= MM_MAX_GROUPS; segment i32 [N], or NULL: all live.
 * stats, if not NULL, receives MM_ROUTE_LOAD + E floats.
 *
 * The losses are not an output.  Backward adds the gradient of
 *
 *   how->balance sum_groups live balance + how->z_loss sum_groups live z
 *
 * to that of the logits, whatever is the seed of mm_graph_backward(): the
 * weights are absolute.  So a layer has one output, and may be computed twice.
 */
struct mm_route mm_route(struct mm_graph *g, struct mm_tensor *logits,
                         const struct mm_tensor *segment,
                         const struct mm_route_how *how, float *stats);

#endif
