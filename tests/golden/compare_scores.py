#!/usr/bin/env python3
"""compare_scores.py PROGRAM FOLDER: scores of `PROGRAM metric` against the
"want" of the files that scores.py wrote; CIDEr to 1e-9, the rest to 1e-12."""
import json
import os
import subprocess
import sys


def main():
    program, folder = sys.argv[1:]
    bad = total = 0
    for name in sorted(os.listdir(folder)):
        metric, flavour = name.removesuffix(".jsonl").rsplit(".", 1) \
            if name != "rouge-l.beta-1.2.jsonl" else ("rouge-l", "beta-1.2")
        with open(os.path.join(folder, name)) as f:
            first = json.loads(f.readline())
            rest = f.read()
        items = [json.loads(x) for x in rest.split("\n")[:-1]]
        out = subprocess.run([program, "metric", "-q", metric, "--flavour",
                              flavour], input=rest.encode(), check=True,
                             stdout=subprocess.PIPE).stdout
        ours = [json.loads(x) for x in out.decode().split("\n")[:-1]]
        near = 1e-9 if metric == "cider" else 1e-12
        wrong = [(i, o) for i, o in zip(items, ours)
                 if o["score"] is None or abs(o["score"] - i["want"]) > near]
        for key, value in first["want"].items():
            if abs(ours[-1]["corpus"][key] - value) > near:
                wrong.append((key, ours[-1]["corpus"][key], value))
        assert len(ours) == len(items) + 1
        print(f"{name}: {len(wrong)} of {len(items)} differ")
        for w in wrong[:3]:
            print("   ", json.dumps(w))
        bad += len(wrong)
        total += len(items)
    print(f"{bad} of {total} differ")
    sys.exit(bad > 0)


main()
