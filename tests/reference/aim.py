"""AIM's pre-training: an encoder with a mask for each picture, a head of MLPs,
per-patch normalised pixels; prefixes drawn by an independent Philox."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from common import *

SIDE, P, T = 16, 4, 32
K = (SIDE // P) ** 2
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])
VISION = {"model_type": "aim_vision_model", "num_hidden_layers": 2,
          "hidden_size": 24, "num_attention_heads": 3,
          "intermediate_size": 40, "image_size": SIDE, "patch_size": P,
          "num_channels": 3, "hidden_act": "gelu", "layer_norm_eps": 1e-6}
HEAD = {"num_hidden_layers": 3, "hidden_size": 20}
SEED, STREAM, MASK = 1, 0x900000000, (1 << 32) - 1


# ---- prefixes --------------------------------------------------------------

def philox(seed, stream, index):
    """Salmon et al., SC'11; the first 64 bits"""
    key = [seed & MASK, seed >> 32]
    c = [index & MASK, index >> 32, stream & MASK, stream >> 32]
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ key[0], b & MASK,
             (a >> 32) ^ c[3] ^ key[1], a & MASK]
        key = [key[0] + 0x9E3779B9 & MASK, key[1] + 0xBB67AE85 & MASK]
    return c[1] << 32 | c[0]


def prefix(position, picture):
    return 1 + (philox(SEED, STREAM + picture, position) * (K - 1) >> 64)


# ---- the model -------------------------------------------------------------

def sines(side, width):
    """The column's first, as MAE's get_2d_sincos_pos_embed"""
    w = 1e4 ** (-torch.arange(width // 4).double() / (width // 4))
    row, col = torch.meshgrid(torch.arange(side), torch.arange(side),
                              indexing="ij")
    parts = [f(x.reshape(-1, 1) * w) for x in (col, row)
             for f in (torch.sin, torch.cos)]
    return torch.cat(parts, 1).float()


def linear(out, inp):
    return nn.Linear(inp, out, bias=False)


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1, self.fc2 = linear(hidden, width), linear(width, hidden)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Attention(nn.Module):
    def __init__(self, D):
        super().__init__()
        for n in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, n, linear(D, D))

    def forward(self, x, see):
        B, L, D = x.shape
        H = VISION["num_attention_heads"]
        q, k, v = (f(x).reshape(B, L, H, -1).transpose(1, 2)
                   for f in (self.q_proj, self.k_proj, self.v_proj))
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=see[:, None])
        return self.out_proj(x.transpose(1, 2).reshape(B, L, D))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        D = VISION["hidden_size"]
        self.layer_norm1 = nn.LayerNorm(D, 1e-6)
        self.self_attn = Attention(D)
        self.layer_norm2 = nn.LayerNorm(D, 1e-6)
        self.mlp = Mlp(D, VISION["intermediate_size"])

    def forward(self, x, see):
        x = x + self.self_attn(self.layer_norm1(x), see)
        return x + self.mlp(self.layer_norm2(x))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        D = VISION["hidden_size"]
        self.embeddings = nn.Module()
        self.embeddings.patch_embedding = nn.Conv2d(3, D, P, P)
        self.embeddings.layernorm = nn.LayerNorm(D, 1e-6)
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList(
            Layer() for _ in range(VISION["num_hidden_layers"]))

    def forward(self, x, see):
        x = self.embeddings.patch_embedding(x).flatten(2).transpose(1, 2)
        x = self.embeddings.layernorm(x)
        x = x + sines(SIDE // P, x.shape[2])
        for layer in self.encoder.layers:
            x = layer(x, see)
        return x


class Block(Mlp):
    def __init__(self, width):
        super().__init__(width, 4 * width)
        self.norm = nn.LayerNorm(width, 1e-6)

    def forward(self, x):
        return x + super().forward(self.norm(x))


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        D, W = VISION["hidden_size"], HEAD["hidden_size"]
        self.norm, self.proj = nn.LayerNorm(D, 1e-6), linear(W, D)
        self.blocks = nn.ModuleList(
            Block(W) for _ in range(HEAD["num_hidden_layers"]))
        self.norm_out = nn.LayerNorm(W, 1e-6)
        self.out = linear(3 * P * P, W)

    def forward(self, x):
        x = self.proj(self.norm(x)) + sines(SIDE // P, HEAD["hidden_size"])
        for block in self.blocks:
            x = block(x)
        return self.out(self.norm_out(x))


class Model:
    def __init__(self):
        self.vit, self.head = Encoder(), Head()
        self.parameters = {
            prefix + n: p for prefix, m in
            (("vision_tower.vision_model.", self.vit), ("aim_head.",
                                                        self.head))
            for n, p in m.named_parameters()}
        self.position = 0  # of the next sequence, over all passes

    def load(self, weights):
        with torch.no_grad():
            for n, p in self.parameters.items():
                p.copy_(weights[n])

    def shapes(self):
        """Matrices by their fan-in, others as biases and scales"""
        return {n: (tuple(p.shape), p[0].numel() ** -0.5, 0) if p.dim() > 1
                else (tuple(p.shape), 0.1, float("norm" in n and
                                                 n.endswith("weight")))
                for n, p in self.parameters.items()}

    def loss(self, batch):
        views, lengths = [], []
        for s in batch:
            for k, picture in enumerate(v for p in s.pictures for v in p):
                views.append(torch.tensor(picture))
                lengths.append(prefix(self.position, k))
            self.position += 1
        x = ((torch.stack(views).float() / 255 - MEAN) / STD)
        x = x.permute(0, 3, 1, 2)
        t = F.unfold(x, P, stride=P).transpose(1, 2)
        t = (t - t.mean(2, keepdim=True)) / \
            (t.var(2, keepdim=True) + 1e-6).sqrt()
        S, at = torch.tensor(lengths)[:, None], torch.arange(K)
        see = torch.ones(K, K, dtype=torch.bool).tril() | \
            (at[None, None] < S[:, :, None])
        y = self.head(self.vit(x, see))
        miss = (y[:, :-1] - t[:, 1:]).pow(2).mean(2)
        live = (at >= S)[:, 1:]
        return (miss * live).sum(), int(live.sum())


def sequences(n, seed=3):
    """One or two pictures each, and one without; a flat patch now and then"""
    r = np.random.default_rng(seed)
    out = []
    for i in range(n):
        s = Sequence(T, 4)
        for _ in range(i % 4):
            rgb = r.integers(0, 256, (1, SIDE, SIDE, 3)).astype("u1")
            rgb[:, :P, -P:] = 77
            s.begin().picture(rgb).add(words(r, 3, 64)).end()
        out.append(s if s.tokens else s.begin().add(words(r, 3, 64)).end())
    return out


def main():
    m = Model()
    weights = random_weights(m.shapes())
    c = Case("aim", {"vision_config": VISION, "aim_head": HEAD}, weights,
             sequences(10), image_tokens=4, max_images=3, image_size=SIDE)
    m.load(weights)
    theirs = train(c, m.parameters, m.loss)
    args = ["--objective", "aim", "--head-layers",
            str(HEAD["num_hidden_layers"]), "--head-width",
            str(HEAD["hidden_size"])]
    for micro in ("4", "1"):
        compare("aim, --micro-batch " + micro,
                c.run(*args, "--micro-batch", micro), theirs)
    c.record(theirs.losses, *args)


if __name__ == "__main__":
    main()
    done()
