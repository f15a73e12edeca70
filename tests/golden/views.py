#!/usr/bin/env python3
"""Views of pictures as plain Pillow makes them: python3 views.py

Writes views.txt beside this script, which tests/unit/test_tiling.c reads.
Needs numpy and Pillow.  Everything here is whole pictures and one operation
after the other.  Lines:

    grid SIDE MIN MAX W H COLS ROWS
    views W H SIDE TILES OVERVIEW FIT FILTER N CRC32   N views, concatenated
"""

import os
import zlib

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
FILTERS = {"bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR}
COLOUR = tuple(int(255 * m) for m in (0.48145466, 0.4578275, 0.40821073))


def made(width, height):
    """The picture of test_image.c's make()."""
    i = np.arange(width * height * 3, dtype=np.uint64)
    x = (i * 2654435761) & 0xFFFFFFFF
    x ^= x >> np.uint64(15)
    x = (x * 2246822519) & 0xFFFFFFFF
    x ^= x >> np.uint64(13)
    noise = (x >> np.uint64(24)).astype(np.uint8)
    edge = (i // 3 // 5) % 3 == 0
    pixels = np.where(edge, noise // 128 * 255, noise).astype(np.uint8)
    return Image.fromarray(pixels.reshape(height, width, 3))


def resize(im, size, filter):
    """Rows first, then columns: Pillow 13 takes the shorter way of the two."""
    return im.resize((size[0], im.height), filter).resize(size, filter)


def squash(im, width, height, filter):
    return resize(im, (width, height), filter)


def crop(im, width, height, filter):
    if im.width * height > im.height * width:
        size = (height * im.width // im.height, height)
    else:
        size = (width, width * im.height // im.width)
    x, y = (size[0] - width) // 2, (size[1] - height) // 2
    return resize(im, size, filter).crop((x, y, x + width, y + height))


def pad(im, width, height, filter):
    if im.width * height > im.height * width:
        size = (im.width, -(-im.width * height // width))
    else:
        size = (-(-im.height * width // height), im.height)
    paper = Image.new("RGB", size, COLOUR)
    paper.paste(im, ((size[0] - im.width) // 2, (size[1] - im.height) // 2))
    return resize(paper, (width, height), filter)


def keep(im, width, height, filter):
    """As large as it fits, shape kept, in the middle of the colour."""
    if im.width * height > im.height * width:
        size = (width, (2 * im.height * width + im.width) // (2 * im.width))
    else:
        size = ((2 * im.width * height + im.height) // (2 * im.height), height)
    size = (max(1, size[0]), max(1, size[1]))
    paper = Image.new("RGB", (width, height), COLOUR)
    paper.paste(resize(im, size, filter),
                ((width - size[0]) // 2, (height - size[1]) // 2))
    return paper


FITS = {"squash": squash, "crop": crop, "pad": pad}


def choose(side, low, high, width, height):
    """The rule of MM1.5, with exact fractions."""
    from fractions import Fraction
    best = None
    for n in range(low, high + 1):
        for rows in range(1, n + 1):
            if n % rows:
                continue
            cols = n // rows
            scale = min(Fraction(cols * side, width),
                        Fraction(rows * side, height))
            empty = n * side * side - scale * scale * width * height
            shrinks = scale < 1
            key = (shrinks, -scale if shrinks else empty, n, rows)
            if best is None or key < best[0]:
                best = key, (cols, rows)
    return best[1]


def views(im, side, tiles, overview, fit, filter):
    place = FITS[fit]
    if "-" in tiles:
        low, high = map(int, tiles.split("-"))
        cols, rows = choose(side, low, high, *im.size)
        place = keep
    elif tiles == "none":
        cols = rows = 1
    else:
        cols, rows = map(int, tiles.split("x"))
    whole = FITS[fit](im, side, side, filter)
    if cols * rows == 1:
        return [whole]
    large = place(im, cols * side, rows * side, filter)
    cut = [large.crop((x * side, y * side, (x + 1) * side, (y + 1) * side))
           for y in range(rows) for x in range(cols)]
    if overview == "none":
        return cut
    return [whole] + cut if overview == "first" else cut + [whole]


lines = []
for side in (32, 672):
    for low, high in ((1, 4), (4, 9), (1, 9), (4, 16), (6, 6)):
        for width, height in ((31, 31), (1344, 1344), (1344, 700), (90, 64),
                              (64, 96), (700, 2000), (4000, 100), (33, 32),
                              (672, 673), (2016, 1344), (65535, 1), (640, 480)):
            grid = choose(side, low, high, width, height)
            lines.append(f"grid {side} {low} {high} {width} {height} "
                         f"{grid[0]} {grid[1]}")
for width, height in ((61, 47), (24, 80), (100, 33), (28, 28), (150, 149),
                      (3, 5), (200, 9)):
    im = made(width, height)
    for side, tiles, overview in ((14, "2x2", "first"), (16, "3x2", "last"),
                                  (12, "1x3", "none"), (14, "none", "first"),
                                  (22, "4x1", "first"), (14, "1-6", "last"),
                                  (16, "4-9", "first"), (7, "2-16", "none")):
        for fit in FITS:
            for name, filter in FILTERS.items():
                made_of = views(im, side, tiles, overview, fit, filter)
                crc = zlib.crc32(b"".join(v.tobytes() for v in made_of))
                lines.append(f"views {width} {height} {side} {tiles} "
                             f"{overview} {fit} {name} {len(made_of)} "
                             f"{crc:08x}")
with open(os.path.join(HERE, "views.txt"), "w") as f:
    f.write("\n".join(lines) + "\n")
