#!/usr/bin/env python3
"""Records with the scores that LLaVA, OpenFlamingo and VLMEvalKit give them:
official_vision.py PACKAGES FOLDER [-n N] [--seed S]

PACKAGES holds what `pip download --no-deps llava-torch open_flamingo
ms-vlmeval` brings, each unpacked into a folder of its name (llava_torch 1.2.2,
open_flamingo 2.0.1, ms_vlmeval 0.0.20).  Scripts are run as they are; of
modules that import much the functions alone are taken.  Needs numpy and pandas.
Files are written as by official.py."""
import argparse
import ast
import collections
import contextlib
import io
import json
import os
import random
import re
import runpy
import string
import sys
import tempfile
import types

import numpy
import pandas

from scores import text, vqa_items, write

SAID = ["The image shows a man riding a horse.", "There are two cats",
        "The answer is A.", "The answer is B", "The correct answer is C.",
        "So the final answer is (B)", "Answer: C", "B. blue", "C) red",
        "A big green car", "I think A or B", "yes", "Yes.", "No, there is none",
        "Yes, there is no doubt", "no", "Not sure", "D", "E.", "(A)", "The "
        "answer is F.", "It is not clear.", "Cannot determine the answer",
        "Failed to obtain answer via API", "Nothing", "Z"]


def mean(v):
    return sum(v) / len(v)


def said(r):
    """As chat models answer: at length, in lines, with a letter or two."""
    between = r.choice([" ", "\n", ". ", ", "])
    return between.join(r.choice([r.choice(SAID), text(r, 4)])
                        for _ in range(r.randrange(1, 4)))


def functions(path, names, **known):
    """Some functions and classes of a module, without what it imports."""
    with open(path) as f:
        tree = ast.parse(f.read())
    logger = types.SimpleNamespace(info=print)
    space = dict(re=re, string=string, os=os, json=json, np=numpy, sys=sys,
                 logger=logger, cp=types.SimpleNamespace(copy=str), **known)
    body = [x for x in tree.body if getattr(x, "name", None) in names]
    exec(compile(ast.Module(body, []), path, "exec"), space)
    return types.SimpleNamespace(**space)


def save_filter(folder, name, items, wants):
    with open(os.path.join(folder, name + ".jsonl"), "w") as f:
        f.write(json.dumps({"id": "corpus", "want": {}}) + "\n")
        for item, want in zip(items, wants):
            f.write(json.dumps({**item, "want": want}) + "\n")


def lines(path, items):
    with open(path, "w") as f:
        f.write("".join(json.dumps(x) + "\n" for x in items))


def scienceqa(o, r, n):
    items = [dict(id=str(i), hyp=said(r), answer=r.randrange(4),
                  choices=list("wxyz")[:r.randrange(2, 5)],
                  image=r.choice([None, "image.png"])) for i in range(n)]
    with tempfile.TemporaryDirectory() as d:
        with open(d + "/pid_splits.json", "w") as f:
            json.dump({"test": [x["id"] for x in items]}, f)
        with open(d + "/problems.json", "w") as f:
            json.dump({x["id"]: x for x in items}, f)
        lines(d + "/said", [dict(question_id=x["id"], text=x["hyp"],
                                 prompt="<image>" if x["image"] else "")
                            for x in items])
        sys.argv = ["", "--base-dir", d, "--result-file", d + "/said",
                    "--output-file", d + "/out", "--output-result", d + "/r"]
        with contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(o.packages + "/llava_torch/llava/eval/"
                           "eval_science_qa.py", run_name="__main__")
        with open(d + "/out") as f:
            out = json.load(f)
    right = {x["question_id"] for x in out["correct"]}
    parsed = {x["question_id"]: x["parsed_ans"] for v in out.values()
              for x in v}
    scores = [float(x["id"] in right) for x in items]
    seen = [s for s, x in zip(scores, items) if x["image"]]
    write(o.folder, "scienceqa", "llava", items, scores, {
        "accuracy": 100 * sum(scores) / n,
        "accuracy, with picture": 100 * sum(seen) / len(seen)})
    save_filter(o.folder, "parse.letter",
                [dict(id=x["id"], text=x["hyp"]) for x in items],
                [None if parsed[x["id"]] == "FAILED" else parsed[x["id"]]
                 for x in items])


def pope_of(o, items):
    judge = functions(o.packages + "/llava_torch/llava/eval/eval_pope.py",
                      ["eval_pope"]).eval_pope
    answers, out = [dict(text=x["hyp"]) for x in items], io.StringIO()
    with tempfile.TemporaryDirectory() as d:
        lines(d + "/labels", items)
        with contextlib.redirect_stdout(out):
            judge(answers, d + "/labels")
    values = [float(x.split(": ")[1]) for x in out.getvalue().split("\n")
              if ": " in x]
    return [x["text"] for x in answers], dict(zip(
        ["accuracy", "precision", "recall", "f1", "yes-ratio"], values))


def pope(o, r, n):
    splits = ["random", "popular", "adversarial"]
    items = [dict(id=i, hyp=said(r), label=r.choice(["yes", "no"]),
                  category=r.choice(splits)) for i in range(n)]
    found, corpus = pope_of(o, items)
    for split in splits:
        corpus[split] = pope_of(
            o, [x for x in items if x["category"] == split])[1]
    corpus["mean f1"] = sum(corpus[s]["f1"] for s in splits) / 3
    write(o.folder, "pope", "official", items, [
        float(a == x["label"]) for a, x in zip(found, items)], corpus)
    texts = [dict(id=x["id"], text=x["hyp"]) for x in items]
    save_filter(o.folder, "parse.yesno", texts, found)
    kit = o.packages + "/ms_vlmeval/vlmeval/"
    marks = functions(kit + "smp/misc.py", ["process_punctuation"])
    judge = functions(kit + "dataset/utils/yorn.py", ["YOrN_Extraction"],
                      process_punctuation=marks.process_punctuation)
    save_filter(o.folder, "parse.yesno-vlmevalkit", texts,
                [judge.YOrN_Extraction(x["text"]).lower() for x in texts])


def mme(o, r, n):
    """By its own table, MME_rating, and its reader of yes and no."""
    kit = o.packages + "/ms_vlmeval/vlmeval/"
    marks = functions(kit + "smp/misc.py", ["process_punctuation"])
    judge = functions(kit + "dataset/utils/yorn.py",
                      ["YOrN_Extraction", "MME_rating"], load=pandas.DataFrame,
                      process_punctuation=marks.process_punctuation,
                      defaultdict=collections.defaultdict,
                      d2df=lambda table: table)
    tasks = ["OCR", "artwork", "color", "code_reasoning", "existence",
             "numerical_calculation"]
    items = [dict(id=i, image=str(i // 2), task=tasks[i // 2 % 6],
                  answer=r.choice(["Yes", "No"]), hyp=said(r))
             for i in range(n // 2 * 2)]
    scores = [float(judge.YOrN_Extraction(x["hyp"]) == x["answer"])
              for x in items]
    rating = judge.MME_rating([dict(category=x["task"], image_path=x["image"],
                                    score=s) for x, s in zip(items, scores)])
    write(o.folder, "mme", "vlmevalkit", items, scores, {
        "perception": rating["perception"], "cognition": rating["reasoning"]})


def letters(o, r, n):
    """Later versions also read 'answer is **A**', which these have not."""
    judge = functions(o.packages + "/ms_vlmeval/vlmeval/utils/"
                      "matching_util.py", ["can_infer", "can_infer_option",
                                           "can_infer_text"])
    items, wants = [], []
    for i in range(n):
        options = [r.choice([text(r, 3), "a dog", "12 cm"]) or "x"
                   for _ in range(r.choice([2, 4, 4, 5]))]
        answer = r.choice([said(r), said(r) + " " + r.choice(options),
                           text(r, 9) + r.choice([" C.", " (B)"])])
        items.append(dict(id=i, text=answer, choices=options))
        wants.append(judge.can_infer(answer, dict(zip(
            string.ascii_uppercase, options))) or None)
    save_filter(o.folder, "parse.letter-vlmevalkit", items, wants)


def vqa(o, r, n):
    theirs = functions(o.packages + "/open_flamingo/open_flamingo/eval/"
                       "vqa_metric.py", ["VQAEval"]).VQAEval
    items = list(vqa_items(r, n))
    questions = {x["id"]: dict(question_type="", answers=[
        dict(answer=a, answer_id=k) for k, a in enumerate(x["refs"])])
        for x in items}
    said = {x["id"]: dict(answer=x["hyp"]) for x in items}
    truth = types.SimpleNamespace(qa=questions)
    run = theirs(truth, types.SimpleNamespace(
        qa=said, getQuesIds=lambda: list(said)), n=15)
    with contextlib.redirect_stdout(io.StringIO()):
        run.evaluate()
    write(o.folder, "vqa", "openflamingo", items,
          [run.evalQA[x["id"]] / 100 for x in items],
          {"accuracy": run.accuracy["overall"]})
    kit = o.packages + "/ms_vlmeval/vlmeval/"
    marks = functions(kit + "smp/misc.py", ["process_punctuation"])
    judge = functions(kit + "dataset/utils/vqa_eval.py",
                      ["process_answer", "_process_digit_article",
                       "process_line"], istype=lambda *_: True,
                      process_punctuation=marks.process_punctuation)
    write(o.folder, "vqa", "vlmevalkit", items, [
        mean(judge.process_line(dict(answer=repr(x["refs"]),
                                     prediction=x["hyp"]))["match"])
        for x in items])


def cuts(o, r, n):
    """What OpenFlamingo keeps of a generation."""
    code = o.packages + "/open_flamingo/open_flamingo/eval/"
    answer = functions(code + "vqa_metric.py", ["postprocess_vqa_generation"])
    caption = functions(code + "coco_metric.py",
                        ["postprocess_captioning_generation"])
    words = ["Question", "Answer", "Short", "Output", ", ", '"', " "]
    texts = [dict(id=i, text=text(r) + "".join(
        r.choice([r.choice(words), text(r, 3)]) for _ in range(5)))
        for i in range(n)]
    save_filter(o.folder, "normalise.openflamingo-answer", texts, [
        answer.postprocess_vqa_generation(x["text"]) for x in texts])
    save_filter(o.folder, "normalise.openflamingo-caption", texts, [
        caption.postprocess_captioning_generation(x["text"]).replace('"', "")
        for x in texts])


def reviews(o, r, n):
    parse = functions(o.packages + "/llava_torch/llava/eval/"
                      "eval_gpt_review_bench.py", ["parse_score"]).parse_score
    kinds = ["conv", "detail", "complex"]
    items = [dict(id=i, category="llava_bench_" + r.choice(kinds),
                  hyp=r.choice(["8 7", "9 10\nwhy", "8,9", "8, 9", "7  8",
                                "9.5 6.25\r\n", "8 x", "10 9\n\nboth", " 8 9",
                                said(r)])) for i in range(n)]
    with contextlib.redirect_stdout(io.StringIO()):
        pairs = [parse(x["hyp"]) for x in items]

    def ratio(kind):
        mean = numpy.asarray([p for p, x in zip(pairs, items)
                              if kind in x["category"]]).mean(0).tolist()
        mean = [round(x, 3) for x in mean]
        return round(mean[1] / mean[0] * 100, 1)
    write(o.folder, "llava-bench", "in-the-wild", items,
          [p[1] for p in pairs],
          {"all": ratio("llava"), **{k: ratio(k) for k in kinds}})


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("packages")
    p.add_argument("folder")
    p.add_argument("-n", type=int, default=60)
    p.add_argument("--seed", type=int, default=1)
    o = p.parse_args()
    os.makedirs(o.folder, exist_ok=True)
    for part in (scienceqa, pope, mme, letters, vqa, cuts, reviews):
        part(o, random.Random(f"{o.seed} {part.__name__}"), o.n)


if __name__ == "__main__":
    main()
