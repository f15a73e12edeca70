"""The training steps of bench_step in PyTorch, beside ours in one run.

usage: tests/bench/peer_step.py BENCH_STEP [THREADS]

Runs BENCH_STEP, then the same shapes with transformers' CLIP encoder and
Llama and timm's RegNet stages as C-Abstractor: float32, eager, fused AdamW.
Prints both, and for each the ratio of tokens a second, ours over theirs.
"""
import json
import os
import subprocess
import sys
import time

import torch
from timm.layers import LayerNorm2d
from timm.models.regnet import RegStage
from torch import nn
from transformers import (CLIPVisionConfig, CLIPVisionModel, LlamaConfig,
                          LlamaForCausalLM)

ROUNDS = 5


class Abstractor(nn.Module):
    def __init__(self, patches, inp, width, out, depth, tokens):
        super().__init__()
        self.side, self.tokens = round(tokens ** 0.5), tokens
        self.position = nn.Parameter(torch.zeros(patches, inp))

        def stage(a):
            return RegStage(depth, a, width, stride=1, dilation=1,
                            act_layer=nn.SiLU, norm_layer=LayerNorm2d)

        self.before, self.behind = stage(inp), stage(width)
        self.readout = nn.Sequential(nn.Linear(width, out), nn.SiLU(),
                                     nn.Linear(out, out))

    def forward(self, x):
        n, patches, inp = x.shape
        m = round(patches ** 0.5)
        x = (x + self.position).transpose(1, 2).reshape(n, inp, m, m)
        x = nn.functional.adaptive_avg_pool2d(self.before(x), self.side)
        return self.readout(self.behind(x).flatten(2).transpose(1, 2))


def llama(layers, width, heads, kv, hidden, vocab, context, tied):
    return LlamaForCausalLM(LlamaConfig(
        num_hidden_layers=layers, hidden_size=width,
        num_attention_heads=heads, num_key_value_heads=kv,
        intermediate_size=hidden, vocab_size=vocab,
        max_position_embeddings=context, tie_word_embeddings=tied,
        attn_implementation="sdpa", use_cache=False))


class Demo(nn.Module):
    """The preset mm1-demo; each sequence begins with its views."""

    def __init__(self, B, T, views):
        super().__init__()
        self.vit = CLIPVisionModel(CLIPVisionConfig(
            num_hidden_layers=4, hidden_size=128, num_attention_heads=4,
            intermediate_size=512, image_size=56, patch_size=8,
            hidden_act="gelu", attn_implementation="sdpa"))
        self.connector = Abstractor(49, 128, 192, 192, 2, 16)
        self.lm = llama(3, 192, 6, 2, 384, 4096, 1024, True)
        self.tokens = torch.arange(B * T).reshape(B, T) * 7 % 4096
        self.labels = torch.arange(B * T).reshape(B, T) * 5 % 4096
        self.labels[:, :views * 16] = -100
        self.pixels = torch.zeros(B * views, 3, 56, 56)
        self.views = views

    def forward(self):
        B, T = self.tokens.shape
        h = self.vit(pixel_values=self.pixels).last_hidden_state[:, 1:]
        images = self.connector(h).reshape(B, self.views * 16, -1)
        x = self.lm.get_input_embeddings()(self.tokens)
        x = torch.cat([images, x[:, images.shape[1]:]], 1)
        return self.lm(inputs_embeds=x, labels=self.labels).loss


class Language(nn.Module):
    def __init__(self, B, T):
        super().__init__()
        self.lm = llama(12, 256, 4, 4, 688, 32000, 4096, True)
        self.tokens = torch.arange(B * T).reshape(B, T) * 7 % 32000

    def forward(self):
        return self.lm(input_ids=self.tokens, labels=self.tokens).loss


def measure(model):
    """Seconds of forward, backward, optimizer of the fastest round"""
    o = torch.optim.AdamW(model.parameters(), lr=1e-5, betas=(0.9, 0.95),
                          weight_decay=0.1, fused=True)
    best = None
    for _ in range(ROUNDS + 1):  # the first warms up
        o.zero_grad(set_to_none=False)
        t = [time.monotonic()]
        loss = model()
        t.append(time.monotonic())
        loss.backward()
        t.append(time.monotonic())
        o.step()
        t.append(time.monotonic())
        took = [b - a for a, b in zip(t, t[1:])]
        if best is None or sum(took) < sum(best):
            best = took
    return best


def main():
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    torch.set_num_threads(threads)
    out = subprocess.run([sys.argv[1], str(threads)], check=True,
                         stdout=subprocess.PIPE).stdout.decode()
    sys.stdout.write(out)
    for line in out.splitlines():
        ours = json.loads(line)
        B, T = ours["sequences"], ours["tokens"]
        if ours.get("recompute"):
            continue
        if ours["model"] == "mm1-demo":
            model = Demo(B, T, ours["views"])
        elif ours["model"] == "12x256 lm":
            model = Language(B, T)
        else:
            continue
        forward, backward, adamw = measure(model)
        rate = B * T / (forward + backward + adamw)
        print(json.dumps({
            "bench": "step", "peer": "pytorch " + torch.__version__,
            "model": ours["model"], "threads": threads,
            "parameters": sum(p.numel() for p in model.parameters()),
            "forward_s": round(forward, 4), "backward_s": round(backward, 4),
            "adamw_s": round(adamw, 4), "tokens_per_s": round(rate),
            "ours_over_peer": round(ours["tokens_per_s"] / rate, 2)},
            separators=(",", ":")), flush=True)


main()
