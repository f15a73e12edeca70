"""peer_clip.py PAIRS TOKENS STEPS: seconds of the fastest training step of
transformers' CLIPModel in the shape of mm1-clip-demo; see bench_clip.c."""
import os
import sys
import time

import torch
from transformers import CLIPConfig, CLIPModel

pairs, tokens, steps = map(int, sys.argv[1:])
torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
shape = {"num_hidden_layers": 4, "hidden_size": 128, "num_attention_heads": 4,
         "intermediate_size": 512, "hidden_act": "gelu", "projection_dim": 128}
model = CLIPModel(CLIPConfig(
    text_config={**shape, "vocab_size": 4096, "max_position_embeddings": 77},
    vision_config={**shape, "image_size": 56, "patch_size": 8},
    projection_dim=128, attn_implementation="sdpa")).float().train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
ids = torch.randint(4, 4096, (pairs, tokens))
pixels = torch.randn(pairs, 3, 56, 56)
best = float("inf")
for _ in range(steps + 1):  # the first warms up
    begin = time.perf_counter()
    optimizer.zero_grad()
    model(input_ids=ids, pixel_values=pixels, return_loss=True).loss.backward()
    optimizer.step()
    best = min(best, time.perf_counter() - begin)
print("%.6f" % best)
