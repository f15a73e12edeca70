#!/usr/bin/env python3
"""The records of scores.py, official.py and official_vision.py, but with odd
texts: odd.py PACKAGES FOLDER [-n N] [--seed S]

PACKAGES as official_vision.py and official.py say, both in one folder.  Texts
have what people do not write: spaces and line ends of all kinds, signs that
are joined or combined, letters whose case changes their number, digits of other
scripts, numbers near the limits, runs of punctuation, every contraction with
and without its apostrophes.  The golden files in odd/ are from -n 28."""
import os
import runpy
import sys

import plain_scores as plain
import scores

SPACES = ["\u0085", "\u00a0", "\u1680", "\u2007", "\u2009", "\u200a", "\u2028",
          "\u2029", "\u202f", "\u205f", "\u3000", "\t", "\r", "\r\n", "\n",
          "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "  "]
LETTERS = ("\u0130 \u0131 I \u0130zmir d\u0131\u015f \u0307 i\u0307 e\u0301 \u0301 \u1e9e \u00df "
           "\ufb03 \u01c5 \u03a3\u03a3 \u03c3\u03c2 \u0391\u03a3 \u0391\u03a3. \u0391\u03a3\u0301 \u0410\u0411\u0412 \u212a\u212b "
           "\u1f88 \u0149 \u2160\u216b \u24b6 \uff21\uff22 \uff59\uff45\uff53 \uff2e\uff4f \U00010400 "
           "\U0001d400 \ua64a \u10a0 \u13a0 \uab70 \u1c80 \u1e9b\u0323 \u200b \u200c \u200d "
           "\u2060 \ufeff \u00ad \u200e \u202e \U0001f468\u200d\U0001f469\u200d\U0001f467 "
           "\U0001f1e9\U0001f1ea \u2764\ufe0f \U0001f44d\U0001f3fd \ufffd \uffff \ue000 \u0e01\u0e33 "
           "\u0915\u094d\u0937 \ud55c\uae00 \u6f22\u5b57 \u0645\u0631\u062d\u0628\u0627 caf\u00e9 cafe\u0301 \x00 a\x00 "
           "\x00b \x01 \x7f \x80 \x9f").split(" ")
NUMBERS = ("\uff11\uff12 \uff11,\uff12 \u0663.\u0663 \u0661,\u0662\u0663\u0664 \u00bd \u00b2 \u2167 \u2460 \u4e09 \U0001d7d9 1/2 1 1/2 "
           "-0 -0.0 0.0 +0 1e400 -1e400 1e-400 1e308 1.8e308 nan NaN -nan "
           "inf -Infinity 1_000 0x10 0b1 1e5 1E+05 1.e3 .5 5. -.5 --5 "
           "1,000.50 1,000 1,00 12,34,567 1.000,5 ,5 5, 1,,2 1.2.3 3rd 1st "
           "IV vii 100% $5 5\u00b0 10:30 2.675 2.665 0.125 1.005 999999999.995 "
           "123456789012345678901 1e22 1e23 9007199254740993 0.1 1e16 "
           "007 \u22125 5\u2009000 1\u00a0000 one hundred ten. Ten ZERO None none, "
           "1e1000000 4.35 -2.5 0.5 1.5 2.5 1e-7 00 -00.500").split(" ")
MARKS = ("... ...... ?? ?! !!! -- ---- ;; :: ,,, , ; . .a a. .1 1. ** ## @@ "
         "^ ~ | & % $ ' '' \" \"\" ` `` \u2019 \u2018 \u201cx\u201d \u00abx\u00bb \u2013 \u2014 \u2026 \u00a1 \u00bf "
         "() (( )) [] {} <> </s> <image> \\ \\n / // _ __ + = ( A ) (A (A) A) "
         "[A] {A} A: A, A; A! A? A- a) (a) -A .A A.B A/B AB AA \"A\" 'A' `A` "
         "*A* **A** A\n\nA (\uff21) \uff21 \u0391 \u0410 (E) E. Z Q.").split(" ")
WORDS = ("a an the A THE An yes no Yes No YES NO yes. no, No. yes/no yesno "
         "noon nope yeah not Not isn't answer The answer is B. answer: B "
         "the answer is answer is ** result so is = thus therefore could be "
         "final is is = =  so so 's it's dogs' it\u2019s 'tis 'em cannot gonna "
         "unanswerable unsuitable dog dogs red left right A. man").split(" ")


def contraction(r):
    key, value = r.choice(sorted(plain.CONTRACTIONS.items()))
    return r.choice([key, value, value.upper(), value.title(),
                     value.replace("'", "\u2019"), value.replace("'", "`"),
                     value + ".", value.replace("'", " '"), key + value])


def piece(r):
    return r.choice([
        lambda: r.choice(LETTERS), lambda: r.choice(NUMBERS),
        lambda: r.choice(MARKS), lambda: r.choice(WORDS),
        lambda: r.choice(WORDS), lambda: contraction(r),
        lambda: r.choice(MARKS + [",", ".", "'"]) * r.randrange(1, 40)
        if r.random() < 0.2 else r.choice(WORDS),
        lambda: chr(r.choice([r.randrange(0x20, 0x180), r.randrange(1, 0xd800),
                              r.randrange(0xe000, 0x11000),
                              r.randrange(0x10000, 0x20000)]))])()


def text(r, most=6):
    kind = r.random()
    if kind < 0.03:
        return r.choice(["", " ", "\n", "\t \n", "\u3000", "\u200b", "\x00"])
    if kind < 0.04:
        return " ".join(piece(r) for _ in range(400))
    out = ""
    for _ in range(r.randrange(1, most)):
        gap = r.random()
        out += piece(r) + (" " if gap < 0.5 else "" if gap < 0.75 else
                           r.choice(SPACES) if gap < 0.9 else r.choice(MARKS))
    return r.choice(["", "", " ", r.choice(SPACES)]) + (
        out if r.random() < 0.5 else out.strip())


def near(r, s):
    return r.choice([
        lambda: s, lambda: s.upper(), lambda: s.lower() + ".",
        lambda: s.title(), lambda: s.swapcase(), lambda: "the " + s,
        lambda: s.replace("'", ""), lambda: s.replace(" ", r.choice(SPACES)),
        lambda: s + r.choice(MARKS), lambda: r.choice(MARKS) + " " + s,
        lambda: s.strip(), lambda: text(r)])()


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    packages, folder, *rest = sys.argv[1:]
    scores.text, scores.near = text, near
    scores.NUMBERS += NUMBERS
    os.makedirs(folder, exist_ok=True)
    sys.argv = ["scores.py", folder] + rest
    scores.main()
    for name in ("official.py", "official_vision.py"):
        sys.argv = [name, packages, folder] + rest
        runpy.run_path(os.path.join(here, name), run_name="__main__")


if __name__ == "__main__":
    main()
