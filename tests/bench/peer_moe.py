"""The steps of bench_moe in PyTorch, beside ours in one run.

usage: tests/bench/peer_moe.py BENCH_MOE

Runs BENCH_MOE, then the same shapes with transformers' Mixtral, forward and
backward, float32, all cores; the median of the rounds.
"""
import json
import os
import subprocess
import sys
import time

import torch
from transformers import MixtralConfig, MixtralForCausalLM

ROUNDS, B, T, VOCAB = 5, 4, 512, 4096


def model(layers, width, hidden, experts=8):
    return MixtralForCausalLM(MixtralConfig(
        num_hidden_layers=layers, hidden_size=width, vocab_size=VOCAB,
        num_attention_heads=width // 64, num_key_value_heads=width // 64,
        intermediate_size=hidden, num_local_experts=experts,
        num_experts_per_tok=2, max_position_embeddings=T,
        tie_word_embeddings=True, attn_implementation="sdpa"))


def step(m, ids):
    m.zero_grad()
    m(input_ids=ids, labels=ids).loss.backward()


def bench(name, *shape):
    m, times = model(*shape), []
    ids = (torch.arange(B * T) * 7 % VOCAB).reshape(B, T)
    for _ in range(ROUNDS):
        begin = time.monotonic()
        step(m, ids)
        times.append(time.monotonic() - begin)
    seconds = sorted(times)[ROUNDS // 2]
    print(json.dumps({"bench": "moe-step", "peer": "transformers Mixtral",
                      "model": name, "experts": 8,
                      "threads": torch.get_num_threads(), "tokens": B * T,
                      "seconds": round(seconds, 4),
                      "tokens_per_s": round(B * T / seconds)}), flush=True)


subprocess.run(sys.argv[1:2], check=True)
torch.set_num_threads(len(os.sched_getaffinity(0)))
bench("6x256", 6, 256, 512)
bench("2x768", 2, 768, 1536)
