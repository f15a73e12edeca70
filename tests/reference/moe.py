"""A decoder with experts and its training: routing against transformers'
MixtralForCausalLM; capacity, the balance loss and the router's z-loss, which it
has in other forms or not at all, against plain PyTorch."""
import torch
from common import *
from decoder import llama, shapes as dense_shapes
from torch import nn
from transformers import MixtralConfig, MixtralForCausalLM

T, VOCAB = 48, 64
KINDS = ("gate", "up", "down")


def moe_config(experts=4, every=1, hidden=40, capacity=0.0, balance=0.0,
               z=0.0, **shape):
    return {**text_config(vocab=VOCAB, **shape), "num_experts": experts,
            "num_experts_per_tok": 2, "decoder_sparse_step": every,
            "moe_intermediate_size": hidden,
            "expert_capacity_factor": capacity,
            "router_aux_loss_coef": balance, "router_z_loss_coef": z}


def sparse(config, i):
    return (i + 1) % config["decoder_sparse_step"] == 0


def shapes(config):
    """In the order of our files: the MLP of some layers gives way."""
    D, F = config["hidden_size"], config["moe_intermediate_size"]
    out = {}
    for name, shape in dense_shapes(config).items():
        layer, _, what = name.partition(".mlp.")
        if not what or not sparse(config, int(layer.rpartition(".")[2])):
            out[name] = shape
        elif what.startswith("gate_proj"):
            p = layer + ".mlp."
            out[p + "gate.weight"] = ((config["num_experts"], D),
                                      2 * D ** -0.5, 0)
            for e in range(config["num_experts"]):
                for kind in KINDS:
                    rows, cols = (D, F) if kind == "down" else (F, D)
                    out[p + "experts.%d.%s_proj.weight" % (e, kind)] = (
                        (rows, cols), cols ** -0.5, 0)
    return out


# ---- transformers ----------------------------------------------------------

def mixtral(config, weights):
    """The model, and views of its stacked experts by our names"""
    model = MixtralForCausalLM(MixtralConfig(
        **{**config, "model_type": "mixtral",
           "intermediate_size": config["moe_intermediate_size"],
           "num_local_experts": config["num_experts"],
           "router_aux_loss_coef": 0.0, "sliding_window": None,
           "rope_parameters": {"rope_type": "default",
                               "rope_theta": config["rope_theta"]},
           "attn_implementation": "eager"})).float()
    parameters = {"language_model." + n: p
                  for n, p in model.named_parameters()}
    with torch.no_grad():
        for n, p in parameters.items():
            p.copy_(apart(n, p, weights) if ".experts." in n else weights[n])
    return model, parameters


def apart(name, p, weights):
    """Our experts stacked as theirs: [E,2F,D] of gate and up, [E,D,F]"""
    prefix = name.rpartition("experts.")[0] + "experts.%d.%s_proj.weight"
    kinds = ("gate", "up") if "gate_up" in name else ("down",)
    return torch.stack([torch.cat([weights[prefix % (e, k)] for k in kinds])
                        for e in range(len(p))])


def unstack(tensors):
    """Stacked experts as ours"""
    out = {}
    for name, t in tensors.items():
        if ".experts." not in name:
            out[name] = t
            continue
        prefix = name.rpartition("experts.")[0] + "experts.%d.%s_proj.weight"
        kinds = ("gate", "up") if "gate_up" in name else ("down",)
        for e in range(len(t)):
            for k, part in zip(kinds, t[e].chunk(len(kinds))):
                out[prefix % (e, k)] = part
    return out


def mixtral_loss(model):
    def loss(batch):
        tokens, position, segment, target, see = stack(batch)
        mask = torch.zeros(see.shape).masked_fill(~see, -1e30)[:, None]
        logits = model(input_ids=tokens, position_ids=position,
                       attention_mask=mask).logits
        return token_loss(logits, target), int((target >= 0).sum())
    return loss


# ---- plain PyTorch ---------------------------------------------------------

class Expert(nn.Module):
    def __init__(self, D, F):
        super().__init__()
        self.gate_proj = nn.Linear(D, F, bias=False)
        self.up_proj = nn.Linear(D, F, bias=False)
        self.down_proj = nn.Linear(F, D, bias=False)

    def forward(self, x):
        return self.down_proj(nn.functional.silu(self.gate_proj(x))
                              * self.up_proj(x))


class Experts(nn.Module):
    """Top-2 of E experts, a group for each sequence; self.live [B,T] is set
    before, self.said (live tokens, dropped, balance, z, load) after."""

    def __init__(self, config):
        super().__init__()
        D, self.E = config["hidden_size"], config["num_experts"]
        self.capacity = config["expert_capacity_factor"]
        self.gate = nn.Linear(D, self.E, bias=False)
        self.experts = nn.ModuleList(
            Expert(D, config["moe_intermediate_size"])
            for _ in range(self.E))

    def keep(self, chosen, live):
        """[T,2]: is there room for the choice?  In the order of tokens, first
        choices before second ones."""
        n = int(live.sum())
        room = max(1, int(self.capacity * n / self.E)) if self.capacity \
            else 2 * n
        one_hot = nn.functional.one_hot(chosen, self.E) * live[:, None, None]
        first = one_hot[:, 0].cumsum(0) - one_hot[:, 0]
        second = one_hot[:, 1].cumsum(0) - one_hot[:, 1] + \
            one_hot[:, 0].sum(0).clamp(max=room)
        place = torch.stack([(first * one_hot[:, 0]).sum(1),
                             (second * one_hot[:, 1]).sum(1)], 1)
        return (place < room) & live[:, None]

    def group(self, x, live):
        logits = self.gate(x)
        p = logits.softmax(-1)
        top, chosen = p.topk(2, -1)
        weight = top / (top.sum(-1, keepdim=True) + 1e-9)
        kept = self.keep(chosen, live)
        y = torch.zeros_like(x)
        for e, expert in enumerate(self.experts):
            w = (weight * (kept & (chosen == e))).sum(1)
            rows = w.nonzero()[:, 0]
            y = y.index_add(0, rows, w[rows, None] * expert(x[rows]))
        share = nn.functional.one_hot(chosen[live, 0], self.E).float().mean(0)
        balance = self.E * (share * p[live].mean(0)).sum()
        z = logits[live].logsumexp(-1).pow(2).mean()
        load = nn.functional.one_hot(chosen[live], self.E).sum((0, 1))
        n = int(live.sum())
        return y, (n, 2 * n - int(kept.sum()), n * balance, n * z, load)

    def forward(self, x):
        groups = [self.group(a, b) for a, b in zip(x, self.live)]
        self.said = [sum(s) for s in zip(*(g[1] for g in groups))]
        return torch.stack([g[0] for g in groups])


def plain(config, weights):
    """LlamaForCausalLM with experts in the places of some MLPs"""
    dense = {n: torch.zeros(s) for n, (s, _, _)
             in dense_shapes(config).items()}
    model, _ = llama(config, dense)
    layers = []
    for i, layer in enumerate(model.model.layers):
        if sparse(config, i):
            layer.mlp = Experts(config)
            layers.append(layer.mlp)
    parameters = {"language_model." + n: p
                  for n, p in model.named_parameters()}
    assert parameters.keys() == weights.keys()
    with torch.no_grad():
        for n, p in parameters.items():
            p.copy_(weights[n])
    return model, layers, parameters


def plain_loss(model, layers, config, log):
    """The losses of routers are in the gradient, not in the number: so is our
    log."""
    def loss(batch):
        tokens, position, segment, target, see = stack(batch)
        mask = torch.zeros(see.shape).masked_fill(~see, -1e30)[:, None]
        for layer in layers:
            layer.live = segment > 0
        logits = model(input_ids=tokens, position_ids=position,
                       attention_mask=mask).logits
        n, dropped, balance, z, load = (sum(s) / len(layers) for s
                                        in zip(*(m.said for m in layers)))
        added = (config["router_aux_loss_coef"] * balance
                 + config["router_z_loss_coef"] * z) / n
        log.append({"added": float(added), "balance": float(balance / n),
                    "z": float(z / n), "dropped": dropped / (2 * n),
                    "load": (load / (2 * n)).tolist()})
        targets = int((target >= 0).sum())
        return (token_loss(logits, target)
                + targets * (added - added.detach()), targets)
    return loss


def compare_routers(name, ours, log):
    said = [e["router"] for e in ours.steps]
    errors = [(k, worst([s[k] for s in said], [t[k] for t in log]))
              for k in ("added", "balance", "z")]
    errors += [(k, max(abs(s[k] - t[k]) for s, t in zip(said, log)))
               for k in ("dropped",)]
    errors.append(("load", max(abs(a - b) for s, t in zip(said, log)
                               for a, b in zip(s["load"], t["load"]))))
    report(name + ", routers", errors)


# ---- the cases -------------------------------------------------------------

def case(name, config, sequences):
    weights = random_weights(shapes(config))
    return Case(name, {"text_config": config}, weights, sequences), weights


def main():
    data = text_sequences(10, T, VOCAB)

    # no limit, no losses: Mixtral
    config = moe_config(hidden=48)
    c, weights = case("moe-mixtral", config, data)
    model, parameters = mixtral(config, weights)
    theirs = train(c, parameters, mixtral_loss(model))
    theirs.gradients = unstack(theirs.gradients)
    theirs.weights = unstack(theirs.weights)
    compare("experts, as Mixtral", c.run(), theirs)

    # capacity that drops, both losses, every second layer
    config = moe_config(every=2, hidden=24, capacity=1.5, balance=0.3, z=0.05)
    c, weights = case("moe", config, data)
    model, layers, parameters = plain(config, weights)
    log = []
    theirs = train(c, parameters, plain_loss(model, layers, config, log))
    for micro in ("4", "1"):
        name = "experts, capacity, --micro-batch " + micro
        ours = c.run("--micro-batch", micro)
        compare(name, ours, theirs)
        compare_routers(name, ours, log)
    assert all(t["dropped"] > 0.01 for t in log)
    c.record(theirs.losses)


if __name__ == "__main__":
    main()
    done()
