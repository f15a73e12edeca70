#!/usr/bin/env python3
"""Record what Pillow makes of small pictures: python3 image.py

Writes image/*.jpg, image/*.png and image.txt beside this script, which
tests/unit/test_image.c reads.  Needs numpy and Pillow before version 13, which
resizes along columns first when that is less work: some pixels then differ by
one from what all versions before it gave.  Lines of image.txt:

    decode FILE ALPHA WIDTH HEIGHT CRC32     the file as RGB, upright
    resize W H WIDTH HEIGHT FILTER CRC32     a made picture of W x H, resized
    fit W H SIZE FIT FILTER CRC32            a made picture as an encoder's
"""

import io
import os
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
FILTERS = {"bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR}
MEAN = (0.48145466, 0.4578275, 0.40821073)
lines = []


def made(width, height):
    """Noise with hard edges, by a formula that the test has in C too."""
    i = np.arange(width * height * 3, dtype=np.uint64)
    x = (i * 2654435761) & 0xFFFFFFFF
    x ^= x >> np.uint64(15)
    x = (x * 2246822519) & 0xFFFFFFFF
    x ^= x >> np.uint64(13)
    noise = (x >> np.uint64(24)).astype(np.uint8)
    edge = (i // 3 // 5) % 3 == 0
    return np.where(edge, noise // 128 * 255, noise).astype(np.uint8).reshape(
        height, width, 3)


def photo(width, height):
    """Something smooth with a little noise, as photographs are."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 80 * np.sin(x / 9 + c) + 40 * np.cos(y / (7 + c))
              for c in range(3)]
    noise = made(width, height).astype(float) / 16
    return (np.stack(planes, -1) * 0.9 + noise).clip(0, 255).astype(np.uint8)


def crc(image):
    return "%08x" % zlib.crc32(np.ascontiguousarray(image).tobytes())


def rgb(image, alpha):
    if alpha == "white" and (image.mode in ("RGBA", "LA", "PA")
                             or "transparency" in image.info):
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image.convert("RGB")


def decode(name, data, expected=None):
    with open(os.path.join(HERE, "image", name), "wb") as f:
        f.write(data)
    for alpha in ("white", "drop"):
        if expected is None:
            image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
            pixels = np.array(rgb(image, alpha))
        else:
            pixels = expected
        height, width = pixels.shape[:2]
        lines.append(f"decode {name} {alpha} {width} {height} {crc(pixels)}")


def save(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name, data):
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(
        ">I", zlib.crc32(body))


def packed_rows(samples, depth):
    """Rows of [h,w,channels] samples as PNG wants them, filter 0."""
    rows = b""
    for row in samples:
        flat = row.reshape(-1)
        if depth == 16:
            data = flat.astype(">u2").tobytes()
        elif depth == 8:
            data = flat.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in flat)
            bits += "0" * (-len(bits) % 8)
            data = int(bits, 2).to_bytes(len(bits) // 8, "big")
        rows += b"\0" + data
    return rows


def png(samples, depth, color, interlaced=False, before=b""):
    height, width = samples.shape[:2]
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4),
                  (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        rows = b"".join(packed_rows(samples[y::dy, x::dx], depth)
                        for y, x, dy, dx in passes
                        if samples[y::dy, x::dx].size)
    else:
        rows = packed_rows(samples, depth)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0,
                         interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def exif(orientation, order="big", type=3):
    head = b"MM\0*" if order == "big" else b"II*\0"
    end = ">" if order == "big" else "<"
    entries = [(0x0100, 4, 1, 9), (0x0112, type, 1, orientation)]
    body = struct.pack(end + "IH", 8, len(entries))
    for tag, kind, count, value in entries:
        if kind == 3:
            body += struct.pack(end + "HHIHH", tag, kind, count, value, 0)
        else:
            body += struct.pack(end + "HHII", tag, kind, count, value)
    return head + body + struct.pack(end + "I", 0)


def without(data, marker):
    """A JPEG without its segments of that marker."""
    out, at = data[:2], 2
    while data[at + 1] != 0xDA:
        length = struct.unpack(">H", data[at + 2:at + 4])[0] + 2
        if data[at + 1] != marker:
            out += data[at:at + length]
        at += length
    return out + data[at:]


def jpegs():
    image = Image.fromarray(photo(45, 33))
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        decode(f"{name}.jpg", save(image, "JPEG", subsampling=sampling))
        decode(f"{name}p.jpg", save(image, "JPEG", subsampling=sampling,
                                    progressive=True))
    decode("q30.jpg", save(image, "JPEG", quality=30, optimize=True))
    decode("restart.jpg", save(image, "JPEG", restart_marker_blocks=2))
    decode("rgb.jpg", save(image, "JPEG", keep_rgb=True))
    decode("grey.jpg", save(image.convert("L"), "JPEG"))
    decode("thin.jpg", save(image.crop((0, 0, 1, 33)), "JPEG"))
    decode("flat.jpg", save(image.crop((0, 0, 45, 1)), "JPEG"))
    black = photo(45, 33)[:, ::-1, :1] // 2
    cmyk = Image.fromarray(np.concatenate([photo(45, 33), black], -1), "CMYK")
    data = save(cmyk, "JPEG", quality=90)
    decode("cmyk.jpg", data)
    decode("cmyk-plain.jpg", without(data, 0xEE))
    at = data.index(b"Adobe") + 11
    decode("ycck.jpg", data[:at] + b"\2" + data[at + 1:])
    small = Image.fromarray(photo(13, 6))
    for o in range(1, 9):
        order = "big" if o % 2 else "little"
        decode(f"exif{o}.jpg",
               save(small, "JPEG", exif=b"Exif\0\0" + exif(o, order)))
    decode("exif5l.jpg",
           save(small, "JPEG", exif=b"Exif\0\0" + exif(5, "little", 9)))
    decode("exif9.jpg", save(small, "JPEG", exif=b"Exif\0\0" + exif(9)))


def pngs():
    colour, grey = photo(21, 14), photo(21, 14)[..., :1]
    alpha = made(21, 14)[..., :1]
    image = Image.fromarray(colour)
    for name, i in (("", False), ("i", True)):
        decode(f"rgb{name}.png", png(colour, 8, 2, i))
        decode(f"rgba{name}.png",
               png(np.concatenate([colour, alpha], -1), 8, 6, i))
        decode(f"grey{name}.png", png(grey, 8, 0, i))
        decode(f"la{name}.png",
               png(np.concatenate([grey, alpha], -1), 8, 4, i))
        for depth in (1, 2, 4):
            decode(f"grey{depth}{name}.png",
                   png(grey >> (8 - depth), depth, 0, i))
            palette = chunk(b"PLTE", made(1 << depth, 1).tobytes())
            decode(f"pal{depth}{name}.png",
                   png(grey >> (8 - depth), depth, 3, i, palette))
    decode("pal8.png", save(image.quantize(200), "PNG"))
    keyed = image.quantize(20)
    decode("pal8t.png",
           save(keyed, "PNG", transparency=bytes(range(0, 200, 10))))
    decode("pal8k.png", save(keyed, "PNG", transparency=3))
    decode("greyt.png", save(Image.fromarray(grey[..., 0] & 0xF0), "PNG",
                             transparency=int(grey[3, 3, 0]) & 0xF0))
    decode("rgbt.png", save(image, "PNG", transparency=tuple(
        int(v) for v in colour[2, 5])))
    decode("exif6.png", save(image, "PNG", exif=exif(6)))
    wide = colour.astype(np.uint16) * 257 ^ made(21, 14)
    decode("rgb16.png", png(wide, 16, 2))
    # Pillow clips 16-bit grey at 255; we keep the high byte.
    decode("grey16.png", png(wide[..., :1], 16, 0),
           np.repeat(wide[..., :1] >> 8, 3, -1).astype(np.uint8))
    decode("rgba16i.png", png(np.concatenate(
        [wide, alpha.astype(np.uint16) * 257], -1), 16, 6, True))
    decode("texts.png", png(colour, 8, 2, before=chunk(b"gAMA", struct.pack(
        ">I", 100000)) + chunk(b"tEXt", b"Comment\0x") + chunk(
            b"sBIT", b"\5\6\5")))


def resizes():
    sizes = [(1, 1), (1, 7), (7, 1), (2, 3), (3, 2), (4, 4), (5, 9), (28, 28),
             (31, 17), (64, 48), (97, 61), (200, 3), (3, 200), (131, 257)]
    targets = [(1, 1), (1, 5), (5, 1), (2, 2), (7, 11), (28, 28), (32, 32),
               (61, 33), (224, 224), (97, 20), (64, 61)]
    pairs = [a + b for a in sizes for b in targets]
    pairs += [(640, 480, 336, 336), (1023, 767, 224, 224), (1999, 40, 14, 70),
              (50, 3001, 40, 3), (300, 200, 378, 378)]
    for w, h, width, height in pairs:
        image = Image.fromarray(made(w, h))
        for name, method in FILTERS.items():
            pixels = np.array(image.resize((width, height), method))
            lines.append(f"resize {w} {h} {width} {height} {name} "
                         f"{crc(pixels)}")


def fitted(image, size, fit, method):
    w, h = image.size
    if fit == "squash":
        return image.resize((size, size), method)
    if fit == "crop":
        other = int(size * max(w, h) / min(w, h))
        new = (size, other) if w <= h else (other, size)
        image = image.resize(new, method)
        left, top = (new[0] - size) // 2, (new[1] - size) // 2
        return image.crop((left, top, left + size, top + size))
    side = max(w, h)
    paper = Image.new("RGB", (side, side), tuple(int(m * 255) for m in MEAN))
    paper.paste(image, ((side - w) // 2, (side - h) // 2))
    return paper.resize((size, size), method)


def fits():
    for w, h in ((64, 48), (48, 64), (50, 50), (33, 7), (1, 20), (101, 100),
                 (301, 203)):
        image = Image.fromarray(made(w, h))
        for size in (16, 33, 224):
            for fit in ("squash", "crop", "pad"):
                for name, method in FILTERS.items():
                    pixels = np.array(fitted(image, size, fit, method))
                    lines.append(f"fit {w} {h} {size} {fit} {name} "
                                 f"{crc(pixels)}")


if __name__ == "__main__":
    assert int(PIL.__version__.split(".")[0]) < 13, PIL.__version__
    os.makedirs(os.path.join(HERE, "image"), exist_ok=True)
    jpegs()
    pngs()
    resizes()
    fits()
    with open(os.path.join(HERE, "image.txt"), "w") as f:
        f.write("\n".join(lines) + "\n")
