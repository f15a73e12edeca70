#!/usr/bin/env python3
"""Record CoreNLP's tokens, as pycocoevalcap gets them, of real lines:
ptb.py FILE ... > ptb.tsv

Files are plain text, a caption a line; WordNet's data files give their
glosses.  Each line of the output is a caption, a tab, its tokens with
punctuation.  --sample N keeps N consecutive lines spread over the input (in
runs of 50, since what follows a line matters); --compare PROGRAM asks
`PROGRAM normalise ptb-tokens` for the same lines and counts the differences.
"""
import argparse
import glob
import json
import os
import subprocess
import sys

import pycocoevalcap

JAR = glob.glob(os.path.join(list(pycocoevalcap.__path__)[0], "tokenizer",
                             "*.jar"))[0]
BREAKS = dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029\t\0"), " ")


def ask(lines):
    command = ["java", "-cp", JAR, "edu.stanford.nlp.process.PTBTokenizer",
               "-preserveLines", "-lowerCase"]
    out = subprocess.run(command, input="\n".join(lines).encode(),
                         capture_output=True, check=True).stdout.decode()
    tokens = [line.rstrip(" ") for line in out.split("\n")]
    return tokens[:len(lines)]


def read(path):
    with open(path, errors="replace") as f:
        for line in f:
            if os.path.basename(path).startswith("data."):
                if "| " not in line:
                    continue
                line = line.split("| ", 1)[1]
            line = line.translate(BREAKS).strip()
            if line:
                yield line


def compare(program, lines, theirs):
    text = "".join(json.dumps({"id": str(i), "text": line}) + "\n"
                   for i, line in enumerate(lines))
    out = subprocess.run([program, "normalise", "ptb-tokens"], check=True,
                         input=text.encode(), capture_output=True).stdout
    ours = [json.loads(line)["out"] for line in out.decode().split("\n")[:-1]]
    assert len(ours) == len(theirs) == len(lines)
    bad = [t for t in zip(lines, theirs, ours) if t[1] != t[2]]
    for line, them, us in bad:
        print("line     ", line, "\nreference", them, "\nours     ", us)
    print(f"{len(bad)} of {len(lines)} lines differ")
    return 1 if 2000 * len(bad) > len(lines) else 0


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--sample", type=int)
    p.add_argument("--compare", metavar="PROGRAM")
    p.add_argument("file", nargs="+")
    args = p.parse_args()
    lines = [line for path in args.file for line in read(path)]
    if args.sample:
        step = max(50, len(lines) * 50 // args.sample)
        lines = [x for i in range(0, len(lines), step)
                 for x in lines[i:i + 50]]
    tokens = ask(lines)
    if args.compare:
        sys.exit(compare(args.compare, lines, tokens))
    for line, t in zip(lines, tokens):
        print(line + "\t" + t)


main()
