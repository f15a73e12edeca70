#!/usr/bin/env python3
"""The Python implementations beside bench_score: peer_score.py WHAT FILE

WHAT is captions (pycocoevalcap's tokenizer, in Java, and its CIDEr-D) or vqa
(the official loop and its normaliser, as tests/golden/plain_scores.py has
them).  FILE has JSON lines with "hyp" and "refs".  Prints the seconds of the
processor that scoring took, those of child processes too; reading the file is
not part of it."""
import contextlib
import json
import os
import sys


def seconds():
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def captions(items):
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
    gts = {i: [{"caption": c} for c in x["refs"]] for i, x in enumerate(items)}
    res = {i: [{"caption": x["hyp"]}] for i, x in enumerate(items)}
    begin = seconds()
    tokenizer = PTBTokenizer()
    Cider().compute_score(tokenizer.tokenize(gts), tokenizer.tokenize(res))
    return seconds() - begin


def vqa(items):
    here = os.path.dirname(os.path.abspath(__file__))
    os.chdir(os.path.join(here, "..", ".."))
    sys.path.insert(0, "tests/golden")
    import plain_scores
    begin = seconds()
    for x in items:
        plain_scores.vqa(x, "official")
    return seconds() - begin


def main():
    what, path = sys.argv[1:]
    with open(path) as f:
        items = [json.loads(line) for line in f]
    with contextlib.redirect_stdout(sys.stderr):
        took = {"captions": captions, "vqa": vqa}[what](items)
    print(took)


main()
