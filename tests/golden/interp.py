#!/usr/bin/env python3
"""Record antialiased bicubic resizing of float grids: interp.py > interp.txt

Pillow's resampler of mode F is what PyTorch's interpolate(mode="bicubic",
antialias=True) was made to equal.  Each case: n, m, n*n inputs, m*m outputs.
"""
import numpy as np
from PIL import Image

rng = np.random.default_rng(5)
for n, m in [(16, 24), (24, 16), (7, 14), (14, 7), (5, 3), (3, 5), (1, 4), (27, 12)]:
    x = rng.uniform(-1, 1, (n, n)).astype(np.float32)
    y = Image.fromarray(x, "F").resize((m, m), Image.BICUBIC)
    numbers = [*x.ravel(), *np.asarray(y).ravel()]
    print(n, m, *("%.9g" % v for v in numbers))
