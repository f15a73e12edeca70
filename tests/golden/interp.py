#!/usr/bin/env python3
"""Record antialiased bicubic resizing of float grids.

usage: interp.py > interp.txt
       interp.py torch > interp_torch.txt

Pillow's resampler of mode F is what PyTorch's interpolate(mode="bicubic",
antialias=True) was made to equal; the second form asks PyTorch itself, for the
grids of pictures of 224, 336 and 378 pixels at the sizes of fine-tuning, and
records a sample of the numbers.  Each case of the first: n, m, n*n inputs, m*m
outputs; of the second, whose inputs the test makes by the same generator: n,
m, seed, then SAMPLE pairs of an index and an output.
"""
import sys

import numpy as np
from PIL import Image

SAMPLE = 24
MASK = (1 << 64) - 1


def pillow():
    rng = np.random.default_rng(5)
    for n, m in [(16, 24), (24, 16), (7, 14), (14, 7), (5, 3), (3, 5), (1, 4),
                 (27, 12)]:
        x = rng.uniform(-1, 1, (n, n)).astype(np.float32)
        y = Image.fromarray(x, "F").resize((m, m), Image.BICUBIC)
        numbers = [*x.ravel(), *np.asarray(y).ravel()]
        print(n, m, *("%.9g" % v for v in numbers))


def fill(n, seed):
    """As fill() of tests/gradcheck.h, in [-1, 1)"""
    s = (seed * 0x9E3779B97F4A7C15 + 1) & MASK
    x = np.empty(n)
    for i in range(n):
        s = (s * 6364136223846793005 + 1442695040888963407) & MASK
        x[i] = (s >> 33) / (1 << 30) - 1
    return x.astype(np.float32)


def pytorch():
    import torch
    import torch.nn.functional as F

    seed = 100
    for n in (16, 24, 27):
        for m in (16, 24, 27, 32, 40, 48, 64):
            if m == n:
                continue
            x = torch.from_numpy(fill(n * n, seed)).reshape(1, 1, n, n)
            y = F.interpolate(x.double(), size=(m, m), mode="bicubic",
                              antialias=True, align_corners=False)
            y = y.numpy().ravel()
            at = [i * (m * m - 1) // (SAMPLE - 1) for i in range(SAMPLE)]
            print(n, m, seed, *("%d %.9g" % (i, y[i]) for i in at))
            seed += 1


pytorch() if sys.argv[1:] == ["torch"] else pillow()
