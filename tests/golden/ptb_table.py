#!/usr/bin/env python3
"""Ask CoreNLP's tokenizer, through pycocoevalcap's jar, what it takes for a
letter, a mark inside words, a digit, a symbol, and for an abbreviation:
ptb_table.py > lib/eval/ptb_table.c"""
import collections
import glob
import itertools
import os
import re
import string
import subprocess
import sys

import pycocoevalcap

JAR = glob.glob(os.path.join(list(pycocoevalcap.__path__)[0], "tokenizer",
                             "*.jar"))[0]


def ask(lines):
    command = ["java", "-cp", JAR, "edu.stanford.nlp.process.PTBTokenizer",
               "-preserveLines", "-lowerCase"]
    out = subprocess.run(command, input=("\n".join(lines) + "\n").encode(),
                         capture_output=True, check=True).stdout
    return out.decode().split("\n")[:-1]


def classes():
    cps = [c for c in range(1, 0x10000) if not 0xd800 <= c < 0xe000 and
           c not in (9, 10, 11, 12, 13, 32, 0x85, 0xa0, 0x2028, 0x2029)]
    forms = "%sbx", "ab-%sx", "1.%s", "%s"
    answers = [ask([f % chr(c) for c in cps]) for f in forms]
    for i, c in enumerate(cps):
        first, dash, number, alone = (" " not in a[i] for a in answers)
        ascii_letter = chr(c) in string.ascii_letters
        if number and not ascii_letter and answers[2][i]:
            kind = "DIGIT" if c not in (0xad,) else "MARK"
        elif c == 0xad or (first and c not in (35, 64) and
                           len(answers[0][i]) > 2):
            kind = "LETTER" if dash and c != 0xad else "MARK"
        elif answers[3][i] and c > 127:
            kind = "SYMBOL"
        else:
            continue
        yield c, kind


def ranges(pairs):
    runs = []
    for c, kind in pairs:
        if runs and runs[-1][1] == c - 1 and runs[-1][2] == kind:
            runs[-1][1] = c
        else:
            runs.append([c, c, kind])
    return runs


def abbreviations(words):
    """The pattern of a word: is 'w.' one token before a small letter, before a
    capital (2: and is there one more period), before a number."""
    forms = [w for w in words] + [w.capitalize() for w in words]
    seen = collections.defaultdict(str)
    for context in "- %s. y -", "- %s. Xy -", "- %s. 5 -":
        for w, line in zip(forms, ask([context % w for w in forms])):
            tokens = line.split(" ")
            seen[w] += ("0" if w.lower() + "." not in tokens else
                        "2" if "." in tokens else "1")
    return seen


def fixed(rows):
    """The letter of each word whose case must be as it is, or -1."""
    tries = [(w, i) for w in rows for i in range(len(w))]
    lines = ask(["- %s. 5 -" % (w[:i] + w[i].swapcase() + w[i + 1:])
                 for w, i in tries])
    at = dict.fromkeys(rows, -1)
    for (w, i), line in zip(tries, lines):
        if w.lower() + "." not in line.split(" "):
            at[w] = i
    return at


def main():
    words = ["".join(p) for n in (2, 3, 4)
             for p in itertools.product(string.ascii_lowercase, repeat=n)]
    longer = set("profs attys govs supts comdr lieut assoc messrs treas thurs "
                 "calif bancorp sects paras".split())
    for path in sys.argv[1:]:  # WordNet's data files, for longer words
        with open(path, errors="ignore") as f:
            longer.update(w.lower() for w in re.findall("[A-Za-z]{5,9}",
                                                        f.read()))
    seen = abbreviations(words + sorted(longer))
    kinds = {"121": "END", "111": "TITLE", "001": "NUMBER"}
    print("""/*
 * ptb_table.c - character classes and abbreviations of the PTB tokenizer
 *
 * Made by tests/golden/ptb_table.py from the answers of the reference.
 */
#include "eval/ptb_table.h"

/* clang-format off */
const struct mm_ptb_range mm_ptb_ranges[] = {""")
    for a, b, kind in ranges(classes()):
        print(f"    {{ 0x{a:04x}, 0x{b:04x}, MM_PTB_{kind} }},")
    print("""};
const size_t mm_ptb_n_ranges = sizeof mm_ptb_ranges / sizeof *mm_ptb_ranges;

const struct mm_ptb_abbreviation mm_ptb_abbreviations[] = {""")
    rows = {}
    for w, pattern in seen.items():
        kind = kinds.get(pattern)
        if kind and w.islower():
            rows[w] = kind
    for w, pattern in seen.items():
        kind = kinds.get(pattern)
        if kind and not w.islower() and w.lower() not in rows:
            rows[w] = kind
    at = fixed(rows)
    for w in sorted(rows, key=str.lower):
        print(f'    {{ "{w}", {at[w]}, MM_PTB_{rows[w]} }},')
    print("""};
const size_t mm_ptb_n_abbreviations =
    sizeof mm_ptb_abbreviations / sizeof *mm_ptb_abbreviations;""")


main()
