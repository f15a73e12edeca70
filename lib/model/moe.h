/*
 * moe.h - the mixture of experts that may stand for a decoder's MLP
 *
 * In every k-th layer (the last of each k, as AXLearn has it) each token goes
 * through two of E MLPs of the dense kind (Lepikhin et al., "GShard", arXiv
 * 2006.16668; Zoph et al., "ST-MoE", arXiv 2202.08906; MM1 section 3):
 *
 *     z = h router^T                                 [N,E]
 *     y = sum of its two experts e of weight_e down_e(silu(gate_e h) up_e h)
 *
 * Routing, capacity and the two losses of a router are those of route.h.  In
 * training a group is a sequence, so that neither what is dropped nor the
 * losses depend on how a batch is cut into pieces.  In an inference nothing is
 * dropped: a prediction depends on no token but those before it.
 *
 * Names are those of Hugging Face's OLMoE and Qwen2-MoE: mlp.gate.weight is
 * the router, mlp.experts.N.{gate,up,down}_proj.weight an expert.
 */
#ifndef MM_MODEL_MOE_H
#define MM_MODEL_MOE_H

#include "model/config.h"
#include "model/param.h"
#include "tensor/graph.h"
#include "tensor/route.h"

struct mm_moe {
    struct mm_tensor *router;              /* [E,D] */
    struct mm_tensor **gate, **up, **down; /* [E] of [F,D], [F,D], [D,F] */
};

/* Has layer i experts?  And how many layers have? */
int mm_moe_at(const struct mm_text_config *c, size_t layer);
size_t mm_moe_layers(const struct mm_text_config *c);

/* Pointers that a layer needs, and the layout of a layer that got them. */
size_t mm_moe_pointers(const struct mm_text_config *c);
void mm_moe_layout(struct mm_moe *m, struct mm_tensor **pointers,
                   const struct mm_text_config *c, struct mm_layout *l);

/*
 * In training: the losses of a layer's router are added to a step's loss as
 * means over the tokens of the whole batch that are not padding (balance: over
 * its sequences, weighted by their tokens), and as means over layers:
 *
 *     per_token sum over layers and tokens (balance_loss b + router_z_loss z) /
 *         layers
 */
struct mm_router {
    float per_token; /* 1 / tokens of the whole batch, without padding */
    float *stats;    /* [mm_moe_layers,MM_ROUTE_LOAD+E] of this pass, or NULL */
};

/* How the rows of a pass lie; router NULL: an inference */
struct mm_moe_pass {
    size_t B;
    const struct mm_tensor *segment; /* i32 [N], 0: padding; NULL: none is */
    const struct mm_router *router;
};

/* h [N,D] of layer i, normalised -> [N,D], to be added to the residual */
struct mm_tensor *mm_moe_forward(struct mm_graph *g, const struct mm_moe *m,
                                 const struct mm_text_config *c, size_t layer,
                                 struct mm_tensor *h,
                                 const struct mm_moe_pass *pass);

#endif
