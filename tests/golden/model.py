#!/usr/bin/python3
"""Record what a tiny model does in PyTorch, in double precision.

usage: tests/golden/model.py

Makes tests/golden/model/{config.json,preprocessor_config.json} and
model.safetensors (random bfloat16 weights), and model/expect.json: features, image tokens, losses, projections of
all gradients, and a greedy continuation.  Needs python3-torch, numpy.
"""
import json
import math
import os
import struct

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "model")
V = dict(layers=2, width=16, heads=2, hidden=32, image=12, patch=4)
K = dict(depth=2, width=24, tokens=4)
T = dict(layers=2, width=32, heads=4, kv=2, hidden=48, vocab=300, context=64)
IMAGE = 3
MEAN, STD = [0.48, 0.46, 0.41], [0.27, 0.26, 0.28]
Z_LOSS = 1e-3
MASK = (1 << 64) - 1


class Lcg:
    """The generator that the C test has, too."""

    def __init__(self, seed):
        self.s = (seed * 0x9E3779B97F4A7C15 + 1) & MASK

    def bits(self):
        self.s = (self.s * 6364136223846793005 + 1442695040888963407) & MASK
        return self.s >> 33

    def signs(self, n):
        return torch.tensor([1.0 if self.bits() & 1 << 20 else -1.0
                             for _ in range(n)], dtype=torch.float64)


def shapes():
    """name -> (shape, deviation, mean), in the order of the file"""
    s = {}
    p = "vision_tower.vision_model."
    D, L = V["width"], (V["image"] // V["patch"]) ** 2

    def affine(name, out, inp):
        s[name + ".weight"] = ((out, inp), inp ** -0.5, 0)
        s[name + ".bias"] = ((out,), 0.1, 0)

    def norm(name, n, bias=True):
        s[name + ".weight"] = ((n,), 0.1, 1)
        if bias:
            s[name + ".bias"] = ((n,), 0.1, 0)

    s[p + "embeddings.class_embedding"] = ((D,), 0.5, 0)
    s[p + "embeddings.patch_embedding.weight"] = (
        (D, 3, V["patch"], V["patch"]), 0.15, 0)
    s[p + "embeddings.position_embedding.weight"] = ((L + 1, D), 0.5, 0)
    norm(p + "pre_layrnorm", D)
    for i in range(V["layers"]):
        q = p + "encoder.layers.%d." % i
        norm(q + "layer_norm1", D)
        for n in ("q_proj", "k_proj", "v_proj", "out_proj"):
            affine(q + "self_attn." + n, D, D)
        norm(q + "layer_norm2", D)
        affine(q + "mlp.fc1", V["hidden"], D)
        affine(q + "mlp.fc2", D, V["hidden"])
    s["connector.pos_emb"] = ((L, D), 0.3, 0)
    W = K["width"]
    for stage in (0, 2):
        for b in range(K["depth"]):
            q = "connector.net.%d.b%d." % (stage, b + 1)
            inp = D if stage == 0 and b == 0 else W
            s[q + "conv1.conv.weight"] = ((W, inp), inp ** -0.5, 0)
            norm(q + "conv1.bn", W)
            s[q + "conv2.conv.weight"] = ((W, 1, 3, 3), 0.4, 0)
            norm(q + "conv2.bn", W)
            affine(q + "se.fc1", round(inp / 4), W)
            affine(q + "se.fc2", W, round(inp / 4))
            s[q + "conv3.conv.weight"] = ((W, W), W ** -0.5, 0)
            norm(q + "conv3.bn", W)
            if inp != W:
                s[q + "downsample.conv.weight"] = ((W, inp), inp ** -0.5, 0)
                norm(q + "downsample.bn", W)
    affine("connector.readout.0", T["width"], W)
    affine("connector.readout.2", T["width"], T["width"])
    p, D = "language_model.", T["width"]
    s[p + "model.embed_tokens.weight"] = ((T["vocab"], D), 0.5, 0)
    kv = D // T["heads"] * T["kv"]
    for i in range(T["layers"]):
        q = p + "model.layers.%d." % i
        norm(q + "input_layernorm", D, False)
        for n, out in (("q", D), ("k", kv), ("v", kv), ("o", D)):
            s[q + "self_attn.%s_proj.weight" % n] = ((out, D), D ** -0.5, 0)
        norm(q + "post_attention_layernorm", D, False)
        s[q + "mlp.gate_proj.weight"] = ((T["hidden"], D), D ** -0.5, 0)
        s[q + "mlp.up_proj.weight"] = ((T["hidden"], D), D ** -0.5, 0)
        s[q + "mlp.down_proj.weight"] = (
            (D, T["hidden"]), T["hidden"] ** -0.5, 0)
    norm(p + "model.norm", D, False)
    return s


def weights():
    torch.manual_seed(1)
    return {n: (torch.randn(shape) * std + mean).bfloat16()
            for n, (shape, std, mean) in shapes().items()}


def write_safetensors(path, w):
    header, at, data = {"__metadata__": {"format": "pt"}}, 0, []
    for name, t in w.items():
        raw = t.view(torch.int16).numpy().tobytes()
        header[name] = {"dtype": "BF16", "shape": list(t.shape),
                        "data_offsets": [at, at + len(raw)]}
        at += len(raw)
        data.append(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(data))


def layernorm(x, w, name):
    return F.layer_norm(x, x.shape[-1:], w[name + ".weight"],
                        w[name + ".bias"], 1e-5)


def rmsnorm(x, weight):
    return x * (x.pow(2).mean(-1, keepdim=True) + 1e-5).rsqrt() * weight


def linear(x, w, name):
    return F.linear(x, w[name + ".weight"], w[name + ".bias"])


def interpolate(grid, m):
    n = round(math.sqrt(grid.shape[0]))
    if n == m:
        return grid
    x = grid.t().reshape(1, -1, n, n)
    x = F.interpolate(x, size=(m, m), mode="bicubic", antialias=True,
                      align_corners=False)
    return x.reshape(grid.shape[1], -1).t()


def vit(w, pixels):
    """u8 [n,side,side,3] -> [n,patches,D]"""
    p = "vision_tower.vision_model."
    x = pixels.double() / 255
    x = (x - torch.tensor(MEAN).double()) / torch.tensor(STD).double()
    x = F.conv2d(x.permute(0, 3, 1, 2),
                 w[p + "embeddings.patch_embedding.weight"], stride=V["patch"])
    n, D, m, _ = x.shape
    x = x.flatten(2).transpose(1, 2)
    cls = w[p + "embeddings.class_embedding"].expand(n, 1, D)
    pos = w[p + "embeddings.position_embedding.weight"]
    pos = torch.cat([pos[:1], interpolate(pos[1:], m)])
    x = layernorm(torch.cat([cls, x], 1) + pos, w, p + "pre_layrnorm")
    H, C = V["heads"], D // V["heads"]
    for i in range(V["layers"]):
        q = p + "encoder.layers.%d." % i
        h = layernorm(x, w, q + "layer_norm1")
        heads = [linear(h, w, q + "self_attn.%s_proj" % s)
                 .reshape(n, -1, H, C).transpose(1, 2) for s in "qkv"]
        a = torch.softmax(heads[0] @ heads[1].transpose(2, 3) / C ** 0.5, -1)
        a = (a @ heads[2]).transpose(1, 2).reshape(n, -1, D)
        x = x + linear(a, w, q + "self_attn.out_proj")
        h = linear(layernorm(x, w, q + "layer_norm2"), w, q + "mlp.fc1")
        x = x + linear(h * torch.sigmoid(1.702 * h), w, q + "mlp.fc2")
    return x[:, 1:]


def bottleneck(w, q, x):
    """[n,C,m,m]"""
    def norm(x, name):
        return layernorm(x.permute(0, 2, 3, 1), w, q + name) \
            .permute(0, 3, 1, 2)

    def conv1x1(x, name):
        return F.conv2d(x, w[q + name][:, :, None, None])

    h = F.silu(norm(conv1x1(x, "conv1.conv.weight"), "conv1.bn"))
    h = F.conv2d(h, w[q + "conv2.conv.weight"], padding=1, groups=h.shape[1])
    h = F.silu(norm(h, "conv2.bn"))
    s = F.silu(linear(h.mean((2, 3)), w, q + "se.fc1"))
    h = h * torch.sigmoid(linear(s, w, q + "se.fc2"))[:, :, None, None]
    h = norm(conv1x1(h, "conv3.conv.weight"), "conv3.bn")
    if q + "downsample.conv.weight" in w:
        x = norm(conv1x1(x, "downsample.conv.weight"), "downsample.bn")
    return F.silu(h + x)


def connector(w, x):
    """[n,patches,D] -> [n,tokens,D_lm]"""
    n, L, D = x.shape
    m = round(math.sqrt(L))
    x = x + interpolate(w["connector.pos_emb"], m)
    x = x.transpose(1, 2).reshape(n, D, m, m)
    for b in range(K["depth"]):
        x = bottleneck(w, "connector.net.0.b%d." % (b + 1), x)
    x = F.adaptive_avg_pool2d(x, round(math.sqrt(K["tokens"])))
    for b in range(K["depth"]):
        x = bottleneck(w, "connector.net.2.b%d." % (b + 1), x)
    x = x.flatten(2).transpose(1, 2)
    x = F.silu(linear(x, w, "connector.readout.0"))
    return linear(x, w, "connector.readout.2")


def rope(x, position):
    """[B,heads,T,C], halves rotated"""
    C = x.shape[-1]
    f = 1e4 ** (-torch.arange(0, C // 2).double() * 2 / C)
    a = (position.double()[:, :, None] * f)[:, None]
    u, v = x[..., :C // 2], x[..., C // 2:]
    return torch.cat([u * a.cos() - v * a.sin(), v * a.cos() + u * a.sin()],
                     -1)


def decoder(w, x, position, segment):
    """[B,T,D] -> logits [B,T,V]"""
    B, L, D = x.shape
    H, G, C = T["heads"], T["kv"], D // T["heads"]
    see = (segment[:, :, None] == segment[:, None, :]) & \
        torch.ones(L, L, dtype=torch.bool).tril()
    p = "language_model.model."
    for i in range(T["layers"]):
        q = p + "layers.%d." % i
        h = rmsnorm(x, w[q + "input_layernorm.weight"])
        a = [F.linear(h, w[q + "self_attn.%s_proj.weight" % s])
             .reshape(B, L, -1, C).transpose(1, 2) for s in "qkv"]
        qq, kk = rope(a[0], position), rope(a[1], position)
        kk = kk.repeat_interleave(H // G, 1)
        vv = a[2].repeat_interleave(H // G, 1)
        s = qq @ kk.transpose(2, 3) / C ** 0.5
        s = s.masked_fill(~see[:, None], float("-inf"))
        a = (torch.softmax(s, -1) @ vv).transpose(1, 2).reshape(B, L, D)
        a = a * (segment > 0)[:, :, None]
        x = x + F.linear(a, w[q + "self_attn.o_proj.weight"])
        h = rmsnorm(x, w[q + "post_attention_layernorm.weight"])
        h = F.silu(F.linear(h, w[q + "mlp.gate_proj.weight"])) * \
            F.linear(h, w[q + "mlp.up_proj.weight"])
        x = x + F.linear(h, w[q + "mlp.down_proj.weight"])
    x = rmsnorm(x, w[p + "norm.weight"])
    return F.linear(x, w[p + "embed_tokens.weight"])


def batch():
    """Two sequences of 24: an image, text, padding; as the C test makes it."""
    r = Lcg(7)
    B, L, n = 2, 24, K["tokens"]
    segment = [[1] * 11 + [2] * 9 + [0] * 4, [1] * 24]
    position = [list(range(11)) + list(range(9)) + [0] * 4, list(range(24))]
    tokens = [[4 + r.bits() % (T["vocab"] - 4) if s else 0 for s in row]
              for row in segment]
    starts = [1, 12, 24 + 5]
    flat = [t for row in tokens for t in row]
    for s in starts:
        flat[s:s + n] = [IMAGE] * n
    target = [-1] * (B * L)
    for b in range(B):
        for t in range(L - 1):
            i = b * L + t
            if segment[b][t] and segment[b][t] == segment[b][t + 1] and \
                    flat[i + 1] != IMAGE:
                target[i] = flat[i + 1]
    return (torch.tensor(flat).reshape(B, L), torch.tensor(position),
            torch.tensor(segment), torch.tensor(target), starts)


def pictures(n, side):
    r = Lcg(side)
    return torch.tensor([r.bits() & 255 for _ in range(n * side * side * 3)],
                        dtype=torch.uint8).reshape(n, side, side, 3)


def embed(w, tokens, images, starts):
    D = T["width"]
    x = F.embedding(tokens, w["language_model.model.embed_tokens.weight"])
    rows = list(x.reshape(-1, D).unbind(0))
    for k, s in enumerate(starts):
        rows[s:s + K["tokens"]] = images[k].unbind(0)
    return torch.stack(rows).reshape(*tokens.shape, D)


def numbers(x):
    return [float("%.7g" % v) for v in x.detach().reshape(-1).tolist()]


def case(w, side):
    for t in w.values():
        t.grad = None
    tokens, position, segment, target, starts = batch()
    features = vit(w, pictures(len(starts), side))
    images = connector(w, features)
    logits = decoder(w, embed(w, tokens, images, starts), position, segment)
    logits = logits.reshape(-1, T["vocab"])
    live = target >= 0
    lse = torch.logsumexp(logits, -1)
    rows = torch.where(live, lse - logits.gather(
        1, target.clamp(min=0)[:, None])[:, 0], torch.zeros_like(lse))
    loss = rows.sum() + Z_LOSS * (lse * live).pow(2).sum()
    (loss / live.sum()).backward()
    grads = {}
    for i, (name, t) in enumerate(w.items()):
        r, g = Lcg(100 + i), t.grad.reshape(-1)
        grads[name] = numbers(torch.stack(
            [g.norm(), (g * r.signs(len(g))).sum(),
             (g * r.signs(len(g))).sum()]))
    return {"side": side, "features": numbers(features),
            "images": numbers(images), "row_loss": numbers(rows),
            "loss": float(loss), "grads": grads}


def greedy(w):
    """A picture and some tokens, then 12 more, one after the other."""
    r = Lcg(9)
    ids = [1] + [IMAGE] * K["tokens"] + \
        [4 + r.bits() % (T["vocab"] - 4) for _ in range(6)]
    images = connector(w, vit(w, pictures(1, V["image"])))
    first = None
    prompt = len(ids)
    for _ in range(12):
        t = torch.tensor([ids])
        n = len(ids)
        z = decoder(w, embed(w, t, images, [1]), torch.arange(n)[None],
                    torch.ones(1, n, dtype=torch.long))[0, -1]
        first = z if first is None else first
        ids.append(int(z.argmax()))
    return {"prompt": ids[:prompt], "logits": numbers(first),
            "next": ids[prompt:]}


def config():
    return {
        "model_type": "mm1", "image_token_id": IMAGE,
        "vision_config": {
            "model_type": "clip_vision_model",
            "num_hidden_layers": V["layers"], "hidden_size": V["width"],
            "num_attention_heads": V["heads"],
            "intermediate_size": V["hidden"], "image_size": V["image"],
            "patch_size": V["patch"], "hidden_act": "quick_gelu",
            "layer_norm_eps": 1e-5},
        "connector": {"type": "c-abstractor", "depth": K["depth"],
                      "hidden_size": K["width"],
                      "num_query_tokens": K["tokens"]},
        "text_config": {
            "model_type": "llama", "num_hidden_layers": T["layers"],
            "hidden_size": T["width"], "num_attention_heads": T["heads"],
            "num_key_value_heads": T["kv"], "intermediate_size": T["hidden"],
            "vocab_size": T["vocab"],
            "max_position_embeddings": T["context"], "rope_theta": 10000.0,
            "rms_norm_eps": 1e-5, "tie_word_embeddings": True,
            "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}}


def main():
    os.makedirs(HERE, exist_ok=True)
    stored = weights()
    write_safetensors(os.path.join(HERE, "model.safetensors"), stored)
    with open(os.path.join(HERE, "config.json"), "w") as f:
        json.dump(config(), f, indent=1)
        f.write("\n")
    with open(os.path.join(HERE, "preprocessor_config.json"), "w") as f:
        json.dump({"size": {"height": V["image"], "width": V["image"]},
                   "resample": 3, "image_mean": MEAN, "image_std": STD}, f)
        f.write("\n")
    w = {n: t.double().requires_grad_() for n, t in stored.items()}
    expect = {"cases": [case(w, 12), case(w, 16)], "greedy": greedy(w)}
    with open(os.path.join(HERE, "expect.json"), "w") as f:
        json.dump(expect, f, separators=(",", ":"))
        f.write("\n")
    print("%d parameters" % sum(t.numel() for t in stored.values()))


main()
