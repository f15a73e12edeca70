#!/usr/bin/env python3
"""compare_scores.py PROGRAM FOLDER: what `PROGRAM metric`, `normalise` and
`parse` say against the "want" of the files that scores.py and official.py
wrote; CIDEr to 1e-9, other numbers to 1e-12, the rest exactly."""
import json
import os
import subprocess
import sys


def differs(ours, want, near):
    """Lists of MMMU's open answers have no order."""
    if isinstance(want, dict):
        return any(differs(ours.get(k), v, near) for k, v in want.items())
    if isinstance(want, bool) or not isinstance(want, (int, float)):
        return ours != want
    return ours is None or abs(ours - want) > near * max(1, abs(want))


def ask(program, name, records):
    metric, flavour = name.split(".", 1)
    command = [program, metric, "-q", flavour]
    if metric not in ("normalise", "parse"):
        command = [program, "metric", "-q", metric, "--flavour", flavour]
    out = subprocess.run(command, input=records.encode(), check=True,
                         stdout=subprocess.PIPE).stdout.decode()
    return [json.loads(x) for x in out.split("\n")[:-1]]


def check(program, path):
    """The pairs that differ, and how many records there are."""
    name = os.path.basename(path).removesuffix(".jsonl")
    near = 1e-9 if name.startswith("cider") else 1e-12
    with open(path) as f:
        first = json.loads(f.readline())
        rest = f.read()
    items = [json.loads(x) for x in rest.split("\n")[:-1]]
    ours = ask(program, name, rest)
    key = "out" if name.split(".")[0] in ("normalise", "parse") else "score"
    if key == "score":
        corpus = ours.pop()["corpus"]
        if differs(corpus, first["want"], near):
            yield "corpus", corpus, first["want"]
    assert len(ours) == len(items)
    for item, line in zip(items, ours):
        if differs(line[key], item["want"], near):
            yield item, line[key]


def main():
    program, folder = sys.argv[1:]
    bad = 0
    for name in sorted(os.listdir(folder)):
        wrong = list(check(program, os.path.join(folder, name)))
        print(f"{name}: {len(wrong)} differ")
        for w in wrong[:3]:
            print("   ", json.dumps(w))
        bad += len(wrong)
    print(f"{bad} differ")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
