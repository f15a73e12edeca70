/*
 * decoder.h - the language model: a Llama-like decoder
 *
 * Token embeddings, then L blocks
 *
 *     x += o(attention(rope q, rope k, v))    q, k, v of rmsnorm(x)
 *     x += down(silu(gate h) up h)            h = rmsnorm(x)
 *
 * (or a mixture of experts, see moe.h, in place of the second line), then a
 * normalisation and the head, which is the embedding when tied.  No
 * biases (names and shapes as Hugging Face's LlamaForCausalLM).
 */
#ifndef MM_MODEL_DECODER_H
#define MM_MODEL_DECODER_H

#include "model/config.h"
#include "model/moe.h"
#include "model/param.h"
#include "tensor/graph.h"

struct mm_decoder_layer {
    struct mm_tensor *norm1, *q, *k, *v, *o, *norm2, *gate, *up, *down;
    struct mm_moe moe; /* in place of gate, up and down where mm_moe_at() */
};

struct mm_decoder {
    struct mm_tensor *embed; /* [V,D] */
    struct mm_decoder_layer *layers;
    struct mm_tensor **experts; /* pointers of all layers' struct mm_moe */
    struct mm_tensor *norm;
    struct mm_tensor *head; /* [V,D], embed when tied */
};

/* layers has room for c->layers, experts for mm_decoder_experts(c). */
size_t mm_decoder_experts(const struct mm_text_config *c);
void mm_decoder_layout(struct mm_decoder *d, const struct mm_text_config *c,
                       struct mm_layout *l);

/*
 * How rows see each other: over packed sequences in training, over the KV
 * cache in generation.  q [N,H*C], k and v [N,G*C] of one layer -> [N,H*C]
 * What ctx points to lives until the graph is reset, and so does moe's router.
 */
struct mm_attend {
    struct mm_tensor *(*fn)(struct mm_graph *g, void *ctx, size_t layer,
                            struct mm_tensor *q, struct mm_tensor *k,
                            struct mm_tensor *v);
    void *ctx;
};

/* Embedded rows x [N,D] at their positions -> final hidden states [N,D] */
struct mm_tensor *mm_decoder_forward(struct mm_graph *g,
                                     const struct mm_decoder *d,
                                     const struct mm_text_config *c,
                                     struct mm_tensor *x,
                                     struct mm_tensor *position,
                                     const struct mm_attend *attend,
                                     const struct mm_moe_pass *moe);

#endif
