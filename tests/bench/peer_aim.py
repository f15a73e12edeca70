"""The training steps of bench_aim in PyTorch, beside ours in one run.

usage: tests/bench/peer_aim.py BENCH_AIM [THREADS]

Runs BENCH_AIM, then encoders and heads of the same shapes as
tests/reference/aim.py checks, with prefixes drawn anew in each step: float32,
eager, fused AdamW.  Prints both as JSON lines, the best of the rounds, and the
ratio of pictures a second, ours over theirs.
"""
import json
import os
import subprocess
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

ROUNDS = 5
MODELS = {"aim-mini": (64, 4, 128, 4, 28, 4),
          "aim-tiny": (8, 12, 192, 3, 224, 14)}


def mlp(width, hidden):
    return nn.Sequential(nn.LayerNorm(width, 1e-6),
                         nn.Linear(width, hidden, bias=False), nn.GELU(),
                         nn.Linear(hidden, width, bias=False))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.norm = heads, nn.LayerNorm(width, 1e-6)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.mlp = mlp(width, 4 * width)

    def forward(self, x, see):
        B, L, D = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(
            B, L, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=see)
        x = x + self.out(y.transpose(1, 2).reshape(B, L, D))
        return x + self.mlp(x)


class Aim(nn.Module):
    def __init__(self, layers, width, heads, side, patch):
        super().__init__()
        self.patch, self.K = patch, (side // patch) ** 2
        self.embed = nn.Conv2d(3, width, patch, patch)
        self.norm = nn.LayerNorm(width, 1e-6)
        self.layers = nn.ModuleList(Layer(width, heads)
                                    for _ in range(layers))
        self.proj = nn.Sequential(nn.LayerNorm(width, 1e-6),
                                  nn.Linear(width, width, bias=False))
        self.head = nn.ModuleList(mlp(width, 4 * width) for _ in range(12))
        self.out = nn.Sequential(nn.LayerNorm(width, 1e-6),
                                 nn.Linear(width, 3 * patch * patch,
                                           bias=False))
        self.register_buffer("sines", torch.randn(self.K, width))

    def forward(self, x):
        S = torch.randint(1, self.K, (len(x), 1, 1))
        at = torch.arange(self.K)
        see = (at <= at[:, None]) | (at < S)
        t = F.unfold(x, self.patch, stride=self.patch).transpose(1, 2)
        t = (t - t.mean(2, keepdim=True)) / \
            (t.var(2, keepdim=True) + 1e-6).sqrt()
        y = self.norm(self.embed(x).flatten(2).transpose(1, 2)) + self.sines
        for layer in self.layers:
            y = layer(y, see[:, None])
        y = self.proj(y) + self.sines
        for block in self.head:
            y = y + block(y)
        miss = (self.out(y)[:, :-1] - t[:, 1:]).pow(2).mean(2)
        live = (at >= S[:, 0])[:, 1:]
        return (miss * live).sum() / live.sum()


def bench(name, n, *shape):
    m = Aim(*shape)
    o = torch.optim.AdamW(m.parameters(), lr=1e-5, fused=True)
    x = torch.randn(n, 3, shape[3], shape[3])
    best = 1e30
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        o.zero_grad()
        m(x).backward()
        o.step()
        best = min(best, time.perf_counter() - begin)
    return {"bench": "aim", "peer": "torch " + torch.__version__,
            "model": name, "threads": torch.get_num_threads(), "pictures": n,
            "step_s": round(best, 4), "pictures_per_s": round(n / best, 1)}


def main():
    threads = sys.argv[2] if len(sys.argv) > 2 \
        else str(len(os.sched_getaffinity(0)))
    out = subprocess.run([sys.argv[1], threads], stdout=subprocess.PIPE,
                         check=True).stdout.decode()
    print(out, end="", flush=True)
    torch.manual_seed(1)
    torch.set_num_threads(int(threads))
    for line, (name, shape) in zip(out.splitlines(), MODELS.items()):
        theirs = bench(name, *shape)
        theirs["ratio"] = round(json.loads(line)["pictures_per_s"] /
                                theirs["pictures_per_s"], 2)
        print(json.dumps(theirs), flush=True)


main()
