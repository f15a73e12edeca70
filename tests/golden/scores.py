#!/usr/bin/env python3
"""Random and adversarial records with the scores of the references:
scores.py FOLDER [-n N] [--seed S] [--captions]

Captions are scored by pycocoevalcap, its Java tokenizer included (--captions;
without it they are left out); the rest by plain_scores.py.  Writes a file
METRIC.FLAVOUR.jsonl of records with a member "want", whose first line has the
scores of the corpus, where there are any, as "want" too.  The golden files are
from -n 60 --captions and then official.py and official_vision.py -n 60, which
replace some."""
import argparse
import json
import os
import random

import plain_scores as plain

WORDS = ("a an the two 2 none one dog dogs red it's its isn't isnt dont don't "
         "somebody'd black. no yes No Yes, not 3.5 1,000 10:30 U.S. (hat) "
         "blue/green left-hand what? wow! \"quote\" _x_ caf\u00e9 \u0130stanbul "
         "stra\u00dfe \u0663 \u2028 \u00a0 \x85 . .. , ; A B C D (A) (b) A. B) "
         "the answer is so = thus -3 .5 1e5 12,345 could be final 7 7.0 7.00 "
         "The answer is B. **A** \t \n unanswerable \U0001f600 nice's "
         "1,,2 1,2,3 :, @home #tag `q` \\ % $5 0 ten hundred \0 a\0b Z yall'dve "
         "couldntve 'ows'at let's \u212a \u01c5 1e400 NaN \u3000 hadn'tve couldn\u2019tve hadnt\u2019ve "
         "couldnt've weve wheres somebody\u2019d let\u2019s didnt").split(" ")


def text(r, most=6):
    kind = r.random()
    if kind < 0.04:
        return ""
    if kind < 0.07:
        return "." * r.randrange(30, 40) + r.choice(WORDS)
    if kind < 0.1:
        return "".join(r.choice(" .,;:!?'\"-/()0123abAB\t\n\u2028\u00a0\u0130\0")
                       for _ in range(r.randrange(12)))
    return r.choice(["", " "]) + r.choice([" ", " ", " ", "", ", ", ". "]).join(
        r.choice(WORDS) for _ in range(r.randrange(1, most)))


def near(r, s):
    kind = r.randrange(6)
    return [s, s.upper(), s.lower() + ".", "the " + s, s.replace("'", ""),
            text(r)][kind]


def vqa_items(r, n):
    for i in range(n):
        base = text(r)
        refs = [base if r.random() < 0.5 else near(r, base)
                for _ in range(10)]
        if r.random() < 0.15:
            refs = [base] * 10
        yield dict(id=i, hyp=near(r, r.choice(refs)), refs=refs)


def mmmu_items(r, n):
    for i in range(n):
        if r.random() < 0.5:
            options = [text(r, 4) for _ in range(r.randrange(2, 6))]
            answer = chr(65 + r.randrange(len(options)))
            hyp = r.choice([text(r, 12), r.choice(options),
                            text(r, 8) + r.choice(options)])
            if r.random() < 0.5 and "\0" not in "".join(options):
                options = str(options)
            yield dict(id=i, hyp=hyp, question_type="multiple-choice",
                       options=options, answer=answer)
        else:
            hyp = text(r, 12)
            gold = r.choice([text(r, 3), "7", "12345", r.choice(WORDS),
                             [text(r, 2), "3.5"]])
            yield dict(id=i, hyp=hyp, question_type="open", answer=gold)


NUMBERS = ["7", "7.0", " 14 ", "1_000", "1e3", "\uff11\uff12", "1,000", "-0.5",
           "2.675", "0.125", "nan", "inf", "14 apples", "", "1e400", "3.",
           ".5", "+2", "1e22", "123456789012345678", "0.00001", "1__0", "_1"]


def mathvista_items(r, n):
    for i in range(n):
        kind = r.choice(["multi_choice", "integer", "float", "text"])
        item = dict(id=i, question_type="free_form", answer_type=kind,
                    choices=None, precision=None)
        if kind == "multi_choice":
            item.update(question_type=kind, answer_type="text",
                        choices=[text(r, 3) or "x"
                                 for _ in range(r.randrange(2, 5))])
            item["hyp"] = r.choice([text(r), r.choice(item["choices"]), "(b)",
                                    "C", "(A) x", "Z"])
            item["answer"] = r.choice(item["choices"])
        else:
            item["precision"] = r.choice([1.0, 2.0, 2, 0, None])
            item["hyp"] = r.choice(NUMBERS + [text(r)])
            want = plain.mathvista_value(item, item["hyp"])
            item["answer"] = want if want and r.random() < 0.7 else "7"
        yield item


def yesno_items(r, n):
    for i in range(n):
        yield dict(id=i, hyp=r.choice([text(r), "Yes", "no", "No, " + text(r),
                                       "  yes", "Not sure", "none"]),
                   label=r.choice(["yes", "no"]))


def letter_items(r, n):
    for i in range(n):
        yield dict(id=i, answer=r.choice("ABCD"), choices=list("wxyz"),
                   hyp=r.choice([text(r), r.choice("ABCDEa"), "A. " + text(r),
                                 "The answer is " + r.choice("ABC") + text(r)]))


def exact_items(r, n):
    for i in range(n):
        refs = [text(r, 3) for _ in range(r.randrange(1, 4))]
        yield dict(id=i, hyp=near(r, r.choice(refs)), refs=refs)


def mme_items(r, n):
    tasks = ["existence", "OCR", "code_reasoning"]
    for i in range(n):
        yield dict(id=i, image=str(i // 2), task=tasks[i // 2 % 3],
                   answer=r.choice(["Yes", "No"]),
                   hyp=r.choice([text(r), "Yes", "yes.", "no", "Nothing",
                                 "  yes", "The answer is yes", "\u0130\u0130no",
                                 "\u212ano", "Not sure"]))


def option_items(r, n):
    for i in range(n):
        options = [text(r, 3) or "x" for _ in range(r.randrange(2, 5))]
        said = r.choice(options)
        hyp = r.choice([text(r, 8), r.choice("ABCDZ"), "(B) " + text(r),
                        "it is " + said, said, text(r, 9) + " C.",
                        "The correct answer is **A**.", "B and C",
                        "Cannot determine the answer", "\u00e9" * 9 + said])
        yield dict(id=i, hyp=hyp, answer=r.choice("ABCD"),
                   **dict(zip("ABCD", options)))


def gqa_items(r, n):
    for i in range(n):
        answer = r.choice([text(r, 3), "yes", "no", "left"])
        yield dict(id=i, hyp=near(r, answer), answer=answer)


def gqa_questions(r, n):
    """With all that the tables of eval.py are made from."""
    ids = [f"{r.randrange(10 ** 8):08d}" for _ in range(n)]
    for i, item in zip(ids, gqa_items(r, n)):
        steps = [dict(operation=r.choice(["select", "exist", "query",
                                          "choose name", "query: name"]),
                      argument=r.choice(["dog (1)", "name", "name of", "?"]))
                 for _ in range(r.randrange(4))]
        yield dict(id=i, hyp=item["hyp"], answer=item["answer"],
                   isBalanced=r.random() < 0.7, semantic=steps,
                   question=text(r), entailed=r.sample(ids, 2) + [i],
                   groups={"global": r.choice([None, "color", "place"])},
                   types=dict(structural=r.choice(["query", "verify"]),
                              semantic=r.choice(["obj", "rel"])))


def loglik_items(r, n):
    for i in range(n):
        choices = [r.choice([text(r, 4), r.choice(WORDS)]) or "x"
                   for _ in range(r.randrange(2, 6))]
        yield dict(id=i, choices=choices, gold=r.randrange(len(choices)),
                   loglik=[-r.randrange(1, 40) / r.choice([1, 2, 3.7])
                           for _ in choices])


def verdict_items(r, n):
    for i in range(n):
        yield dict(id=i, capability=r.sample(["rec", "ocr", "math"], 2),
                   hyp=r.choice(["0.5", "1.0", "1", "0.7 good", " 0.3", "2",
                                 "0.2\nno", "-0.1", "nan", "0.9\t", text(r)]))


def review_items(r, n):
    for i in range(n):
        yield dict(id=i, category=r.choice(["conv", "detail", "complex"]),
                   hyp=r.choice(["8 7", "9 10\nwhy", "8,9", "8, 9", "7  8",
                                 "8 x", "9.5 6.25", "", "inf 3", text(r)]))


def hyp(parse, gold):
    return lambda x, f: float(parse(x["hyp"]) == x[gold])


def metrics():
    for flavour in ("official", "openflamingo", "m4c", "vlmevalkit",
                    "vizwiz-api"):
        yield "vqa", flavour, vqa_items, plain.vqa
    yield "mmmu", "official", mmmu_items, plain.mmmu
    yield "mmmu", "official-guess", mmmu_items, plain.mmmu
    yield "mathvista", "extracted", mathvista_items, plain.mathvista
    yield "pope", "official", yesno_items, hyp(plain.pope, "label")
    yield "pope", "vlmevalkit", yesno_items, \
        hyp(plain.yesno_vlmevalkit, "label")
    yield "mme", "official", mme_items, \
        lambda x, f: float(plain.mme(x["hyp"]) == x["answer"].lower())
    yield "scienceqa", "llava", letter_items, hyp(plain.letter_llava, "answer")
    yield "seed", "llava", letter_items, hyp(lambda s: s, "answer")
    yield "mmbench", "vlmevalkit", option_items, \
        lambda x, f: float(plain.letter_vlmevalkit(
            x["hyp"], [x[c] for c in "ABCD" if c in x]) == x["answer"])
    yield "exact", "triviaqa", exact_items, plain.exact_triviaqa
    yield "exact", "plain", exact_items, \
        lambda x, f: float(x["hyp"] in x["refs"])
    yield "gqa", "official", gqa_questions, plain.gqa
    for flavour in ("llava", "vlmevalkit"):
        yield "gqa", flavour, gqa_items, plain.gqa
    for flavour in ("acc", "acc_norm", "acc_bytes"):
        yield "choice", flavour, loglik_items, plain.choice
    yield "mm-vet", "v1", verdict_items, plain.grade
    yield "llava-bench", "in-the-wild", review_items, \
        lambda x, f: float(plain.pair(x["hyp"])[1])


def caption_items(r, n):
    nouns = "man woman dog cat street bike U.S. Inc. C. cannot it's (hat)".split()
    for i in range(n):
        def one():
            words = [r.choice(["A", "the", "two", "a"])]
            words += [r.choice(nouns + ["riding", "on", "with", "red,", "1/2",
                                        "snow-capped", "don't", "3.5", "&",
                                        "...", "\u201cbig\u201d", "and/or"])
                      for _ in range(r.choice([0, 1, 3, 5, 8, 10, 14]))]
            return " ".join(words) + r.choice(["", ".", " .", "!", " C."])
        refs = [one() for _ in range(r.choice([1, 5, 5, 5, 6]))]
        hyp = r.choice(refs)
        if r.random() < 0.8:
            words = hyp.split()
            hyp = " ".join(r.choice(nouns) if r.random() < 0.3 else w
                           for w in words)
        yield dict(id=i, hyp="" if r.random() < 0.03 else hyp, refs=refs)


def captions(folder, items):
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
    gts = {x["id"]: [{"caption": c} for c in x["refs"]] for x in items}
    res = {x["id"]: [{"caption": x["hyp"]}] for x in items}
    tokenizer = PTBTokenizer()
    gts, res = tokenizer.tokenize(gts), tokenizer.tokenize(res)
    corpus, each = Cider().compute_score(gts, res)
    write(folder, "cider", "d", items, each, {"cider-d": corpus})
    corpus, each = Rouge().compute_score(gts, res)
    write(folder, "rouge-l", "beta-1.2", items, each, {"rouge-l": corpus})
    corpus, each = Bleu(4).compute_score(gts, res, verbose=0)
    for k in range(4):
        write(folder, "bleu", str(k + 1), items, each[k],
              {f"bleu-{i + 1}": corpus[i] for i in range(4)})


def write(folder, metric, flavour, items, scores, corpus=None):
    path = os.path.join(folder, f"{metric}.{flavour}.jsonl")
    with open(path, "w") as f:
        f.write(json.dumps({"id": "corpus", "want": corpus or {}}) + "\n")
        for item, score in zip(items, scores):
            want = float(score) if score == score else None
            f.write(json.dumps({**item, "want": want}) + "\n")


CORPUS = {("gqa", "official"): plain.gqa_corpus,
          ("mme", "official"): plain.mme_corpus}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder")
    p.add_argument("-n", type=int, default=200)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--captions", action="store_true")
    args = p.parse_args()
    for metric, flavour, items, score in metrics():
        r = random.Random(f"{args.seed} {metric} {flavour}")
        records = list(items(r, args.n))
        plain.GUESSES.seed(42)
        scores = [score(x, flavour) for x in records]
        corpus = CORPUS.get((metric, flavour))
        write(args.folder, metric, flavour, records, scores,
              corpus and corpus(records, scores))
    if args.captions:
        captions(args.folder, list(caption_items(random.Random(args.seed),
                                                 args.n)))


if __name__ == "__main__":
    main()
