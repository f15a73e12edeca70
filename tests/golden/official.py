#!/usr/bin/env python3
"""Records with the scores that code of the benchmarks' own gives them:
official.py PACKAGES FOLDER [-n N] [--seed S]

PACKAGES holds what `pip download --no-deps lm_eval lmms_eval mmf
salesforce-lavis` brings, each unpacked into a folder of its name (lm_eval 0.4.13,
lmms_eval 0.7.3, mmf 1.0.0rc10, salesforce_lavis 1.0.2).  Single files of them
are loaded, with stand-ins for what they import and do not need here.  The
interpreter needs numpy, pandas, Levenshtein, sacrebleu, rouge-score, nltk and
scikit-learn.  Files are written
as by scores.py; those named normalise.NAME and parse.NAME have what the filter
says as "want"."""
import argparse
import ast
import importlib.machinery
import importlib.util
import json
import os
import random
import sys
import types

from scores import (mathvista_items, mmmu_items, near, text, vqa_items, write)


class Anything(types.ModuleType):
    """A module that has whatever is asked of it."""
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name)

    def __call__(self, *args, **kwargs):
        return self


STAND_INS = ("loguru lmms_eval.tasks._task_utils.file_utils lmms_eval.llm_judge "
             "lmms_eval.verifiers lmms_eval.verifiers.openai requests datasets "
             "lmms_eval.verifiers.base")


def load(packages, path, name):
    for stand_in in STAND_INS.split():
        sys.modules.setdefault(stand_in, Anything(stand_in))
    loader = importlib.machinery.SourceFileLoader(
        name, os.path.join(packages, path))
    spec = importlib.util.spec_from_loader(name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def parents(*names):
    for name in names:
        sys.modules.setdefault(name, types.ModuleType(name))


def save(folder, name, items, wants, corpus=None):
    metric, flavour = name.split(".", 1)
    if metric in ("normalise", "parse"):
        with open(os.path.join(folder, name + ".jsonl"), "w") as f:
            f.write(json.dumps({"id": "corpus", "want": {}}) + "\n")
            for item, want in zip(items, wants):
                f.write(json.dumps({**item, "want": want}) + "\n")
    else:
        write(folder, metric, flavour, items, wants, corpus)


def mean(v):
    return sum(v) / len(v)


def vqa(o, r, n):
    tasks = "lmms_eval/lmms_eval/tasks/"
    metric = load(o.packages, tasks + "_task_utils/vqa_eval_metric.py",
                  "lmms_eval.tasks._task_utils.vqa_eval_metric")
    v2 = load(o.packages, tasks + "vqav2/utils.py", "vqav2")
    vizwiz = load(o.packages, tasks + "vizwiz_vqa/utils.py", "vizwiz")
    m4c = load(o.packages, "mmf/mmf/utils/m4c_evaluators.py", "m4c")
    lavis = load(o.packages, "salesforce_lavis/lavis/common/vqa_tools/"
                 "vqa_eval.py", "lavis_vqa").VQAEval()

    items = list(vqa_items(r, n))
    scores = [v2.vqav2_process_results(
        dict(question_id=x["id"], answers=[
            dict(answer=a, answer_id=i) for i, a in enumerate(x["refs"])]),
        [x["hyp"]])["exact_match"] for x in items]
    save(o.folder, "vqa.lmms-eval", items, scores,
         {"accuracy": 100 * mean(scores)})
    scores = [vizwiz.vizwiz_vqa_process_results(
        dict(question_id=x["id"], answers=list(x["refs"])),
        [x["hyp"]])["exact_match"] for x in items]
    save(o.folder, "textvqa.lmms-eval", items, scores,
         {"accuracy": 100 * mean(scores)})
    theirs = m4c.TextVQAAccuracyEvaluator()
    scores = [theirs.eval_pred_list([dict(pred_answer=x["hyp"],
                                          gt_answers=x["refs"])])
              for x in items]
    save(o.folder, "textvqa.m4c", items, scores,
         {"accuracy": 100 * mean(scores)})

    texts = [dict(id=i, text=text(r)) for i in range(n)]
    process = m4c.EvalAIAnswerProcessor()
    save(o.folder, "normalise.m4c", texts, [process(x["text"])
                                            for x in texts])

    def flat(s):
        return s.replace("\n", " ").replace("\t", " ").strip()
    save(o.folder, "normalise.openflamingo", texts, [
        lavis.processDigitArticle(lavis.processPunctuation(flat(x["text"])))
        for x in texts])
    assert metric


def pope(o, r, n):
    pope = load(o.packages, "lmms_eval/lmms_eval/tasks/pope/utils.py", "pope")
    items = [dict(id=i, hyp=r.choice([text(r), "Yes", " no", "NO", "yes.",
                                      "No", "yes"]),
                  label=r.choice(["yes", "no"])) for i in range(n)]
    results = [pope.pope_process_results(
        dict(question_id=x["id"], answer=x["label"]), [x["hyp"]])
        ["pope_accuracy"] for x in items]
    save(o.folder, "pope.lmms-eval", items, [x["score"] for x in results], {
        "accuracy": pope.pope_aggregate_accuracy(results),
        "precision": pope.pope_aggregate_precision(results),
        "recall": pope.pope_aggregate_recall(results),
        "f1": pope.pope_aggregate_f1_score(results),
        "yes-ratio": pope.pope_aggregate_yes_ratio(results)})


def mme(o, r, n):
    mme = load(o.packages, "lmms_eval/lmms_eval/tasks/mme/utils.py", "mme")
    items, names = [], sum(mme.eval_type_dict.values(), [])
    for i in range(n // 2 * 2):
        items.append(dict(
            id=i, image=str(i // 2), task=names[i // 2 % len(names)],
            answer=r.choice(["Yes", "No"]),
            hyp=r.choice([text(r), "Yes", "Yes.", "y", "N", "no", "No, it",
                          "  yes", "Not sure", "..yes", "\u0130no"])))
    results = [mme.mme_process_results(
        dict(question_id=x["image"], category=x["task"], answer=x["answer"]),
        [x["hyp"]]) for x in items]
    corpus = {}
    for kind in ("perception", "cognition"):
        key = f"mme_{kind}_score"
        corpus[kind] = mme.mme_aggregate_results([x[key] for x in results
                                                  if key in x])
    save(o.folder, "mme.lmms-eval", items,
         [list(x.values())[0]["score"] for x in results], corpus)


def letters(o, r, n):
    tasks = "lmms_eval/lmms_eval/tasks/"
    sqa = load(o.packages, tasks + "scienceqa/utils.py", "sqa")
    seed = load(o.packages, tasks + "seedbench/utils.py", "seed")

    def said():
        return r.choice([text(r), r.choice("ABCDEabc"), "A. " + text(r),
                         " B ", "b.", "C.", "(A)", "D" + text(r), "\u00c4."])
    items = [dict(id=i, hyp=said(), answer=r.randrange(4),
                  choices=list("wxyz")) for i in range(n)]
    save(o.folder, "scienceqa.lmms-eval", items, [
        sqa.sqa_process_results(x, [x["hyp"]])["exact_match"] for x in items])
    items = [dict(id=i, hyp=said(), answer=r.choice("ABCD"),
                  data_type=r.choice(["image", "video"])) for i in range(n)]
    results = [seed.seed_process_result(dict(x, question_id=x["id"]),
                                        [x["hyp"]])["seed_all"]
               for x in items]
    scores = [seed.seed_aggregation_result([x]) for x in results]
    save(o.folder, "seed.lmms-eval", items, scores,
         {"all": 100 * seed.seed_aggregation_result(results)})


def mmbench(o, r, n):
    judge = load(o.packages, "lmms_eval/lmms_eval/tasks/mmbench/"
                 "mmbench_evals.py", "mmbench").MMBench_Evaluator()
    items, wants = [], []
    for i in range(n):
        options = [text(r, 3) or "x" for _ in range(r.randrange(2, 5))]
        answer = r.choice([text(r, 8), r.choice("ABCDE"), "(B)", "C). no",
                           ":D.", "A " + text(r, 8), r.choice(options),
                           "it is " + r.choice(options), "B and C",
                           "Failed to obtain answer via API"])
        items.append(dict(id=i, text=answer, choices=options))
        theirs = judge.can_infer(answer, dict(zip("ABCD", options)))
        wants.append(theirs or None)
    save(o.folder, "parse.letter-mmbench-lmms-eval", items, wants)


def mmmu(o, r, n):
    tasks = "lmms_eval/lmms_eval/tasks/"
    shared = load(o.packages, tasks + "_task_utils/mmmu_mcq_utils.py",
                  "lmms_eval.tasks._task_utils.mmmu_mcq_utils")
    mmmu = load(o.packages, tasks + "mmmu/utils.py", "mmmu")
    shared.random = types.SimpleNamespace(choice=lambda choices: None)
    items = [x for x in mmmu_items(r, 2 * n)
             if x["question_type"] == "multiple-choice"]
    wants = []
    for x in items:
        if isinstance(x["options"], str):
            x["options"] = ast.literal_eval(x["options"])
        info, choices = mmmu.get_multi_choice_info(x["options"])
        wants.append(mmmu.parse_multi_choice_response(x["hyp"], choices, info))
    save(o.folder, "parse.letter-mmmu-lmms-eval",
         [dict(id=x["id"], text=x["hyp"], choices=x["options"])
          for x in items], wants)
    items, wants = list(mmmu_items(r, n)), []
    for x in items:
        x["id"] = f"validation_Art_{x['id']}"
        if isinstance(x["answer"], list) and r.random() < 0.5:
            x["answer"] = str(x["answer"])
        printed = dict(x, options=str(x.get("options")))
        if isinstance(x.get("options"), str):
            printed["options"] = x["options"]
        answer = mmmu.mmmu_process_results(printed, [x["hyp"]])["mmmu_acc"]
        verdict, _ = mmmu.evaluate_mmmu([answer])
        wants.append(float(verdict[x["id"]] == "Correct"))
    save(o.folder, "mmmu.lmms-eval", items, wants)
    items = [x for x in mmmu_items(r, 2 * n) if x["question_type"] == "open"]
    save(o.folder, "mmmu.official", items, [
        float(mmmu.eval_open(x["answer"], mmmu.parse_open_response(x["hyp"])))
        for x in items])


def mathvista(o, r, n):
    judge = load(o.packages, "lmms_eval/lmms_eval/tasks/mathvista/"
                 "mathvista_evals.py", "mathvista").MathVistaEvaluator()
    items, wants, scores = [], [], []
    for x in mathvista_items(r, n):
        places = x["precision"] and int(x["precision"])
        want = judge.normalize_extracted_answer(
            x["hyp"], x["choices"], x["question_type"], x["answer_type"],
            places)
        items.append(x)
        wants.append(want)
        scores.append(float(judge.safe_equal(want, x["answer"])))
    save(o.folder, "mathvista.lmms-eval", items, scores)
    save(o.folder, "parse.mathvista-extracted",
         [{**x, "text": x["hyp"]} for x in items], wants)


def harness(o, r, n):
    sys.path.insert(0, os.path.join(o.packages, "lm_eval"))
    from lm_eval.api import metrics
    items, scores = [], []
    for i in range(n):
        refs = [text(r, 3) for _ in range(r.randrange(1, 4))]
        items.append(dict(id=i, hyp=near(r, r.choice(refs)), refs=refs))
        scores.append(float(metrics.exact_match_hf_evaluate(
            predictions=[items[-1]["hyp"]] * len(refs), references=refs,
            ignore_case=True, ignore_punctuation=True)["exact_match"] > 0))
    save(o.folder, "exact.triviaqa", items, scores,
         {"exact_match": metrics.mean(scores),
          "stderr": metrics.mean_stderr(scores)})
    items = [dict(id=x["id"], hyp=x["hyp"], answer=x["refs"][0])
             for x in items]
    save(o.folder, "gqa.lmms-eval", items, [
        float(metrics.exact_match_hf_evaluate(
            predictions=[x["hyp"]], references=[x["answer"]],
            ignore_case=True, ignore_punctuation=True)["exact_match"])
        for x in items])
    hellaswag = load(o.packages, "lm_eval/lm_eval/tasks/hellaswag/utils.py",
                     "hellaswag")
    texts = [dict(id=i, text="".join(r.choice([" [title]", text(r), "[", "]",
                                               "  "]) for _ in range(6)))
             for i in range(n)]
    save(o.folder, "normalise.hellaswag", texts,
         [hellaswag.preprocess(x["text"]) for x in texts])
    items = [dict(id=i, loglik=-r.random() * 20, tokens=r.randrange(1, 9),
                  words=r.randrange(1, 9), bytes=r.randrange(1, 40))
             for i in range(n)]
    pairs = {u: [(x["loglik"], x[u]) for x in items]
             for u in ("words", "bytes")}
    error = {}
    if n <= 100:  # slow
        os.environ["DISABLE_MULTIPROC"] = "1"
        error["perplexity_stderr"] = metrics.bootstrap_stderr(
            metrics.perplexity, [x["loglik"] for x in items], 100000)
    save(o.folder, "perplexity.lm-eval", items, [x["loglik"] for x in items], {
        "perplexity": metrics.perplexity([x["loglik"] for x in items]),
        "word_perplexity": metrics.weighted_perplexity(pairs["words"]),
        "byte_perplexity": metrics.weighted_perplexity(pairs["bytes"]),
        "bits_per_byte": metrics.bits_per_byte(pairs["bytes"]), **error})


def answerability(o, r, n):
    """As the VizWiz code asks scikit-learn."""
    from sklearn.metrics import average_precision_score, f1_score
    items = [dict(id=i, hyp=r.choice([r.random(), r.randrange(5) / 4]),
                  answerable=r.randrange(2)) for i in range(n)]
    gold = [1 - x["answerable"] for x in items]
    pred = [1.0 - x["hyp"] for x in items]
    said = [p > 0.5 for p in pred]
    save(o.folder, "answerability.vizwiz", items,
         [float(s == g) for s, g in zip(said, gold)], {
             "average precision": 100 * average_precision_score(gold, pred),
             "f1": 100 * f1_score(gold, said)})


def reviews(o, r, n):
    llava = load(o.packages, "lmms_eval/lmms_eval/tasks/llava-in-the-wild/"
                 "utils.py", "llava")
    kinds = ["conv", "detail", "complex"]
    items = [dict(id=i, category=r.choice(kinds), hyp="%s %s\nwhy" % (
        r.choice(["8", "9.5", "7", "10", "-1"]),
        r.choice(["6", "7.5", "9", "3.25", "0"]))) for i in range(n)]
    pairs = [[float(v) for v in x["hyp"].split("\n")[0].split(" ")]
             for x in items]
    corpus = {"all": llava.llava_aggregation(
        [dict(scores=p) for p in pairs], "all")}
    for kind in kinds:
        corpus[kind] = llava.llava_aggregation(
            [dict(scores=p) for p, x in zip(pairs, items)
             if x["category"] == kind], kind)
    save(o.folder, "llava-bench.in-the-wild", items, [p[1] for p in pairs],
         corpus)


def captions(o, r, n):
    import sacrebleu
    from nltk.translate import bleu_score
    from rouge_score import rouge_scorer
    rouge = rouge_scorer.RougeScorer(["rougeL"])
    items = []
    for i in range(n):
        refs = [text(r, 9) for _ in range(r.choice([1, 2, 5]))]
        words = near(r, r.choice(refs)).split(" ")
        if r.random() < 0.3:
            r.shuffle(words)
        items.append(dict(id=i, hyp=" ".join(words), refs=refs))
    most = max(len(x["refs"]) for x in items)
    streams = [[(x["refs"] + [None] * most)[k] for x in items]
               for k in range(most)]
    save(o.folder, "bleu.sacrebleu", items, [
        sacrebleu.sentence_bleu(x["hyp"], x["refs"]).score for x in items],
        {"bleu": sacrebleu.corpus_bleu([x["hyp"] for x in items],
                                       streams).score})
    said = [x["hyp"].split() for x in items]
    refs = [[y.split() for y in x["refs"]] for x in items]
    save(o.folder, "bleu.nltk", items, [
        bleu_score.sentence_bleu(a, b) for a, b in zip(refs, said)],
        {"bleu-4": bleu_score.corpus_bleu(refs, said)})
    scores = [float(rouge.score_multi(x["refs"], x["hyp"])["rougeL"].fmeasure)
              for x in items]
    save(o.folder, "rouge-l.rouge-score", items, scores,
         {"rouge-l": mean(scores)})


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("packages")
    p.add_argument("folder")
    p.add_argument("-n", type=int, default=60)
    p.add_argument("--seed", type=int, default=1)
    o = p.parse_args()
    parents("lmms_eval", "lmms_eval.tasks", "lmms_eval.tasks._task_utils")
    os.makedirs(o.folder, exist_ok=True)
    for part in (vqa, pope, mme, letters, mmbench, mmmu, mathvista, harness,
                 answerability, captions, reviews):
        part(o, random.Random(f"{o.seed} {part.__name__}"), o.n)


if __name__ == "__main__":
    main()
