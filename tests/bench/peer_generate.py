"""The sequences of bench_generate in PyTorch, beside ours in one run.

usage: tests/bench/peer_generate.py BENCH_GENERATE

Runs BENCH_GENERATE, then models of the same shapes with transformers' Llama
and its generate(): float32, greedily, prompts of one length, all cores; on one
core the time is what the process worked.
"""
import json
import os
import subprocess
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

PROMPT, NEXT = 64, 48


def model(layers, width, heads, kv_heads, hidden, vocab):
    return LlamaForCausalLM(LlamaConfig(
        num_hidden_layers=layers, hidden_size=width, vocab_size=vocab,
        num_attention_heads=heads, num_key_value_heads=kv_heads,
        intermediate_size=hidden, max_position_embeddings=512,
        tie_word_embeddings=True, attn_implementation="sdpa")).eval()


def now():
    one = torch.get_num_threads() == 1
    return time.process_time() if one else time.monotonic()


def seconds(m, ids, n):
    begin = now()
    m.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
               min_new_tokens=n, max_new_tokens=n, pad_token_id=0)
    return now() - begin


def bench(name, *shape):
    m = model(*shape)
    for n in 1, 8, 32:
        ids = torch.arange(n * PROMPT).reshape(n, PROMPT) * 7919 % (
            shape[-1] - 8) + 8
        read = seconds(m, ids, 1)
        write = seconds(m, ids, NEXT) - read
        print(json.dumps({"bench": "generate", "peer": "transformers Llama",
                          "model": name, "threads": torch.get_num_threads(),
                          "sequences": n,
                          "read_per_s": round(n * PROMPT / read),
                          "write_per_s": round(n * (NEXT - 1) / write, 1)}),
              flush=True)


torch.set_num_threads(len(os.sched_getaffinity(0)))
subprocess.run(sys.argv[1:2], check=True)
with torch.inference_mode():
    bench("mm1-demo", 3, 192, 6, 2, 384, 4096)
    bench("mm1-85m", 12, 768, 12, 12, 2048, 16384)
