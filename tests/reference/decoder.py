"""The decoder and its training against transformers' LlamaForCausalLM."""
import torch
from common import *
from transformers import LlamaConfig, LlamaForCausalLM

T, VOCAB = 48, 64


def shapes(c):
    D, F = c["hidden_size"], c["intermediate_size"]
    KV = D // c["num_attention_heads"] * c["num_key_value_heads"]
    p, s = "language_model.model.", {}
    s[p + "embed_tokens.weight"] = ((c["vocab_size"], D), 0.5, 0)
    for i in range(c["num_hidden_layers"]):
        q = p + "layers.%d." % i
        s[q + "input_layernorm.weight"] = ((D,), 0.1, 1)
        for n, out in (("q", D), ("k", KV), ("v", KV), ("o", D)):
            s[q + "self_attn.%s_proj.weight" % n] = ((out, D), D ** -0.5, 0)
        s[q + "post_attention_layernorm.weight"] = ((D,), 0.1, 1)
        s[q + "mlp.gate_proj.weight"] = ((F, D), D ** -0.5, 0)
        s[q + "mlp.up_proj.weight"] = ((F, D), D ** -0.5, 0)
        s[q + "mlp.down_proj.weight"] = ((D, F), F ** -0.5, 0)
    s[p + "norm.weight"] = ((D,), 0.1, 1)
    if not c["tie_word_embeddings"]:
        s["language_model.lm_head.weight"] = ((c["vocab_size"], D),
                                              D ** -0.5, 0)
    return s


def llama(config, weights):
    """A model that holds the weights, and its parameters by our names"""
    model = LlamaForCausalLM(LlamaConfig(
        **{**config, "rope_parameters": {"rope_type": "default",
                                         "rope_theta": config["rope_theta"]},
           "attn_implementation": "eager"})).float()
    parameters = {"language_model." + n: p
                  for n, p in model.named_parameters()}
    assert parameters.keys() == weights.keys()
    with torch.no_grad():
        for n, p in parameters.items():
            p.copy_(weights[n])
    return model, parameters


def loss_of(model, z_loss=0.0):
    def loss(batch):
        tokens, position, segment, target, see = stack(batch)
        mask = torch.zeros(see.shape).masked_fill(~see, -1e30)[:, None]
        logits = model(input_ids=tokens, position_ids=position,
                       attention_mask=mask).logits
        return token_loss(logits, target, z_loss), int((target >= 0).sum())
    return loss


def case(name, sequences, **shape):
    config = text_config(vocab=VOCAB, **shape)
    weights = random_weights(shapes(config))
    c = Case(name, {"text_config": config}, weights, sequences)
    return c, *llama(config, weights)


def main():
    data = text_sequences(10, T, VOCAB)

    # grouped queries, packed segments, z-loss, AdamW, warm-up and cosine
    c, model, parameters = case("decoder", data)
    args = ["--z-loss", "1e-3"]
    theirs = train(c, parameters, loss_of(model, 1e-3))
    compare("decoder", c.run(*args), theirs)
    c.record(theirs.losses, *args)

    # a head of its own; the batch in pieces; no clipping
    c, model, parameters = case("decoder-untied", data, tied=False,
                                kv_heads=4, theta=500.0)
    theirs = train(c, parameters, loss_of(model), clip=0)
    for micro in ("4", "1"):
        compare("decoder, untied, --micro-batch " + micro,
                c.run("--micro-batch", micro, "--clip", "0"), theirs, clip=0)


if __name__ == "__main__":
    main()
    done()
